"""A trained run on any image: crop it, and see the prediction and the feature maps."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st

from cnnlab.augmenting import data_url
from cnnlab.augmenting.encoding import EXACT
from cnnlab.data.bundled import TREATMENTS
from cnnlab.figures import filtered_images as drawn
from cnnlab.figures.predictions import image_with_crop, prediction_bars
from cnnlab.inference import LayerMaps, Prediction, PredictRequest, job, warm
from cnnlab.training.run_folder import Run
from cnnlab.training.spec import Spec
from cnnlab.ui import html as parts
from cnnlab.ui import queue
from cnnlab.ui.runs import cached_readers
from cnnlab.ui.transfer import examples
from cnnlab.ui.transfer.examples import OWN, TEST, WRONG, Example
from cnnlab.ui.widgets.image_input import ask
from cnnlab.ui.widgets.session_value import hold, index
from cnnlab.units import percent
from cnnlab.uploads.images import Pixels

PRIVACY = "It stays in this session’s memory; nothing is written to disk."
WAYS = ("this crop", "whole image", "ten crops")
MOST = 5  # classes shown
SIDE, LEFT, DOWN = 70, 50, 50  # percent: of the shorter side, and of the space beside the crop
LEAST = 4  # pixels of a crop's side
COPY = 96  # pixels of a side: cnnlab.training.evaluation stores images in a report so
WIDE = 88  # pixels of a small map on screen
DEFAULTS: Mapping[str, Any] = {"image": "", "of": "", "number": 1, "size": SIDE, "to the right": LEFT, "down": DOWN}
# In the session, one for all runs: Streamlit drops the values of widgets when their section is folded, and an image for
# each run would stay in memory as long as the session.
SETTINGS, OWN_PIXELS, LAST_ANSWER = "try.settings", "try.own.pixels", "try.last_answer"
Box = tuple[int, int, int]


def draw(run: Run, key: str) -> None:
    """Draw the section for a finished run; a change reruns it alone."""

    @st.fragment
    def part() -> None:
        _section(run, f"{key}.{run.name}")

    part()


def _section(run: Run, key: str) -> None:
    st.html(parts.heading("Try it"))
    try:
        spec, report = run.spec(), cached_readers.report(run)
        classes = [str(name) for name in (report or {})["classes"]]
    except (ValueError, KeyError, TypeError):
        st.info("This run has no readable report, so the names of its classes are unknown.")
        return
    model = run.model
    if model is None:
        st.info("The model of this run is missing; duplicate the run to train it again.")
        return
    awaited, ready = queue.Awaited(), warm(queue.queue())
    left, right = st.columns((5, 7), gap="medium")
    with left:
        found = _chosen(key, run, spec, report)
        box = _boxed(key, found) if found else None
    with right:
        if found and box:
            try:
                request = PredictRequest.of(model, spec, found.pixels, box, found.treated)
            except OSError:
                st.info("The model of this run is missing; duplicate the run to train it again.")
                return
            state = awaited.ask("try.image", job(request))
            loading = "Looking…" if ready else "Loading TensorFlow, about five seconds…"
            waiting = " ".join(filter(None, [loading, state.text])) if state.live else ""
            _answered(key, spec, found, classes, state.result, waiting)
    awaited.watch()


def _setting(name: str) -> Any:
    return st.session_state.get(SETTINGS, DEFAULTS)[name]


def _change(**new: Any) -> None:
    st.session_state[SETTINGS] = {**st.session_state.get(SETTINGS, DEFAULTS), **new}


def _widget(key: str, name: str, value: Any, **more: Any) -> dict[str, Any]:
    """Return key and callback of a widget that shows ``value`` and stores the reader's value under ``name``."""
    widget = hold(f"{key}.{name}", value)

    def changed() -> None:
        if (given := st.session_state.get(widget)) is not None:
            _change(**{name: given}, **more)

    return {"key": widget, "on_change": changed}


def _chosen(key: str, run: Run, spec: Spec, report: Mapping[str, Any] | None) -> Example | None:
    """Draw the widgets that choose the image; return the image."""
    titles = examples.options(spec.data, report)
    names, name = list(titles), _setting("image")
    if name not in titles or (
        name.startswith(WRONG) and _setting("of") != run.name
    ):  # each run has its own wrong predictions
        name = names[0]
    picking = _widget(key, "image", name, of=run.name)
    st.selectbox(
        "image", names, index(picking["key"], names), format_func=lambda name: titles.get(name, name), **picking
    )
    if name == OWN:

        def take(pixels: Pixels) -> None:
            st.session_state[OWN_PIXELS] = pixels

        ask("try.own", take, PRIVACY)
        mine = st.session_state.get(OWN_PIXELS)
        if mine is None:
            st.caption("Choose an image: it is shown here, with a box to crop it.")
            return None
        return examples.outside_example(mine, "your image", spec.data)
    most = examples.count(spec.data)
    number = min(_setting("number"), max(most, 1))
    if name == TEST:
        st.number_input("number", 1, most, number, width=150, **_widget(key, "number", number))
    found = examples.example(name, number, spec.data, report)
    if found is None:
        st.info("This image is no longer on this server: choose another.")
    return found


def _boxed(key: str, found: Example) -> Box:
    """Draw the image with the crop and the sliders that move it; return the crop."""
    place = st.container()
    side, left, down = (
        _slider(key, *each)
        for each in (
            ("size", 10, "Side of the crop, in percent of the image’s shorter side."),
            ("to the right", 0, "Position of the crop: 0 at the left edge, 100 at the right edge."),
            ("down", 0, "Position of the crop: 0 at the upper edge, 100 at the lower edge."),
        )
    )
    height, width = found.pixels.shape[:2]
    box = cut(height, width, side, left, down)
    with place:
        st.html(
            image_with_crop(
                data_url(found.pixels), (height, width), box, f"{found.title}, with the crop", height <= EXACT
            )
            + parts.prose(f"{found.title}, {width}×{height}; the crop is {box[2]}×{box[2]}.", "cnnlab-aside")
        )
    return box


def cut(height: int, width: int, side: int, right: int, down: int) -> Box:
    """Return top, left and side in pixels of the crop that these percents describe.

    >>> cut(100, 200, 50, 100, 0)
    (0, 150, 50)
    """
    short = min(height, width)
    pixels = min(short, max(LEAST, round(short * side / 100)))
    return round((height - pixels) * down / 100), round((width - pixels) * right / 100), pixels


def _slider(key: str, name: str, least: int, help_text: str) -> int:
    value = int(_setting(name))
    st.slider(name, least, 100, value, 5, format="%d %%", help=help_text, **_widget(key, name, value))
    return value


def _answered(
    key: str, spec: Spec, found: Example, classes: Sequence[str], answer: Prediction | None, waiting: str
) -> None:
    of, before = st.session_state.get(LAST_ANSWER, ("", _EMPTY))
    if answer is None:
        if waiting:
            st.html(
                f'<p class="cnnlab-drawing" role="status">{waiting}</p>'
                f'<div class="cnnlab-waits">{before if of == key else _EMPTY}</div>'
            )
        return
    if len(answer.crop) != len(classes):
        st.info("The report of this run names other classes than its model knows; duplicate the run to train it again.")
        return
    ways = dict(zip(WAYS, (answer.crop, answer.whole, answer.ten), strict=True))
    seen = drawn.figure(answer.pixels, "what the network sees", "The crop as the network sees it", 112)
    html = (
        parts.prose(notice(classes, ways, found), "cnnlab-notice")
        + f'<div class="cnnlab-try">{prediction_bars(classes, list(ways.items()), found.label, MOST)}'
        + f'<div class="cnnlab-images">{seen}</div></div>'
        + parts.prose(_remarks(spec, found, classes), "cnnlab-aside")
    )
    st.session_state[LAST_ANSWER] = key, html
    st.html(html)
    with st.expander("Feature maps of its layers", key=f"{key}.layers", on_change="rerun") as opened:
        if opened.open:
            st.html(responses(answer.layers))


_EMPTY = '<div style="height:14rem"></div>'


def notice(classes: Sequence[str], ways: Mapping[str, Sequence[float]], found: Example) -> str:
    """Return a sentence on the effect of cropping."""
    crop, whole, ten = (int(np.argmax(ways[way])) for way in WAYS)
    of_crop, of_whole, of_ten = (
        f"“{classes[label]}” ({percent(ways[way][label], 1)})"
        for way, label in zip(WAYS, (crop, whole, ten), strict=True)
    )
    tens = f"The average of ten crops is {of_ten}."
    if found.label is None:
        if crop == whole:
            return f"**Crop and whole image are both predicted as {of_crop}.** {tens}"
        return f"**The crop is predicted as {of_crop}, the whole image as {of_whole}.** {tens}"
    true = f"“{classes[found.label]}”"
    both = f"the whole image is predicted as {of_whole}, the crop as {of_crop}. {tens}"
    if crop == found.label != whole:
        return f"**The crop is right:** it is {true}; {both}"
    if crop != found.label == whole:
        return f"**The crop is wrong:** it is {true}; {both}"
    if crop == found.label:
        return f"**It is {true}, and both predictions are right.** {tens}"
    advice = "Move or resize the box: another crop may be right."
    return f"**It is {true}, and both predictions are wrong:** {both} {advice}"


def _remarks(spec: Spec, found: Example, classes: Sequence[str]) -> str:
    """Return remarks on the image, its preprocessing, and the limits of the prediction."""
    lines = []
    if found.treated:
        treatment = TREATMENTS[found.treated]
        done = f"The image is {treatment.about}, like the images that this network was trained on."
        lines.append(f"{done} {treatment.near}")
    if found.copy:
        lines.append(
            f"This is the copy in the report, with sides of at most {COPY} pixels: if the image was larger, the "
            f"network saw more of it in the test, and its prediction may differ."
        )
    if found.foreign:
        lines.append(f"The network has {len(classes)} classes and always predicts one of them, for any image.")
    if found.pixels.shape[0] != found.pixels.shape[1]:
        lines.append("The whole image is stretched to a square, as a data set’s images are.")
    lines.append(
        "Ten crops: four corners and the middle of the whole image, 7/8 of its side each, and their mirror images."
    )
    if spec.augmentation.input_side(spec.input_size) > spec.input_size:
        lines.append("The augmentation of this run crops: the network sees only the middle of this crop, too.")
    return " ".join(lines)


def responses(layers: Sequence[LayerMaps]) -> str:
    """Return the most varying feature maps of each stage's last layer, as HTML."""
    if not layers:
        return parts.prose("This network has no feature maps to show.")
    html = parts.prose(
        "The last layer of each stage, for this crop: the channels whose values vary most, each with its own scale. "
        "White is zero, blue above it, orange below it; after a ReLU nothing is below."
    )
    for number, layer in enumerate(layers, 1):
        maps = drawn.figures(
            *(
                drawn.figure(
                    drawn.signed(each.values, each.most),
                    f"channel {each.channel + 1}",
                    f"{layer.name}, channel {each.channel + 1}, at most {each.most:.2g}",
                    WIDE,
                )
                for each in layer.maps
            )
        )
        size = f"{layer.side}×{layer.side}, {len(layer.maps)} of {layer.channels} channels"
        html += f"<p><b>Stage {number}</b> {parts.explained(layer.name)}, {size}</p>{maps}"
    return html
