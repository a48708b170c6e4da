"""Shortcuts of a skip between unequal shapes, with costs counted from graphs."""

from dataclasses import dataclass
from functools import cache

import streamlit as st

from cnnlab.graph import Add, Conv, Input, Layer, Node, PadChannels, Pool, Shape, times, walk
from cnnlab.ui import html
from cnnlab.units import full

ARRIVES, FILTERS = (56, 56, 64), 128  # where ResNet-34's second stage begins
ZEROS, PROJECTION = PadChannels(FILTERS - ARRIVES[2]), Conv(FILTERS, 1, bias=False)
SUBSAMPLE, BOTH = Pool("max", 1, 2), Conv(FILTERS, 1, 2, bias=False)
SHORTCUTS: tuple[tuple[str, Shape, tuple[Layer, ...], str], ...] = (
    ("channels: zero padding", (56, 56, 128), (ZEROS,), "64 channels of zeros after the 64"),
    ("channels: 1×1 projection", (56, 56, 128), (PROJECTION,), "128 filters of 1×1×64 mix the channels"),
    ("sides: stride", (28, 28, 64), (SUBSAMPLE,), "every second position is used"),
    (
        "both: stride and zero padding",
        (28, 28, 128),
        (SUBSAMPLE, ZEROS),
        "every second position, and zeros: the paper’s option A",
    ),
    (
        "both: 1×1 projection with stride 2",
        (28, 28, 128),
        (BOTH,),
        "128 filters mix the channels: the paper’s option B",
    ),
)
"""Shortcuts: the difference and its remedy, the shape of F(x), the layers on the skip, and their effect."""


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A shortcut with its costs; ``needed`` is the shape of F(x), ``shape`` that of the skip."""

    title: str
    needed: Shape
    note: str
    shape: Shape
    params: int
    macs: int


@cache
def count() -> tuple[Shortcut, ...]:
    """Count every shortcut on a graph that ends in the sum, which raises if the shapes do not fit."""
    shortcuts = []
    for title, needed, layers, note in SHORTCUTS:
        x = carried = Input(ARRIVES)()
        for layer in layers:
            carried = layer(carried)
        total: Node = Add()(Input(needed)(name="branch"), carried)
        nodes = [node for node in walk(total) if node is not x]
        params, macs = sum(sum(node.params) for node in nodes), sum(node.macs for node in nodes)
        shortcuts.append(Shortcut(title, needed, note, carried.shape, params, macs))
    return tuple(shortcuts)


@cache
def shape_error() -> str:
    """Return the error of a sum of unequal shapes."""
    try:
        Add()(Input((28, 28, 128))(name="branch"), Input(ARRIVES)())
    except ValueError as error:
        return str(error).removeprefix("add: ")
    raise AssertionError("unequal shapes were added")


def draw() -> None:
    """Draw the table of shortcuts, with a notice."""
    shortcuts = count()
    same, strided = shortcuts[1], shortcuts[4]
    st.html(html.heading("Where F(x) has another shape than x"))
    st.html(
        html.prose(
            f"{html.sentence(shape_error())} Zeros and strides cost nothing and learn nothing. The projection learns "
            f"**{full(strided.params)}** weights. Its stride does not change that number: with stride 2 it needs "
            f"1/{same.macs / strided.macs:g} of the MACs.",
            "cnnlab-notice",
        )
    )
    head = ("what differs: method", "x", "F(x)", "the skip carries", "parameters", "MACs", "what it does")
    rows = [
        (
            each.title,
            times(ARRIVES),
            times(each.needed),
            times(each.shape),
            full(each.params),
            full(each.macs),
            each.note,
        )
        for each in shortcuts
    ]
    st.html(html.table(head, rows, "Methods to match unequal shapes"))
