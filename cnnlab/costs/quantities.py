"""The quantities of one layer of which every tool's count is a sum.

The quantities after ``hidden`` are TensorFlow operations, as its profiler counts them (``flops_registry.py`` and the
statistics in ``nn_ops.py``), of the Keras layers that ``backends.keras_calls`` names.
"""

from collections.abc import Mapping
from functools import singledispatch
from itertools import accumulate
from math import prod
from types import MappingProxyType
from typing import NamedTuple

from cnnlab import graph
from cnnlab.graph import Layer, Shape, Size, pair


class Quantities(NamedTuple):
    """The quantities of one layer for one image; ``WORDS`` explains each."""

    macs: int = 0
    biases: int = 0
    norm_params: int = 0
    normed: int = 0
    averaged: int = 0
    hidden: int = 0
    dilated: int = 0
    norm_ops: int = 0
    pool_ops: int = 0
    means: int = 0
    softmax_ops: int = 0
    other_ops: int = 0


WORDS: Mapping[str, str] = MappingProxyType(
    {
        "macs": "MACs",
        "biases": "additions of a bias",
        "norm_params": "trainable parameters of norms",
        "normed": "for norms: 2 per number in batch norms, up to 5 in others",
        "averaged": "numbers that global or adaptive average pooling reads",
        "hidden": "MACs of grouped convolutions, which it does not count",
        "dilated": "MACs on the padding TensorFlow adds for dilation",
        "norm_ops": "for batch norms, 2 per number and up to 6 per channel",
        "pool_ops": "numbers in pooling windows",
        "means": "numbers that global average pooling reads",
        "softmax_ops": "for softmax, 5 per number",
        "other_ops": "other element-wise operations",
    }
)
"""The quantities as a line of arithmetic on screen names them."""

ACTIVATIONS = {"gelu": 4, "hard_swish": 3, "swish": 2, "softmax": 5}
"""Products, sums and quotients a number in Keras' activations; the others are one TensorFlow operation, not counted."""


@singledispatch
def quantities_of(layer: Layer, inputs: tuple[Shape, ...], output: Shape) -> Quantities:
    """Return the quantities of one layer. Raises ``TypeError`` for a kind of layer that is not registered below."""
    raise TypeError(f"cnnlab/costs/quantities.py has no counts of tools for {layer!r}")


@quantities_of.register
def _(layer: graph.Conv, inputs: tuple[Shape, ...], output: Shape) -> Quantities:
    macs = layer.macs(inputs, output)
    return Quantities(
        macs=macs,
        biases=prod(output) if layer.bias else 0,
        # Keras runs grouped convolutions in a compiled function of their own.
        hidden=macs if layer.groups > 1 else 0,
        dilated=_dilated(layer, inputs[0], output, macs) if layer.groups == 1 else 0,
    )


@quantities_of.register
def _(layer: graph.DepthwiseConv, inputs: tuple[Shape, ...], output: Shape) -> Quantities:
    macs = layer.macs(inputs, output)
    return Quantities(
        macs=macs, biases=prod(output) if layer.bias else 0, dilated=_dilated(layer, inputs[0], output, macs)
    )


def _dilated(layer: graph.Conv | graph.DepthwiseConv, arrived: Shape, output: Shape, macs: int) -> int:
    """Return the MACs on padding: TensorFlow cuts a map into dilation² maps of equal size, padded if need be."""
    step = layer.dilation
    if step == 1:
        return 0
    positions = 1
    for side, window in zip(arrived[:2], pair(layer.kernel), strict=True):
        padded = side + (window - 1) * step * (layer.padding == "same")
        positions *= step * (-(-padded // step) - window + 1)
    return macs // prod(output[:2]) * positions - macs


@quantities_of.register
def _(layer: graph.TransposedConv, inputs: tuple[Shape, ...], output: Shape) -> Quantities:
    macs, (down, right) = layer.macs(inputs, output), pair(layer.stride)
    # The profiler divides the work at every position that is written by the stride, also at edges without an input.
    theirs = 2 * prod(output) * prod(pair(layer.kernel)) * inputs[0][2] // (down * right)
    return Quantities(macs=macs, biases=prod(output) if layer.bias else 0, other_ops=theirs - 2 * macs)


@quantities_of.register
def _(layer: graph.Dense, inputs: tuple[Shape, ...], output: Shape) -> Quantities:
    return Quantities(macs=layer.macs(inputs, output), biases=layer.units if layer.bias else 0)


@quantities_of.register
def _(layer: graph.BatchNorm, inputs: tuple[Shape, ...], output: Shape) -> Quantities:
    numbers = prod(output)
    return Quantities(
        norm_params=layer.params(inputs).trainable,
        normed=numbers * (2 if layer.scale or layer.center else 1),
        # Variance plus ε, its inverse root (2), times the mean, from the shift; times the scale if there is one.
        norm_ops=2 * numbers + output[-1] * (5 + layer.scale),
    )


@quantities_of.register(graph.LayerNorm)
@quantities_of.register(graph.GroupNorm)
def _(layer: graph.LayerNorm | graph.GroupNorm, inputs: tuple[Shape, ...], output: Shape) -> Quantities:
    numbers, affine = prod(output), 2 * layer.scale + layer.center
    if isinstance(layer, graph.GroupNorm):
        # The factors of scale and shift are computed once a channel, the rest once a group.
        operations = 6 * numbers + layer.groups * (5 - layer.scale) + output[-1] * affine
    else:
        operations = (6 + affine) * numbers + prod(output[:-1]) * (5 - layer.scale)
    return Quantities(
        norm_params=layer.params(inputs).trainable,
        normed=numbers * (5 if layer.scale or layer.center else 4),
        other_ops=operations,
    )


@quantities_of.register
def _(layer: graph.ChannelScale, inputs: tuple[Shape, ...], output: Shape) -> Quantities:
    return Quantities(other_ops=2 * prod(output))


@quantities_of.register
def _(layer: graph.Pool, inputs: tuple[Shape, ...], output: Shape) -> Quantities:
    return Quantities(pool_ops=prod(pair(layer.size)) * prod(output))


@quantities_of.register
def _(layer: graph.GlobalPool, inputs: tuple[Shape, ...], output: Shape) -> Quantities:
    read = prod(inputs[0]) if layer.summary == "avg" else 0
    return Quantities(averaged=read, means=read)


@quantities_of.register
def _(layer: graph.AdaptivePool, inputs: tuple[Shape, ...], output: Shape) -> Quantities:
    size = pair(layer.size)
    return Quantities(
        averaged=prod(inputs[0]), pool_ops=_adaptive_windows(inputs[0], size), other_ops=9 * (size[0] + size[1])
    )


def _adaptive_windows(arrived: Shape, size: Size) -> int:
    """Count as Keras computes: rows averaged, then columns, with windows of two sizes, and the fitting ones picked."""
    (height, width, channels), (rows, columns) = arrived, pair(size)
    numbers = 0
    for side, out, beside in ((height, rows, width), (width, columns, rows)):
        small = -(-side // out)
        numbers += sum((side - window + 1) * beside * channels * window for window in (small, small + 1))
    return numbers


@quantities_of.register
def _(layer: graph.Upsample, inputs: tuple[Shape, ...], output: Shape) -> Quantities:
    return Quantities(other_ops=0 if layer.smooth else 2)  # two products, for the new height and width


@quantities_of.register
def _(layer: graph.Activation, inputs: tuple[Shape, ...], output: Shape) -> Quantities:
    operations = ACTIVATIONS.get(layer.function, 0) * prod(output)
    if layer.function == "softmax":
        return Quantities(softmax_ops=operations)
    return Quantities(other_ops=operations)


@quantities_of.register
def _(layer: graph.LocalResponseNorm, inputs: tuple[Shape, ...], output: Shape) -> Quantities:
    # A square, a sum over the channels beside, α times it, plus k, to the power of β, a quotient.
    return Quantities(other_ops=prod(output) * (2 * layer.radius + 1 + 5))


@quantities_of.register
def _(layer: graph.Rescale, inputs: tuple[Shape, ...], output: Shape) -> Quantities:
    return Quantities(other_ops=2 * prod(output))


@quantities_of.register
def _(layer: graph.Normalize, inputs: tuple[Shape, ...], output: Shape) -> Quantities:
    return Quantities(other_ops=2 * prod(output) + output[-1])


@quantities_of.register(graph.Add)
@quantities_of.register(graph.Multiply)
def _(layer: Layer, inputs: tuple[Shape, ...], output: Shape) -> Quantities:
    # Inputs are joined one after the other; the result is as large as the largest so far.
    return Quantities(other_ops=sum(list(accumulate(map(prod, inputs), max))[1:]))


@quantities_of.register
def _(layer: graph.Combine, inputs: tuple[Shape, ...], output: Shape) -> Quantities:
    return Quantities(other_ops=prod(output) * (len(inputs) - (layer.how != "average")))


@quantities_of.register(graph.Counted)
@quantities_of.register(graph.Opaque)
def _(layer: Layer, inputs: tuple[Shape, ...], output: Shape) -> Quantities:
    return Quantities(macs=layer.macs(inputs, output))


@quantities_of.register(graph.Input)
@quantities_of.register(graph.Dropout)
@quantities_of.register(graph.ZeroPad)
@quantities_of.register(graph.Crop)
@quantities_of.register(graph.PadChannels)
@quantities_of.register(graph.Flatten)
@quantities_of.register(graph.Reshape)
@quantities_of.register(graph.Concatenate)
def _(layer: Layer, inputs: tuple[Shape, ...], output: Shape) -> Quantities:
    return Quantities()
