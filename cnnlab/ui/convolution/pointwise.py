"""Bench "1×1": a weighted sum over the channels at each position, and nothing else."""

from functools import lru_cache

import numpy as np
import streamlit as st

from cnnlab import costs
from cnnlab.graph import Conv, Input, Node, times
from cnnlab.knobs import Knob, Range
from cnnlab.ui import arithmetic, html
from cnnlab.ui.convolution import channels, knob_row
from cnnlab.ui.convolution.bench import Bench, Numbers, fields
from cnnlab.ui.convolution.layer_boxes import layer_boxes
from cnnlab.ui.convolution.named_filter import named_filter
from cnnlab.ui.convolution.presets import OWN
from cnnlab.ui.convolution.stacked import Animation, stacked
from cnnlab.ui.links import link
from cnnlab.ui.url_state import Values
from cnnlab.ui.widgets.clickable_svg import show_svg
from cnnlab.ui.widgets.player import player
from cnnlab.units import count, full

NAME = "pointwise"
SIZE = Knob("size", int, 6, "Height and width of input and output.", Range(1, 56))
CHANNELS = Knob("channels", int, 32, "Input channels.", Range(1, 256))
FILTERS = Knob("filters", int, 16, "Number of 1×1 filters: the output channels.", Range(1, 256))
NAMED_WEIGHTS: dict[str, Numbers] = {
    "mixture": ((1.0, 2.0, -1.0, 0.5),),
    "average": ((0.25, 0.25, 0.25, 0.25),),
    "first − second": ((1.0, -1.0, 0.0, 0.0),),
    "third": ((0.0, 0.0, 1.0, 0.0),),
}
MIX = Knob("mix", str, "mixture", "The four weights of the one filter below.", choices=(*NAMED_WEIGHTS, OWN))
STEP = Knob("step", int, 0, "The position shown, counted from 0.", Range(0, 8))
COUNTED = (SIZE, CHANNELS, FILTERS)


def image() -> np.ndarray:
    """Return 3×3×4 small numbers."""
    y, x = np.mgrid[0:3, 0:3]
    return np.stack([1.0 + y, 3.0 - x, (1.0 * x + 2 * y) % 4, 4.0 * (x == y)], axis=-1)


NAMES = tuple(f"channel {number}" for number in range(1, 5))
IMAGE = channels.field("image", image())
WEIGHTS = channels.field("weights", np.array(NAMED_WEIGHTS["mixture"])[..., None])


def layer(size: int, channels: int, filters: int, window: int = 1) -> Node:
    """Return the convolution whose costs are counted."""
    node: Node = Conv(filters, window)(Input((size, size, channels))(), name="conv")
    return node


def draw(values: Values) -> Values:
    """Draw boxes and arithmetic of the layer, its savings, and one filter animated on small numbers."""
    new = values | knob_row.in_row(NAME, COUNTED)
    node, large = (layer(new["size"], new["channels"], new["filters"], window) for window in (1, 5))
    st.html(html.prose(notice(node, large), "cnnlab-notice"))
    left, right = st.columns(2, gap="medium")
    with left:
        over = f"{new['filters']} filters of 1×1×{new['channels']} over {times(node.input_shapes[0])}"
        show_svg("convolution.pointwise.boxes", layer_boxes(node, over), enlarge=1.8)
    with right:
        st.html(arithmetic.lines(costs.layer_equations(node)))
    more = link("savings", {"trick": "bottleneck"}, "Savings puts a 1×1 in front of a 5×5 and counts both ways")
    st.html(f'<p class="cnnlab-prose">{more}</p>')
    st.html(html.heading("One position after another: a weighted sum over four channels"))
    choice, animation = st.container(), st.container()
    filter_ = (WEIGHTS, ("one for each channel",))
    chosen, weights = named_filter(NAME, choice, MIX, NAMED_WEIGHTS, filter_, (IMAGE, NAMES), values)
    new |= chosen
    with animation:
        frames = example(weights, new["image"])
        step = player("convolution.pointwise.player", "One 1×1 filter, step by step", *frames, step=new["step"])
    return new | {"step": step}


def notice(node: Node, large: Node) -> str:
    """Return a sentence on the channels, and on the costs of a 5×5 with the same output."""
    (height, width, channels), filters = node.input_shapes[0], node.shape[2]
    change = "fewer than before" if filters < channels else "more than before"
    if filters == channels:
        change = "the same number, mixed" if channels > 1 else "multiplied by one weight"
    many = f"{channels} channels become" if channels > 1 else "1 channel becomes"
    return (
        f"{height}×{width} stays {height}×{width}; {many} **{filters}**, {change}. It takes "
        f"**{count(node.macs, 'MAC')}** where a 5×5 with the same output takes {full(large.macs)}, "
        f"{full(large.macs // node.macs)} times as many. If a 5×5 is needed, a 1×1 before it can reduce its input "
        f"channels: if they are few enough, the two together do fewer MACs."
    )


@lru_cache(maxsize=64)
def example(weights: Numbers, image: Numbers) -> Animation:
    """Return the animation of one 1×1 filter over four channels."""
    filter_ = np.array(weights).reshape(1, 1, 4)
    return stacked(channels.to_volume(image, 4), filter_, NAMES, "A 1×1 filter over 3×3×4 numbers")


BENCH = Bench(
    NAME,
    "1×1",
    "A 1×1 filter computes a weighted sum of all channels at one position. Several filters are like a small dense "
    "layer that is used at each position; a ReLU usually follows.",
    fields(*COUNTED, MIX, IMAGE, WEIGHTS, STEP),
    draw,
)
