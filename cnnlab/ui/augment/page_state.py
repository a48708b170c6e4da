"""The state of Augment: an image, the steps that change it, and the view.

In the URL, ``number`` says which of a data set's images of a class it is; ``steps`` is ``Pipeline.to_text``, or
``none``.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast, get_args

import streamlit as st

from cnnlab.augment import KINDS, MOST_SEED, MOST_STEPS, PRESETS, Pipeline, Step, from_text, step
from cnnlab.augmenting.request import View
from cnnlab.knobs import Knob, Range, Value
from cnnlab.ui.augment import image_source
from cnnlab.ui.html import sentence
from cnnlab.ui.url_state import Codec, ReplacedError, UrlState, choice

STATE, IDS, NEXT = "augment.shown", "augment.ids", "augment.next"
NONE = "none"
SIZES = (28, 32, 48, 64, 96, 160, 224, 299)
"""Input sizes: LeNet's, CIFAR's, the built-in backbone's, … AlexNet's to ResNet's, Inception v3's."""
VIEWS: Mapping[str, str] = {"draws": "Draws", "steps": "Step by step", "batch": "A batch"}
assert tuple(VIEWS) == get_args(View)
Steps = tuple[tuple[int, Step], ...]
"""Every step with a number of its own, by which its widgets are found."""


@dataclass(frozen=True)
class AugmentState:
    """The page's state as a value."""

    pipeline: Pipeline = PRESETS["course"].pipeline
    image: str = image_source.FIRST
    number: int = 1
    size: int = 224
    view: View = "draws"


def _size(text: str) -> int:
    if text not in map(str, SIZES):
        raise ValueError(f"size must be one of {', '.join(map(str, SIZES))}, not {text[:40]!r}")
    return int(text)


def _steps(text: str) -> tuple[Step, ...]:
    try:
        return from_text("" if text == NONE else text).steps
    except ValueError as error:
        reason = re.sub(r"; the default is [^;]*$", "", str(error))  # of a setting: no default of it is shown
        shown = f"The steps of “{PRESETS['course'].title}” are shown instead"
        raise ReplacedError(USUAL.pipeline.steps, f"{sentence(reason)} {shown}") from None


USUAL = AugmentState()
URL = UrlState(
    "augment",
    (
        Codec("image", USUAL.image, image_source.check),
        Knob("number", int, USUAL.number, "", Range(1, image_source.MOST)),
        Codec("size", USUAL.size, _size),
        choice("view", VIEWS),
        Codec(
            "steps",
            USUAL.pipeline.steps,
            _steps,
            lambda steps: Pipeline.of(*steps).to_text() or NONE,
        ),
        Knob("seed", int, USUAL.pipeline.seed, "", Range(0, MOST_SEED)),
    ),
)


def take_url() -> None:
    """Read the state from the URL."""
    values = URL.take_url()
    if values is None:
        return
    pipeline = Pipeline.of(*values.pop("steps", USUAL.pipeline.steps), seed=values.pop("seed", USUAL.pipeline.seed))
    shown = AugmentState(pipeline, **values)
    if STATE not in st.session_state or shown != current():
        _show(shown)


def write_url() -> None:
    """Write the state into the URL."""
    shown = current()
    URL.write_url({**vars(shown), "steps": shown.pipeline.steps, "seed": shown.pipeline.seed})


def current() -> AugmentState:
    """Return the state."""
    return cast(AugmentState, st.session_state.get(STATE, AugmentState()))


def put(shown: AugmentState) -> None:
    """Show another state; its steps get new widgets."""
    _show(shown)
    URL.set_problems()


def _show(shown: AugmentState) -> None:
    st.session_state[STATE] = shown
    st.session_state[IDS] = tuple(_new_id() for _ in shown.pipeline.steps)


def change(**new: Any) -> None:
    """Set some parts of the state; the steps' widgets stay."""
    st.session_state[STATE] = replace(current(), **new)
    URL.set_problems()


# Steps. Each has a number of its own while the page is open, so that its widgets stay when it moves.


def steps() -> Steps:
    """Return every step with its number."""
    ids = st.session_state.get(IDS, ())
    return tuple(zip(ids, current().pipeline.steps, strict=True)) if ids else ()


def _new_id() -> int:
    st.session_state[NEXT] = number = st.session_state.get(NEXT, 0) + 1
    return int(number)


def _set(new: Steps) -> None:
    pipeline = Pipeline.of(*(step for _, step in new), seed=current().pipeline.seed)
    st.session_state[IDS] = tuple(number for number, _ in new)
    change(pipeline=pipeline)


def add(kind: str) -> None:
    """Add a step behind the others."""
    if kind in KINDS and len(steps()) < MOST_STEPS:
        _set(_in_order((*steps(), (_new_id(), step(kind)))))
        if KINDS[kind].per_batch:
            change(view="batch")  # elsewhere it would change nothing


def press(number: int, word: str) -> None:
    """Carry out a step's button."""
    _set(after(steps(), number, word))


def after(now: Steps, number: int, word: str) -> Steps:
    """Return the steps after ``switch``, ``up``, ``down`` or ``delete``; unchanged if the step was deleted."""
    place = next((place for place, (each, _) in enumerate(now) if each == number), None)
    if place is None:
        return now
    new, each = list(now), now[place][1]
    if word == "switch":
        new[place] = (number, replace(each, on=not each.on))
    elif word == "delete":
        del new[place]
    elif word in ("up", "down"):
        target = min(max(place + (1 if word == "down" else -1), 0), len(new) - 1)
        new.insert(target, new.pop(place))
    return _in_order(new)


def _in_order(new: Iterable[tuple[int, Step]]) -> Steps:
    """Return the steps with those that mix batches last."""
    return tuple(sorted(new, key=lambda each: each[1].kind.per_batch))


def set_knobs(number: int, knobs: Mapping[str, Value]) -> None:
    """Set knobs of a step, unless it was deleted."""
    _set(tuple((each, old.having(**knobs) if each == number else old) for each, old in steps()))


def view_for(pipeline: Pipeline, before: View) -> View:
    """Return the view for a pipeline: a batch if it mixes batches."""
    return "batch" if pipeline.per_batch else "draws" if before == "batch" else before


def reroll() -> None:
    """Draw the same steps with the next seed."""
    pipeline = current().pipeline
    change(pipeline=replace(pipeline, seed=(pipeline.seed + 1) % (MOST_SEED + 1)))
