"""GoogLeNet (Inception v1). Szegedy et al. 2014, "Going deeper with convolutions".

https://arxiv.org/abs/1409.4842

Do not choose a kernel size: run 1×1, 3×3, 5×5 and pooling side by side, and pay for it with 1×1 bottlenecks.
Here with "same" padding throughout, as the paper's map sizes demand. The auxiliary heads helped training and are cut
off afterwards: ``auxiliary_heads`` puts them on. ``form="torchvision"`` is the network of that name in torchvision:
batch norm in place of biases and local response normalisation, 3×3 in place of the 5×5.
"""

from typing import Annotated, Literal

from cnnlab.blocks import Unit, conv_act, conv_bn, inception
from cnnlab.graph import (
    Activation,
    AdaptivePool,
    Dense,
    Dropout,
    Flatten,
    GlobalPool,
    Input,
    LocalResponseNorm,
    Node,
    Outputs,
    Pool,
    ZeroPad,
    pair,
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
Form = Literal["paper", "torchvision"]


def googlenet(
    *,
    input_size: InputSize = 224,
    classes: Classes = 1000,
    form: Annotated[
        Form,
        "paper: Table 1. torchvision: batch norm instead of biases and local response norm, 3×3 instead of the 5×5.",
    ] = "paper",
    auxiliary_heads: Annotated[
        bool, "Two more classifiers half-way, used in training only: they send gradients to the early layers."
    ] = False,
) -> Node:
    """A stem, nine inception modules, and one or three heads."""
    paper = form == "paper"
    unit: Unit = conv_act if paper else conv_bn
    x = Input((*pair(input_size), 3))()
    with scope("stem"):
        x = unit(x, 64, 7, 2, name="conv1")
        x = _halve(x, form, "pool1")
        x = LocalResponseNorm()(x, name="lrn1") if paper else x
        x = unit(x, 64, 1, name="reduce2")
        x = unit(x, 192, 3, name="conv2")
        x = LocalResponseNorm()(x, name="lrn2") if paper else x
        x = _halve(x, form, "pool2")
    heads = []
    for name, columns in MODULES:
        if columns is None:
            x = _halve(x, form, name)
            continue
        with scope(f"inception{name}"):
            x = inception(x, *columns, unit=unit, widest=5 if paper else 3)
        if auxiliary_heads and name in HEADS_AFTER:
            with scope(f"auxiliary{name}"):
                heads.append(_auxiliary(x, classes, form))
    with scope("head"):
        x = x >> GlobalPool("avg") >> Dropout(0.4 if paper else 0.2) >> Dense(classes) >> Activation("softmax")
    return Outputs()(x, *heads) if heads else x


def _halve(x: Node, form: Form, name: str) -> Node:
    """Return the map, halved by a maximum.

    torchvision's windows begin at the edge, and the last one may hang over it (``ceil_mode``): behind a ReLU that is a
    zero. Its last pool is 2×2.
    """
    if form == "paper":
        return Pool("max", 3, 2, "same")(x, name=name)
    window = 2 if name == "pool4" else 3
    below, beside = ((side - window) % 2 for side in x.shape[:2])
    if below or beside:
        x = ZeroPad(bottom=below, right=beside)(x, name=f"{name}_pad")
    return Pool("max", window, 2)(x, name=name)


def _auxiliary(x: Node, classes: int, form: Form) -> Node:
    x = conv_act(Pool("avg", 5, 3)(x), 128, 1) if form == "paper" else conv_bn(x >> AdaptivePool(4), 128, 1)
    x = x >> Flatten() >> Dense(1024) >> Activation("relu") >> Dropout(0.7)
    return Dense(classes)(x, name="predictions") >> Activation("softmax")


CASES = (
    CaseStudy(
        "googlenet",
        "GoogLeNet",
        "NiN and Inception",
        Paper("Szegedy et al.", 2014, "Going deeper with convolutions", "https://arxiv.org/abs/1409.4842"),
        Story(
            before="In earlier networks each layer has one kernel size. Twice the channels in and out of a "
            "convolution cost four times its MACs.",
            introduced="The inception module: three kernel sizes and a pooling side by side. 1×1 convolutions first "
            "reduce the channels, so it costs less. Without auxiliary heads, only the classifier is a dense layer.",
            look_at="Without auxiliary heads it has about a ninth of AlexNet's parameters. Click a module: 1×1 "
            "convolutions reduce the channels before the 3×3 and the 5×5.",
            differs="With the form “paper”, padding is “same” everywhere. The first row of the paper's Table 1 (2.7 K "
            "parameters, 34 M operations) is not that of a 7×7 convolution of three channels, which has 9.4 K weights "
            "and 118 M MACs. torchvision's GoogLeNet is another network: it has batch normalisation, and 3×3 "
            "convolutions in the 5×5 branch. Choose the form “torchvision” to see it.",
        ),
        googlenet,
        "1×1, 3×3, 5×5 and pooling side by side; 1×1 bottlenecks keep the costs low.",
        torchvision={"form": "torchvision"},
    ),
)
