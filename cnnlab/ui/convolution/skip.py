"""Bench "Skip": residual blocks add their input, so that a block which does nothing is easy to learn."""

from functools import lru_cache

import numpy as np
import streamlit as st

from cnnlab.convolution.skips import SAMPLES, WIDTH, AllNorms, BlockOutput, block, norms
from cnnlab.convolution.windows import Numbers
from cnnlab.figures.number_grid import INK, factor, grid, number, svg_text
from cnnlab.figures.signal_norms import lengths
from cnnlab.knobs import Knob, Range
from cnnlab.ui import html
from cnnlab.ui.convolution import knob_row, shortcuts
from cnnlab.ui.convolution.bench import Bench, fields
from cnnlab.ui.url_state import Values
from cnnlab.ui.widgets.clickable_svg import show_svg
from cnnlab.units import full

NAME = "skip"
SCALE = Knob(
    "scale",
    float,
    1.0,
    "Each weight is multiplied by it; at 0 the block computes nothing.",
    Range(0.0, 2.0, 0.05, steps=True),
)
LAYERS = Knob("layers", int, 100, "Number of layers; two make a block.", Range(1, 100))
SEED = Knob("seed", int, 0, "Other random weights for the deep networks.", Range(0, 999, typed=True))
X = np.array([3.0, 1.0, 0.0, 2.0])
FIRST = np.array([[1.0, -1, 2, 0], [0, 2, 1, -1], [1, 0, -1, 1], [-1, 1, 0, 2]])
SECOND = np.array([[1.0, 0, -1, 1], [-1, 1, 1, 0], [2, -1, 0, 1], [0, 1, -2, 1]])
WHY = (
    "**Deeper plain networks got worse even on the images they were trained on (degradation).** The authors of ResNet "
    "write of such networks: “We argue that this optimization difficulty is unlikely to be caused by vanishing "
    "gradients” (He, Zhang, Ren, Sun 2015, “Deep residual learning”, section 4.1), since they have batch "
    "normalisation. Their hypothesis (section 3.1): it is hard for layers to learn the identity (output = input). With "
    "a skip, weights near 0 do that."
)
LINES = ("plain", "batch norm", "skips", "skips and batch norm")
PLACES = ("in the plain network", "with batch norm", "with skips", "with both")
EXTREME = 1000  # a gradient that is so many times longer or shorter is said to explode or to vanish
CELL, WIDE, RELU = 32.0, 44.0, "→"
SIGNS = {"×": 20.0, "+": 20.0, "=": 20.0, "": 30.0}
"""Pixels for a sign between two grids; other signs take ``WIDE``."""


def draw(values: Values) -> Values:
    """Draw one block, many layers, and the shortcuts between unequal shapes."""
    new = values | knob_row.in_row(NAME, (SCALE,))
    scale = float(new["scale"])
    small = block(X, scale * FIRST, scale * SECOND)
    st.html(html.prose(WHY, "cnnlab-notice") + html.prose(identity(scale, small)))
    left, right = st.columns(2, gap="medium")
    with left:
        show_svg("convolution.skip.block", _block_svg(scale), enlarge=1.2)
    with right:
        st.html(arithmetic(scale, small))
    st.html(html.heading("Signal and gradient through many layers"))
    new |= knob_row.in_row(NAME, (LAYERS, SEED))
    found = _norms(new["seed"], new["layers"], scale)
    sentences = notice(found)
    st.html(html.notice(*sentences))
    text = " ".join(sentences)
    for side, measure in zip(st.columns(2, gap="medium"), ("signal", "gradient"), strict=True):
        with side:
            title = "The signal, forward" if measure == "signal" else "The gradient, backward from the last layer"
            st.html(html.heading(title))
            lines = {name: getattr(each, measure) for name, each in zip(LINES, found, strict=True)}
            figure = lengths(found.plain.layers, lines, measure)
            alt = f"{title}, along the depth, logarithmic. {text}"
            st.plotly_chart(figure, key=f"convolution.skip.{measure}", config=html.STILL, alt=alt.replace("**", ""))
    st.html(
        html.prose(
            f"Each layer has {WIDTH} units and random weights; nothing is trained. {SAMPLES} inputs are used. The "
            f"gradient is the one with respect to the input of a layer. At scale 1 the weights have the spread that "
            f"keeps the length of a signal in plain ReLU layers (He, Zhang, Ren, Sun 2015, “Delving deep into "
            "rectifiers”, section 2.2: not the ResNet paper). ResNets have both: skips and batch normalisation."
        )
    )
    shortcuts.draw()
    return new


def identity(scale: float, small: BlockOutput) -> str:
    """Return a sentence on how much of x remains with and without the skip."""
    if scale == 0:
        return (
            "All weights are 0, so F(x) = 0. With the skip the block returns **x itself**; without it, **zeros**. Here "
            "no weight of the block gets a gradient. Real blocks may begin at zero in another way: the last γ of batch "
            "normalisation is 0, and γ gets a gradient (Goyal et al. 2017, section 5.1)."
        )
    skip, plain = (float(np.linalg.norm(each - X) / np.linalg.norm(X)) for each in (small.skip, small.plain))
    return (
        f"With the weights × {number(scale)}, the output with the skip differs from x by **{100 * skip:.0f} %** of "
        f"x’s length, without the skip by **{100 * plain:.0f} %**. Move the scale towards 0: the first falls to 0 % "
        "(the identity), the second goes to 100 % (nothing)."
    )


def arithmetic(scale: float, small: BlockOutput) -> str:
    """Return HTML of the first number of each step, written out. Scales have two decimals, their squares four."""
    s = number(scale)
    hidden = " + ".join(f"{factor(w)} × {number(x)}" for w, x in zip(FIRST[0], X, strict=True))
    branch = " + ".join(f"{factor(w)} × {number(h, 4)}" for w, h in zip(SECOND[0], small.hidden, strict=True))
    f, x = float(small.branch[0]), float(X[0])
    lines = (
        ("First number after W₁", f"ReLU({s} × ({hidden})) = <b>{number(small.hidden[0], 4)}</b>"),
        ("First number of F(x)", f"{s} × ({branch}) = <b>{number(f, 4)}</b>"),
        ("With the skip", f"ReLU({number(f, 4)} + {number(x)}) = <b>{number(small.skip[0], 4)}</b>"),
        ("Without", f"ReLU({number(f, 4)}) = <b>{number(small.plain[0], 4)}</b>"),
    )
    rows = "".join(f"<div><dt>{what}</dt><dd>{work}</dd></div>" for what, work in lines)
    return f'<dl class="cnnlab-steps">{rows}</dl>'


def notice(found: AllNorms) -> tuple[str, str, str, str]:
    """Return sentences on how much of the signal and of the gradient reaches the other end."""
    many = found.plain.layers[-1]
    layers = f"{many} layers" if many > 1 else "1 layer"
    signals, gradients, fates = (
        "{} {}, {} {}, {} {}, and {} {}".format(*(word for pair in zip(words, PLACES, strict=True) for word in pair))
        for words in (
            [as_factor(each.signal[-1]) for each in found],
            [as_factor(each.gradient[0]) for each in found],
            [_fate(each.gradient[0]) for each in found],
        )
    )
    return (
        f"**The gradient at the input {fates}.**",
        f"Its length is that of the gradient at the last layer times {gradients}.",
        f"The length of the signal after {layers} is that of the input times {signals}.",
        f"“Vanishes” means a factor below 1/{full(EXTREME)} here, “explodes” one above {full(EXTREME)}.",
    )


def as_factor(ratio: float) -> str:
    """Return «1.3 × 10⁻³⁰», «2.4» or «0»."""
    if ratio == 0:
        return "0"
    if 0.1 <= ratio < 999.5:  # above, the format writes 1e+03
        return f"{ratio:.3g}"
    digits, power = f"{ratio:.1e}".split("e")
    raised = str(int(power)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{digits} × 10{raised}"


def _fate(ratio: float) -> str:
    if ratio < 1 / EXTREME:
        return "vanishes"
    return "explodes" if ratio > EXTREME else "neither vanishes nor explodes"


@lru_cache(maxsize=128)
def _norms(seed: int, layers: int, scale: float) -> AllNorms:
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
    title = "One block with and without its skip"
    return svg_text(wide + 30, y - 26, title, *pieces)  # the last heading is wider than its cells


def _text(x: float, y: float, text: str, size: int = 15) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="middle" font-size="{size}" fill="{INK}">{text}</text>'


BENCH = Bench(
    NAME,
    "Skip",
    "A residual block adds its input to what it computes: F(x) + x. It only has to learn the difference from its "
    "input: with weights near 0 its output is nearly its input.",
    fields(SCALE, LAYERS, SEED),
    draw,
)
