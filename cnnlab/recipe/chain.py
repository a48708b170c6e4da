"""Recipes of plain chains of layers, which make imported networks editable."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

from cnnlab.graph import (
    Activation,
    BatchNorm,
    Conv,
    Dense,
    DepthwiseConv,
    Dropout,
    Flatten,
    GlobalPool,
    Input,
    LocalResponseNorm,
    Node,
    Pool,
    ZeroPad,
    walk,
)
from cnnlab.knobs.image_size import of_sides
from cnnlab.recipe.build import graph
from cnnlab.recipe.recipe import MOST_REPEATS, Recipe, Row, row


def from_graph(root: Node) -> Recipe | None:
    """Return the recipe with the same shapes, parameters and MACs, layer by layer; None if no rows give them.

    What costs nothing, such as a batch norm's epsilon, may differ.

    >>> from cnnlab import zoo
    >>> [each.block for each in from_graph(zoo.build("lenet5", activation="relu", pooling="max")).rows]
    ['conv', 'max_pool', 'conv', 'max_pool', 'flatten', 'dense', 'dense', 'dense']
    >>> from_graph(zoo.build("resnet18")) is None
    True
    """
    nodes = walk(root)
    first = nodes[0]
    chained = all(node.inputs == (before,) for before, node in pairwise(nodes))
    if not chained or not isinstance(first.layer, Input) or len(first.shape) != 3:
        return None
    height, width, channels = first.shape
    try:
        recipe = Recipe(of_sides(height, width), channels, tuple(_merged(_rows(nodes[1:]))))
        ours = walk(graph(recipe))
    except ValueError:  # a value out of a knob's limits, or too many rows
        return None
    return recipe if [_counts(node) for node in ours] == [_counts(node) for node in nodes] else None


def _counts(node: Node) -> tuple[object, ...]:
    return node.layer.kind, node.shape, node.params, node.macs


def _rows(nodes: tuple[Node, ...]) -> Iterator[Row]:
    """Yield a row for each layer; a convolution takes the batch norm and the activation behind it into its row."""
    place = 0
    while place < len(nodes):
        block, knobs = _row(nodes[place])
        place += 1
        if block in ("conv", "depthwise") and place < len(nodes) and _plain_norm(nodes[place]):
            knobs["batch_norm"] = True
            place += 1
        if block in ("conv", "depthwise", "dense"):
            after = nodes[place].layer if place < len(nodes) else None
            if isinstance(after, Activation) and after.function != "linear":
                knobs["activation"] = after.function
                place += 1
        yield row(block, **knobs)


def _plain_norm(node: Node) -> bool:
    return isinstance(node.layer, BatchNorm) and node.layer.scale and node.layer.center


def _row(node: Node) -> tuple[str, dict[str, Any]]:
    """Return a block and its knobs for one layer. Raises ``ValueError`` if there is no such block."""
    match node.layer:
        case Conv(filters, int(kernel), int(stride), padding, groups, dilation, bias):
            knobs = {"padding": padding, "groups": groups, "dilation": dilation, "activation": "none"}
            return "conv", {"filters": filters, "kernel": kernel, "stride": stride, "bias": bias, **knobs}
        case DepthwiseConv(int(kernel), int(stride), padding, 1, 1, bias):
            knobs = {"padding": padding, "bias": bias, "batch_norm": False, "activation": "none"}
            return "depthwise", {"kernel": kernel, "stride": stride, **knobs}
        case Pool(summary, int(size), None | int() as stride, padding):
            block = "max_pool" if summary == "max" else "average_pool"
            return block, {"size": size, "stride": size if stride is None else stride, "padding": padding}
        case GlobalPool(summary, keep_map):
            return "global_pool", {"summary": summary, "keep_map": keep_map}
        case Dense(units, bias):
            return "dense", {"units": units, "bias": bias, "activation": "none"}
        case Dropout(rate, False):
            return "dropout", {"rate": rate}
        case BatchNorm(True, True):
            return "batch_norm", {}
        case LocalResponseNorm(radius):
            return "local_response_norm", {"radius": radius}
        case Activation(function):
            return "activation", {"function": function}
        case ZeroPad(top, bottom, left, right):
            return "zero_pad", {"top": top, "bottom": bottom, "left": left, "right": right}
        case Flatten():
            return "flatten", {}
    raise ValueError(f"no kind of row describes {node.layer}")


def _merged(rows: Iterator[Row]) -> Iterator[Row]:
    """Yield the rows, equal neighbours as one row that is repeated."""
    last: Row | None = None
    for each in rows:
        if last is not None and replace(last, repeat=1) == each and last.repeat < MOST_REPEATS:
            last = replace(last, repeat=last.repeat + 1)
            continue
        if last is not None:
            yield last
        last = each
    if last is not None:
        yield last
