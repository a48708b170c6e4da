"""Memory that a network's tensors take, counted from the graph."""

from collections.abc import Mapping, Sequence
from math import prod
from typing import NamedTuple

from cnnlab.graph import Node, outputs, walk

BYTES = {"fp32": 4, "fp16": 2, "int8": 1}
"""Bytes a number takes, by precision."""


class Alive(NamedTuple):
    """What must be kept while one node is computed: its inputs, its output, and what later nodes still need."""

    node: Node
    elements: int


def held(sizes: Mapping[Node, int], heads: Sequence[Node]) -> list[int]:
    """Elements alive while each node runs; ``sizes`` are the elements of every node, in execution order.

    Nothing is done in place. A tensor is freed after its last use, so a skip connection keeps its tensor alive; heads
    stay until the end.
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
                last[before] = None  # a node may take one tensor twice, which is freed once
                now -= sizes[before]
    return result


def alive(root: Node) -> list[Alive]:
    """Elements alive while each node runs, in execution order, one image."""
    heads = outputs(root)
    sizes = {node: prod(node.shape) for node in walk(*heads)}
    return list(map(Alive, sizes, held(sizes, heads)))


def peak(root: Node) -> Alive:
    """The moment of inference at which most is alive; the first of several equal ones."""
    return max(alive(root), key=lambda moment: moment.elements)
