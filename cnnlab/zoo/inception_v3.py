"""Inception v3. Szegedy et al. 2015, "Rethinking the Inception architecture for computer vision".

https://arxiv.org/abs/1512.00567

Large kernels taken apart: two 3×3 for 5×5, 1×7 and 7×1 for 7×7; batch normalisation after every convolution.
Layer by layer as in ``keras.applications.InceptionV3``, which is the network that the authors released: batch
normalisation without scale, no auxiliary head. ``form="paper"`` has the stem of the paper's Table 1 and the modules of
its figure 5; the widths of branches, which the paper does not print, are those of the released network.
"""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Literal

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
    pair,
    scope,
)
from cnnlab.zoo.case import CaseStudy, Paper, Story
from cnnlab.zoo.knobs import Classes, InputSize

NORM = BatchNorm(scale=False)
Form = Literal["released", "paper"]


def _conv(x: Node, filters: int, kernel: Size, stride: int = 1, padding: Padding = "same", name: str = "conv") -> Node:
    return conv_bn(x, filters, kernel, stride, padding, norm=NORM, name=name)


def _chain(x: Node, name: str, *layers: tuple[int, Size]) -> Node:
    for number, (filters, kernel) in enumerate(layers, 1):
        x = _conv(x, filters, kernel, name=f"{name}_{number}")
    return x


def _pooled(x: Node, filters: int) -> Node:
    return _conv(Pool("avg", 3, 1, "same")(x, name="pool"), filters, 1, name="pool_proj")


def _module_35(x: Node, pool_proj: int, form: Form) -> Node:
    """The module for 35×35 maps; in figure 5 two 3×3 take the place of the 5×5."""
    five = ("conv5x5", (48, 1), (64, 5)) if form == "released" else ("two3x3", (48, 1), (64, 3), (64, 3))
    return Concatenate()(
        _conv(x, 64, 1, name="conv1x1"),
        _chain(x, *five),
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


AFTER_35: tuple[Callable[[Node], Node], ...] = (
    _to_17,
    *(partial(_module_17, width=width) for width in (128, 160, 160, 192)),
    _to_8,
    _module_8,
    _module_8,
)


def inception_v3(
    *,
    input_size: InputSize = 299,
    classes: Classes = 1000,
    form: Annotated[
        Form, "released: the authors' network, as Keras has it. paper: Table 1's stem and figure 5's modules."
    ] = "released",
) -> Node:
    """A stem of plain convolutions, eleven modules (mixed0 … mixed10, Keras' names), one dense layer."""
    x = Input((*pair(input_size), 3))()
    with scope("stem"):
        x = _conv(x, 32, 3, 2, "valid", "conv1")
        x = _conv(x, 32, 3, 1, "valid", "conv2")
        x = _conv(x, 64, 3, name="conv3")
        x = Pool("max", 3, 2)(x, name="pool1")
        if form == "released":
            x = _conv(x, 80, 1, 1, "valid", "conv4")
            x = _conv(x, 192, 3, 1, "valid", "conv5")
            x = Pool("max", 3, 2)(x, name="pool2")
        else:
            x = _conv(x, 80, 3, 1, "valid", "conv4")
            x = _conv(x, 192, 3, 2, "valid", "conv5")
            x = _conv(x, 288, 3, name="conv6")
    projections = (32, 64, 64) if form == "released" else (64, 64, 64)  # figure 5's modules keep 288 channels
    modules: tuple[Callable[[Node], Node], ...] = (
        *(partial(_module_35, pool_proj=filters, form=form) for filters in projections),
        *AFTER_35,
    )
    for number, module in enumerate(modules):
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
            before="GoogLeNet has parallel branches, and a 5×5 convolution in each module. BN-Inception, by two of "
            "these authors, put batch normalisation after each convolution.",
            introduced="Factorised convolutions: two 3×3 for a 5×5, and a 1×7 followed by a 7×1 for a 7×7, which has "
            "14 weights for each pair of channels instead of 49. The paper also introduced label smoothing, a setting "
            "of Transfer.",
            look_at="On 299×299 images, a 1×7 and a 7×1 together have a receptive field of 7×7 positions on the 17×17 "
            "maps. A convolution and a pooling side by side halve the maps.",
            differs="The form “released” has the layers of the network that the authors released, as Keras builds it: "
            "batch normalisation has no scale, and the auxiliary head is left out. Its first three modules keep a 5×5, "
            "and its stem differs from the paper's Table 1. The form “paper” has that stem, and two 3×3 in place of "
            "each 5×5.",
        ),
        inception_v3,
        "Large kernels factorised: 1×7 and 7×1 for 7×7; in the paper, also two 3×3 for 5×5.",
    ),
)
