"""AlexNet. Krizhevsky, Sutskever, Hinton 2012, "ImageNet classification with deep convolutional neural networks".

https://papers.nips.cc/paper/4824-imagenet-classification-with-deep-convolutional-neural-networks

LeNet's pattern, much larger, with ReLU, dropout, data augmentation and two graphics cards.
Here the input is 227×227, since the paper's 224 does not give the 55×55 map it prints. ``grouped`` is the paper's two
towers, each seeing half of the channels in the second, fourth and fifth convolution; off is the single tower.
"""

from typing import Annotated

from cnnlab.blocks import conv_act
from cnnlab.graph import Activation, Dense, Dropout, Flatten, Input, LocalResponseNorm, Node, Padding, Pool, pair, scope
from cnnlab.zoo.case import CaseStudy, Paper, Story
from cnnlab.zoo.knobs import Classes, InputSize

# filters, kernel, stride, padding, two towers, local response norm, pooling
CONVOLUTIONS: tuple[tuple[int, int, int, Padding, bool, bool, bool], ...] = (
    (96, 11, 4, "valid", False, True, True),
    (256, 5, 1, "same", True, True, True),
    (384, 3, 1, "same", False, False, False),
    (384, 3, 1, "same", True, False, False),
    (256, 3, 1, "same", True, False, True),
)


def alexnet(
    *,
    input_size: InputSize = 227,
    classes: Classes = 1000,
    grouped: Annotated[
        bool, "On: the paper's two towers, joined in the third convolution. Off: one tower that reads all channels."
    ] = True,
) -> Node:
    """Five convolutions and three dense layers."""
    x = Input((*pair(input_size), 3))()
    for number, (filters, kernel, stride, padding, towers, norm, pool) in enumerate(CONVOLUTIONS, 1):
        with scope(f"conv{number}"):
            x = conv_act(x, filters, kernel, stride, padding, groups=2 if towers and grouped else 1)
            if norm:
                x = x >> LocalResponseNorm()
            if pool:
                x = x >> Pool("max", 3, 2)
    x = x >> Flatten()
    for number in (6, 7):
        with scope(f"fc{number}"):
            x = x >> Dense(4096) >> Activation("relu") >> Dropout(0.5)
    with scope("fc8"):
        return x >> Dense(classes) >> Activation("softmax")


CASES = (
    CaseStudy(
        "alexnet",
        "AlexNet",
        "LeNet, AlexNet, VGG",
        Paper(
            "Krizhevsky, Sutskever, Hinton",
            2012,
            "ImageNet classification with deep convolutional neural networks",
            "https://papers.nips.cc/paper/4824-imagenet-classification-with-deep-convolutional-neural-networks",
        ),
        Story(
            before="The best results on ImageNet came from features designed by hand. Convolutional networks were "
            "known for digits.",
            introduced="A network with about a thousand times the parameters of LeNet-5. It was trained on two "
            "graphics cards with ReLU instead of tanh, dropout, and random crops, mirror images and colour shifts.",
            look_at="The first two dense layers hold about nine tenths of the parameters; the convolutions do about "
            "nine tenths of the MACs. Turn grouped off to see what the two towers save.",
            differs="The input is 227×227. The paper says 224, which gives 54×54 without padding; 227 is the "
            "smallest that gives its 55×55 map. "
            "Pooling and local response normalisation are in the paper's order.",
        ),
        alexnet,
        "LeNet's pattern with a thousand times the parameters, trained with ReLU and dropout on two graphics cards.",
    ),
)
