"""Receptive field and effective stride: how much of the image one output number depends on.

r = r_in + (f − 1) · dilation · j_in and j = j_in · s, with j the effective stride (Araujo, Norris, Sim 2019,
"Computing receptive fields of convolutional neural networks"). Where branches meet, the largest counts. The value is
that of the arithmetic: padding lets it exceed the image.

A layer that summarises a whole map of n positions (global pooling, dense) is a window of size n:
r = r_in + (n − 1) · j. It sees the whole image and has no stride; layers behind it see no more. Where a gate computed
in this way multiplies a map (squeeze-and-excite), the map's own value is kept, as published tables do: every number
then depends on the whole image too, but only through one factor a channel.
"""

from collections.abc import Iterable
from typing import NamedTuple

from cnnlab.graph import POINT, Input, Node


class Field(NamedTuple):
    """Height and width in pixels of the image, and the step between neighbours (None: the whole image is seen)."""

    height: int
    width: int
    step: tuple[int, int] | None


def receptive_fields(nodes: Iterable[Node]) -> dict[Node, Field]:
    """The field of every node; inputs must come before the nodes that use them, as ``walk`` gives them."""
    fields: dict[Node, Field] = {}
    maps: dict[Node, tuple[int, int]] = {}  # height and width that a flattened vector had
    for node in nodes:
        shape = node.shape
        if isinstance(node.layer, Input):
            fields[node], maps[node] = Field(1, 1, (1, 1)), (shape[0], shape[1]) if len(shape) == 3 else (1, 1)
            continue
        if len(node.inputs) == 1:
            before = node.inputs[0]
            field, size = fields[before], maps[before]
        else:
            field, size = _largest([fields[before] for before in node.inputs]), maps[node.inputs[0]]
        reach = node.layer.reach
        step = field.step
        if step is None or reach is POINT:
            pass
        elif reach is None:
            field = Field(field.height + (size[0] - 1) * step[0], field.width + (size[1] - 1) * step[1], None)
        else:
            (tall, wide), (down, right) = reach.window, reach.stride
            field = Field(
                field.height + (tall - 1) * reach.dilation * step[0],
                field.width + (wide - 1) * reach.dilation * step[1],
                (step[0] * down, step[1] * right),
            )
        fields[node] = field
        maps[node] = (shape[0], shape[1]) if len(shape) == 3 else size
    return fields


def _largest(fields: list[Field]) -> Field:
    steps = [field.step for field in fields if field.step]
    if not steps:
        return Field(max(field.height for field in fields), max(field.width for field in fields), None)
    local = [field for field in fields if field.step]
    return Field(
        max(field.height for field in local),
        max(field.width for field in local),
        (max(step[0] for step in steps), max(step[1] for step in steps)),
    )
