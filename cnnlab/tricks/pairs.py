"""Pairs of graphs: each function builds the standard and the cheaper way on one input; a law gives their ratio."""

from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Annotated, Literal, NamedTuple

from cnnlab import blocks
from cnnlab.graph import (
    Add,
    Concatenate,
    Conv,
    Dense,
    DepthwiseConv,
    Flatten,
    GlobalPool,
    Input,
    Node,
    Padding,
    Pool,
    walk,
)
from cnnlab.knobs import Range, Value
from cnnlab.zoo.googlenet import MODULES, googlenet

Size = Annotated[int, Range(1, 224), "Side of the input map, in pixels."]
Channels = Annotated[int, Range(1, 1024), "Input channels."]
Filters = Annotated[int, Range(1, 1024), "Output channels."]
Kernel = Annotated[int, Range(1, 11), "Side of the window, in pixels."]
PaddingKnob = Annotated[
    Padding, "With “same” only the stride shrinks the map; with “valid” the window stays inside it."
]
Module = Literal["3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b"]


class Pair(NamedTuple):
    """Two ways of doing the same work, on the same input."""

    before: Node
    after: Node


class Law(NamedTuple):
    """The ratio after ÷ before as a formula: in letters, with the numbers put in, and its exact value.

    ``where`` has the meaning of each letter that means more here than in the convolutions' own formulas.
    """

    letters: str
    numbers: str
    value: Fraction
    where: Mapping[str, str] = MappingProxyType({})


def bottleneck(
    *,
    size: Size = 28,
    channels: Channels = 192,
    filters: Filters = 32,
    kernel: Kernel = 5,
    bottleneck_width: Annotated[int, Range(1, 512), "Channels between the 1×1 and the larger convolution."] = 16,
) -> Pair:
    """Directly, or after a 1×1 convolution to few channels (Lin 2013; Szegedy 2014, section 4)."""
    x = Input((size, size, channels))()
    thin = Conv(bottleneck_width, 1, bias=False)(x, name="reduce")
    return Pair(
        Conv(filters, kernel, bias=False)(x, name="conv"),
        Conv(filters, kernel, bias=False)(thin, name="conv"),
    )


def bottleneck_law(*, channels: int, filters: int, kernel: int, bottleneck_width: int, **_: Value) -> Law:
    window = kernel**2
    return Law(
        "b / (k × f²) + b / c",
        f"{bottleneck_width} / ({filters} × {kernel}²) + {bottleneck_width} / {channels}",
        Fraction(bottleneck_width, filters * window) + Fraction(bottleneck_width, channels),
        {"b": "channels of the bottleneck"},
    )


def depthwise_separable(
    *,
    size: Size = 6,
    channels: Channels = 3,
    filters: Filters = 5,
    kernel: Kernel = 3,
    padding: PaddingKnob = "valid",
) -> Pair:
    """In one step, or each channel alone and then 1×1 across the channels (Howard 2017, section 3.1)."""
    x = Input((size, size, channels))()
    return Pair(
        Conv(filters, kernel, padding=padding, bias=False)(x, name="conv"),
        Conv(filters, 1, bias=False)(
            DepthwiseConv(kernel, padding=padding, bias=False)(x, name="depthwise"), name="pointwise"
        ),
    )


def separable_law(*, filters: int, kernel: int, **_: Value) -> Law:
    return Law(
        "1 / k + 1 / f²",
        f"1 / {filters} + 1 / {kernel}²",
        Fraction(1, filters) + Fraction(1, kernel**2),
        {"k": "filters, which many courses call n"},
    )


def inception(*, module: Annotated[Module, "Which of GoogLeNet's nine modules."] = "3a") -> Pair:
    """The naive module, or 1×1 convolutions before the larger ones (Szegedy 2014, fig. 2 a and b)."""
    widths = dict(MODULES)[module]
    assert widths is not None  # the nine names of the knob are modules, not pooling
    x = Input(_arriving_shape(module))()
    one, _, three, _, five, _ = widths
    naive = Concatenate()(
        blocks.conv_act(x, one, 1, name="conv1x1"),
        blocks.conv_act(x, three, 3, name="conv3x3"),
        blocks.conv_act(x, five, 5, name="conv5x5"),
        Pool("max", 3, 1, "same")(x),
    )
    return Pair(naive, blocks.inception(x, *widths))


def _arriving_shape(module: str) -> tuple[int, ...]:
    """Return the shape of the map that arrives at a module of GoogLeNet."""
    return next(node.input_shapes[0] for node in walk(googlenet()) if node.path == f"inception{module}.conv1x1")


def two_3x3(*, size: Size = 56, channels: Channels = 64) -> Pair:
    """One 5×5 convolution, or two 3×3 with the same receptive field (Simonyan & Zisserman 2014, section 2.3)."""
    x = Input((size, size, channels))()
    first = Conv(channels, 3, bias=False)(x, name="conv1")
    return Pair(Conv(channels, 5, bias=False)(x, name="conv"), Conv(channels, 3, bias=False)(first, name="conv2"))


def two_law(**_: Value) -> Law:
    return Law("2 × 3² / 5²", "18 / 25", Fraction(18, 25))


def asymmetric(
    *, size: Size = 17, channels: Channels = 192, kernel: Annotated[int, Range(2, 11), "Length of the kernel, n."] = 7
) -> Pair:
    """One n×n convolution, or 1×n and then n×1 (Szegedy 2015, section 3.2)."""
    x = Input((size, size, channels))()
    row = Conv(channels, (1, kernel), bias=False)(x, name=f"conv1x{kernel}")
    return Pair(
        Conv(channels, kernel, bias=False)(x, name="conv"),
        Conv(channels, (kernel, 1), bias=False)(row, name=f"conv{kernel}x1"),
    )


def asymmetric_law(*, kernel: int, **_: Value) -> Law:
    return Law("2 / f", f"2 / {kernel}", Fraction(2, kernel), {"f": "length of the kernel, the n of 1×n"})


def grouped(
    *,
    size: Size = 27,
    channels: Channels = 96,
    filters: Filters = 256,
    kernel: Kernel = 5,
    groups: Annotated[int, Range(1, 64), "Number of groups; each reads only its own share of the channels."] = 2,
) -> Pair:
    """One convolution over all channels, or one in groups (Krizhevsky 2012, section 3.5)."""
    x = Input((size, size, channels))()
    return Pair(
        Conv(filters, kernel, bias=False)(x, name="conv"),
        Conv(filters, kernel, groups=groups, bias=False)(x, name="conv"),
    )


def grouped_law(*, groups: int, **_: Value) -> Law:
    return Law("1 / g", f"1 / {groups}", Fraction(1, groups))


def residual_block(
    *,
    size: Size = 14,
    channels: Annotated[int, Range(1, 1024), "Channels of the block's input and output."] = 256,
    bottleneck_width: Annotated[int, Range(1, 512), "Channels inside the bottleneck block."] = 64,
) -> Pair:
    """Two 3×3 convolutions, or 1×1, 3×3, 1×1 with the same input and output channels (ResNet paper, fig. 5)."""
    x = Input((size, size, channels))()
    y = blocks.conv_bn(x, bottleneck_width, 1, name="reduce")
    y = blocks.conv_bn(y, bottleneck_width, 3, name="conv")
    y = blocks.conv_bn(y, channels, 1, activation=None, name="expand")
    return Pair(blocks.residual_basic(x, channels), Add()(y, x))


def dense_head(
    *,
    size: Annotated[int, Range(1, 32), "Side of the last map, in pixels."] = 7,
    channels: Annotated[int, Range(1, 1024), "Channels of the last map."] = 512,
    hidden_units: Annotated[int, Range(1, 8192), "Units of each of the two hidden dense layers."] = 4096,
    classes: Annotated[int, Range(2, 1000), "Number of classes."] = 1000,
) -> Pair:
    """Three dense layers on the flattened map, or global average pooling and one (Lin 2013, section 3.2)."""
    x = Input((size, size, channels))()
    return Pair(
        x >> Flatten() >> Dense(hidden_units) >> Dense(hidden_units) >> Dense(classes),
        x >> GlobalPool("avg") >> Dense(classes),
    )


def inverted_residual(
    *,
    size: Size = 14,
    channels: Annotated[int, Range(1, 512), "Channels of input and output."] = 64,
    expand: Annotated[int, Range(1, 16), "The map inside has this many times the input channels."] = 6,
) -> Pair:
    """A residual block of two 3×3 convolutions, or an inverted residual with a depthwise one (Sandler 2018, fig. 3)."""
    x = Input((size, size, channels))()
    return Pair(blocks.residual_basic(x, channels), blocks.inverted_residual(x, channels, expand))
