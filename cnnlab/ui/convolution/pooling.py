"""Bench "Pooling": the maximum or the average of each window, on numbers and on a photograph."""

from functools import lru_cache

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnnlab.convolution import pooling
from cnnlab.convolution.pooling import Kind
from cnnlab.convolution.windows import Padding, Side
from cnnlab.data.photographs import BOLD, tiny
from cnnlab.figures import filtered_images, sliding
from cnnlab.figures.number_grid import grid, number
from cnnlab.knobs import Knob, Range
from cnnlab.ui import html
from cnnlab.ui.convolution import bench_state, knob_row, number_editor, presets
from cnnlab.ui.convolution.bench import Bench, Grid, Numbers, fields
from cnnlab.ui.convolution.presets import Presets
from cnnlab.ui.convolution.stacked import Animation
from cnnlab.ui.url_state import Values
from cnnlab.ui.widgets.player import player
from cnnlab.units import full, percent

COURSE_4X4: Numbers = ((1.0, 3.0, 2.0, 1.0), (2.0, 9.0, 1.0, 1.0), (1.0, 3.0, 2.0, 3.0), (5.0, 6.0, 1.0, 2.0))
COURSE_5X5: Numbers = (
    (1.0, 3.0, 2.0, 1.0, 3.0),
    (2.0, 9.0, 1.0, 1.0, 5.0),
    (1.0, 3.0, 2.0, 3.0, 2.0),
    (8.0, 3.0, 5.0, 1.0, 0.0),
    (5.0, 6.0, 1.0, 2.0, 9.0),
)
"""The course's second example, pooled with size 3 and stride 1."""
NAME = "pooling"
PHOTOGRAPH = 120  # pixels on each side
WIDTH = 300  # pixels on screen
IMAGE = Grid("image", COURSE_4X4, most=12, least=2, square=True)
KIND = Knob("kind", str, "max", "The number kept from each window.", choices=("max", "average"))
SIZE = Knob("size", int, 2, "The window's side.", Range(1, 6))
STRIDE = Knob("stride", int, 2, "How many cells the window moves.", Range(1, 6))
PADDING = Knob(
    "padding",
    str,
    "valid",
    "With “same” the window may extend over the border; cells outside count neither for the maximum nor for the "
    "average.",
    choices=("valid", "same"),
)
PHOTO = Knob("photograph", str, "cameraman", "A photograph, pooled in the same way.", choices=tuple(BOLD))
STEP = Knob("step", int, 0, "The position of the window, counted from 0.", Range(0, 200))


def draw(values: Values) -> Values:
    """Draw the knobs, the animation, the editor of the numbers, and a photograph before and after."""
    image = values["image"]
    choices, animation = st.container(horizontal=True, vertical_alignment="bottom", gap="small"), st.container()
    with st.expander("Change the numbers and the size", key=f"{NAME}.numbers", on_change="rerun") as section:
        if section.open:
            presets.size(BENCH, "image", "n, the side", image, IMAGE.most, _images)
            image = number_editor.edit(IMAGE, image, bench_state.key(NAME, "image"), "type into it")
    with choices:  # after the editor, since the list names the edited grid
        presets.choose(BENCH, "image", "numbers", image, _images(len(image)))
        new = values | knob_row.draw(NAME, (KIND, SIZE, STRIDE, PADDING))
    settings = (new["kind"], new["size"], new["stride"], new["padding"])
    with animation:
        try:
            sides = pooling.sides(np.array(image), *settings[1:])
            frames = _animation(image, new["kind"], sides[0])
        except ValueError as error:
            remedy = "choose a smaller size, more numbers, or “same” padding"
            st.warning(html.plain(f"That cannot be: {error}; {remedy}."), icon=":material/info:")
        else:
            st.html(html.prose(_notice(image, new["kind"], sides[0]), "cnnlab-notice"))
            new["step"] = player(
                "convolution.pooling.player", "Pooling, step by step", *frames, step=int(values["step"])
            )
            st.html(_formula(sides[0], new["padding"]))
    st.html(html.heading("The same on a photograph"))
    new |= knob_row.in_row(NAME, (PHOTO,))
    st.html(_photograph(new["photograph"], *settings))
    return new | {"image": image}


@lru_cache(maxsize=IMAGE.most)
def _images(n: int) -> Presets:
    """Return the course's examples, and photographs of n×n numbers."""
    course = {"the course's 4×4": COURSE_4X4, "the course's 5×5": COURSE_5X5}
    return presets.named_grids({**course, **presets.photographs(n).grids})


def _notice(image: Numbers, kind: Kind, both: Side) -> str:
    """Return sentences on how many numbers remain, and on the largest."""
    many, left = both.n**2, both.out**2
    text = f"{many} numbers become {left}"
    text += f": {percent(many - left, many)} fewer" if left < many else ""
    text += ", in each channel. Pooling learns nothing: it has **0 parameters**."
    values = np.array(image)
    out = pooling.pool(values, kind, both, both)
    if kind == "max":
        copies = int((out == values.max()).sum())
        text += (
            f" The largest number, {number(values.max())}, is kept"
            if copies
            else " The largest number is lost: no window covers it"
        )
        repeated = copies > 1 and int((values == values.max()).sum()) == 1
        text += f", {copies} times: the windows overlap." if repeated else "."
    elif out.max() < values.max():
        reached = bool((pooling.windows(values, both, both) == values.max()).any())
        why = "an average smooths" if reached and both.f > 1 else "no window reaches it"
        text += f" The largest number fell from {number(values.max())} to {number(out.max(), 6)}: {why}."
    return text


def _formula(both: Side, padding: str) -> str:
    if padding == "same":
        law = f"“same”: ⌈n / s⌉ = ⌈{both.n} / {both.stride}⌉ = **{both.out}**"
    else:
        law = f"⌊(n − f) / s⌋ + 1 = ⌊({both.n} − {both.f}) / {both.stride}⌋ + 1 = **{both.out}**"
    return html.prose(f"{law}, so the output is {both.out} × {both.out}.", "cnnlab-formula")


@lru_cache(maxsize=64)
def _animation(image: Numbers, kind: Kind, both: Side) -> Animation:
    """Return the SVG, a text for each position, and the positions of window, maximum and result."""
    values = np.array(image)
    out, seen = pooling.pool(values, kind, both, both).round(6), pooling.windows(values, both, both)
    places = [(row, column) for row in range(both.out) for column in range(both.out)]
    best = {place: divmod(int(np.nanargmax(seen[place])), both.f) for place in places}
    moves = {
        "window": [sliding.place(row * both.stride, column * both.stride) for row, column in places],
        "winner": [sliding.place(r * both.stride + best[r, c][0], c * both.stride + best[r, c][1]) for r, c in places],
        "result": [sliding.place(row, column) for row, column in places],
    }
    texts = tuple(_text(seen[place], kind, float(out[place]), place) for place in places)
    return _svg(image, kind, both, out), texts, moves


def _svg(image: Numbers, kind: Kind, both: Side, out: NDArray[np.float64]) -> str:
    """Return input → output as SVG. The window may reach over the edge, where there are no cells."""
    white = 255 if presets.is_photograph(image) else 0
    around = np.pad(np.array(image), (both.before, both.after))
    inside = range(both.before, both.before + both.n)

    def hidden(row: int, column: int) -> str:
        return "" if row in inside and column in inside else 'visibility="hidden"'

    title = f"input {both.n}×{both.n}"
    return sliding.row(
        sliding.panel(
            len(around),
            len(around),
            title,
            grid(around.tolist(), *sliding.CORNER, title, attributes=hidden, white=white),
            f'<g data-move="winner"><circle {sliding.RING}/></g>' if kind == "max" else "",
            sliding.window(both.f, both.f),
        ),
        "→",
        sliding.filled(out.tolist(), f"{kind} {both.out}×{both.out}", white),
    )


def _text(window: NDArray[np.float64], kind: Kind, result: float, place: tuple[int, int]) -> str:
    """Return «max(1, 3, 2, 9) = 9» or «(1 + 3 + 2 + 9) / 4 = 3.75»."""
    cells = [number(value, 6) for value in window.ravel() if not np.isnan(value)]
    if kind == "max":
        work = f"max({', '.join(cells)})"
    else:
        total = number(float(np.nansum(window)), 6)
        terms = " + ".join(f"({each})" if each.startswith("−") else each for each in cells)
        work = f"({terms}) / {len(cells)} = {total} / {len(cells)}" if len(cells) > 1 else f"{terms} / 1"
    beyond = window.size - len(cells)
    verbs = "is outside the map and does" if beyond == 1 else "are outside the map and do"
    note = f"<br>{beyond} of {window.size} cells {verbs} not count." if beyond else ""
    equals = "≈" if round(result, 5) != result else "="
    return f"Row {place[0] + 1}, column {place[1] + 1}: {work} {equals} <b>{number(result, 6)}</b>{note}"


@lru_cache(maxsize=64)
def _photograph(name: str, kind: Kind, size: int, stride: int, padding: Padding) -> str:
    """Return HTML of a photograph before and after pooling."""
    image = tiny(name, PHOTOGRAPH)
    out = pooling.pool(image, kind, *pooling.sides(image, size, stride, padding))
    n = len(out)
    size_before = f"{PHOTOGRAPH} × {PHOTOGRAPH} = {full(PHOTOGRAPH**2)} numbers"
    size_after = f"{kind} over {size}×{size}, stride {stride}: {n} × {n} = {full(n * n)} numbers"
    size_after += f", {percent(n * n, PHOTOGRAPH**2)} of them" if n < PHOTOGRAPH else ""
    brighter = float(out.mean() - image.mean())
    seen = (
        "The maximum keeps the brightest number of each window: bright details grow, and the image becomes brighter, "
        f"by {number(brighter, 0)} grey levels of 255."
        if kind == "max"
        else "The average keeps the brightness and loses details finer than the window."
    )
    if size == 1:
        seen = "A window of one number changes nothing; a larger stride skips numbers."
    before = filtered_images.figure(
        filtered_images.grey(image), size_before, f"Photograph “{name}” before pooling, {size_before}", WIDTH
    )
    after = filtered_images.figure(
        filtered_images.grey(out), size_after, f"The same photograph after pooling: {size_after}", WIDTH
    )
    return html.prose(seen) + filtered_images.figures(before, after)


BENCH = Bench(
    NAME,
    "Pooling",
    "A window moves as in a convolution, but nothing is multiplied: the maximum or the average of each window is kept. "
    "With a stride above 1 the map becomes smaller.",
    fields(IMAGE, KIND, SIZE, STRIDE, PADDING, PHOTO, STEP),
    draw,
)
