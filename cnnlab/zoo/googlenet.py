"""GoogLeNet (Inception v1). Szegedy et al. 2014, "Going deeper with convolutions".

https://arxiv.org/abs/1409.4842

Do not choose a kernel size: run 1×1, 3×3, 5×5 and pooling side by side, and pay for it with 1×1 bottlenecks.
Here with "same" padding throughout, as the paper's map sizes demand. The auxiliary heads helped training and are cut
off afterwards: ``auxiliary_heads`` puts them on.
"""

from typing import Annotated

from cnnlab.blocks import conv_act, inception
from cnnlab.graph import (
    Activation,
    Dense,
    Dropout,
    Flatten,
    GlobalPool,
    Input,
    LocalResponseNorm,
    Node,
    Outputs,
    Pool,
    scope,
)
from cnnlab.zoo.case import CaseStudy, Paper, Story
from cnnlab.zoo.knobs import Classes, InputSize

# Table 1: #1×1, #3×3 reduce, #3×3, #5×5 reduce, #5×5, pool proj; None halves the map.
MODULES: tuple[tuple[str, tuple[int, int, int, int, int, int] | None], ...] = (
    ("3a", (64, 96, 128, 16, 32, 32)),
    ("3b", (128, 128, 192, 32, 96, 64)),
    ("pool3", None),
    ("4a", (192, 96, 208, 16, 48, 64)),
    ("4b", (160, 112, 224, 24, 64, 64)),
    ("4c", (128, 128, 256, 24, 64, 64)),
    ("4d", (112, 144, 288, 32, 64, 64)),
    ("4e", (256, 160, 320, 32, 128, 128)),
    ("pool4", None),
    ("5a", (256, 160, 320, 32, 128, 128)),
    ("5b", (384, 192, 384, 48, 128, 128)),
)
HEADS_AFTER = ("4a", "4d")


def googlenet(
    *,
    input_size: InputSize = 224,
    classes: Classes = 1000,
    auxiliary_heads: Annotated[
        bool, "Two more classifiers half-way, used in training only: they send gradient to the early layers."
    ] = False,
) -> Node:
    """A stem, nine inception modules, and one or three heads."""
    x = Input((input_size, input_size, 3))()
    with scope("stem"):
        x = conv_act(x, 64, 7, 2, name="conv1")
        x = Pool("max", 3, 2, "same")(x, name="pool1")
        x = LocalResponseNorm()(x, name="lrn1")
        x = conv_act(x, 64, 1, name="reduce2")
        x = conv_act(x, 192, 3, name="conv2")
        x = LocalResponseNorm()(x, name="lrn2")
        x = Pool("max", 3, 2, "same")(x, name="pool2")
    heads = []
    for name, columns in MODULES:
        if columns is None:
            x = Pool("max", 3, 2, "same")(x, name=name)
            continue
        with scope(f"inception{name}"):
            x = inception(x, *columns)
        if auxiliary_heads and name in HEADS_AFTER:
            with scope(f"auxiliary{name}"):
                heads.append(_auxiliary(x, classes))
    with scope("head"):
        x = x >> GlobalPool("avg") >> Dropout(0.4) >> Dense(classes) >> Activation("softmax")
    return Outputs()(x, *heads) if heads else x


def _auxiliary(x: Node, classes: int) -> Node:
    x = conv_act(Pool("avg", 5, 3)(x), 128, 1)
    x = x >> Flatten() >> Dense(1024) >> Activation("relu") >> Dropout(0.7)
    return Dense(classes)(x, name="predictions") >> Activation("softmax")


CASES = (
    CaseStudy(
        "googlenet",
        "GoogLeNet",
        "NiN and Inception",
        Paper("Szegedy et al.", 2014, "Going deeper with convolutions", "https://arxiv.org/abs/1409.4842"),
        Story(
            before="Each layer had one kernel size, and a wider network meant quadratically more work.",
            introduced="The inception module: three kernel sizes and a pooling side by side, made affordable by 1×1 "
            "convolutions that first reduce the channels. No dense layer but the classifier.",
            look_at="Without auxiliary heads, a ninth of AlexNet's parameters and a better result. Click a module: the "
            "reduce layers are cheap, and without them the 5×5 branch would cost at least as much as all the others.",
            differs="Padding is “same” everywhere. The paper's Table 1 rounds, and its first row (2.7 K parameters, "
            "34 M) is not what a dense 7×7 convolution has (9.4 K weights, 118 M).",
        ),
        googlenet,
        "1×1, 3×3, 5×5 and pooling side by side, made affordable by 1×1 bottlenecks.",
    ),
)
