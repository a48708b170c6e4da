"""Inception v3. Szegedy et al. 2015, "Rethinking the Inception architecture for computer vision".

https://arxiv.org/abs/1512.00567

Large kernels taken apart: two 3×3 beside each 5×5, 1×7 and 7×1 for 7×7; batch normalisation after every convolution.
Layer by layer as in ``keras.applications.InceptionV3``: batch normalisation without scale, no auxiliary head.
"""

from collections.abc import Callable
from functools import partial

from cnnlab.blocks import conv_bn
from cnnlab.graph import (
    Activation,
    BatchNorm,
    Concatenate,
    Dense,
    GlobalPool,
    Input,
    Node,
    Padding,
    Pool,
    Size,
    scope,
)
from cnnlab.zoo.case import CaseStudy, Paper, Story
from cnnlab.zoo.knobs import Classes, InputSize

NORM = BatchNorm(scale=False)


def _conv(x: Node, filters: int, kernel: Size, stride: int = 1, padding: Padding = "same", name: str = "conv") -> Node:
    return conv_bn(x, filters, kernel, stride, padding, norm=NORM, name=name)


def _chain(x: Node, name: str, *layers: tuple[int, Size]) -> Node:
    for number, (filters, kernel) in enumerate(layers, 1):
        x = _conv(x, filters, kernel, name=f"{name}_{number}")
    return x


def _pooled(x: Node, filters: int) -> Node:
    return _conv(Pool("avg", 3, 1, "same")(x, name="pool"), filters, 1, name="pool_proj")


def _module_35(x: Node, pool_proj: int) -> Node:
    """Figure 5: 5×5, and two 3×3 in its place, side by side."""
    return Concatenate()(
        _conv(x, 64, 1, name="conv1x1"),
        _chain(x, "conv5x5", (48, 1), (64, 5)),
        _chain(x, "double3x3", (64, 1), (96, 3), (96, 3)),
        _pooled(x, pool_proj),
    )


def _module_17(x: Node, width: int) -> Node:
    """Figure 6: 7×7 as 1×7 and 7×1."""
    return Concatenate()(
        _conv(x, 192, 1, name="conv1x1"),
        _chain(x, "conv7x7", (width, 1), (width, (1, 7)), (192, (7, 1))),
        _chain(x, "double7x7", (width, 1), (width, (7, 1)), (width, (1, 7)), (width, (7, 1)), (192, (1, 7))),
        _pooled(x, 192),
    )


def _module_8(x: Node) -> Node:
    """Figure 7: 3×3 as 1×3 beside 3×1, for wide maps at the end."""
    three = _conv(x, 384, 1, name="conv3x3_1")
    double = _chain(x, "double3x3", (448, 1), (384, 3))
    return Concatenate()(
        _conv(x, 320, 1, name="conv1x1"),
        _conv(three, 384, (1, 3), name="conv3x3_2a"),
        _conv(three, 384, (3, 1), name="conv3x3_2b"),
        _conv(double, 384, (1, 3), name="double3x3_3a"),
        _conv(double, 384, (3, 1), name="double3x3_3b"),
        _pooled(x, 192),
    )


def _to_17(x: Node) -> Node:
    double = _chain(x, "double3x3", (64, 1), (96, 3))
    return Concatenate()(
        _conv(x, 384, 3, 2, "valid", "conv3x3"),
        _conv(double, 96, 3, 2, "valid", "double3x3_3"),
        Pool("max", 3, 2)(x),
    )


def _to_8(x: Node) -> Node:
    three = _conv(x, 192, 1, name="conv3x3_1")
    seven = _chain(x, "conv7x7", (192, 1), (192, (1, 7)), (192, (7, 1)))
    return Concatenate()(
        _conv(three, 320, 3, 2, "valid", "conv3x3_2"),
        _conv(seven, 192, 3, 2, "valid", "conv7x7_4"),
        Pool("max", 3, 2)(x),
    )


MODULES: tuple[Callable[[Node], Node], ...] = (
    *(partial(_module_35, pool_proj=filters) for filters in (32, 64, 64)),
    _to_17,
    *(partial(_module_17, width=width) for width in (128, 160, 160, 192)),
    _to_8,
    _module_8,
    _module_8,
)


def inception_v3(*, input_size: InputSize = 299, classes: Classes = 1000) -> Node:
    """A stem of plain convolutions, eleven modules (mixed0 … mixed10, Keras' names), one dense layer."""
    x = Input((input_size, input_size, 3))()
    with scope("stem"):
        x = _conv(x, 32, 3, 2, "valid", "conv1")
        x = _conv(x, 32, 3, 1, "valid", "conv2")
        x = _conv(x, 64, 3, name="conv3")
        x = Pool("max", 3, 2)(x, name="pool1")
        x = _conv(x, 80, 1, 1, "valid", "conv4")
        x = _conv(x, 192, 3, 1, "valid", "conv5")
        x = Pool("max", 3, 2)(x, name="pool2")
    for number, module in enumerate(MODULES):
        with scope(f"mixed{number}"):
            x = module(x)
    with scope("head"):
        return x >> GlobalPool("avg") >> Dense(classes) >> Activation("softmax")


CASES = (
    CaseStudy(
        "inception_v3",
        "Inception v3",
        "NiN and Inception",
        Paper(
            "Szegedy, Vanhoucke, Ioffe, Shlens, Wojna",
            2015,
            "Rethinking the Inception architecture for computer vision",
            "https://arxiv.org/abs/1512.00567",
        ),
        Story(
            before="GoogLeNet showed that parallel branches pay, but its 5×5 branch was still costly.",
            introduced="Factorised convolutions: two 3×3 beside the 5×5, and 1×7 followed by 7×1 for a 7×7, which "
            "costs 14 weights a channel pair instead of 49. Batch normalisation everywhere.",
            look_at="The 17×17 modules see 7×7 positions with two thin kernels. The maps are halved by "
            "convolution and pooling side by side, so that nothing is squeezed first.",
            differs="As Keras builds it: batch normalisation has no scale and the auxiliary head is left out. The "
            "paper prints 4.8 billion multiply-adds; its own layers add up to 5.71 billion.",
        ),
        inception_v3,
        "Large kernels taken apart: 1×7 and 7×1 for 7×7, two 3×3 for 5×5.",
    ),
)
