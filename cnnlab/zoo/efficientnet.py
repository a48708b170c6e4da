"""EfficientNet. Tan & Le 2019, "EfficientNet: rethinking model scaling for convolutional neural networks".

https://arxiv.org/abs/1905.11946

Grow width, depth and resolution together, by one number φ: width 1.1^φ, depth 1.2^φ, resolution 1.15^φ.
B0 … B7 are rows of one table: the authors' released coefficients, which are rounded by hand and not the pure powers.
Layer by layer as in ``keras.applications``, whose networks begin with a rescaling and a normalisation of the input.
"""

from functools import partial
from math import ceil
from typing import Annotated

from cnnlab.blocks import conv_bn, divisible, inverted_residual, stride_padding
from cnnlab.graph import (
    Activation,
    Dense,
    Dropout,
    GlobalPool,
    Input,
    Node,
    Normalize,
    Rescale,
    pair,
    scope,
)
from cnnlab.knobs import Range
from cnnlab.zoo.case import CaseStudy, Paper, Story
from cnnlab.zoo.knobs import Classes, InputSize, Width

# Table 1: expansion, kernel, filters, repeats, stride of each stage.
STAGES = (
    (1, 3, 16, 1, 1),
    (6, 3, 24, 2, 2),
    (6, 5, 40, 2, 2),
    (6, 3, 80, 3, 2),
    (6, 5, 112, 3, 1),
    (6, 5, 192, 4, 2),
    (6, 3, 320, 1, 1),
)
SQUEEZE = 0.25
DROP_CONNECT = 0.2
# Width, depth, input size and head dropout of B0 … B7, as the authors released them.
RELEASED = (
    (1.0, 1.0, 224, 0.2),
    (1.0, 1.1, 240, 0.2),
    (1.1, 1.2, 260, 0.3),
    (1.2, 1.4, 300, 0.3),
    (1.4, 1.8, 380, 0.4),
    (1.6, 2.2, 456, 0.4),
    (1.8, 2.6, 528, 0.5),
    (2.0, 3.1, 600, 0.5),
)
# Section 3.3: found by a small grid search under α · β² · γ² ≈ 2, so that each step of φ doubles the MACs.
ALPHA_DEPTH, BETA_WIDTH, GAMMA_RESOLUTION = 1.2, 1.1, 1.15


def efficientnet(
    *,
    dropout: float = 0.2,
    input_size: InputSize = 224,
    classes: Classes = 1000,
    width: Width = 1.0,
    depth: Annotated[
        float,
        Range(0.1, 4.0, 0.05),
        "Depth multiplier: each stage's number of blocks is multiplied by it, then rounded up.",
    ] = 1.0,
    resolution: Annotated[
        float, Range(0.25, 3.0, 0.05), "Resolution multiplier: the input size is multiplied by it."
    ] = 1.0,
    phi: Annotated[
        float,
        Range(0.0, 7.0, 0.5),
        "φ, compound scaling on top: depth · 1.2^φ, width · 1.1^φ, resolution · 1.15^φ. The released B1 … B7 were "
        "rounded by hand: φ = 1 is near B2.",
    ] = 0.0,
) -> Node:
    """Seven stages of inverted residuals with squeeze-and-excite, scaled in three directions."""
    width *= BETA_WIDTH**phi
    depth *= ALPHA_DEPTH**phi
    image = (max(1, round(side * resolution * GAMMA_RESOLUTION**phi)) for side in pair(input_size))
    x = Input((*image, 3))()
    with scope("stem"):
        x = x >> Rescale(1 / 255) >> Normalize()
        x = x >> stride_padding(x, 3)
        x = conv_bn(x, divisible(32 * width), 3, 2, "valid", activation="swish")
    blocks = sum(ceil(depth * repeats) for _, _, _, repeats, _ in STAGES)
    done = 0
    for stage, (expand, kernel, filters, repeats, stride) in enumerate(STAGES, 1):
        for block in range(1, ceil(depth * repeats) + 1):
            with scope(f"stage{stage}.block{block}"):
                x = inverted_residual(
                    x,
                    divisible(filters * width),
                    expand,
                    kernel,
                    stride if block == 1 else 1,
                    squeeze=SQUEEZE,
                    drop=DROP_CONNECT * done / blocks,
                    activation="swish",
                )
            done += 1
    with scope("head"):
        x = conv_bn(x, divisible(1280 * width), 1, activation="swish")
        return x >> GlobalPool("avg") >> Dropout(dropout) >> Dense(classes) >> Activation("softmax")


PAPER = Paper(
    "Tan, Le",
    2019,
    "EfficientNet: rethinking model scaling for convolutional neural networks",
    "https://arxiv.org/abs/1905.11946",
)
STORY = Story(
    before="Networks were scaled in one direction: deeper (ResNet-152), wider (MobileNet's α) or with larger images.",
    introduced="Compound scaling: deeper, wider and larger images together, in a fixed proportion. The base network "
    "was found by a search.",
    look_at="Raise φ by one: the aim is twice the MACs. Each step differs, since blocks are whole and channels are "
    "multiples of 8. Inside a block, the squeeze-and-excite layers have more than a tenth of the parameters and less "
    "than a hundredth of the MACs.",
    differs="As Keras builds it, with rescaling and normalisation of the input inside the network. B1 to B7 have "
    "the released coefficients: B1 is near φ = 0.5, B2 near φ = 1, B3 near φ = 2.",
)
CASES = tuple(
    CaseStudy(
        f"efficientnet_b{number}",
        f"EfficientNet-B{number}",
        "EfficientNet",
        PAPER,
        STORY,
        partial(efficientnet, dropout=dropout, input_size=size, width=width, depth=depth),
        f"B0 with depth multiplier {depth}, width multiplier {width}, images of {size}×{size} pixels."
        if number
        else "The base of the family, found by search: MobileNet's blocks with a gate on each channel.",
        torchvision={},
        torchvision_needs={"width": width, "depth": depth, "resolution": 1.0, "phi": 0.0},
    )
    for number, (width, depth, size, dropout) in enumerate(RELEASED)
)
