"""Bench "Skip": residual blocks add their input, so that a hundred layers lose neither the signal nor the gradient."""

from functools import lru_cache

import numpy as np
import streamlit as st

from cnnlab.convolution.skips import BlockOutput, Norms, block, norms
from cnnlab.convolution.windows import Numbers
from cnnlab.figures.number_grid import INK, factor, grid, number
from cnnlab.figures.number_grid import picture as svg
from cnnlab.figures.signal_norms import lengths
from cnnlab.knobs import Knob, Range
from cnnlab.ui import html
from cnnlab.ui.convolution import knob_row, shortcuts
from cnnlab.ui.convolution.bench import Bench, fields
from cnnlab.ui.url_state import Values
from cnnlab.ui.widgets.clickable_svg import picture

NAME = "skip"
SCALE = Knob(
    "scale",
    float,
    0.5,
    "Every weight is multiplied by it; 0 switches the block off.",
    Range(0.0, 2.0, 0.05, steps=True),
)
LAYERS = Knob("layers", int, 100, "How many layers stand one after another; two make a block.", Range(1, 100))
SEED = Knob("seed", int, 0, "Other random weights for the deep networks.", Range(0, 999, typed=True))
X = np.array([3.0, 1.0, 0.0, 2.0])
FIRST = np.array([[1.0, -1, 2, 0], [0, 2, 1, -1], [1, 0, -1, 1], [-1, 1, 0, 2]])
SECOND = np.array([[1.0, 0, -1, 1], [-1, 1, 1, 0], [2, -1, 0, 1], [0, 1, -2, 1]])
CELL, WIDE, RELU = 32.0, 44.0, "→"
SIGNS = {"×": 20.0, "+": 20.0, "=": 20.0, "": 30.0}
"""Pixels for a sign between two grids; other signs take ``WIDE``."""


def draw(values: Values) -> Values:
    """Draw one block, many layers, and the shortcuts between unequal shapes."""
    new = values | knob_row.in_row(NAME, (SCALE,))
    scale = float(new["scale"])
    small = block(X, scale * FIRST, scale * SECOND)
    st.html(html.prose(identity(scale, small), "cnnlab-notice"))
    left, right = st.columns(2, gap="medium")
    with left:
        picture("convolution.skip.block", _block_svg(scale), enlarge=1.2)
    with right:
        st.html(arithmetic(scale, small))
    st.html(html.heading("Many layers of such weights"))
    new |= knob_row.in_row(NAME, (LAYERS, SEED))
    plain, skips = _norms(new["seed"], new["layers"], scale)
    st.html(html.prose(notice(plain, skips, scale), "cnnlab-notice"))
    for side, measure in zip(st.columns(2, gap="medium"), ("signal", "gradient"), strict=True):
        with side:
            title = "The signal, forward" if measure == "signal" else "The gradient, backward from the last layer"
            st.html(html.heading(title))
            figure = lengths(plain.layers, getattr(plain, measure), getattr(skips, measure), measure)
            alt = f"{title}, along the depth without and with skips, logarithmic. {notice(plain, skips, scale)}"
            st.plotly_chart(figure, key=f"convolution.skip.{measure}", config=html.STILL, alt=alt.replace("**", ""))
    st.html(
        html.prose(
            "The gradient is taken with respect to what arrives at a layer; a weight's own is made of it and of the "
            "number that the weight meets. 64 units a layer, random weights, no training; at scale 1 they have the "
            "spread that keeps lengths in plain ReLU layers (He 2015). Real ResNets normalise between layers, which "
            "also holds back the growth with skips."
        )
    )
    shortcuts.draw()
    return new


def identity(scale: float, small: BlockOutput) -> str:
    """Return a sentence on how much of x remains with and without the skip."""
    if scale == 0:
        return (
            "All weights are 0, so F(x) = 0. With the skip the block returns **x itself**: the identity costs it "
            "nothing. Without the skip **nothing is left**."
        )
    skip, plain = (float(np.linalg.norm(each - X) / np.linalg.norm(X)) for each in (small.skip, small.plain))
    return (
        f"With the weights × {number(scale)}, what leaves with the skip differs from x by **{100 * skip:.0f} %** of "
        f"its length, without the skip by **{100 * plain:.0f} %**. Move the scale towards 0: the first falls to 0 % "
        "(the identity), the second goes to 100 % (nothing)."
    )


def arithmetic(scale: float, small: BlockOutput) -> str:
    """Return HTML of the first number of each step, written out. Scales have two decimals, their squares four."""
    s = number(scale)
    hidden = " + ".join(f"{factor(w)} × {number(x)}" for w, x in zip(FIRST[0], X, strict=True))
    branch = " + ".join(f"{factor(w)} × {number(h, 4)}" for w, h in zip(SECOND[0], small.hidden, strict=True))
    f, x = float(small.branch[0]), float(X[0])
    lines = (
        ("First number behind W₁", f"ReLU({s} × ({hidden})) = <b>{number(small.hidden[0], 4)}</b>"),
        ("First number of F(x)", f"{s} × ({branch}) = <b>{number(f, 4)}</b>"),
        ("With the skip", f"ReLU({number(f, 4)} + {number(x)}) = <b>{number(small.skip[0], 4)}</b>"),
        ("Without", f"ReLU({number(f, 4)}) = <b>{number(small.plain[0], 4)}</b>"),
    )
    rows = "".join(f"<div><dt>{what}</dt><dd>{work}</dd></div>" for what, work in lines)
    return f'<dl class="cnnlab-steps">{rows}</dl>'


def notice(plain: Norms, skips: Norms, scale: float) -> str:
    """Return a sentence on how much of the signal and of the gradient reaches the other end."""
    many = plain.layers[-1]
    layers = f"{many} layers" if many > 1 else "1 layer"
    return (
        f"After {layers} the signal is {in_words(plain.signal[-1])} without skips, "
        f"**{in_words(skips.signal[-1])}** with them. "
        f"The gradient that comes back to the input is {in_words(plain.gradient[0])} without, "
        f"**{in_words(skips.gradient[0])}** with them: {_verdict(plain, skips, scale)}."
    )


def in_words(ratio: float) -> str:
    """Return «1.3 × 10⁻³⁰ times its length» or «2.4 times its length»."""
    if ratio == 0:
        return "exactly 0"
    if f"{ratio:.3g}" == "1":
        return "as long as it was"
    if 0.1 <= ratio < 999.5:  # above, the format writes 1e+03
        return f"{ratio:.3g} times its length"
    digits, power = f"{ratio:.1e}".split("e")
    raised = str(int(power)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{digits} × 10{raised} times its length"


def _verdict(plain: Norms, skips: Norms, scale: float) -> str:
    if scale == 0:
        return (
            "with skips the gradient passes whole, yet where both weights of a block are exactly 0 their own gradients "
            "are 0 too and they would stay 0; so networks begin near 0, not at it"
        )
    if plain.gradient[0] < 1e-3:
        growing = ", though what grows so much is why real ResNets normalise" if skips.gradient[0] > 1e3 else ""
        return f"the first layers of the plain network would learn nothing, those with skips do{growing}"
    if plain.gradient[0] > 1e3:
        return "such large weights let both explode"
    if skips.gradient[0] > 1e3:
        return "here the plain network holds, and the one with skips grows with every block unless it normalises"
    return "at this depth and scale both can learn; change the scale or add layers"


@lru_cache(maxsize=128)
def _norms(seed: int, layers: int, scale: float) -> tuple[Norms, Norms]:
    return norms(seed, layers, scale)


@lru_cache(maxsize=64)
def _block_svg(scale: float) -> str:
    """Return an SVG of three lines: scale × W₁ × x, scale × W₂ × hidden, and the outputs with and without the skip."""
    small = block(X, scale * FIRST, scale * SECOND)
    scaled, wide = f"{number(scale)} ×", 0.0
    lines: tuple[tuple[tuple[str, Numbers | None], ...], ...] = (
        ((scaled, None), ("W₁", FIRST), ("×", None), ("x", X), (RELU, None), ("hidden", small.hidden)),
        ((scaled, None), ("W₂", SECOND), ("×", None), ("hidden", small.hidden), ("=", None), ("F(x)", small.branch)),
        (
            ("F(x)", small.branch),
            ("+", None),
            ("x", X),
            (RELU, None),
            ("with skip", small.skip),
            ("", None),
            ("F(x)", small.branch),
            (RELU, None),
            ("without", small.plain),
        ),
    )
    pieces, y = [], 26.0
    for line in lines:
        x, middle = 4.0, y + 2 * CELL
        for title, values in line:
            if values is None:  # a sign
                room = SIGNS.get(title, WIDE)
                if title == RELU:
                    pieces.append(_text(x + room / 2, middle - 6, "ReLU", 13))
                pieces.append(_text(x + room / 2, middle + (9 if title == RELU else 5), title))
                x += room
            else:
                rows = values.reshape(len(values), -1).tolist()
                pieces.append(grid(rows, x, y, title, CELL))
                x += len(rows[0]) * CELL
        wide, y = max(wide, x), y + 4 * CELL + 34
    return svg(wide + 30, y - 26, "One block with and without its skip", *pieces)  # the last title is wider than cells


def _text(x: float, y: float, text: str, size: int = 15) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="middle" font-size="{size}" fill="{INK}">{text}</text>'


BENCH = Bench(
    NAME,
    "Skip",
    "A residual block adds what arrives to what it computes: F(x) + x. It need only learn the difference, and where "
    "there is nothing to learn, weights near 0 leave its input as it was.",
    fields(SCALE, LAYERS, SEED),
    draw,
)
