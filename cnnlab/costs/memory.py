"""Memory that a network's tensors take, counted from the graph."""

from math import prod
from typing import NamedTuple

from cnnlab.graph import Node, outputs, walk

BYTES = {"fp32": 4, "fp16": 2, "int8": 1}
"""Bytes a number takes, by precision."""


class Alive(NamedTuple):
    """What must be kept while one node is computed: its inputs, its output, and what later nodes still need."""

    node: Node
    elements: int


def alive(root: Node) -> list[Alive]:
    """Elements alive while each node runs, in execution order, one image, nothing done in place.

    A tensor is freed after its last use, so a skip connection keeps its tensor alive; heads stay until the end.
    """
    nodes = walk(*outputs(root))
    users: dict[Node, int] = {}
    for node in nodes:
        for before in node.inputs:
            users[before] = users.get(before, 0) + 1
    for head in outputs(root):
        users[head] = users.get(head, 0) + 1
    result, held = [], 0
    for node in nodes:
        held += prod(node.shape)
        result.append(Alive(node, held))
        for before in node.inputs:
            users[before] -= 1
            if not users[before]:
                held -= prod(before.shape)
    return result


def peak(root: Node) -> Alive:
    """The moment of inference at which most is alive; the first of several equal ones."""
    return max(alive(root), key=lambda moment: moment.elements)
