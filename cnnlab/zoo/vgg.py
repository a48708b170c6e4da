"""VGG. Simonyan & Zisserman 2014, "Very deep convolutional networks for large-scale image recognition".

https://arxiv.org/abs/1409.1556

Only 3×3 convolutions and 2×2 pooling, stacked deeper than before: two 3×3 see as much as one 5×5, for fewer weights.
The configurations A, B, D and E of the paper's Table 1; dropout in the head, which Keras' twin leaves out (no weights).
"""

from functools import partial
from typing import Annotated

from cnnlab.blocks import vgg_block
from cnnlab.graph import Activation, AdaptivePool, Dense, Dropout, Flatten, Input, Node, pair, scope
from cnnlab.zoo.case import CaseStudy, Paper, Story
from cnnlab.zoo.knobs import Classes, InputSize

FILTERS = (64, 128, 256, 512, 512)
# Table 1: 3×3 convolutions in each of the five blocks, by the number of layers with weights.
CONVOLUTIONS = {
    11: (1, 1, 2, 2, 2),
    13: (2, 2, 2, 2, 2),
    16: (2, 2, 3, 3, 3),
    19: (2, 2, 4, 4, 4),
}


def vgg(
    convolutions: tuple[int, ...],
    *,
    input_size: InputSize = 224,
    classes: Classes = 1000,
    adaptive_pool: Annotated[
        bool, "Average the last map to 7×7 as torchvision does: one head for all images of 64 pixels and more."
    ] = False,
) -> Node:
    """Five blocks of 3×3 convolutions, then three dense layers."""
    x = Input((*pair(input_size), 3))()
    for number, (filters, convs) in enumerate(zip(FILTERS, convolutions, strict=True), 1):
        with scope(f"block{number}"):
            x = vgg_block(x, filters, convs)
    if adaptive_pool:
        x = x >> AdaptivePool(7)
    x = x >> Flatten()
    for number in (6, 7):
        with scope(f"fc{number}"):
            x = x >> Dense(4096) >> Activation("relu") >> Dropout(0.5)
    with scope("fc8"):
        return x >> Dense(classes) >> Activation("softmax")


PAPER = Paper(
    "Simonyan, Zisserman",
    2014,
    "Very deep convolutional networks for large-scale image recognition",
    "https://arxiv.org/abs/1409.1556",
)
STORY = Story(
    before="AlexNet's convolutions have kernels of 11×11, 5×5 and 3×3, and each block is different.",
    introduced="One rule for all blocks: 3×3 convolutions, then pooling halves the map. Channels double until they "
    "are 512. VGG-11 to VGG-19 differ in depth alone.",
    look_at="On 224×224 images the first dense layer holds most of the parameters. The first two blocks hold few "
    "parameters, but more than half of the activations, since their maps are large.",
    differs="Nothing in the layers. The head has dropout, as in the paper; Keras leaves it out. Dropout has no "
    "parameters.",
)
CASES = tuple(
    CaseStudy(
        f"vgg{depth}",
        f"VGG-{depth}",
        "LeNet, AlexNet, VGG",
        PAPER,
        STORY,
        partial(vgg, convolutions),
        f"{sum(convolutions)} convolutions of 3×3; pooling halves the map, channels double.",
        torchvision={"adaptive_pool": True},
    )
    for depth, convolutions in CONVOLUTIONS.items()
)
