"""The section «Does it still look like its class?»: a note for each step, with a digit as an example."""

from functools import lru_cache

import numpy as np
import streamlit as st

from cnnlab import data
from cnnlab.augment import Kind, Pipeline, step
from cnnlab.augmenting import Augmented, Images, Request, data_url
from cnnlab.figures import augmented
from cnnlab.ui import html
from cnnlab.ui.augment import image_source
from cnnlab.ui.augment.drawing import drawn
from cnnlab.ui.augment.page_state import AugmentState
from cnnlab.ui.queue import Awaited
from cnnlab.uploads.images import Pixels

SIDE, COUNT = 96, 5
VERDICTS = {
    "always": "The label stays.",
    "mostly": "The label stays in most cases.",
    "not always": "The label changes, too.",
}


def draw(awaited: Awaited, shown: AugmentState) -> None:
    """Draw the section, folded: nothing is computed until it is opened."""
    with st.expander("Does it still look like its class?", key="augment.labels", on_change="rerun") as opened:
        if not opened.open:
            return
        kinds = list({each.name: each.kind for each in shown.pipeline.active}.values())
        if not kinds:
            st.caption("No step is switched on.")
        for kind in kinds:
            st.html(html.prose(f"**{kind.title}. {VERDICTS[kind.keeps]}** {kind.note}"))
            _example(awaited, kind)


def _example(awaited: Awaited, kind: Kind) -> None:
    """Show a digit, and samples of it at the strength that makes the point."""
    pipeline = Pipeline.of(step(kind.name, **kind.example.knobs), seed=kind.example.seed)
    input_side = pipeline.input_side(SIDE)
    digits = data.load("digits")
    first = _digit(kind.example.digit)
    covariance = image_source.dataset_covariance("digits")
    if kind.per_batch:
        others = [_digit(each) for each in (kind.example.digit, 8, 0, 5)]
        request = Request(
            "batch",
            pipeline,
            Images.of(image_source.stacked(others, input_side)),
            COUNT,
            None,
            (kind.example.digit, 8, 0, 5),
            len(digits.classes),
        )

        def show(found: Augmented) -> str:
            return augmented.batch(found.images, found.labels, digits.classes, True) + _caption(kind)
    else:
        image = image_source.square(first, input_side)
        request = Request("draws", pipeline, Images.of(image[None]), COUNT, covariance)

        def show(found: Augmented) -> str:
            return augmented.beside(_before(kind), found.images, _a_digit(kind), kind.title) + _caption(kind)

    drawn(awaited, f"augment.label.{kind.name}", request, show, "")


def _caption(kind: Kind) -> str:
    digit = _a_digit(kind)
    return html.prose(f"{digit[0].upper()}{digit[1:]}: {kind.example.caption}.", "cnnlab-aside")


def _a_digit(kind: Kind) -> str:
    return f"{'an' if kind.example.digit == 8 else 'a'} {kind.example.digit}"


@lru_cache(maxsize=10)
def _digit(digit: int) -> Pixels:
    """Return the training image that is nearest to the mean of its class."""
    split = data.load("digits").train
    images = split.images[split.labels == digit]
    distances = np.square(images - images.mean(axis=0)).sum(axis=(1, 2, 3))
    found: Pixels = images[int(np.argmin(distances))]
    return found


def _before(kind: Kind) -> str:
    return data_url(image_source.square(_digit(kind.example.digit), SIDE))
