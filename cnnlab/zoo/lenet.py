"""LeNet-5. LeCun, Bottou, Bengio, Haffner 1998, "Gradient-based learning applied to document recognition".

http://yann.lecun.com/exdb/publis/pdf/lecun-98.pdf

Small filters slide over the image and share their weights; maps shrink while channels grow, and dense layers decide.
Here as it is taught: plain average pooling, a fully connected second convolution and a softmax at the end, 61,706
parameters. The original's pooling had trained coefficients, its second convolution saw only some of the maps, and
its output units measured distances (about 60,000 parameters).
"""

from typing import Annotated, Literal

from cnnlab.graph import Activation, Conv, Dense, Flatten, Input, Node, Pool, pair, scope
from cnnlab.knobs import Range
from cnnlab.zoo.case import CaseStudy, Paper, Story
from cnnlab.zoo.knobs import Classes, InputSize

CONVOLUTIONS = ((1, 6), (2, 16))
DENSE = ((3, 120), (4, 84))


def lenet5(
    *,
    input_size: InputSize = 32,
    classes: Classes = 10,
    channels: Annotated[int, Range(1, 4), "Input channels: 1 for grey, 3 for colour."] = 1,
    pooling: Annotated[Literal["avg", "max"], "Average pooling as in 1998, or maximum pooling as today."] = "avg",
    activation: Annotated[Literal["tanh", "relu", "sigmoid"], "tanh as in 1998, ReLU as today, or sigmoid."] = "tanh",
) -> Node:
    """Two rounds of 5×5 convolution and pooling, then three dense layers."""
    x = Input((*pair(input_size), channels))()
    for number, filters in CONVOLUTIONS:
        with scope(f"conv{number}"):
            x = x >> Conv(filters, 5, padding="valid") >> Activation(activation) >> Pool(pooling, 2)
    x = x >> Flatten()
    for number, units in DENSE:
        with scope(f"fc{number}"):
            x = x >> Dense(units) >> Activation(activation)
    with scope("output"):
        return x >> Dense(classes) >> Activation("softmax")


CASES = (
    CaseStudy(
        "lenet5",
        "LeNet-5",
        "LeNet, AlexNet, VGG",
        Paper(
            "LeCun, Bottou, Bengio, Haffner",
            1998,
            "Gradient-based learning applied to document recognition",
            "http://yann.lecun.com/exdb/publis/pdf/lecun-98.pdf",
        ),
        Story(
            before="Programs read handwriting with features designed by hand, with dense networks, which learn each "
            "stroke again at every position, or with smaller convolutional networks (LeCun 1989).",
            introduced="Convolution and pooling alternate, then dense layers classify. Each small filter is used at "
            "all positions of the image.",
            look_at="On 32×32 images, height and width shrink (32, 28, 14, 10, 5) while channels grow (1, 6, 16). "
            "There the convolutions do most of the MACs, and the dense layers hold most of the parameters.",
            differs="This is the form that courses teach: plain average pooling, a second convolution that reads all "
            "six maps, and a softmax. The original trained two numbers for each pooled map, connected only some "
            "maps, and measured distances in its last layer.",
        ),
        lenet5,
        "Convolution, pooling, convolution, pooling, dense layers: small shared filters read handwriting.",
    ),
)
