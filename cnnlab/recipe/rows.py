"""The kinds of rows that a recipe can have: blocks, each with the knobs of its signature. PURE.

First lines of docstrings stand on the page.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Annotated, Literal, get_args

from cnnlab import blocks
from cnnlab.blocks import Bias, Filters, Kernel, PaddingChoice, Stride
from cnnlab.graph import (
    FUNCTIONS,
    Activation,
    BatchNorm,
    Conv,
    Dense,
    DepthwiseConv,
    Dropout,
    Flatten,
    Function,
    GlobalPool,
    LocalResponseNorm,
    Node,
    Pool,
    ZeroPad,
)
from cnnlab.knobs import HasKnobs, Range

FunctionOrNone = Literal[
    "none", "relu", "relu6", "leaky_relu", "elu", "gelu", "swish", "hard_swish", "tanh", "sigmoid", "softmax"
]
assert set(get_args(FunctionOrNone)) - {"none"} == set(FUNCTIONS) - {"linear"}
ActivationKnob = Annotated[FunctionOrNone, "The activation after it."]
BatchNormKnob = Annotated[bool, "Batch normalisation between it and its activation; a bias then has no effect."]
PadKnob = Annotated[int, Range(0, 16), "Rows or columns of zeros."]


def _finish(x: Node, batch_norm: bool, activation: FunctionOrNone, name: str) -> Node:
    if batch_norm:
        x = BatchNorm()(x, name=f"{name}_bn")
    return x if activation == "none" else Activation(activation)(x, name=f"{name}_{activation}")


def conv(
    x: Node,
    *,
    filters: Filters = 64,
    kernel: Kernel = 3,
    stride: Stride = 1,
    padding: PaddingChoice = "same",
    groups: Annotated[
        int, Range(1, 512, typed=True), "Number of groups; each reads only its own share of the channels."
    ] = 1,
    dilation: Annotated[int, Range(1, 16), "Distance between neighbouring positions of the kernel."] = 1,
    bias: Bias = True,
    batch_norm: BatchNormKnob = False,
    activation: ActivationKnob = "relu",
) -> Node:
    """A convolution, with optional batch normalisation and activation."""
    x = Conv(filters, kernel, stride, padding, groups, dilation, bias)(x, name="conv")
    return _finish(x, batch_norm, activation, "conv")


def depthwise(
    x: Node,
    *,
    kernel: Kernel = 3,
    stride: Stride = 1,
    padding: PaddingChoice = "same",
    bias: Bias = False,
    batch_norm: BatchNormKnob = True,
    activation: ActivationKnob = "relu6",
) -> Node:
    """A convolution that filters each channel alone."""
    x = DepthwiseConv(kernel, stride, padding, bias=bias)(x, name="depthwise")
    return _finish(x, batch_norm, activation, "depthwise")


def max_pool(
    x: Node,
    *,
    size: Annotated[int, Range(1, 16), "Side of the window, in pixels."] = 2,
    stride: Annotated[int, Range(1, 16), "Stride of the window: 2 halves the map."] = 2,
    padding: PaddingChoice = "valid",
) -> Node:
    """The maximum of each window."""
    return Pool("max", size, stride, padding)(x)


def average_pool(
    x: Node,
    *,
    size: Annotated[int, Range(1, 16), "Side of the window, in pixels."] = 2,
    stride: Annotated[int, Range(1, 16), "Stride of the window: 2 halves the map."] = 2,
    padding: PaddingChoice = "valid",
) -> Node:
    """The average of each window."""
    return Pool("avg", size, stride, padding)(x)


def global_pool(
    x: Node,
    *,
    summary: Annotated[Literal["avg", "max"], "Average or maximum of the whole map."] = "avg",
    keep_map: Annotated[bool, "On: a 1×1 map, for 1×1 convolutions after it. Off: a vector."] = False,
) -> Node:
    """One number per channel."""
    return GlobalPool(summary, keep_map)(x)


def dense(
    x: Node,
    *,
    units: Annotated[int, Range(1, 21_841, typed=True), "Units: the length of the output vector."] = 10,
    bias: Bias = True,
    activation: ActivationKnob = "none",
) -> Node:
    """Each unit is a weighted sum of all numbers of the input vector."""
    x = Dense(units, bias)(x, name="dense")
    return _finish(x, False, activation, "dense")


def dropout(
    x: Node, *, rate: Annotated[float, Range(0.0, 0.9, 0.05), "Share of the numbers set to zero."] = 0.5
) -> Node:
    """Sets numbers to zero at random in training; no parameters."""
    return Dropout(rate)(x)


def batch_norm(x: Node) -> Node:
    """Normalises each channel to mean 0 and variance 1, then scales and shifts it."""
    return BatchNorm()(x)


def local_response_norm(
    x: Node, *, radius: Annotated[int, Range(1, 16), "Neighbouring channels on each side."] = 2
) -> Node:
    """AlexNet's normalisation over neighbouring channels."""
    return LocalResponseNorm(radius)(x)


def activation(x: Node, *, function: Annotated[Function, "The function applied to each number."] = "relu") -> Node:
    """A function of each number."""
    return Activation(function)(x)


def zero_pad(x: Node, *, top: PadKnob = 1, bottom: PadKnob = 1, left: PadKnob = 1, right: PadKnob = 1) -> Node:
    """Rows and columns of zeros around the map."""
    return ZeroPad(top, bottom, left, right)(x)


def flatten(x: Node) -> Node:
    """The map's numbers as one vector, for dense layers."""
    return Flatten()(x)


@dataclass(frozen=True)
class Kind(HasKnobs):
    """A kind of row: its name in recipes, its title, and the block, which takes a node and the knobs."""

    name: str
    title: str
    function: Callable[..., Node]


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            Kind("conv", "Convolution", conv),
            Kind("depthwise", "Depthwise convolution", depthwise),
            Kind(
                "depthwise_separable",
                "Depthwise-separable convolution",
                partial(blocks.depthwise_separable, filters=64),
            ),
            Kind("max_pool", "Max pooling", max_pool),
            Kind("average_pool", "Average pooling", average_pool),
            Kind("global_pool", "Global pooling", global_pool),
            Kind("residual_basic", "Residual block, basic", partial(blocks.residual_basic, filters=64)),
            Kind("residual_bottleneck", "Residual block, bottleneck", partial(blocks.residual_bottleneck, filters=64)),
            Kind(
                "inception",
                "Inception module",
                # GoogLeNet's 3a
                partial(
                    blocks.inception,
                    conv1x1=64,
                    reduce3x3=96,
                    conv3x3=128,
                    reduce5x5=16,
                    conv5x5=32,
                    pool_proj=32,
                ),
            ),
            Kind("inverted_residual", "Inverted residual", partial(blocks.inverted_residual, filters=32)),
            Kind("nin_block", "Network-in-network block", partial(blocks.nin_block, filters=64, kernel=3)),
            Kind("vgg_block", "VGG block", partial(blocks.vgg_block, filters=64)),
            Kind("dense", "Dense layer", dense),
            Kind("dropout", "Dropout", dropout),
            Kind("batch_norm", "Batch normalisation", batch_norm),
            Kind("local_response_norm", "Local response normalisation", local_response_norm),
            Kind("activation", "Activation", activation),
            Kind("zero_pad", "Zero padding", zero_pad),
            Kind("flatten", "Flatten", flatten),
        )
    }
)
"""Every kind of row by name, in the palette's order."""
