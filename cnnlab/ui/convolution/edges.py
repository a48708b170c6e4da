"""Bench "Edges": a kernel's positive and negative answers on an image, and the same kernel learned."""

from math import floor, log10

import numpy as np
import streamlit as st

from cnnlab.convolution import kernels, learning
from cnnlab.convolution.kernels import DIRECTIONS, KERNELS
from cnnlab.figures import descent, filtered_images
from cnnlab.figures.number_grid import CELL, grid, number, svg_text
from cnnlab.knobs import Knob, Range
from cnnlab.ui import html
from cnnlab.ui.convolution import bench_state, number_editor
from cnnlab.ui.convolution.bench import Bench, Grid, Numbers, fields
from cnnlab.ui.convolution.image_cache import image_cache
from cnnlab.ui.convolution.image_source import IMAGE, SourceImage, chosen
from cnnlab.ui.convolution.presets import OWN, selected
from cnnlab.ui.url_state import Values
from cnnlab.ui.widgets.clickable_svg import show_svg
from cnnlab.ui.widgets.knob import widget
from cnnlab.ui.widgets.player import player
from cnnlab.units import count
from cnnlab.uploads.images import LONGEST

NAME = "edges"
PRESSED = "convolution.edges.pressed"  # counts presses of the switch of learning
BRIGHTER, DARKER = "brighter than its neighbours", "darker than its neighbours"
FILTER = Knob(
    "filter",
    str,
    "vertical",
    "A well-known kernel; change a number and it becomes your own.",
    choices=(*KERNELS, OWN),
)
KERNEL = Grid("kernel", KERNELS["vertical"], most=7)
LEARN = Knob("learn", bool, False, "Learn a filter from the kernel's output, by gradient descent from random numbers.")
SEED = Knob("seed", int, 1, "Seed of the random start.", Range(1, 20))
STEP = Knob("step", int, 0, "The step of learning that is shown, counted from 0.", Range(0, learning.FRAMES - 1))


def draw(values: Values) -> Values:
    """Draw the choices, the notice, the image before and after, and, if switched on, the descent."""
    widget(IMAGE, _key("image"))
    choice, messages = st.container(), st.container()
    name = st.session_state[_key("image")]
    named = selected(NAME, FILTER, KERNEL, values, KERNELS)
    left, middle, right = st.columns((5, 5, 4) if len(named[0]) < 5 else (10, 10, 11), gap="medium")
    # Numbers are edited before the control of names is drawn: an edited kernel is the reader's own.
    with right:
        kernel = number_editor.edit(KERNEL, named, _key("kernel"), "the kernel; type into it")
        if kernel != named:
            st.session_state[_key("filter")] = OWN
    with choice:
        widget(FILTER, _key("filter"))
    own = st.session_state[_key("filter")] == OWN
    new = values | {"image": name, "filter": st.session_state[_key("filter")]}
    new["kernel"] = kernel if own else KERNEL.default  # a named kernel needs no numbers in the URL
    with messages:
        if values["filter"] != OWN and values["kernel"] != KERNEL.default:  # can only come from a URL
            st.warning(
                "The kernel's numbers in the address were left out, since its filter is "
                f"{html.plain(values['filter'])} and not “{OWN}”.",
                icon=":material/info:",
            )
        image = chosen(name)
    if image is None:
        messages.info("Choose an image above, and the kernel's output appears here.", icon=":material/image:")
        return new | {"step": 0}
    try:
        before, after, notice = _before_and_after(image, kernel)
    except ValueError as error:
        # A long thin image was scaled down to be shown, and became thinner.
        thin = image.own and max(image.height, image.width) == LONGEST
        small = f". Your image was scaled to {LONGEST:,} pixels; crop a part that is less narrow"
        remedy = small if thin else "; choose a larger image"
        messages.warning(html.plain(f"That cannot be: {error}{remedy}."), icon=":material/info:")
        return new | {"step": 0}
    messages.html(html.prose(notice, "cnnlab-notice"))
    with left:
        _show(
            "before",
            before,
            f"{image.title}: {image.width}×{image.height} {'numbers' if image.small else 'pixels, in grey'}",
        )
    with middle:
        _show("after", after, _legend(image, kernel))
    return new | _learn(new, image, kernel)


def _key(field: str) -> str:
    return bench_state.key(NAME, field)


def _show(place: str, image: str | bytes, caption: str) -> None:
    """Draw an SVG or the bytes of an image file."""
    st.caption(caption)
    if isinstance(image, str):
        show_svg(f"convolution.edges.{place}", image)
    else:
        st.image(image, width="stretch", alt=caption)


@image_cache(64)
def _before_and_after(image: SourceImage, kernel: Numbers) -> tuple[str | bytes, str | bytes, str]:
    """Return the image, the kernel's response, and a notice."""
    pixels = image.pixels()
    response = kernels.respond(pixels, kernel)
    notice = _notice(pixels, response, kernel)
    if image.small:
        return _grid(pixels, "the image"), _grid(response, "the output"), notice
    after = filtered_images.shades(response) if kernels.keeps_brightness(kernel) else filtered_images.signs(response)
    return _gray(image), after, notice


@image_cache(32)
def _gray(image: SourceImage) -> bytes:
    return filtered_images.shades(image.pixels())


def _grid(values: np.ndarray, title: str) -> str:
    rows, columns = values.shape
    return svg_text(columns * CELL + 4, rows * CELL + 4, title, grid(values.tolist(), 2, 2))


def _legend(image: SourceImage, kernel: Numbers) -> str:
    if kernels.keeps_brightness(kernel) and not image.small:
        return "the output, in grey; above 255 is white"
    return "the output: blue is positive, orange negative"


def _meanings(kernel: Numbers) -> tuple[str, str]:
    """Return the meanings of positive and negative outputs."""
    direction = kernels.direction(kernel)
    if direction is not None:
        both = "dark to bright", "bright to dark"
        up, down = both if direction < 4 else both[::-1]
        return f"{up} {DIRECTIONS[direction % 4]}", f"{down} {DIRECTIONS[direction % 4]}"
    middle = kernels.compared_middle(kernel)
    if middle:
        return (BRIGHTER, "darker than them") if middle > 0 else (DARKER, "brighter than them")
    return "the weighted sum of the window is positive", "it is negative"


def _notice(image: np.ndarray, response: np.ndarray, kernel: Numbers) -> str:
    summary = kernels.summarize(response)
    whole = sum(map(sum, kernel))
    if summary.silent:
        return f"The output is 0 everywhere: {_why_silent(image, kernel)}."
    if kernels.keeps_brightness(-np.array(kernel)):
        text = _image_notice(image, response, kernel)
        single = np.count_nonzero(kernel) == 1  # which that says already
        return text if single else f"{text} It is the negative: bright pixels are the farthest below 0."
    if kernels.keeps_brightness(kernel):
        return _image_notice(image, response, kernel)
    blue, orange = _meanings(kernel)
    share = round(100 * summary.positive)
    if not (response < 0).any() or not (response > 0).any():
        text = _one_sign(kernel, bool((response > 0).any()))
    else:
        text = f"Blue, **{share} %** of the output's total: {blue}. Orange, **{100 - share} %**: {orange}."
        if abs(share - 50) <= 2:
            text += " The kernel's numbers add up to 0, and over the whole image the outputs nearly do."
    if abs(whole) > 0.01 * sum(abs(weight) for line in kernel for weight in line):
        text = f"The kernel's numbers add up to {number(whole)}, so uniform areas are not 0. {text}"
    row = response[summary.at[0]]
    if len(row) <= 12:
        which = "A row" if (response == row).all() else f"Row {summary.at[0] + 1}"
        return f"{text} {which} of the output is **{' '.join(number(value) for value in row.tolist())}**."
    down, across = summary.at
    return f"{text} The strongest is **{number(summary.strongest)}**, in column {across + 1:,} and row {down + 1:,}."


def _one_sign(kernel: Numbers, positive: bool) -> str:
    """Return sentences on an output that is nowhere negative, or nowhere ``positive``."""
    text = f"No output is {'negative' if positive else 'positive'}."
    direction, middle = kernels.direction(kernel), kernels.compared_middle(kernel)
    if direction is not None:
        both = ("dark to bright", "bright to dark")
        found, missing = both if (direction < 4) == positive else both[::-1]
        way = DIRECTIONS[direction % 4]
        return f"{text} Where the output is not 0: {found} {way}. There is no edge from {missing} {way}."
    if middle:
        found, missing = (BRIGHTER, DARKER) if (middle > 0) == positive else (DARKER, BRIGHTER)
        return f"{text} Where the output is not 0, a pixel is {found}. No pixel is {missing}."
    return text


def _image_notice(image: np.ndarray, response: np.ndarray, kernel: Numbers) -> str:
    """Return a notice for a kernel whose weights do not cancel out: how bright and sharp the response is."""
    whole = sum(map(sum, kernel))
    begin = f"The output is an image, not its edges: the kernel's numbers add up to {_total(whole)}."
    if np.size(kernel) == 1:
        begin = f"The output is an image, not its edges: the kernel's only number is {number(whole)}."
    as_bright = abs(abs(whole) - 1) < 0.003
    if np.count_nonzero(kernel) == 1:
        scaled = "" if whole == 1 else f", each number times {number(whole)}"
        what = "a negative" if whole < 0 else "not smoother, not sharper"
        single = f"{begin} So it is" if np.size(kernel) == 1 else f"{begin} Only one of them is not 0, so it is"
        return f"{single} the same image{scaled}: {what}."
    before, after = _steepest(image), _steepest(response) / (1 if as_bright else abs(whole))
    word = "smoother" if after < before else "sharper" if after > before else "as sharp as before"
    steepest = f"the steepest step from a pixel to the next is **{number(after)}**, and {number(before)} before."
    if as_bright:
        return f"{begin} It is {word}: {steepest}"
    return (
        f"{begin} Uniform areas become {number(whole)} times what they were. Apart from that it is {word}: {steepest}"
    )


def _why_silent(image: np.ndarray, kernel: Numbers) -> str:
    if not np.any(kernel):
        return "the kernel's numbers are all 0"
    if not image.any():
        return "this image is black, 0 everywhere"
    return "at each position the kernel's products add up to 0"


def _total(whole: float) -> str:
    """Return the sum in words. Blurs have rounded weights, whose sum misses 1 by a thousandth or two."""
    return "about 1" if 0 < abs(whole - 1) < 0.003 and number(whole) != "1" else number(whole)


def _steepest(values: np.ndarray) -> float:
    """Return the largest difference between neighbouring pixels, across and down."""
    return max(float(np.abs(np.diff(values, axis=axis)).max(initial=0.0)) for axis in (0, 1))


def _learn(values: Values, image: SourceImage, kernel: Numbers) -> Values:
    """Draw the switch of learning, and the animated descent; return the new values."""
    st.html(html.heading("Learn it instead"))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        widget(LEARN, _key("learn"), _pressed)
        learning_on = st.session_state[_key("learn")]
        if learning_on:
            widget(SEED, _key("seed"))
    seed = st.session_state.get(_key("seed"), values["seed"]) if learning_on else values["seed"]
    new: Values = {"learn": learning_on, "seed": seed, "step": 0}
    if not learning_on:
        st.html(html.prose("A kernel can be learned: the image and the desired output are enough.", "cnnlab-aside"))
        return new
    svg, texts, places, notice = _descent(image, kernel, seed)
    st.html(html.prose(notice, "cnnlab-notice"))
    step = player(
        "convolution.edges.player",
        "The filter that is learned",
        svg,
        texts,
        {"dot": places},
        step=int(values["step"]),
        pace=30,
        playing=True,
        about=(image, kernel, seed),
        reveal=st.session_state.get(PRESSED, 0),
    )
    return new | {"step": step}


def _pressed() -> None:
    """Scroll to the descent, which is often out of sight below the images."""
    st.session_state[PRESSED] = st.session_state.get(PRESSED, 0) + 1


@image_cache(32)
def _descent(
    image: SourceImage, kernel: Numbers, seed: int
) -> tuple[str, tuple[str, ...], list[tuple[float, float]], str]:
    """Return the SVG, a text for each frame, the positions of the moving dot, and a notice."""
    learned = learning.learn(image.pixels(), kernel, seed)
    svg, places = descent.descent(learned.filters, kernel, learned.losses.tolist())
    texts = tuple(
        f"Step {step:,}: the two outputs differ by <b>{_loss(loss)}</b>, squared and averaged"
        for step, loss in zip(learned.steps, learned.losses.tolist(), strict=True)
    )
    return svg, texts, places, _result(learned, kernel, image.small)


def _loss(value: float) -> str:
    return "less than 0.0001" if value < 1e-4 else f"{value:.{max(1 - floor(log10(value)), 0)}f}"


def _result(learned: learning.Descent, kernel: Numbers, small: bool) -> str:
    """Return what was learned, and why not all of the kernel where that is so; ``small``: it is no photograph."""
    size, steps = len(kernel) * len(kernel[0]), count(learned.steps[-1], "step")
    gap = float(np.abs(learned.filters[-1] - np.array(kernel)).max())
    if not learned.rank:
        return "All pixels of this image are equal: it defines no filter."
    if learned.rank < size:
        photograph = " On a photograph the windows differ more." if small else ""
        loss = float(learned.losses[-1])
        agree = "agree" if loss < 1e-4 else f"differ by {_loss(loss)}, squared and averaged"
        return (
            f"After {steps} the outputs {agree}, but the kernel’s numbers may differ: the windows of this image give "
            f"only **{count(learned.rank, 'independent equation')}** for {size} numbers, and many filters solve "
            f"{'it' if learned.rank == 1 else 'them'}.{photograph}"
        )
    if gap > 0.005 * max(1.0, float(np.abs(kernel).max())):
        return (
            f"After {steps} a number is still off by {number(gap)}: in some directions the windows of this "
            f"image vary little, so learning is slow."
        )
    find = "finds" if learned.steps[-1] == 1 else "find"
    what, they = (f"all **{size}** numbers", "They were") if size > 1 else ("the only number", "It was")
    begin = "From random numbers" if size > 1 else "From a random number"
    return (
        f"{begin}, **{steps}** of gradient descent {find} {what} of the kernel. {they} computed only from the image "
        f"and the kernel's output."
    )


BENCH = Bench(
    NAME,
    "Edges",
    "If a kernel's numbers add up to 0, its output is 0 where the image is uniform. Where the image changes, the "
    "output can differ from 0. With a kernel such as “vertical”, an edge in the other direction gives the other sign.",
    fields(IMAGE, FILTER, KERNEL, LEARN, SEED, STEP),
    draw,
)
