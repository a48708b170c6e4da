"""Memory that a network's tensors take, counted from the graph."""

from collections.abc import Mapping, Sequence
from math import prod
from typing import NamedTuple

from cnnlab.graph import Node, outputs, walk

BYTES = {"fp32": 4, "fp16": 2, "int8": 1}
"""Bytes a number takes, by precision."""


class Alive(NamedTuple):
    """Numbers held in memory while one node is computed: its inputs, its output, and the inputs of later nodes."""

    node: Node
    elements: int


def held(sizes: Mapping[Node, int], heads: Sequence[Node]) -> list[int]:
    """Return the elements alive while each node runs; ``sizes`` has the elements of each node, in execution order.

    No operation works in place. A tensor is freed after its last use, so a skip connection keeps its tensor alive;
    heads stay until the end.
    """
    last: dict[Node, Node | None] = {}
    for node in sizes:
        for before in node.inputs:
            last[before] = node
    last.update(dict.fromkeys(heads))
    result, now = [], 0
    for node, size in sizes.items():
        now += size
        result.append(now)
        for before in node.inputs:
            if last[before] is node:
                last[before] = None  # a node may take one tensor twice; it is freed once
                now -= sizes[before]
    return result


def alive(root: Node) -> list[Alive]:
    """Return the elements alive while each node runs, in execution order, for one image."""
    heads = outputs(root)
    sizes = {node: prod(node.shape) for node in walk(*heads)}
    return list(map(Alive, sizes, held(sizes, heads)))


def peak(root: Node) -> Alive:
    """Return the moment of inference at which most elements are alive; the first of several equal ones."""
    return max(alive(root), key=lambda moment: moment.elements)
