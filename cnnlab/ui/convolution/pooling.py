"""Pooling: the largest number of each window, or the average, on numbers and on a photograph."""

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
from cnnlab.ui.convolution.presets import Beginnings
from cnnlab.ui.convolution.stacked import Drawn
from cnnlab.ui.url_state import Values
from cnnlab.ui.widgets.player import player
from cnnlab.units import full, percent

COURSE: Numbers = ((1.0, 3.0, 2.0, 1.0), (2.0, 9.0, 1.0, 1.0), (1.0, 3.0, 2.0, 3.0), (5.0, 6.0, 1.0, 2.0))
OTHER: Numbers = (
    (1.0, 3.0, 2.0, 1.0, 3.0),
    (2.0, 9.0, 1.0, 1.0, 5.0),
    (1.0, 3.0, 2.0, 3.0, 2.0),
    (8.0, 3.0, 5.0, 1.0, 0.0),
    (5.0, 6.0, 1.0, 2.0, 9.0),
)
"""The course's second example, pooled with size 3 and stride 1."""
NAME = "pooling"
PHOTOGRAPH = 120  # pixels on each side
WIDE = 300  # on screen
IMAGE = Grid("image", COURSE, most=12, least=2, square=True)
KIND = Knob("kind", str, "max", "What is kept of each window.", choices=("max", "average"))
SIZE = Knob("size", int, 2, "The window's side.", Range(1, 6))
STRIDE = Knob("stride", int, 2, "How many cells the window moves on.", Range(1, 6))
PADDING = Knob(
    "padding",
    str,
    "valid",
    "“same” lets the window stand over the edge; what is beyond it counts neither for the largest nor for the average.",
    choices=("valid", "same"),
)
PICTURE = Knob("photograph", str, "cameraman", "Pooled in the same way.", choices=tuple(BOLD))
STEP = Knob("step", int, 0, "The position of the window, counted from 0.", Range(0, 200))


def draw(values: Values) -> Values:
    """Draw widgets, the player, the editor of numbers, and a photograph before and after."""
    image = values["image"]
    choices, shown = st.container(horizontal=True, vertical_alignment="bottom", gap="small"), st.container()
    with st.expander("Change the numbers, and how many there are", key=f"{NAME}.numbers", on_change="rerun") as section:
        if section.open:
            presets.size(BENCH, "image", "n, the side", image, IMAGE.most, _images)
            image = number_editor.numbers(IMAGE, image, bench_state.key(NAME, "image"), "type into it")
    with choices:  # after the editor: the list shows the name of the numbers after typing
        presets.choose(BENCH, "image", "numbers", image, _images(len(image)))
        new = values | knob_row.beside(NAME, (KIND, SIZE, STRIDE, PADDING))
    how = (new["kind"], new["size"], new["stride"], new["padding"])
    with shown:
        try:
            sides = pooling.sides(np.array(image), *how[1:])
            drawn = _drawn(image, new["kind"], sides[0])
        except ValueError as error:
            ways = "choose a smaller size, more numbers, or “same” padding"
            st.warning(html.plain(f"That cannot be: {error}; {ways}."), icon=":material/info:")
        else:
            st.html(html.prose(_notice(image, new["kind"], sides[0]), "cnnlab-notice"))
            new["step"] = player(
                "convolution.pooling.player", "Pooling, step by step", *drawn, step=int(values["step"])
            )
            st.html(_formula(sides[0], new["padding"]))
    st.html(html.heading("The same on a photograph"))
    new |= knob_row.knobs(NAME, (PICTURE,))
    st.html(_photograph(new["photograph"], *how))
    return new | {"image": image}


@lru_cache(maxsize=IMAGE.most)
def _images(n: int) -> Beginnings:
    """Return the course's examples, and photographs of n×n numbers."""
    course = {"the course's 4×4": COURSE, "the course's 5×5": OTHER}
    return presets.beginnings({**course, **presets.photographs(n).grids})


def _notice(image: Numbers, kind: Kind, both: Side) -> str:
    """Return a sentence on the numbers before and after."""
    many, left = both.n**2, both.out**2
    notice = f"{many} numbers become {left}"
    notice += f": {percent(many - left, many)} are gone" if left < many else ""
    notice += ", in every channel alike, and nothing was learned: pooling has **0 parameters**."
    values = np.array(image)
    out = pooling.pool(values, kind, both, both)
    if kind == "max":
        kept = int((out == values.max()).sum())
        notice += (
            f" The largest number, {number(values.max())}, is still there" if kept else " The largest number is lost"
        )
        again = kept > 1 and int((values == values.max()).sum()) == 1
        notice += f", {kept} times: the windows overlap." if again else "."
    elif out.max() < values.max():
        notice += f" The largest number fell from {number(values.max())} to {number(out.max(), 6)}: an average smooths."
    return notice


def _formula(both: Side, padding: str) -> str:
    if padding == "same":
        law = f"“same”: ceil(n / s) = ceil({both.n} / {both.stride}) = **{both.out}**"
    else:
        law = f"floor((n − f) / s) + 1 = floor(({both.n} − {both.f}) / {both.stride}) + 1 = **{both.out}**"
    return html.prose(f"{law}, so that the output has {both.out} × {both.out} numbers.", "cnnlab-formula")


@lru_cache(maxsize=64)
def _drawn(image: Numbers, kind: Kind, both: Side) -> Drawn:
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
    return _picture(image, kind, both, out), texts, moves


def _picture(image: Numbers, kind: Kind, both: Side, out: NDArray[np.float64]) -> str:
    """Return an SVG of input → output. The window may reach over the edge, where there are no cells."""
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
    there = [number(value, 6) for value in window.ravel() if not np.isnan(value)]
    if kind == "max":
        work = f"max({', '.join(there)})"
    else:
        total = number(float(np.nansum(window)), 6)
        terms = " + ".join(f"({each})" if each.startswith("−") else each for each in there)
        work = f"({terms}) / {len(there)} = {total} / {len(there)}"
    beyond = window.size - len(there)
    note = f"<br>{beyond} of {window.size} cells lie beyond the edge and do not count." if beyond else ""
    equals = "≈" if round(result, 5) != result else "="
    return f"Row {place[0] + 1}, column {place[1] + 1}: {work} {equals} <b>{number(result, 6)}</b>{note}"


@lru_cache(maxsize=64)
def _photograph(name: str, kind: Kind, size: int, stride: int, padding: Padding) -> str:
    """Return HTML of a photograph before and after."""
    image = tiny(name, PHOTOGRAPH)
    out = pooling.pool(image, kind, *pooling.sides(image, size, stride, padding))
    n = len(out)
    numbers = f"{PHOTOGRAPH} × {PHOTOGRAPH} = {full(PHOTOGRAPH**2)} numbers"
    kept = f"{kind} over {size}×{size}, stride {stride}: {n} × {n} = {full(n * n)} numbers"
    kept += f", {percent(n * n, PHOTOGRAPH**2)} of them" if n < PHOTOGRAPH else ""
    brighter = float(out.mean() - image.mean())
    seen = (
        "The maximum keeps the brightest number of each window: bright details grow and the picture as a whole becomes "
        f"brighter, by {number(brighter, 0)} grey levels of 255."
        if kind == "max"
        else "The average keeps the brightness and loses what is finer than the window."
    )
    if size == 1:
        seen = "A window of one number changes nothing; a larger stride leaves numbers out."
    before = filtered_images.figure(
        filtered_images.grey(image), numbers, f"Photograph “{name}” before pooling, {numbers}", WIDE
    )
    after = filtered_images.figure(filtered_images.grey(out), kept, f"The same photograph after pooling: {kept}", WIDE)
    return html.prose(seen) + filtered_images.figures(before, after)


BENCH = Bench(
    NAME,
    "Pooling",
    "A window moves as in a convolution, but nothing is multiplied: of each window the largest number is kept, or the "
    "average. The map becomes smaller, and what was found stays.",
    fields(IMAGE, KIND, SIZE, STRIDE, PADDING, PICTURE, STEP),
    draw,
)
