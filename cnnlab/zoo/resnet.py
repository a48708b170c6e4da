"""ResNets and their plain twins. He, Zhang, Ren, Sun 2015, "Deep residual learning for image recognition".

https://arxiv.org/abs/1512.03385

A block learns what to add to its input, so that doing nothing is easy and depth no longer hurts.
ResNet-50/101/152 follow ``keras.applications``: stride on the first 1×1 as in the paper, and biases on all
convolutions, which the paper and torchvision do without (``bias=false``); torchvision strides on the 3×3
(``stride_on=v1.5``).
The others have no biases. ResNet-18/34 use projection shortcuts (B), the small ones for 32×32 zero padding (A).
"""

from functools import partial
from typing import Annotated

from cnnlab.blocks import Shortcut, StridePlace, conv_bn, residual_basic, residual_bottleneck
from cnnlab.graph import Activation, BatchNorm, Dense, GlobalPool, Input, Node, Pool, ZeroPad, pair, scope
from cnnlab.knobs import Range
from cnnlab.knobs.image_size import ImageSize
from cnnlab.zoo.case import CaseStudy, Paper, Story
from cnnlab.zoo.knobs import Classes, InputSize

FILTERS = (64, 128, 256, 512)
# Table 1: blocks in conv2_x … conv5_x, by the number of layers with weights.
BASIC = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3)}
BOTTLENECK = {50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}
NORM = BatchNorm(epsilon=1.001e-5)  # Keras' value

Residual = Annotated[bool, "On: skip connections. Off: the plain twin, the same layers without skips."]
Bias = Annotated[bool, "A bias for each filter, as in Keras. A batch norm follows and cancels it; papers have none."]
ShortcutOption = Annotated[
    Shortcut, "Where shapes change, A pads zero channels (no parameters), B projects with a 1×1 convolution."
]
StrideOn = Annotated[
    StridePlace, "Which convolution halves the map: v1 the first 1×1 (paper, Keras), v1.5 the 3×3 (torchvision)."
]


def _stem(input_size: ImageSize, bias: bool) -> Node:
    x = Input((*pair(input_size), 3))()
    with scope("stem"):
        x = ZeroPad(3, 3, 3, 3)(x)
        x = conv_bn(x, 64, 7, 2, "valid", bias=bias, norm=NORM)
        x = ZeroPad(1, 1, 1, 1)(x, name="pool_pad")
        return Pool("max", 3, 2)(x)


def _head(x: Node, classes: int) -> Node:
    with scope("head"):
        return x >> GlobalPool("avg") >> Dense(classes) >> Activation("softmax")


def resnet_basic(
    blocks: tuple[int, ...],
    *,
    input_size: InputSize = 224,
    classes: Classes = 1000,
    residual: Residual = True,
    shortcut: ShortcutOption = "B",
    bias: Bias = False,
) -> Node:
    """A stem and four stages of basic blocks (ResNet-18, ResNet-34, plain-18, plain-34)."""
    x = _stem(input_size, bias)
    for stage, (filters, repeats) in enumerate(zip(FILTERS, blocks, strict=True), 2):
        for block in range(1, repeats + 1):
            stride = 2 if block == 1 and stage > 2 else 1
            with scope(f"stage{stage}.block{block}"):
                x = residual_basic(x, filters, stride, residual, shortcut, bias, NORM)
    return _head(x, classes)


def resnet_bottleneck(
    blocks: tuple[int, ...],
    *,
    input_size: InputSize = 224,
    classes: Classes = 1000,
    residual: Residual = True,
    stride_on: StrideOn = "v1",
    bias: Bias = True,
) -> Node:
    """A stem and four stages of bottleneck blocks (ResNet-50, ResNet-101, ResNet-152)."""
    x = _stem(input_size, bias)
    for stage, (filters, repeats) in enumerate(zip(FILTERS, blocks, strict=True), 2):
        for block in range(1, repeats + 1):
            stride = 2 if block == 1 and stage > 2 else 1
            with scope(f"stage{stage}.block{block}"):
                x = residual_bottleneck(x, filters, stride, residual, stride_on, bias, NORM)
    return _head(x, classes)


def resnet_cifar(
    *,
    input_size: InputSize = 32,
    classes: Classes = 10,
    depth: Annotated[
        int, Range(8, 1202, 6, typed=True), "Layers with weights, 6n + 2: from 20 to 1,202 in the paper."
    ] = 20,
    width: Annotated[
        int, Range(1, 256, typed=True), "Filters of the first stage; the next two have twice and four times."
    ] = 16,
    channels: Annotated[int, Range(1, 4), "Input channels: 1 for grey, 3 for colour."] = 3,
    residual: Residual = True,
    shortcut: ShortcutOption = "A",
    bias: Bias = False,
) -> Node:
    """One convolution and three stages of n basic blocks, for 32×32 images (section 4.2)."""
    blocks, rest = divmod(depth - 2, 6)
    if rest or blocks < 1:
        nearest = 6 * max(1, round((depth - 2) / 6)) + 2
        raise ValueError(f"depth must be 6n + 2 (8, 14, 20, … 1202), not {depth}; the nearest is {nearest}")
    x = Input((*pair(input_size), channels))()
    with scope("stem"):
        x = conv_bn(x, width, 3, bias=bias, norm=NORM)
    for stage in (1, 2, 3):
        for block in range(1, blocks + 1):
            stride = 2 if block == 1 and stage > 1 else 1
            with scope(f"stage{stage}.block{block}"):
                x = residual_basic(x, width * 2 ** (stage - 1), stride, residual, shortcut, bias, NORM)
    return _head(x, classes)


PAPER = Paper(
    "He, Zhang, Ren, Sun", 2015, "Deep residual learning for image recognition", "https://arxiv.org/abs/1512.03385"
)
PLAIN = Story(
    before="VGG showed that more layers can help. But deeper plain networks got worse, even on the images they were "
    "trained on. The paper calls this degradation.",
    introduced="The plain network is the control of the experiment: the layers of the ResNet without the skips.",
    look_at="Parameters and MACs are those of the ResNet, except for its projections; only the arcs are missing. In "
    "the paper's Table 2, the plain network with 34 layers has a higher error than that with 18. With skips it is "
    "the other way round.",
    differs="Nothing, except that the number of classes can be chosen.",
)
PLAIN_CIFAR = Story(
    before=PLAIN.before,
    introduced=PLAIN.introduced,
    look_at="Parameters and MACs are exactly those of the ResNet; only the arcs are missing. In the paper's figure "
    "6, the plain network with 56 layers has a higher training error than that with 20.",
    differs="Nothing. Set channels to 1 for grey images.",
)
BASIC_STORY = Story(
    before="Plain networks with more layers got worse, even on the images they were trained on.",
    introduced="The skip connection: a block computes what to add to its input. With weights near zero the block "
    "passes its input on, so a layer that is not needed does little harm.",
    look_at="Each arc takes the input of a block around it, where it is added. From stage to stage the map halves "
    "and the channels double. So all blocks do the same MACs, except those that halve the map, as long as height and "
    "width both halve.",
    differs="Shortcuts where the shape changes are projections (option B), as in torchvision. Shortcut A is the "
    "paper's option without parameters.",
)
BOTTLENECK_STORY = Story(
    before="The blocks of ResNet-34 have two 3×3 convolutions. The paper changed them for its deeper networks "
    "because of the training time (section 4.1).",
    introduced="The bottleneck block: a 1×1 convolution reduces the channels, a 3×3 works on the few, and a 1×1 "
    "makes them four times as many again.",
    look_at="ResNet-50 does a fifth of VGG-19's MACs, and ResNet-152 does fewer than VGG-16. Look inside a block: "
    "in most blocks the 3×3 costs about as much as both 1×1 together.",
    differs="As Keras builds it: convolutions have biases, and the stride is on the first 1×1, as in the paper. The "
    "paper and torchvision have no biases (bias off); torchvision has the stride on the 3×3 (stride on v1.5).",
)
CIFAR_STORY = Story(
    before="Plain networks with more layers got worse. On ImageNet it takes long to try many depths.",
    introduced="The same idea for 32×32 images: three stages of equal blocks, so only the depth changes, from 20 to "
    "1,202 layers.",
    look_at="Change the depth from 20 to 56: parameters and MACs grow about three times. Turn residual off: only "
    "the arcs disappear.",
    differs="Nothing: the shortcuts are option A, as in the paper. Set channels to 1 for grey images.",
)
CASES = (
    *(
        CaseStudy(
            f"plain{depth}",
            f"Plain-{depth}",
            "ResNet",
            PAPER,
            PLAIN,
            partial(resnet_basic, blocks, residual=False),
            f"ResNet-{depth} without its skips: the control of the experiment.",
        )
        for depth, blocks in BASIC.items()
    ),
    *(
        CaseStudy(
            f"resnet{depth}",
            f"ResNet-{depth}",
            "ResNet",
            PAPER,
            BASIC_STORY,
            partial(resnet_basic, blocks),
            f"{sum(blocks)} blocks of two 3×3 convolutions, and a skip around each: a block only adds to its input.",
            torchvision={"bias": False},
            torchvision_needs={"residual": True, "shortcut": "B"},
        )
        for depth, blocks in BASIC.items()
    ),
    *(
        CaseStudy(
            f"resnet{depth}",
            f"ResNet-{depth}",
            "ResNet",
            PAPER,
            BOTTLENECK_STORY,
            partial(resnet_bottleneck, blocks),
            f"{sum(blocks)} bottlenecks: a 1×1 reduces the channels, a 3×3 filters, a 1×1 restores them, and a skip "
            f"goes around.",
            torchvision={"stride_on": "v1.5", "bias": False},
            torchvision_needs={"residual": True},
        )
        for depth, blocks in BOTTLENECK.items()
    ),
    *(
        CaseStudy(
            f"resnet{depth}_cifar",
            f"ResNet-{depth} (CIFAR)",
            "ResNet",
            PAPER,
            CIFAR_STORY,
            partial(resnet_cifar, depth=depth),
            f"The same idea for 32×32 images: three stages of {(depth - 2) // 6} blocks.",
        )
        for depth in (20, 56)
    ),
    *(
        CaseStudy(
            f"plain{depth}_cifar",
            f"Plain-{depth} (CIFAR)",
            "ResNet",
            PAPER,
            PLAIN_CIFAR,
            partial(resnet_cifar, depth=depth, residual=False),
            f"The small ResNet-{depth} without its skips.",
        )
        for depth in (20, 56)
    ),
)
