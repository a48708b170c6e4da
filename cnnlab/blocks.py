"""Blocks: functions from nodes to a node, from which the case studies are stacked. PURE.

A block names its layers; the caller puts them into a scope: ``with scope("stage2.block1"): x = bottleneck(x, 64)``.
Every block takes a feature map (height, width, channels) and raises ``ValueError`` if the shapes do not fit.
"""

from collections.abc import Callable
from typing import Annotated, Literal

from cnnlab.graph import (
    Activation,
    Add,
    BatchNorm,
    Concatenate,
    Conv,
    DepthwiseConv,
    Dropout,
    Function,
    GlobalPool,
    Multiply,
    Node,
    PadChannels,
    Padding,
    Pool,
    Reshape,
    Size,
    ZeroPad,
)
from cnnlab.knobs import Range

Shortcut = Literal["A", "B"]
StridePlace = Literal["v1", "v1.5"]

# What a reader may set, where a block is a row of a recipe.
Filters = Annotated[int, Range(1, 8192, typed=True), "Output channels."]
Kernel = Annotated[int, Range(1, 31), "Side of the window, in pixels."]
Stride = Annotated[int, Range(1, 8), "Stride of the window: 2 halves the map."]
Residual = Annotated[bool, "On: with the skip. Off: the plain twin, the same layers without it."]
ShortcutChoice = Annotated[
    Literal["identity", "A", "B"],
    "The skip where shapes change. identity: the input as it is; A: padded with zero channels; B: a 1×1 projection.",
]
PaddingChoice = Annotated[
    Padding, "With “same” only the stride shrinks the map; with “valid” the window stays inside it."
]
ActivationChoice = Annotated[Function, "The activation after each convolution."]
Bias = Annotated[bool, "A bias for each filter."]

BRANCH = Range(1, 2048, typed=True)

BATCH_NORM = BatchNorm()
Unit = Callable[..., Node]
"""A convolution and what follows it, such as ``conv_act`` and ``conv_bn``: map, filters, kernel, stride and name."""


def conv_act(
    x: Node,
    filters: int,
    kernel: Size = 3,
    stride: Size = 1,
    padding: Padding = "same",
    groups: int = 1,
    activation: Function = "relu",
    name: str = "conv",
) -> Node:
    """Convolution with biases, activation: how networks were built before batch normalisation."""
    x = Conv(filters, kernel, stride, padding, groups)(x, name=name)
    return Activation(activation)(x, name=f"{name}_{activation}")


def conv_bn(
    x: Node,
    filters: int,
    kernel: Size = 3,
    stride: Size = 1,
    padding: Padding = "same",
    activation: Function | None = "relu",
    bias: bool = False,
    norm: BatchNorm = BATCH_NORM,
    name: str = "conv",
) -> Node:
    """Convolution, batch normalisation, activation. A bias would be cancelled by the normalisation."""
    x = Conv(filters, kernel, stride, padding, bias=bias)(x, name=name)
    return norm_act(x, activation, norm, name)


def norm_act(x: Node, activation: Function | None, norm: BatchNorm, name: str) -> Node:
    """Batch normalisation and, unless None, an activation; named after the convolution before them."""
    x = norm(x, name=f"{name}_bn")
    return Activation(activation)(x, name=f"{name}_{activation}") if activation else x


def vgg_block(
    x: Node, filters: Filters, convs: Annotated[int, Range(1, 8), "3×3 convolutions one after another."] = 2
) -> Node:
    """3×3 convolutions with the same number of filters, then pooling halves the map (Simonyan & Zisserman 2014)."""
    for number in range(1, convs + 1):
        x = conv_act(x, filters, name=f"conv{number}")
    return Pool("max", 2)(x)


def nin_block(x: Node, filters: Filters, kernel: Kernel, stride: Stride = 1, padding: PaddingChoice = "same") -> Node:
    """A convolution, then two 1×1 convolutions with as many filters (Lin 2013)."""
    x = conv_act(x, filters, kernel, stride, padding)
    x = conv_act(x, filters, 1, name="mlp1")
    return conv_act(x, filters, 1, name="mlp2")


def inception(
    x: Node,
    conv1x1: Annotated[int, BRANCH, "Filters of the 1×1 branch."],
    reduce3x3: Annotated[int, BRANCH, "Filters of the 1×1 before the 3×3."],
    conv3x3: Annotated[int, BRANCH, "Filters of the 3×3."],
    reduce5x5: Annotated[int, BRANCH, "Filters of the 1×1 before the 5×5."],
    conv5x5: Annotated[int, BRANCH, "Filters of the 5×5."],
    pool_proj: Annotated[int, BRANCH, "Filters of the 1×1 after the pooling."],
    unit: Unit = conv_act,
    widest: int = 5,
) -> Node:
    """GoogLeNet's module: four parallel branches, 1×1 bottlenecks before the 3×3 and the 5×5 (Szegedy 2014, fig. 2b).

    The arguments are the columns of the paper's Table 1, numbers of filters. ``unit`` makes a convolution and what
    follows it; ``widest`` is the kernel of the last of the three branches.
    """
    one = unit(x, conv1x1, 1, name="conv1x1")
    three = unit(unit(x, reduce3x3, 1, name="reduce3x3"), conv3x3, 3, name="conv3x3")
    last = "5x5" if widest == 5 else "wide"
    five = unit(unit(x, reduce5x5, 1, name=f"reduce{last}"), conv5x5, widest, name=f"conv{last}")
    pooled = unit(Pool("max", 3, 1, "same")(x), pool_proj, 1, name="pool_proj")
    return Concatenate()(one, three, five, pooled)


def shortcut_to(x: Node, target: Node, option: Literal["identity", "A", "B"], bias: bool, norm: BatchNorm) -> Node:
    """Return a skip connection's output, of a shape that can be added to ``target`` (He 2015, section 3.3).

    With equal shapes, or with ``identity``, it is the input itself; a sum of unequal shapes then raises.
    Option A skips every second position and pads zero channels, without parameters; option B is a 1×1 projection.
    """
    if x.shape == target.shape or option == "identity":
        return x
    # A side of one pixel stays one with every stride, so the other side tells.
    stride = max(-(-before // after) for before, after in zip(x.shape[:2], target.shape[:2], strict=True))
    if option == "B":
        return conv_bn(x, target.shape[2], 1, stride, activation=None, bias=bias, norm=norm, name="shortcut")
    if stride > 1:
        x = Pool("max", 1, stride)(x, name="shortcut_subsample")
    missing = target.shape[2] - x.shape[2]
    return PadChannels(missing)(x, name="shortcut_pad") if missing else x


def residual_basic(
    x: Node,
    filters: Filters,
    stride: Stride = 1,
    residual: Residual = True,
    shortcut: ShortcutChoice = "B",
    bias: Bias = False,
    norm: BatchNorm = BATCH_NORM,
) -> Node:
    """Two 3×3 convolutions and a skip around them (ResNet paper, fig. 5 left)."""
    y = conv_bn(x, filters, 3, stride, bias=bias, norm=norm, name="conv1")
    y = conv_bn(y, filters, 3, activation=None, bias=bias, norm=norm, name="conv2")
    return _close(x, y, residual, shortcut, bias, norm)


def residual_bottleneck(
    x: Node,
    filters: Filters,
    stride: Stride = 1,
    residual: Residual = True,
    stride_on: Annotated[
        StridePlace, "Which convolution has the stride: v1 the first 1×1 (paper, Keras), v1.5 the 3×3 (torchvision)."
    ] = "v1",
    bias: Bias = False,
    norm: BatchNorm = BATCH_NORM,
    shortcut: ShortcutChoice = "B",
) -> Node:
    """Convolutions 1×1, 3×3, and 1×1 with four times as many filters; a skip around them (ResNet paper, fig. 5 right).

    ``stride_on="v1"`` puts the stride on the first 1×1 as the paper does, ``"v1.5"`` on the 3×3 as torchvision does.
    """
    first, second = (stride, 1) if stride_on == "v1" else (1, stride)
    y = conv_bn(x, filters, 1, first, bias=bias, norm=norm, name="reduce")
    y = conv_bn(y, filters, 3, second, bias=bias, norm=norm, name="conv")
    y = conv_bn(y, 4 * filters, 1, activation=None, bias=bias, norm=norm, name="expand")
    return _close(x, y, residual, shortcut, bias, norm)


def _close(
    x: Node, y: Node, residual: bool, shortcut: Literal["identity", "A", "B"], bias: bool, norm: BatchNorm
) -> Node:
    if residual:
        y = Add()(y, shortcut_to(x, y, shortcut, bias, norm))
    return Activation("relu")(y)


def stride_padding(x: Node, kernel: int) -> ZeroPad:
    """Return the padding that lets a "valid" window of stride 2 give ceil(n / 2) rows, as TensorFlow's "same" does.

    ``keras.applications`` pads like this before every strided convolution (its ``correct_pad``).
    """
    top, left = (kernel // 2 - (1 - side % 2) for side in x.shape[:2])
    return ZeroPad(top, kernel // 2, left, kernel // 2)


def divisible(channels: float, by: int = 8) -> int:
    """Return the nearest multiple of ``by``, but at least 90 % of the wished number (Sandler 2018, Tan & Le 2019).

    >>> divisible(32 * 0.35), divisible(24 * 1.4)
    (16, 32)
    """
    rounded = max(by, int(channels + by / 2) // by * by)
    return rounded + by if rounded < 0.9 * channels else rounded


def depthwise_bn(
    x: Node,
    kernel: int,
    stride: int,
    activation: Function,
    norm: BatchNorm,
    pad: ZeroPad | None = None,
    name: str = "depthwise",
) -> Node:
    """Depthwise convolution, batch normalisation, activation; before a stride the map is padded.

    ``pad`` is that padding, otherwise ``stride_padding``.
    """
    if stride > 1:
        x = (pad or stride_padding(x, kernel))(x, name=f"{name}_pad")
    x = DepthwiseConv(kernel, stride, "same" if stride == 1 else "valid", bias=False)(x, name=name)
    return norm_act(x, activation, norm, name)


def depthwise_separable(
    x: Node,
    filters: Filters,
    kernel: Kernel = 3,
    stride: Stride = 1,
    activation: ActivationChoice = "relu6",
    norm: BatchNorm = BATCH_NORM,
    pad: ZeroPad | None = None,
) -> Node:
    """A depthwise convolution, then a 1×1 convolution that mixes the channels (Howard 2017, fig. 3 right)."""
    x = depthwise_bn(x, kernel, stride, activation, norm, pad)
    return conv_bn(x, filters, 1, activation=activation, norm=norm, name="pointwise")


def squeeze_excite(x: Node, squeezed: int, activation: Function = "swish") -> Node:
    """A gate per channel, computed from each channel's average over the map (Hu 2017)."""
    channels = x.shape[-1]
    gate = GlobalPool("avg")(x, name="se_squeeze")
    gate = Reshape((1, 1, channels))(gate, name="se_reshape")
    gate = conv_act(gate, squeezed, 1, activation=activation, name="se_reduce")
    gate = conv_act(gate, channels, 1, activation="sigmoid", name="se_expand")
    return Multiply()(x, gate, name="se_excite")


def inverted_residual(
    x: Node,
    filters: Filters,
    expand: Annotated[int, Range(1, 16), "The map inside has this many times the input channels."] = 6,
    kernel: Kernel = 3,
    stride: Stride = 1,
    squeeze: Annotated[
        float, Range(0.0, 1.0, 0.05), "Width of the squeeze-and-excite gate, as a share of the channels; 0: none."
    ] = 0.0,
    drop: float = 0.0,
    activation: ActivationChoice = "relu6",
    norm: BatchNorm = BATCH_NORM,
) -> Node:
    """Few channels, many, few again; a skip joins the ends (Sandler 2018, fig. 3b).

    ``expand`` multiplies the channels; ``squeeze`` is the squeeze-and-excite width as a share of the input channels
    (0: none); ``drop`` the rate of stochastic depth. The skip exists where stride is 1 and the channels stay.
    """
    channels = x.shape[-1]
    y = x
    if expand != 1:
        y = conv_bn(y, expand * channels, 1, activation=activation, norm=norm, name="expand")
    y = depthwise_bn(y, kernel, stride, activation, norm)
    if squeeze:
        y = squeeze_excite(y, max(1, int(channels * squeeze)), activation)
    y = conv_bn(y, filters, 1, activation=None, norm=norm, name="project")
    if stride != 1 or channels != filters:
        return y
    if drop:
        y = Dropout(drop, whole_image=True)(y, name="drop")
    return Add()(y, x)
