"""Rewrites of residual networks: without their skips, and with the other kind of block."""

from collections.abc import Callable
from typing import cast

from cnnlab.graph import BatchNorm, Conv, Node, branches, pair, walk
from cnnlab.rewrites.rebuild import (
    name_in_block,
    norm_and_activation,
    rebuild,
    same_norm_and_activation,
    users,
    with_inputs,
)

Branch = tuple[Node, ...]


def drop_skips(root: Node) -> Node:
    """Each sum keeps only its main path; projections on the skips are removed. The plain twin of the ResNet paper.

    Raises ``ValueError`` if there is no skip.
    """
    mains = _main_paths(root)
    if not mains:
        raise ValueError("there is no skip connection")

    def make(node: Node, inputs: tuple[Node, ...]) -> Node:
        if node in mains:
            return inputs[mains[node][0]]
        return with_inputs(node, inputs)

    return rebuild(root, make)


def basic_to_bottleneck(root: Node) -> Node:
    """Residual blocks of two 3×3 convolutions become 1×1, 3×3, 1×1 (ResNet paper, fig. 5).

    Input and output keep their channels, so that the skips still fit; inside there is a quarter of the output's. The
    stride stands on the 3×3, as torchvision has it. Raises ``ValueError`` if there is no such block.
    """
    blocks = _blocks(root, lambda windows: windows == [(3, 3), (3, 3)])
    if not blocks:
        raise ValueError(
            "there is no residual block of two 3×3 convolutions, the stride on the first, without dilation"
        )
    used = users(root)
    firsts, seconds = {block[0]: block for block in blocks}, {block[1]: block for block in blocks}
    renamed = {first.path: name_in_block(first, "conv") for first in firsts}
    renamed |= {second.path: name_in_block(second, "expand") for second in seconds}

    def make(node: Node, inputs: tuple[Node, ...]) -> Node:
        layer = node.layer
        if not isinstance(layer, Conv) or (node not in firsts and node not in seconds):
            return with_inputs(node, inputs, renamed)
        if node in seconds:
            return Conv(layer.filters, 1, bias=layer.bias)(*inputs, name=renamed[node.path])
        inside = max(1, firsts[node][1].shape[2] // 4)
        x = Conv(inside, 1, bias=layer.bias)(*inputs, name=name_in_block(node, "reduce"))
        x = same_norm_and_activation(x, node, used)
        return Conv(inside, 3, layer.stride, layer.padding, bias=layer.bias)(x, name=renamed[node.path])

    return rebuild(root, make)


def bottleneck_to_basic(root: Node) -> Node:
    """Residual blocks of 1×1, 3×3, 1×1 become two 3×3 convolutions of the output's width (ResNet paper, fig. 5).

    The block's whole stride stands on the first. Raises ``ValueError`` if there is no such block.
    """
    blocks = _blocks(root, lambda windows: windows == [(1, 1), (3, 3), (1, 1)])
    if not blocks:
        raise ValueError("there is no residual block of a 1×1, a 3×3 and a 1×1 convolution")
    used = users(root)
    gone = {gone for reduce, *_ in blocks for gone in (reduce, *norm_and_activation(reduce, used))}
    middles, lasts = {block[1]: block for block in blocks}, {block[2] for block in blocks}
    renamed = {middle.path: name_in_block(middle, "conv1") for middle in middles}
    renamed |= {last.path: name_in_block(last, "conv2") for last in lasts}

    def make(node: Node, inputs: tuple[Node, ...]) -> Node:
        layer = node.layer
        if node in gone:
            return inputs[0]
        if node in middles and isinstance(layer, Conv):
            reduce, _, expand = (cast(Conv, conv.layer) for conv in middles[node])
            (down, right), (first, second) = pair(layer.stride), pair(reduce.stride)
            stride = (down * first, right * second) if down * first != right * second else down * first
            return Conv(expand.filters, 3, stride, layer.padding, bias=layer.bias)(*inputs, name=renamed[node.path])
        if node in lasts and isinstance(layer, Conv):
            return Conv(layer.filters, 3, bias=layer.bias)(*inputs, name=renamed[node.path])
        return with_inputs(node, inputs, renamed)

    return rebuild(root, make)


def _main_paths(root: Node) -> dict[Node, tuple[int, Branch]]:
    """Return the main path of every sum: which of its inputs it is, and its own nodes, the last one first."""
    return {node: (place, paths[place]) for node, (place, paths) in branches(walk(root)).items()}


def _blocks(root: Node, wanted: Callable[[list[tuple[int, int]]], bool]) -> list[Branch]:
    """Return the convolutions of each residual block with the wanted windows and nothing else that learns."""
    found = []
    for _, main in _main_paths(root).values():
        learned = [node for node in reversed(main) if sum(node.params) and not isinstance(node.layer, BatchNorm)]
        convs = [node for node in learned if isinstance(node.layer, Conv) and node.layer.groups == 1]
        layers = [node.layer for node in convs if isinstance(node.layer, Conv)]
        windows = [pair(layer.kernel) for layer in layers]
        # The other kind of block has no place for a dilation, nor for a stride behind the window.
        plain = all(layer.dilation == 1 for layer in layers) and (not layers or pair(layers[-1].stride) == (1, 1))
        if plain and len(convs) == len(learned) and wanted(windows):
            found.append(tuple(convs))
    return found
