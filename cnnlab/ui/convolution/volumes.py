"""Bench "Over volumes": a filter is as deep as its input, and each filter makes one feature map."""

from functools import lru_cache
from html import escape

import numpy as np
import streamlit as st

from cnnlab import costs
from cnnlab.convolution.volumes import convolve
from cnnlab.figures.palette import OTHER
from cnnlab.graph import Conv, Input, Node, times
from cnnlab.knobs import Knob, Range
from cnnlab.ui import arithmetic, html
from cnnlab.ui.convolution import channels, knob_row
from cnnlab.ui.convolution.bench import Bench, Numbers, fields
from cnnlab.ui.convolution.layer_boxes import layer_boxes
from cnnlab.ui.convolution.named_filter import named_filter
from cnnlab.ui.convolution.presets import OWN
from cnnlab.ui.convolution.stacked import Animation, stacked
from cnnlab.ui.url_state import Values
from cnnlab.ui.widgets.clickable_svg import show_svg
from cnnlab.ui.widgets.player import player
from cnnlab.units import count, full, with_article

NAME = "volumes"
SIZE = Knob("size", int, 6, "Height and width of the input.", Range(3, 32))
CHANNELS = Knob("channels", int, 3, "Input channels: 3 in a colour image.", Range(1, 32))
WINDOW = Knob("window", int, 3, "Height and width of each filter.", Range(1, 7))
FILTERS = Knob("filters", int, 10, "Number of filters; each makes one output map.", Range(1, 64))
STRIDE = Knob("stride", int, 1, "Stride of the window.", Range(1, 4))
STEP = Knob("step", int, 0, "The frame shown, counted from 0.", Range(0, 63))
COLOURS = ("red", "green", "blue")
RGB = ("#D55E00", "#009E73", "#0072B2")
COUNTED = (SIZE, CHANNELS, WINDOW, FILTERS, STRIDE)


def image() -> np.ndarray:
    """Return 6×6×3 numbers: a vertical edge in red, a horizontal edge in green, and small numbers in blue."""
    y, x = np.mgrid[0:6, 0:6]
    return np.stack([10.0 * (x < 3), 10.0 * (y < 3), (2.0 * y + 3.0 * x) % 5], axis=-1)


VERTICAL = np.array([[1.0, 0.0, -1.0]] * 3)
NAMED_FILTERS: dict[str, Numbers] = {
    name: channels.to_grid(np.stack(each, axis=-1))
    for name, each in {
        "vertical edges": [VERTICAL] * 3,
        "in red alone": [VERTICAL, 0 * VERTICAL, 0 * VERTICAL],
        "horizontal edges": [VERTICAL.T] * 3,
    }.items()
}
"""Named 3×3×3 filters."""
FILTER = Knob("filter", str, "vertical edges", "The kernel of the one filter below.", choices=(*NAMED_FILTERS, OWN))
IMAGE = channels.field("image", image())
KERNEL = channels.field("kernel", channels.to_volume(NAMED_FILTERS[str(FILTER.default)], 3))


def layer(size: int, channels: int, window: int, filters: int, stride: int) -> Node:
    """Return the convolution whose parameters are counted. Raises ``ValueError`` if the window does not fit."""
    if window > size:
        raise ValueError(
            f"{with_article(f'{window}×{window}')} window does not fit {with_article(f'{size}×{size}')} volume; choose "
            "a smaller window or a larger size"
        )
    node: Node = Conv(filters, window, stride, "valid")(Input((size, size, channels))(), name="conv")
    return node


def draw(values: Values) -> Values:
    """Draw boxes and arithmetic of the layer, then one filter animated on small numbers."""
    new = values | knob_row.in_row(NAME, COUNTED)
    try:
        node = layer(*(new[knob.name] for knob in COUNTED))
    except ValueError as error:
        st.warning(html.plain(f"That cannot be: {error}."), icon=":material/info:")
    else:
        st.html(html.prose(notice(node), "cnnlab-notice"))
        left, right = st.columns(2, gap="medium")
        with left:
            many = f"{new['filters']} filters" if new["filters"] > 1 else "1 filter"
            over = f"{many} over a volume of {times(node.input_shapes[0])}"
            arriving = RGB if new["channels"] == 3 else (OTHER,)
            show_svg("convolution.volumes.boxes", layer_boxes(node, over, arriving), enlarge=1.8)
        with right:
            st.html(arithmetic.lines(costs.layer_equations(node)))
    st.html(html.heading("27 products in three sums"))
    choice, animation = st.container(), st.container()
    chosen, kernel = named_filter(NAME, choice, FILTER, NAMED_FILTERS, (KERNEL, COLOURS), (IMAGE, COLOURS), values)
    new |= chosen
    with animation:
        frames = example(new["filter"], kernel, new["image"])
        step = player("convolution.volumes.player", "One filter, step by step", *frames, step=new["step"])
    return new | {"step": step}


def notice(node: Node) -> str:
    """Return a sentence on the layer's shapes and parameters."""
    (height, width, channels), conv = node.input_shapes[0], node.layer
    assert isinstance(conv, Conv)
    each = f"{full(sum(node.params) // conv.filters)} for each filter, " if conv.filters > 1 else ""
    shape = f"{node.shape[0]}×{node.shape[1]}×**{node.shape[2]}**"
    kernel = f"{conv.kernel}×{conv.kernel}×{channels}"
    filters = f"{conv.filters} filters of {kernel} make" if conv.filters > 1 else f"One filter of {kernel} makes"
    return (
        f"{filters} {shape} from {height}×{width}×{channels}, with **{count(sum(node.params), 'parameter')}**: "
        f"{each}its bias counted. The number stays the same however large the image is."
    )


@lru_cache(maxsize=64)
def example(name: str, kernel: Numbers, image: Numbers) -> Animation:
    """Return the animation of one filter over three channels."""
    volume, filter_ = channels.to_volume(image, 3), channels.to_volume(kernel, 3)
    title = escape(f"A 3×3×3 filter, {name}, over 6×6×3 numbers: output {convolve(volume, filter_).shape[0]} a side")
    return stacked(volume, filter_, COLOURS, title)


BENCH = Bench(
    NAME,
    "Over volumes",
    "A filter has as many channels as its input: one kernel per channel, all products added to one number. Each filter "
    "makes one map, and the maps of all filters are the input channels of the next layer.",
    fields(*COUNTED, FILTER, IMAGE, KERNEL, STEP),
    draw,
)
