"""Slide the window: one kernel over one grid of numbers, position by position."""

from functools import lru_cache

import numpy as np
import streamlit as st

from cnnlab.convolution.windows import Side, convolve, padded, side, windows
from cnnlab.figures.numbers import CELL, grid, number, picture
from cnnlab.knobs import Knob, Range
from cnnlab.ui import parts
from cnnlab.ui.convolution import address, editing
from cnnlab.ui.convolution.bench import Bench, Grid, Numbers, Values, fields
from cnnlab.ui.knobs import widget
from cnnlab.ui.player import player

BRIGHT_DARK: Numbers = ((10.0,) * 3 + (0.0,) * 3,) * 6
VERTICAL: Numbers = ((1.0, 0.0, -1.0),) * 3
NAME = "slide"
FRAME = f'width="{CELL}" height="{CELL}" fill="none" stroke="#D55E00" stroke-width="3"'
IMAGE, KERNEL = Grid("image", BRIGHT_DARK, most=12, least=2), Grid("kernel", VERTICAL, most=7)
PADDING = Knob(
    "padding", str, "valid", "“same” keeps the size at stride 1, “valid” adds nothing, a number adds so many zeros "
    "on every side.", choices=("valid", "same", "1", "2", "3"),
)  # fmt: skip
STRIDE = Knob("stride", int, 1, "Steps of the window.", Range(1, 5))
DILATION = Knob("dilation", int, 1, "How far apart the window's numbers are.", Range(1, 4))
STEP = Knob("step", int, 0, "The position of the window, counted from 0.", Range(0, 400))


def draw(values: Values) -> Values:
    """Widgets, the formula, and the picture that plays."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        for knob in (PADDING, STRIDE, DILATION):
            widget(knob, address.key(NAME, knob.name))
    chosen = {knob.name: st.session_state[address.key(NAME, knob.name)] for knob in (PADDING, STRIDE, DILATION)}
    left, right = st.columns((3, 2), gap="medium")
    with left:
        image = editing.numbers(IMAGE, values["image"], address.key(NAME, "image"), "the image; type into it")
    with right:
        kernel = editing.numbers(KERNEL, values["kernel"], address.key(NAME, "kernel"), "the kernel")
    new = values | chosen | {"image": image, "kernel": kernel}
    try:
        rows, columns = _sides(image, kernel, new["padding"], new["stride"], new["dilation"])
        drawn = _drawn(image, kernel, rows, columns)
    except ValueError as error:
        st.warning(parts.plain(f"That cannot be: {error}."), icon=":material/info:")
        return new
    st.html(parts.prose(_formula(columns), "cnnlab-notice"))
    step = min(int(values["step"]), rows.out * columns.out - 1)
    return new | {"step": player("convolution.slide.player", *drawn, step=step)}


def _sides(image: Numbers, kernel: Numbers, padding: str, stride: int, dilation: int) -> tuple[Side, Side]:
    how = int(padding) if padding.isdecimal() else padding
    pairs = ((len(image), len(kernel)), (len(image[0]), len(kernel[0])))
    rows, columns = (side(n, f, how, stride, dilation) for n, f in pairs)  # type: ignore[arg-type]
    return rows, columns


def _formula(across: Side) -> str:
    zeros = across.before + across.after
    text = f"floor(({across.n} + {zeros} − {across.reach}) / {across.stride}) + 1 = **{across.out}** positions across"
    law = "floor((n + 2p − f) / s) + 1"
    if across.dilation > 1:
        law += f", where a dilated window reaches over f = {across.dilation} × ({across.f} − 1) + 1 = {across.reach}"
    return f"{text}: {law}."


@lru_cache(maxsize=64)
def _drawn(
    image: Numbers, kernel: Numbers, rows: Side, columns: Side
) -> tuple[str, tuple[str, ...], dict[str, list[tuple[float, float]]]]:
    """The picture, a text for each position, and the places of the window."""
    values, weights = np.array(image), np.array(kernel)
    whole, seen = padded(values, rows, columns), windows(values, rows, columns)
    out = convolve(values, weights, rows, columns)
    gap = 1.6 * CELL
    wide, top = whole.shape[1] * CELL, 26.0
    kernel_at, out_at = 10 + wide + gap, 10 + wide + gap + len(kernel[0]) * CELL + gap
    height = max(whole.shape[0], len(kernel), out.shape[0]) * CELL + top + 10
    window = "".join(
        f'<rect x="{j * columns.dilation * CELL:.1f}" y="{i * rows.dilation * CELL:.1f}" {FRAME}/>'
        for i in range(rows.f)
        for j in range(columns.f)
    )
    across = columns.out
    svg = picture(
        out_at + across * CELL + 10,
        height,
        "The window on the image, the kernel, and the output that fills",
        grid(whole.tolist(), 10, top, f"image {len(image)}×{len(image[0])}" + _zeros(columns)),
        grid(kernel, kernel_at, top, f"kernel {rows.f}×{columns.f}"),
        grid(
            out.tolist(), out_at, top, f"output {rows.out}×{across}",
            attributes=lambda row, column: f'data-from="{row * across + column}"',
        ),
        f'<g data-move="window">{window}</g><g data-move="result"><rect {FRAME}/></g>',
    )  # fmt: skip
    places = [(row, column) for row in range(rows.out) for column in range(across)]
    moves = {
        "window": [(10 + c * columns.stride * CELL, top + r * rows.stride * CELL) for r, c in places],
        "result": [(out_at + c * CELL, top + r * CELL) for r, c in places],
    }
    texts = tuple(_sum(seen[r, c], weights, float(out[r, c])) for r, c in places)
    return svg, texts, moves


def _zeros(columns: Side) -> str:
    return f" + {columns.before} and {columns.after} zeros" if columns.before + columns.after else ""


def _sum(window: np.ndarray, kernel: np.ndarray, result: float) -> str:
    """«10 × 1 + 10 × 0 + … = 0»."""
    terms = (
        f"{number(x)} × {number(w) if w >= 0 else f'({number(w)})'}"
        for x, w in zip(window.ravel(), kernel.ravel(), strict=True)
    )
    return f"{' + '.join(terms)} = <b>{number(result)}</b>"


BENCH = Bench(
    NAME,
    "Slide the window",
    "One number of the output is one position of the window: multiply each pair, add them up. The kernel below answers "
    "where bright turns to dark, and nowhere else.",
    fields(IMAGE, KERNEL, PADDING, STRIDE, DILATION, STEP),
    draw,
)
