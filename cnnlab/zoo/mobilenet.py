"""MobileNet v1 and v2.

Howard et al. 2017, "MobileNets: efficient convolutional neural networks for mobile vision applications",
https://arxiv.org/abs/1704.04861: a convolution split into depthwise (filter each channel) and pointwise (mix them).
Sandler et al. 2018, "MobileNetV2: inverted residuals and linear bottlenecks", https://arxiv.org/abs/1801.04381:
thin maps between blocks, wide ones only inside, skips between the thin ends.

Layer by layer as in ``keras.applications``: v1 with ReLU6 (the paper: ReLU) and a 1×1 convolution as its last layer.
Widths are rounded as there: v1 down to a whole number, v2 to multiples of 8.
"""

from cnnlab.blocks import conv_bn, depthwise_separable, divisible, inverted_residual
from cnnlab.graph import (
    Activation,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    GlobalPool,
    Input,
    Node,
    Reshape,
    ZeroPad,
    pair,
    scope,
)
from cnnlab.zoo.case import CaseStudy, Paper, Story
from cnnlab.zoo.knobs import Classes, InputSize, Width

# Howard 2017, Table 1: filters and stride of each depthwise-separable block.
SEPARABLE = (
    (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2),
    (512, 1), (512, 1), (512, 1), (512, 1), (512, 1), (1024, 2), (1024, 1),
)  # fmt: skip
# Sandler 2018, Table 2: expansion, filters, repeats, stride of each stage.
INVERTED = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
PAD_V1 = ZeroPad(bottom=1, right=1)  # Keras' v1, whatever the size; on odd maps a row is lost
NORM_V2 = BatchNorm(momentum=0.999)  # Keras' value


def mobilenet_v1(*, input_size: InputSize = 224, classes: Classes = 1000, width: Width = 1.0) -> Node:
    """A convolution, thirteen depthwise-separable blocks, and a 1×1 convolution as the classifier."""
    x = Input((*pair(input_size), 3))()
    with scope("stem"):
        x = conv_bn(x, int(32 * width), 3, 2, activation="relu6")
    for number, (filters, stride) in enumerate(SEPARABLE, 1):
        with scope(f"block{number}"):
            x = depthwise_separable(x, int(filters * width), 3, stride, pad=PAD_V1)
    with scope("head"):
        x = x >> GlobalPool("avg", keep_map=True) >> Dropout(0.001)
        return x >> Conv(classes, 1) >> Reshape((classes,)) >> Activation("softmax")


def mobilenet_v2(*, input_size: InputSize = 224, classes: Classes = 1000, width: Width = 1.0) -> Node:
    """A convolution, seventeen inverted residuals in seven stages, a wide 1×1 convolution, one dense layer."""
    x = Input((*pair(input_size), 3))()
    with scope("stem"):
        x = conv_bn(x, divisible(32 * width), 3, 2, activation="relu6", norm=NORM_V2)
    for stage, (expand, filters, repeats, stride) in enumerate(INVERTED, 1):
        for block in range(1, repeats + 1):
            with scope(f"stage{stage}.block{block}"):
                thin = divisible(int(filters * width))
                x = inverted_residual(x, thin, expand, 3, stride if block == 1 else 1, norm=NORM_V2)
    with scope("head"):
        # The paper: the multiplier widens the last convolution, but never narrows it.
        x = conv_bn(x, divisible(1280 * max(1.0, width)), 1, activation="relu6", norm=NORM_V2)
        return x >> GlobalPool("avg") >> Dense(classes) >> Activation("softmax")


CASES = (
    CaseStudy(
        "mobilenet_v1",
        "MobileNet v1",
        "MobileNet",
        Paper(
            "Howard et al.",
            2017,
            "MobileNets: efficient convolutional neural networks for mobile vision applications",
            "https://arxiv.org/abs/1704.04861",
        ),
        Story(
            before="Networks had become deeper and more costly, too costly for devices with little computing power.",
            introduced="A depthwise-separable convolution in every block: filter each channel alone, then mix the "
            "channels with a 1×1. It costs 1/n + 1/9 of a 3×3 convolution with n filters: with 64 to 1,024 filters "
            "7.9 to 8.9 times fewer MACs.",
            look_at="More than nine tenths of the MACs are in the 1×1 convolutions. Halve the width: MACs fall to "
            "about a quarter, parameters to about a third.",
            differs="As Keras builds it: ReLU6 instead of ReLU, and a 1×1 convolution as the last layer. The "
            "paper's 4.2 M parameters are those without the moving statistics of batch norms.",
        ),
        mobilenet_v1,
        "Each convolution in two steps: filter each channel alone, then mix the channels with a 1×1.",
    ),
    CaseStudy(
        "mobilenet_v2",
        "MobileNet v2",
        "MobileNet",
        Paper(
            "Sandler, Howard, Zhu, Zhmoginov, Chen",
            2018,
            "MobileNetV2: inverted residuals and linear bottlenecks",
            "https://arxiv.org/abs/1801.04381",
        ),
        Story(
            before="MobileNet v1 has no skips. The skips of ResNet-50 join maps with many channels.",
            introduced="The inverted residual: few channels between the blocks, and six times as many inside them; "
            "in the first block, as many. The last 1×1 of a block has no activation: the paper argues that a ReLU on "
            "few channels loses information (section 3.2).",
            look_at="The arcs join the maps with few channels. Click a block: its wide maps exist only inside it.",
            differs="As Keras builds it. Channels are multiples of 8, as in the code that the authors released.",
        ),
        mobilenet_v2,
        "The bottleneck reversed: few channels between blocks, many inside, skips around.",
        torchvision={},
    ),
)
