"""The page's body: the image, the steps that change it, and the network's view of it."""

from dataclasses import replace

import streamlit as st

from cnnlab import augmenting
from cnnlab.augment import Pipeline, Step
from cnnlab.augmenting import Augmented, Images, Request, data_url
from cnnlab.augmenting.encoding import EXACT
from cnnlab.figures import augmented
from cnnlab.ui import html, queue
from cnnlab.ui.augment import code_and_files, image_source, labels, page_state, steps
from cnnlab.ui.augment.drawing import MOST_SECONDS, PATIENCE, drawn
from cnnlab.ui.augment.image_source import OWN, Picked
from cnnlab.ui.augment.page_state import SIZES, VIEWS, AugmentState
from cnnlab.ui.queue import Awaited
from cnnlab.ui.widgets.image_input import ask
from cnnlab.ui.widgets.session_value import hold, index
from cnnlab.uploads.images import Pixels

COUNT = 12
KEPT = (
    "The server keeps it in memory until newer images need the space. Everybody with its link can see it. Nothing is "
    "written to disk."
)


@st.fragment
def body() -> None:
    """Draw everything below the heading; a change reruns this part alone."""
    ready, awaited = augmenting.warm(queue.queue()), Awaited()
    _toolbar()
    shown = page_state.current()
    page_state.URL.show_problems()
    if _own(shown):
        ask("augment.own", _take, KEPT)
    image = image_source.load_image(shown.image, shown.number)
    if image is None:
        gone = "The image of this link is no longer on this server: load it again above."
        none_yet = f"Until you choose one, the {image_source.FIRST} is shown."
        st.info(none_yet if shown.image == OWN else gone)
        image = image_source.load_image(image_source.FIRST, 1)
        assert image
    left, right = st.columns((7, 5), gap="medium")
    with left, st.container(key="augment_images"):
        if not ready:
            st.caption("Loading TensorFlow, about five seconds: the preview uses the same layers as training.")
        _images(awaited, shown, image)
    with right:
        steps.listing()
    labels.draw(awaited, shown)
    code_and_files.draw(shown, image)
    st.html(code_and_files.train(shown))
    awaited.watch()
    page_state.write_url()


def _toolbar() -> None:
    shown = page_state.current()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        names, key = [*image_source.image_titles(), OWN], hold("augment.image", OWN if _own(shown) else shown.image)
        st.selectbox(
            "image",
            names,
            index(key, names),
            format_func=_title,
            key=key,
            on_change=_set,
            args=("image",),
            width=200,
        )
        count = image_source.count(shown.image)
        if count > 1:
            key = hold("augment.number", min(shown.number, count))
            st.number_input(
                "number",
                1,
                count,
                st.session_state[key],
                key=key,
                on_change=_set,
                args=("number",),
                width=110,
                help="Number of the training image in this class.",
            )
        key = hold("augment.size", shown.size)
        st.selectbox(
            "input size",
            SIZES,
            index(key, SIZES),
            format_func=lambda side: f"{side}×{side}",
            key=key,
            on_change=_set,
            args=("size",),
            width=110,
            help="Size of the input image of the network. Small images are enlarged on screen, so each pixel is "
            "visible.",
        )
        steps.presets()
        key = hold("augment.view", shown.view)
        st.segmented_control(
            "view",
            VIEWS,
            default=shown.view,
            format_func=VIEWS.__getitem__,
            key=key,
            required=True,
            on_change=_set,
            args=("view",),
        )
        st.button(
            f"Re-roll (seed {shown.pipeline.seed})",
            icon=":material/casino:",
            key="augment.reroll",
            on_click=page_state.reroll,
            help="Other draws of the same steps. A seed always gives the same images.",
        )


def _own(shown: AugmentState) -> bool:
    return shown.image.startswith(OWN)


def _set(name: str) -> None:
    value = st.session_state[f"augment.{name}"]
    if value is not None:
        page_state.change(**{name: value})


def _title(name: str) -> str:
    return image_source.image_titles().get(name, "my own image")


def _take(pixels: Pixels) -> None:
    page_state.change(image=f"{OWN}:{image_source.album().put(pixels)}")


def _images(awaited: Awaited, shown: AugmentState, image: Picked) -> None:
    """Show the images of the chosen view."""
    input_side = shown.pipeline.input_side(shown.size)
    took = shown.pipeline.seconds(input_side, COUNT)
    if took > MOST_SECONDS:
        st.warning(
            f"{_slow_ones(shown.pipeline)} would take about {took:.0f} seconds here, and other users would wait: "
            f"switch a step off, or choose a smaller input size.",
            icon=":material/hourglass_top:",
        )
        return
    exact = shown.pipeline.output_side(input_side) <= EXACT
    waiting = _slow(shown.pipeline, took) + augmented.skeleton(COUNT)
    original = image_source.square(image.pixels, input_side)
    request = Request(shown.view, shown.pipeline, Images.of(original[None]), COUNT, image.covariance)
    titles = ["the original", *(each.kind.title for each in shown.pipeline.per_image)]
    classes: tuple[str, ...] = ()
    if shown.view == "batch":
        pixels, numbers, classes = image_source.batch(shown.image, shown.number)
        several = Images.of(image_source.stacked(pixels, input_side))
        request = replace(request, images=several, labels=numbers, classes=len(classes))

    def show(found: Augmented) -> str:
        if shown.view == "batch":
            return _notice(shown, found) + augmented.batch(found.images, found.labels, classes, exact)
        if shown.view == "steps":
            return _notice(shown, found) + augmented.stages(found.images, titles, exact)
        return _notice(shown, found) + augmented.grid(data_url(original), found.images, image.title, exact)

    key, before = f"augment.{shown.view}", _notice(shown, None) + waiting
    drawn(awaited, key, request, show, before, "augment.images", PATIENCE)


def _notice(shown: AugmentState, found: Augmented | None) -> str:
    """Return the notice, as HTML."""
    return html.prose(" ".join(_sentences(shown, found)), "cnnlab-notice")


def _sentences(shown: AugmentState, found: Augmented | None) -> list[str]:
    pipeline, sentences = shown.pipeline, []
    if shown.view == "batch":
        sentences.append("**A training batch**: each image is changed alone, then mixed with others.")
        if not pipeline.per_image and pipeline.per_batch:
            sentences = ["**A training batch**: images are mixed in pairs, and so are their labels."]
        if not pipeline.per_batch:
            sentences = ["**A training batch**: each image with its label. Add MixUp or CutMix to mix both."]
    elif shown.view == "steps":
        sentences.append(
            "**The first of the draws, after each step**: steps are applied in order, and the order matters."
        )
    elif not pipeline.per_image:
        alone = "No step changes an image alone" if pipeline.per_batch else "No step changes the image"
        sentences.append(
            f"**{alone}**." if pipeline.per_batch else f"**{alone}**: the network sees the same image in each epoch."
        )
    elif found and found.different == 1:
        sentences.append(f"**{len(found.images)} draws, all equal**: at these strengths nothing changes.")
    elif found and found.different < len(found.images):
        sentences.append(
            f"**{len(found.images)} draws, {found.different} different images**: a step with few outcomes, or one that "
            f"changes only some images, can draw the same image twice."
        )
    else:
        sentences.append(f"**{COUNT} draws of one image**: in each epoch the network sees one new draw like these.")
    if pipeline.per_batch and shown.view != "batch":
        sentences.append(f"{_and(pipeline.per_batch)} visible in “{VIEWS['batch']}” only.")
    return [*sentences, *_sizes(pipeline, shown.size)]


def _and(steps: tuple[Step, ...]) -> str:
    titles = list(dict.fromkeys(each.kind.title for each in steps))
    return f"{' and '.join(titles)} {'is' if len(titles) == 1 else 'are'}"


def _sizes(pipeline: Pipeline, size: int) -> list[str]:
    before = pipeline.input_side(size)
    after = pipeline.output_side(before)
    if after < size:
        return [f"**The crop leaves only {after}×{after} of {before}×{before} pixels**: keep more."]
    return (
        [f"Images have {before}×{before} pixels; after the crop the network sees {after}×{after}."]
        if before > size
        else []
    )


def _slow_ones(pipeline: Pipeline) -> str:
    return " and ".join(dict.fromkeys(each.kind.title for each in pipeline.per_image if each.kind.slow))


def _slow(pipeline: Pipeline, took: float) -> str:
    """Return the duration of slow steps, as HTML; empty if it is less than a moment."""
    if took < 0.5:
        return ""
    text = f"{_slow_ones(pipeline)}: Keras takes about {max(1, round(took))} s for {COUNT} images."
    return html.prose(text, "cnnlab-aside")
