"""Network in Network. Lin, Chen, Yan 2013.

https://arxiv.org/abs/1312.4400

1×1 convolutions after each convolution are a small network slid over the map; global average pooling of one map a
class replaces the dense layers. The layers are those of the authors' ImageNet model (in Caffe's model zoo), the input
is AlexNet's 227×227, in which every window fits; the paper itself prints only 32×32 networks.
"""

from cnnlab.blocks import conv_act, nin_block
from cnnlab.graph import Activation, Dropout, GlobalPool, Input, Node, Padding, Pool, pair, scope
from cnnlab.zoo.case import CaseStudy, Paper, Story
from cnnlab.zoo.knobs import Classes, InputSize

# filters, kernel, stride, padding
BLOCKS: tuple[tuple[int, int, int, Padding], ...] = (
    (96, 11, 4, "valid"),
    (256, 5, 1, "same"),
    (384, 3, 1, "same"),
)


def nin(*, input_size: InputSize = 227, classes: Classes = 1000) -> Node:
    """Three blocks with pooling, and a fourth whose last 1×1 convolution makes one map a class."""
    x = Input((*pair(input_size), 3))()
    for number, (filters, kernel, stride, padding) in enumerate(BLOCKS, 1):
        with scope(f"block{number}"):
            x = nin_block(x, filters, kernel, stride, padding)
            x = x >> Pool("max", 3, 2)
    with scope("block4"):
        x = x >> Dropout(0.5)
        x = conv_act(x, 1024, 3)
        x = conv_act(x, 1024, 1, name="mlp1")
        x = conv_act(x, classes, 1, name="mlp2")
    with scope("head"):
        return x >> GlobalPool("avg") >> Activation("softmax")


CASES = (
    CaseStudy(
        "nin",
        "Network in Network",
        "NiN and Inception",
        Paper("Lin, Chen, Yan", 2013, "Network in network", "https://arxiv.org/abs/1312.4400"),
        Story(
            before="A convolution was a linear filter. More than nine tenths of AlexNet's parameters are in its "
            "dense layers.",
            introduced="The 1×1 convolution, which mixes the channels at each position, and global average pooling, "
            "which turns one map for each class into a score, without parameters.",
            look_at="There is no dense layer: the network has an eighth of AlexNet's parameters. The 1×1 "
            "convolutions do about a quarter of the MACs.",
            differs="The paper's networks are for images of 28×28 and 32×32. These are the layers of the authors' "
            "ImageNet model, on AlexNet's 227×227 images.",
        ),
        nin,
        "1×1 convolutions: a small dense network at every position of the map.",
    ),
)
