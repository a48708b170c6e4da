"""Rewrites of a network's head and of its width."""

from collections.abc import Sequence
from dataclasses import replace
from math import lcm, prod
from typing import Annotated

from cnnlab.graph import (
    Activation,
    AdaptivePool,
    BatchNorm,
    Conv,
    Counted,
    Dense,
    Dropout,
    Flatten,
    GlobalPool,
    Node,
    PadChannels,
    Reshape,
    TransposedConv,
    outputs,
    walk,
)
from cnnlab.knobs import Range
from cnnlab.rewrites.rebuild import name_in_block, only_user, rebuild, users, with_inputs

OWN_WIDTH = (Conv, TransposedConv, Dense)
"""Layers that choose their own number of channels; the others pass on as many as arrive."""


def global_pooling(root: Node) -> Node:
    """Dense layers on the flattened map become global average pooling and the last dense layer alone (Lin 2013).

    Hidden dense layers and their dropout are gone. Raises ``ValueError`` if no map is flattened.
    """
    used = users(root)
    flattens: set[Node] = set()
    gone: set[Node] = set()
    for flatten in (node for node in walk(root) if isinstance(node.layer, Flatten)):
        chain, node = [], only_user(flatten, used)
        while node and isinstance(node.layer, Dense | Activation | Dropout | BatchNorm):
            chain.append(node)
            node = only_user(node, used)
        dense = [place for place, node in enumerate(chain) if isinstance(node.layer, Dense)]
        if not dense:
            continue
        flattens.add(flatten)
        gone |= set(chain[: dense[-1]])
        before = flatten.inputs[0]
        if isinstance(before.layer, AdaptivePool) and only_user(before, used):
            gone.add(before)
    if not flattens:
        raise ValueError("no dense layer takes a flattened map")

    def make(node: Node, inputs: tuple[Node, ...]) -> Node:
        if node in gone:
            return inputs[0]
        if node in flattens:
            return GlobalPool("avg")(*inputs, name=name_in_block(node, "global_pool"))
        return with_inputs(node, inputs)

    return rebuild(root, make)


def scale_width(
    root: Node,
    *,
    factor: Annotated[
        float, Range(0.1, 4.0, 0.05), "Each layer's number of filters or units is multiplied by it and rounded down."
    ] = 0.5,
) -> Node:
    """Each layer gets ``factor`` times its filters or units, except the last of each head: the classes stay.

    Rounded down to a whole number (MobileNet v1's rule, Howard 2017), at least 1; if a convolution works in groups,
    to one that these divide. Raises ``ValueError`` if no layer but the classifier learns.
    """
    nodes = walk(root)
    keep = {_classifier(head) for head in outputs(root)}
    learned = [node for node in nodes if isinstance(node.layer, OWN_WIDTH) and node not in keep]
    if not learned:
        raise ValueError(
            "CNN Lab changes the width of dense layers and of convolutions of images, and here the classifier is the "
            "only one"
            if any(isinstance(node.layer, Counted) and node.layer.stored for node in nodes)
            else "only the classifier has a width"
        )
    divisor = _divisors(nodes)

    def scaled(node: Node, width: int) -> int:
        # 120 × 2.05 is a hair below 246 in binary.
        return max(divisor[node], int(round(width * factor, 6)) // divisor[node] * divisor[node])

    def make(node: Node, inputs: tuple[Node, ...]) -> Node:
        layer = node.layer
        if node in keep:
            return with_inputs(node, inputs)
        if isinstance(layer, Conv | TransposedConv):
            return replace(layer, filters=scaled(node, layer.filters))(*inputs, name=node.path)
        if isinstance(layer, Dense):
            return replace(layer, units=scaled(node, layer.units))(*inputs, name=node.path)
        if isinstance(layer, PadChannels):
            return PadChannels(scaled(node, node.shape[2]) - inputs[0].shape[2])(*inputs, name=node.path)
        if isinstance(layer, Reshape) and prod(layer.shape) != prod(inputs[0].shape):
            rest = layer.shape[:-1]
            return Reshape((*rest, prod(inputs[0].shape) // prod(rest)))(*inputs, name=node.path)
        return with_inputs(node, inputs)

    return rebuild(root, make)


def _divisors(nodes: Sequence[Node]) -> dict[Node, int]:
    """Return, for every node, the number that must divide its channels: of all convolutions in groups that share them.

    Layers share their channels if one is added to another, or passes them on to a convolution in groups.
    """
    parent = {node: node for node in nodes}

    def root(node: Node) -> Node:
        while parent[node] is not node:
            parent[node] = node = parent[parent[node]]
        return node

    for node in nodes:
        if not isinstance(node.layer, OWN_WIDTH):
            for before in node.inputs:
                parent[root(before)] = root(node)
    found = dict.fromkeys(nodes, 1)
    for node in nodes:
        if isinstance(node.layer, Conv):
            for one in {root(node), *map(root, node.inputs)}:
                found[one] = lcm(found[one], node.layer.groups)
    return {node: found[root(node)] for node in nodes}


def _classifier(head: Node) -> Node:
    """Return the last layer with a width before an output: its width is the number of classes."""
    node = head
    while node.inputs and not isinstance(node.layer, OWN_WIDTH):
        node = node.inputs[0]
    return node
