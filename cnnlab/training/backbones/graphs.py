"""Graphs as backbones: cut where the head begins, and prepared for pixels and for short runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import TypeVar

from cnnlab.graph import (
    AdaptivePool,
    BatchNorm,
    Dense,
    Dropout,
    Flatten,
    GlobalPool,
    Input,
    Node,
    Normalize,
    Rescale,
    outputs,
    walk,
)
from cnnlab.rewrites.rebuild import rebuild, with_inputs

SCALE, OFFSET = 1 / 127.5, -1.0  # 0…255 → −1…1, as most of keras.applications take images
MOMENTUM = 0.9
"""The momentum of batch norms. With Keras' 0.99 the moving statistics lag a hundred steps behind, with MobileNet v2's
0.999 a thousand. The runs here have a few hundred: a network would be tested with the statistics of its first weights.
"""
T = TypeVar("T")
_HEADS = (GlobalPool, AdaptivePool, Flatten, Dense)


@dataclass(frozen=True)
class Cut:
    """A graph without its head: ``root`` is its last feature map. ``whole``: it has no map, or no head to cut off."""

    root: Node
    whole: bool
    explained: str
    """A sentence on where the graph is cut."""


def cut_head(root: Node) -> Cut:
    """Cut off the head: it begins at a global pooling, Flatten or dense layer that all paths pass.

    Auxiliary heads are left out. A network without feature maps is used whole.
    """
    main = outputs(root)[0]
    passed = narrow({node: node.inputs for node in walk(main)})
    head = next((node for node in passed if isinstance(node.layer, _HEADS)), None)
    if head is None:
        return Cut(main, True, f"It has no head: it is used up to “{main.path}”, and a new head follows.")
    last = head.inputs[0]
    while isinstance(last.layer, Dropout):
        last = last.inputs[0]
    if len(last.shape) != 3 or isinstance(last.layer, Input | Rescale | Normalize):
        return Cut(main, True, f"It has no feature map: it is used up to “{main.path}”, and a new head follows.")
    return Cut(last, False, f"It is cut at its last feature map, “{last.path}”, and a new head replaces its own.")


def narrow(before: Mapping[T, Sequence[T]]) -> tuple[T, ...]:
    """Return the nodes that every path from first to last passes; ``before`` has the inputs of each, in order.

    >>> narrow({"input": [], "conv": ["input"], "add": ["conv", "input"], "relu": ["add"]})
    ('input', 'add', 'relu')
    """
    places = {each: place for place, each in enumerate(before)}
    last = list(range(len(places)))  # of those that stand on each
    for each, inputs in before.items():
        for one in inputs:
            last[places[one]] = max(last[places[one]], places[each])
    reach = [0, *accumulate(last, max)]
    return tuple(each for each, place in places.items() if reach[place] <= place)


def prepared(root: Node) -> Node:
    """Return the graph for pixels of 0…255 and for runs of a few hundred steps.

    A rescaling to −1…1 is put behind the input, unless the network begins with one of its own, and batch norms get a
    momentum of at most ``MOMENTUM``. Names, parameters and MACs stay.
    """
    scaled = any(isinstance(node.layer, Rescale | Normalize) for node in walk(root)[1:2])

    def make(node: Node, inputs: tuple[Node, ...]) -> Node:
        if isinstance(node.layer, Input) and not scaled:
            return Rescale(SCALE, OFFSET)(node, name="pixels")
        if isinstance(node.layer, BatchNorm) and node.layer.momentum > MOMENTUM:
            return replace(node.layer, momentum=MOMENTUM)(*inputs, name=node.path)
        return with_inputs(node, inputs)

    return rebuild(root, make)
