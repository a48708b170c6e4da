"""Bench "Slide the window": one kernel over one grid of numbers, position by position."""

from functools import lru_cache

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnnlab.convolution import kernels, sample_images
from cnnlab.convolution.windows import Side, convolve, padded, side, windows
from cnnlab.figures import sliding
from cnnlab.figures.number_grid import factor, grid, number
from cnnlab.knobs import Knob, Range
from cnnlab.ui import html
from cnnlab.ui.convolution import bench_state, knob_row, number_editor, presets
from cnnlab.ui.convolution.bench import Bench, Grid, Numbers, fields
from cnnlab.ui.convolution.presets import Presets
from cnnlab.ui.convolution.stacked import Animation
from cnnlab.ui.url_state import Values
from cnnlab.ui.widgets.player import player
from cnnlab.units import count

BRIGHT_DARK: Numbers = tuple(map(tuple, sample_images.BRIGHT_DARK.tolist()))
KERNELS: dict[str, Numbers] = {
    "vertical edges": kernels.KERNELS["vertical"],
    "horizontal edges": kernels.KERNELS["horizontal"],
    "Sobel, vertical": kernels.KERNELS["Sobel"],
    "Laplacian": kernels.KERNELS["Laplacian"],
    "sharpen": kernels.KERNELS["sharpen"],
    "blur": ((0.0, 0.125, 0.0), (0.125, 0.5, 0.125), (0.0, 0.125, 0.0)),
    "only the centre": ((0.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 0.0)),
}
NAMED_KERNELS = presets.named_grids(KERNELS)
NAME = "slide"
IMAGE = Grid("image", BRIGHT_DARK, most=12, least=2, square=True)
KERNEL = Grid("kernel", KERNELS["vertical edges"], most=7, square=True)
PADDING = Knob(
    "padding",
    str,
    "valid",
    "“same” keeps the size at stride 1; “valid” adds nothing; a number p adds p zeros on each side.",
    choices=("valid", "same", "1", "2", "3"),
)
STRIDE = Knob("stride", int, 1, "How many cells the window moves.", Range(1, 5))
DILATION = Knob("dilation", int, 1, "Distance between neighbouring positions of the kernel.", Range(1, 4))
FLIP = Knob(
    "flip",
    bool,
    False,
    "Flip the kernel in both directions first, as convolution in mathematics does; networks do not.",
)
STEP = Knob("step", int, 0, "The position of the window, counted from 0.", Range(0, 400))


def draw(values: Values) -> Values:
    """Draw the knobs, the animation, the formula, and the editors of the numbers."""
    image, kernel = values["image"], values["kernel"]
    # The lists above the editors are drawn after them, since they name the edited grids.
    choices, animation = st.container(horizontal=True, vertical_alignment="bottom", gap="small"), st.container()
    with st.expander("Change the numbers, and the sizes n and f", key=f"{NAME}.numbers", on_change="rerun") as section:
        if section.open:
            left, right = st.columns((3, 2), gap="medium")
            with left:
                presets.size(BENCH, "image", "n, the image's side", image, IMAGE.most, _images)
                image = number_editor.edit(IMAGE, image, bench_state.key(NAME, "image"), "the image; type into it")
            with right:
                presets.size(BENCH, "kernel", "f, the kernel's side", kernel, KERNEL.most)
                kernel = number_editor.edit(KERNEL, kernel, bench_state.key(NAME, "kernel"), "the kernel; type into it")
    with choices:
        presets.choose(BENCH, "image", "image", image, _images(len(image)))
        presets.choose(BENCH, "kernel", "kernel", kernel, NAMED_KERNELS)
        new = values | knob_row.draw(NAME, (PADDING, STRIDE, DILATION, FLIP)) | {"image": image, "kernel": kernel}
    with animation:
        padding = int(new["padding"]) if new["padding"].isdecimal() else new["padding"]
        both = side(len(image), len(kernel), padding, new["stride"], new["dilation"])
        slides = flipped(kernel) if new["flip"] else kernel
        try:
            frames = _animation(image, slides, both)
        except ValueError as error:
            remedy = "choose a smaller kernel or dilation, a larger image, or more padding"
            st.warning(html.plain(f"That cannot be: {error}; {remedy}."), icon=":material/info:")
            return new
        st.html(html.prose(_notice(image, slides, both), "cnnlab-notice"))
        step = player("convolution.slide.player", "The window, step by step", *frames, step=int(values["step"]))
        st.html(_formula(both, padding) + html.prose(_on_flipping(image, kernel, both, new["flip"])))
    return new | {"step": step}


@lru_cache(maxsize=IMAGE.most)
def _images(n: int) -> Presets:
    """Return the presets of an n×n image."""
    half = (n + 1) // 2
    bright, dark = (10.0,) * half, (0.0,) * (n - half)
    drawn: dict[str, Numbers] = {
        "bright, then dark": (bright + dark,) * n,
        "dark, then bright": ((0.0,) * half + (10.0,) * (n - half),) * n,
        "bright above dark": ((10.0,) * n,) * half + ((0.0,) * n,) * (n - half),
        "two bright corners": (bright + dark,) * half + ((0.0,) * half + (10.0,) * (n - half),) * (n - half),
        "one bright dot": tuple(tuple(10.0 * (i == j == n // 2) for j in range(n)) for i in range(n)),
    }
    return presets.named_grids({**drawn, **presets.photographs(n).grids})


def _formula(both: Side, padding: str | int) -> str:
    """Return the formula of the output size with its numbers, and sentences on padding and dilation."""
    n, f, s, zeros = both.n, both.f, both.stride, both.before + both.after
    sentences = []
    added = f"2 × {both.before}"
    if padding == "same":
        added = f"{both.before} + {both.after}"
        asked = f"“same” asks for ⌈n / s⌉ = ⌈{n} / {s}⌉ = {count(both.out, 'number')}"
        needed = f"{count(zeros, 'zero')} {'is' if zeros == 1 else 'are'} needed across and {zeros} down"
        sentences.append(
            f"{asked}, so {needed}: {both.before} before and {both.after} after"
            + (". If the number is odd, TensorFlow puts the extra zero after the image." if zeros % 2 else ".")
            if zeros
            else f"{asked}, and no zeros are needed for it."
        )
    window = str(f)
    if both.dilation > 1:
        window = f"({both.dilation} × ({f} − 1) + 1)"
        sentences.append(
            f"{f} numbers, {both.dilation} apart, cover {both.dilation} × ({f} − 1) + 1 = {both.reach}."
            if f > 1
            else "A kernel of one number has no neighbours: the dilation changes nothing."
        )
    left_out = (n + zeros - both.reach) % s
    if left_out:
        last = f"{left_out} rows and columns" if left_out > 1 else "row and column"
        sentences.append(f"The last {last} of {n + zeros} are not used: another step does not fit.")
    law = f"⌊(n + 2p − f) / s⌋ + 1 = ⌊({n} + {added} − {window}) / {s}⌋ + 1 = **{both.out}**"
    sides = f"The output is {both.out} × {both.out}."
    return html.prose(f"{law}. {sides} " + " ".join(sentences), "cnnlab-formula")


def _notice(image: Numbers, kernel: Numbers, both: Side) -> str:
    """Return sentences on this output."""
    out = convolve(np.array(image), np.array(kernel), both, both).round(6)
    positions, weights = out.size, sum(cell for row in kernel for cell in row)
    zeros = int((out == 0).sum())
    if positions == 1:
        seen = f"There is one position, and its output is {number(out.flat[0])}."
    elif (out == out.flat[0]).all():
        seen = f"The output is {number(out.flat[0])} at each position."
    elif zeros:
        verb = "is" if zeros == 1 else "are"
        others = "other is" if positions - zeros == 1 else "others are"
        seen = f"{zeros} of {positions} outputs {verb} 0, the {others} {_span(out[out != 0])}."
    else:
        seen = f"The outputs are {_span(out)}."
    if not np.any(kernel):
        seen += " The kernel's numbers are all 0."
    elif abs(weights) < 1e-9:
        seen += " The kernel's numbers add up to 0, so a uniform patch, bright or dark, gives 0: it detects changes."
    elif abs(weights - 1) < 1e-9:
        seen += " The kernel's numbers add up to 1, so a uniform patch keeps its brightness."
    changes = _changed_by_padding(np.array(image), np.array(kernel), both, out)
    if changes:
        seen += (
            f" The zeros around the image are dark: with its border repeated instead, "
            f"{f'{changes} of the {positions} outputs' if positions > 1 else 'the output'} would differ."
        )
    return seen


def flipped(kernel: Numbers) -> Numbers:
    """Return the kernel turned by half a turn: rows and columns in the opposite order."""
    return tuple(row[::-1] for row in kernel[::-1])


def _on_flipping(image: Numbers, kernel: Numbers, both: Side, flips: bool) -> str:
    """Return sentences on the flip that convolution in mathematics has, and on what it changes here."""
    if flipped(kernel) == kernel:
        change = "This kernel is the same after the flip, so both give the same numbers."
    else:
        plain, turned = (
            convolve(np.array(image), np.array(each), both, both).round(6) for each in (kernel, flipped(kernel))
        )
        differ = int((plain != turned).sum())
        each, is_ = ("the output", "is") if plain.size == 1 else (f"all {plain.size} outputs", "are")
        if differ in (0, plain.size):
            change = f"Here {each} {is_} {'different' if differ else 'the same'} with the flip."
        else:
            change = f"Here {differ} of {plain.size} outputs {'is' if differ == 1 else 'are'} different with the flip."
    if flips:
        first = "**With the flip this is a convolution as mathematics defines it.** Networks leave the flip out"
    else:
        first = "**Networks do not flip the kernel: mathematics calls this a cross-correlation**"
    source = "(Goodfellow, Bengio, Courville 2016, “Deep learning”, section 9.1)"
    return f"{first}; a learned kernel can have its numbers in either order {source}. {change}"


def _changed_by_padding(
    image: NDArray[np.float64], kernel: NDArray[np.float64], both: Side, out: NDArray[np.float64]
) -> int:
    """Return the number of outputs that would differ if the padding repeated the border in place of zeros."""
    whole = np.pad(image, (both.before, both.after), mode="edge")
    unpadded = Side(len(whole), both.f, both.stride, both.dilation)
    return int((convolve(whole, kernel, unpadded, unpadded).round(6) != out).sum())


def _span(outputs: NDArray[np.float64]) -> str:
    """Return «30» for one output, «all 30» or «between −30 and 30»."""
    low, high = number(outputs.min()), number(outputs.max())
    if outputs.size == 1:
        return low
    return f"all {low}" if low == high else f"between {low} and {high}"


@lru_cache(maxsize=64)
def _animation(image: Numbers, kernel: Numbers, both: Side) -> Animation:
    """Return the SVG, a text for each position, and the positions of window and result."""
    values, weights = np.array(image), np.array(kernel)
    out, seen = convolve(values, weights, both, both).round(6), windows(values, both, both)
    places = [(row, column) for row in range(both.out) for column in range(both.out)]
    moves = {
        "window": [sliding.place(row * both.stride, column * both.stride) for row, column in places],
        "result": [sliding.place(row, column) for row, column in places],
    }
    texts = tuple(_sum(seen[place], weights, float(out[place]), place) for place in places)
    return _svg(image, kernel, both, out), texts, moves


def _svg(image: Numbers, kernel: Numbers, both: Side, out: NDArray[np.float64]) -> str:
    """Return image ∗ kernel = output as SVG; zeros around the image are pale, or black around a photograph."""
    whole = padded(np.array(image), both, both)
    n, inside = both.out, range(both.before, both.before + both.n)
    photograph = presets.is_photograph(image)
    of_kernel = f"kernel {both.f}×{both.f}"
    title = f"image {both.n}×{both.n}" + (", zeros around" if len(whole) > both.n else "")

    def faint(row: int, column: int) -> str:
        return "" if photograph or (row in inside and column in inside) else 'opacity="0.45"'

    return sliding.row(
        sliding.panel(
            len(whole),
            len(whole),
            title,
            grid(
                whole.tolist(),
                *sliding.CORNER,
                title,
                attributes=faint,
                white=255 if photograph else 0,
            ),
            sliding.border(both.before, both.n) if photograph and len(whole) > both.n else "",
            sliding.window(both.f, both.f, both.dilation, [[number(cell) for cell in row] for row in kernel]),
        ),
        "∗",
        sliding.panel(both.f, both.f, of_kernel, grid(kernel, *sliding.CORNER, of_kernel)),
        "=",
        sliding.filled(out.tolist(), f"output {n}×{n}"),
    )


def _sum(window: NDArray[np.float64], kernel: NDArray[np.float64], result: float, place: tuple[int, int]) -> str:
    """Return the products row by row, and their sum."""
    lines = (
        " + ".join(f"{factor(x, 6)} × {factor(w, 6)}" for x, w in zip(xs, ws, strict=True))
        for xs, ws in zip(window, kernel, strict=True)
    )
    products = " + ".join(factor(product, 6) for product in (window * kernel).ravel())
    return (
        f"Row {place[0] + 1}, column {place[1] + 1}:<br>{' +<br>'.join(lines)}<br>"
        f"= {products}<br>= <b>{number(result, 6)}</b>"
    )


BENCH = Bench(
    NAME,
    "Slide the window",
    "One number of the output is one position of the window: multiply each pair and add the products. The same kernel "
    "is used at each position.",
    fields(IMAGE, KERNEL, PADDING, STRIDE, DILATION, FLIP, STEP),
    draw,
)
