"""Bench "Why convolutions": parameters against a dense layer of the same sizes, and the answers to a shifted image."""

from functools import lru_cache

import numpy as np
import streamlit as st

from cnnlab.convolution import dense
from cnnlab.convolution.dense import LayerPair, ShiftResponse
from cnnlab.data.photographs import BOLD, tiny
from cnnlab.figures import filtered_images
from cnnlab.knobs import Knob, Range
from cnnlab.ui import html
from cnnlab.ui.convolution import knob_row
from cnnlab.ui.convolution.bench import Bench, fields
from cnnlab.ui.url_state import Values
from cnnlab.units import compared, full, percent, size

NAME = "why"
MARGIN = 8  # pixels of the photograph around the crop that the layers see: the farthest shift
WIDTH = 146  # pixels of an image on screen
SIZE = Knob("size", int, 32, "Height and width of the input.", Range(8, 64))
CHANNELS = Knob("channels", int, 3, "Input channels: 3 for red, green and blue.", Range(1, 16))
KERNEL = Knob("kernel", int, 5, "The filters' side.", Range(1, 7))
FILTERS = Knob("filters", int, 6, "Number of filters: the output channels.", Range(1, 32))
PHOTO = Knob("photograph", str, "astronaut", "The input of both layers.", choices=tuple(BOLD))
RIGHT = Knob("right", int, 3, "Pixels by which the image's content moves to the right.", Range(-MARGIN, MARGIN))
DOWN = Knob("down", int, 0, "Pixels by which it moves down.", Range(-MARGIN, MARGIN))


def draw(values: Values) -> Values:
    """Draw both parameter counts with their arithmetic, then the shifted image."""
    new = values | knob_row.in_row(NAME, (SIZE, CHANNELS, KERNEL, FILTERS))
    st.html(_counts(LayerPair(new["size"], new["channels"], new["kernel"], new["filters"])))
    st.html(html.heading("Shift the image"))
    new |= knob_row.in_row(NAME, (PHOTO, RIGHT, DOWN))
    st.html(_shift(new["photograph"], new["right"], new["down"]))
    return new


@lru_cache(maxsize=128)
def _counts(pair: LayerPair) -> str:
    """Return HTML of the notice, of both layers side by side, and of the two reasons."""
    sides = "".join(_layer_html(*layer) for layer in _layers(pair))
    reasons = "".join(html.prose(reason) for reason in _reasons(pair))
    return html.prose(_notice(pair), "cnnlab-notice") + f'<div class="cnnlab-sides">{sides}</div>{reasons}'


def _notice(pair: LayerPair) -> str:
    n, m = pair.size, pair.side
    return (
        f"From {n}×{n}×{pair.channels} to {m}×{m}×{pair.filters} a convolution takes **{full(pair.convolution)}** "
        f"parameters, a dense layer **{full(pair.dense)}**, {compared(pair.dense, pair.convolution)}."
    )


def _layers(pair: LayerPair) -> tuple[tuple[str, str, str, str], ...]:
    """Return for both layers the title, the arithmetic of the parameters, their number, and the MACs."""
    n, c, f, k, m = pair.size, pair.channels, pair.kernel, pair.filters, pair.side
    return (
        (
            f"Convolution: {k} {'filter' if k == 1 else 'filters'} of {f}×{f}×{c}, each with a bias",
            f"({f} × {f} × {c} + 1) × {k} = {full(pair.fan_in + 1)} × {k}",
            full(pair.convolution),
            f"MACs: {m} × {m} × {k} × {full(pair.fan_in)} = {full(pair.outputs * pair.fan_in)}",
        ),
        (
            f"Dense layer: each of {full(pair.outputs)} outputs depends on {full(pair.inputs)} inputs, and has a bias",
            f"({n} × {n} × {c} + 1) × ({m} × {m} × {k}) = {full(pair.inputs + 1)} × {full(pair.outputs)}",
            full(pair.dense),
            f"MACs: {full(pair.outputs)} × {full(pair.inputs)} = {full(pair.outputs * pair.inputs)}",
        ),
    )


def _layer_html(title: str, work: str, result: str, macs: str) -> str:
    return (
        f'<div><p><b>{html.explained(title)}</b></p><dl class="cnnlab-steps"><div><dt>{html.explained("parameters")}'
        f'</dt><dd>{work} = <span class="result">{result}</span></dd><dd class="note">{html.explained(macs)}</dd>'
        "</div></dl></div>"
    )


def _reasons(pair: LayerPair) -> tuple[str, str]:
    c, f, m = pair.channels, pair.kernel, pair.side
    return (
        f"**Parameters are shared**: a filter's {f} × {f} × {c} = {full(pair.fan_in)} weights serve all {m} × {m} = "
        f"{full(m * m)} positions, since a filter that finds an edge in one corner finds it everywhere; a dense layer "
        f"uses each weight once.",
        f"**Connections are sparse**: each output depends on {f} × {f} × {c} = {full(pair.fan_in)} of the "
        f"{full(pair.inputs)} inputs, {percent(pair.fan_in, pair.inputs)}; in a dense layer on all of them, and its "
        f"parameters, at 4 bytes each, fill {size(4 * pair.dense)}.",
    )


@lru_cache(maxsize=64)
def _shift(name: str, right: int, down: int) -> str:
    """Return HTML of the notice, and of both layers' input and answers before and after the shift."""
    photograph = tiny(name, dense.IMAGE_SIZE + 2 * MARGIN)
    crops = dense.shifted_crops(photograph, right, down)
    convolution, full_layer = dense.shift_responses(photograph, right, down)
    if right or down:
        notice = (
            f"At the place the content moved to, {_direction(right, down)}: "
            f"**{percent(convolution.changed_along, 1)}** of the convolution's outputs changed: they moved with the "
            f"content. **{percent(full_layer.changed_along, 1)}** of the dense layer's outputs changed: for a dense "
            f"layer this is another image."
        )
    else:
        notice = "Not shifted yet: both outputs are as before. Move the image by a pixel."
    out = len(convolution.before)
    about = (
        f"Both layers see the same {dense.IMAGE_SIZE}×{dense.IMAGE_SIZE} grey numbers and have {out}×{out} outputs. "
        f"The convolution is one {len(dense.EDGE)}×{len(dense.EDGE)} filter for vertical edges, the dense layer has "
        f"{full(dense.IMAGE_SIZE**2 * out**2)} weights, random and always the same. Blue is above zero, orange below. "
        "“Changed” means by more than 5 % of the range of the outputs; where the content left the image, nothing is "
        "compared."
    )
    photographs = filtered_images.figures(
        *(
            filtered_images.figure(filtered_images.grey(each), title, f"Photograph “{name}”, {title}", WIDTH)
            for each, title in zip(crops, ("the image", _title(right, down)), strict=True)
        )
    )
    answers = "".join(
        f"<div><p><b>{whose}</b></p>{_before_and_after(whose, response)}</div>"
        for whose, response in (("Output of the convolution", convolution), ("Output of the dense layer", full_layer))
    )
    return (
        html.prose(notice, "cnnlab-notice")
        + f'<div class="cnnlab-sides cnnlab-shift"><div><p><b>Input of both</b></p>{photographs}</div>{answers}</div>'
        + html.prose(about, "cnnlab-aside")
    )


def _before_and_after(whose: str, response: ShiftResponse) -> str:
    """Return figures of both answers on one scale of colours."""
    most = float(np.abs(response.before).max())
    after = f"after: {percent(response.changed_along, 1)} changed where the content moved to, "
    after += f"{percent(response.changed_in_place, 1)} at the same place"
    return filtered_images.figures(
        filtered_images.figure(
            filtered_images.signed(response.before, most), "before", f"{whose} before the shift", WIDTH
        ),
        filtered_images.figure(
            filtered_images.signed(response.after, most), html.unbroken(after), f"{whose} {after}", WIDTH
        ),
    )


def _direction(right: int, down: int) -> str:
    """Return «3 right and 2 up»."""
    directions = ((right, "right", "left"), (down, "down", "up"))
    return " and ".join(f"{abs(by)} {plus if by > 0 else minus}" for by, plus, minus in directions if by)


def _title(right: int, down: int) -> str:
    return f"shifted, {_direction(right, down)}" if right or down else "not shifted"


BENCH = Bench(
    NAME,
    "Why convolutions",
    "A dense layer could compute an output of the same size. But it stores a weight for each pair of input and output, "
    "and must learn each pattern again for each place in the image.",
    fields(SIZE, CHANNELS, KERNEL, FILTERS, PHOTO, RIGHT, DOWN),
    draw,
)
