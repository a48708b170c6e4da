"""Shortcuts between unequal shapes: how a skip matches them, with costs counted from graphs."""

from dataclasses import dataclass
from functools import cache

import streamlit as st

from cnnlab.graph import Add, Conv, Input, Layer, Node, PadChannels, Pool, Shape, times, walk
from cnnlab.ui import html
from cnnlab.units import full

ARRIVES, FILTERS = (56, 56, 64), 128  # where ResNet-34's second stage begins
ZEROS, PROJECTION = PadChannels(FILTERS - ARRIVES[2]), Conv(FILTERS, 1, bias=False)
SUBSAMPLE, BOTH = Pool("max", 1, 2), Conv(FILTERS, 1, 2, bias=False)
WAYS: tuple[tuple[str, Shape, tuple[Layer, ...], str], ...] = (
    ("channels: zero padding", (56, 56, 128), (ZEROS,), "64 channels of zeros behind the 64"),
    ("channels: 1×1 projection", (56, 56, 128), (PROJECTION,), "128 filters of 1×1×64 mix the channels"),
    ("sides: stride", (28, 28, 64), (SUBSAMPLE,), "every second position is taken"),
    ("both: stride and zero padding", (28, 28, 128), (SUBSAMPLE, ZEROS), "option A of the paper"),
    ("both: 1×1 projection with stride 2", (28, 28, 128), (BOTH,), "option B, the usual one"),
)
"""What differs and how it is met, the shape of F(x), the layers on the skip, and what they do."""


@dataclass(frozen=True, slots=True)
class Shortcut:
    """One way to match unequal shapes, with its costs."""

    way: str
    needed: Shape
    note: str
    shape: Shape
    params: int
    macs: int


@cache
def counted() -> tuple[Shortcut, ...]:
    """Return every way, counted on a graph that ends in the sum: shapes that do not fit would raise."""
    found = []
    for way, needed, layers, note in WAYS:
        x = carried = Input(ARRIVES)()
        for layer in layers:
            carried = layer(carried)
        total: Node = Add()(Input(needed)(name="branch"), carried)
        nodes = [node for node in walk(total) if node is not x]
        params, macs = sum(sum(node.params) for node in nodes), sum(node.macs for node in nodes)
        found.append(Shortcut(way, needed, note, carried.shape, params, macs))
    return tuple(found)


@cache
def refusal() -> str:
    """Return the error of the sum if nothing matches the shapes."""
    try:
        Add()(Input((28, 28, 128))(name="branch"), Input(ARRIVES)())
    except ValueError as error:
        return str(error).removeprefix("add: ")
    raise AssertionError("unequal shapes were added")


def draw() -> None:
    """Draw the table, with a sentence of what to notice."""
    ways = counted()
    same, strided = ways[1], ways[4]
    st.html(html.heading("Where F(x) has another shape than x"))
    st.html(
        html.prose(
            f"Unequal shapes cannot be added («{refusal()}»). Zeros and strides cost nothing and learn nothing. The "
            f"projection learns **{full(strided.params)}** weights; its stride leaves them as many and makes it "
            f"{same.macs / strided.macs:g} times cheaper in MACs.",
            "cnnlab-notice",
        )
    )
    head = ("what differs: way", "x", "F(x)", "the skip carries", "parameters", "MACs", "what it does")
    rows = [
        (each.way, times(ARRIVES), times(each.needed), times(each.shape), full(each.params), full(each.macs), each.note)
        for each in ways
    ]
    st.html(html.table(head, rows, "Ways to match unequal shapes"))
