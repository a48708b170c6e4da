"""Receptive field and effective stride: the part of the image that one output number depends on.

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

from cnnlab.graph import POINT, Node


class Field(NamedTuple):
    """A receptive field in pixels of the image, and the step between neighbours (None: the whole image is seen)."""

    height: int
    width: int
    step: tuple[int, int] | None


def receptive_fields(nodes: Iterable[Node]) -> dict[Node, Field]:
    """Return the receptive field of every node.

    Inputs must come before the nodes that use them, as ``walk`` gives them.
    """
    fields: dict[Node, Field] = {}
    maps: dict[Node, tuple[int, ...]] = {}  # height and width of a map; of a vector, those of the map it was made of
    for node in nodes:
        inputs = node.inputs
        if not inputs:
            fields[node] = Field(1, 1, (1, 1))
            maps[node] = (1, 1)
            continue
        before = inputs[0]
        field = fields[before] if len(inputs) == 1 else _largest([fields[each] for each in inputs])
        if len(node.shape) == 1:
            maps[node] = maps[before] if len(before.shape) == 1 else before.shape[:2]
        reach = node.layer.reach(node.input_shapes)
        step = field.step
        if step is None or reach is POINT:
            pass
        elif reach is None:
            size = maps[before] if len(before.shape) == 1 else before.shape
            field = Field(field.height + (size[0] - 1) * step[0], field.width + (size[1] - 1) * step[1], None)
        else:
            (tall, wide), (down, right) = reach.window, reach.stride
            field = Field(
                field.height + (tall - 1) * reach.dilation * step[0],
                field.width + (wide - 1) * reach.dilation * step[1],
                # Pixels are whole: where a map is finer than the image, neighbours stand one apart.
                (max(1, step[0] * down // reach.up[0]), max(1, step[1] * right // reach.up[1])),
            )
        fields[node] = field
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
