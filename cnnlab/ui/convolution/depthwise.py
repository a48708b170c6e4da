"""Bench "Depthwise and pointwise": a standard convolution and its two steps, side by side on the same numbers."""

from dataclasses import replace
from functools import lru_cache

import numpy as np
import streamlit as st

from cnnlab.convolution.volumes import standard_filter
from cnnlab.costs import layer_equations
from cnnlab.graph import Node
from cnnlab.knobs import Knob, Range
from cnnlab.tricks import TRICKS, Pair, macs, params
from cnnlab.ui import arithmetic, html
from cnnlab.ui.convolution import bench_state, channels, knob_row
from cnnlab.ui.convolution.bench import Bench, Numbers, fields
from cnnlab.ui.convolution.stacked import Animation, stacked
from cnnlab.ui.convolution.volumes import COLOURS, IMAGE
from cnnlab.ui.links import link
from cnnlab.ui.url_state import Values
from cnnlab.ui.widgets.player import player
from cnnlab.units import count, full

NAME = "depthwise"
FILTERS = Knob("filters", int, 5, "Number of output maps.", Range(1, 64))
OUTPUT = Knob("output", int, 1, "Which of the first five output maps is computed below.", Range(1, 5))
STANDARD = Knob("standard", int, 0, "The frame shown of the standard convolution, counted from 0.", Range(0, 63))
STEP = Knob("step", int, 0, "The frame shown of the two steps, counted from 0.", Range(0, 63))
WEIGHTS = np.array([[1.0, -1, 2], [1, 1, 1], [0, 0, 2], [-1, 2, 1], [2, 0, -1]])
"""Weights of the 1×1 filters: a row for each output map, a column for each channel."""


def depthwise_filter() -> np.ndarray:
    """Return a 3×3 kernel for each channel: vertical edges, horizontal edges, and the sum of the window."""
    vertical = np.array([[1.0, 0.0, -1.0]] * 3)
    return np.stack([vertical, vertical.T, np.ones((3, 3))], axis=-1)


KERNEL = channels.field("kernel", depthwise_filter())
MIXING = channels.field("weights", WEIGHTS[..., None])


def draw(values: Values) -> Values:
    """Draw the costs of both ways, both animations, and the arithmetic."""
    new = values | _knobs()
    pair = TRICKS["depthwise_separable"].build(filters=new["filters"])
    st.html(html.prose(notice(pair), "cnnlab-notice"))
    both = st.container()
    with st.expander("Change the numbers", key=f"{NAME}.numbers", on_change="rerun") as section:
        if section.open:
            new["image"] = channels.editors(NAME, IMAGE, new["image"], COLOURS)
            new["kernel"] = channels.editors(NAME, KERNEL, new["kernel"], COLOURS)
            new["weights"] = channels.editors(
                NAME, MIXING, new["weights"], ("one row per map, one column per channel",)
            )
    numbers = (new["weights"][new["output"] - 1], new["image"], new["kernel"])
    with both:
        left, right = st.columns(2, gap="medium")
    with left:
        st.html(html.heading(f"Standard: {count(macs(pair.before), 'MAC')}"))
        st.html(html.prose("27 products for each number of each map."))
        standard = player(
            "convolution.depthwise.player.standard",
            "The standard convolution",
            *example(new["output"], True, *numbers),
            step=new["standard"],
        )
        st.html(arithmetic.lines(layer_equations(pair.before)))
    with right:
        st.html(html.heading(f"Depthwise, then pointwise: {count(macs(pair.after), 'MAC')}"))
        st.html(html.prose("9 products per channel, once for all maps; then 3 for each number of each map."))
        step = player(
            "convolution.depthwise.player",
            "Depthwise, then pointwise",
            *example(new["output"], False, *numbers),
            step=new["step"],
        )
        for node in both_steps(pair):
            st.html(f"<b>{node.path}</b>" + arithmetic.lines(layer_equations(node)))
    more = link(
        "savings", {"trick": "depthwise_separable", "filters": str(new["filters"])}, "Savings draws it for other sizes"
    )
    st.html(f'<p class="cnnlab-prose">{more}</p>')
    return new | {"standard": standard, "step": step}


def _knobs() -> Values:
    """Draw the number of output maps, and which of them is computed, limited to that number."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        new = knob_row.draw(NAME, (FILTERS,))
        most, key = min(new["filters"], len(WEIGHTS)), bench_state.key(NAME, OUTPUT.name)
        st.session_state[key] = min(st.session_state[key], most)
        if most == 1:
            return new | {OUTPUT.name: 1}
        return new | knob_row.draw(NAME, (replace(OUTPUT, limits=Range(1, most)),))


def both_steps(pair: Pair) -> tuple[Node, Node]:
    """Return the depthwise and the pointwise convolution."""
    return pair.after.inputs[0], pair.after


def notice(pair: Pair) -> str:
    """Return a sentence on both costs, their terms, and the formula of their ratio."""
    depthwise, pointwise = both_steps(pair)
    before, after, filters = macs(pair.before), macs(pair.after), pair.before.shape[2]
    law = TRICKS["depthwise_separable"].ratio(filters=filters)
    assert law is not None
    shape = "×".join(map(str, pair.before.shape))
    verdict = "" if after < before else " With so few maps the two steps cost more."
    return (
        f"6×6×3 → {shape}: **{full(before)}** MACs against {full(depthwise.macs)} + {full(pointwise.macs)} = "
        f"**{full(after)}**, a ratio of {law.numbers}{arithmetic.decimal(law.value)}."
        f"{verdict} Below, both ways give the same numbers, because the standard filter is the product of the other "
        f"two: depthwise filter times 1×1 weights. {_separable(pair)}"
    )


def _separable(pair: Pair) -> str:
    """Return a sentence on which standard filters the two steps can replace."""
    if pair.before.shape[2] == 1:
        return "With one map each filter can be split like this, with 1×1 weights of 1."
    return (
        f"Most filters cannot be split: those of all maps would have to share one window per channel and differ only "
        f"in their 1×1 weights. So {full(params(pair.before))} weights can do more than {full(params(pair.after))}."
    )


@lru_cache(maxsize=64)
def example(output: int, standard: bool, weights: tuple[float, ...], image: Numbers, kernel: Numbers) -> Animation:
    """Return the animation of one output map: of one standard filter, or of both steps."""
    volume, depthwise, pointwise = channels.to_volume(image, 3), channels.to_volume(kernel, 3), np.array(weights)
    if standard:
        return stacked(volume, standard_filter(depthwise, pointwise), COLOURS, f"The standard filter of map {output}")
    return stacked(volume, depthwise, COLOURS, f"Each channel alone, then the 1×1 of map {output}", pointwise)


BENCH = Bench(
    NAME,
    "Depthwise and pointwise",
    "A standard convolution filters and mixes channels at once. MobileNet does it in two steps: first it filters each "
    "channel alone, then a 1×1 convolution mixes the channels.",
    fields(FILTERS, OUTPUT, IMAGE, KERNEL, MIXING, STANDARD, STEP),
    draw,
)
