"""Stories of the case studies: each number in them is counted here, or stands in the paper."""

import re
from collections.abc import Callable
from functools import cache

import pandas as pd
import pytest

from cnnlab import costs, zoo
from cnnlab.costs import Summary
from cnnlab.graph import Conv, DepthwiseConv, Input, Node
from cnnlab.network import Network
from cnnlab.zoo.efficientnet import ALPHA_DEPTH, BETA_WIDTH

# Words that make a sentence a claim about amounts; sizes of kernels (3×3) and names with digits (ResNet-50) are none.
NAMES = re.compile(r"\b[A-Z][A-Za-z]*-\d+|\bv\d(\.\d)?|\d+×\d+|\bB\d\b|ReLU6")
AMOUNT = re.compile(
    r"\d|\b(half|halve|halves|halved|doubles?|twice|triple|thirds?|quarters?|fifth|sixth|seventh|eighth|ninth|tenths?|hundredth|"
    r"thousand|times|most|more than|less than|fewer|exactly)\b"
)


@cache
def table(reference: str) -> pd.DataFrame:
    return costs.layer_table(Network.parse(reference).graph())


def total(reference: str) -> Summary:
    return costs.summary(Network.parse(reference).graph())


def share(reference: str, layers: str, quantity: str) -> float:
    """Return the share of a quantity that the layers have whose names or kinds match a pattern."""
    found = table(reference)
    chosen = found["layer"].str.contains(layers) | found["kind"].str.fullmatch(layers)
    return float(found[chosen][quantity].sum() / found[quantity].sum())


def sides(reference: str) -> list[int]:
    """Return the distinct heights of maps in order."""
    shapes = [shape[0] for shape in table(reference)["output_shape"] if len(shape) == 3]
    return list(dict.fromkeys(shapes))


def blocks(reference: str) -> dict[str, int]:
    return dict(table(reference)[table(reference)["block"].str.startswith("stage")].groupby("block")["macs"].sum())


def equal_blocks(reference: str) -> bool:
    """All blocks do the same MACs, but for the first of the stages that halve the map."""
    found = {macs for name, macs in blocks(reference).items() if not re.fullmatch(r"stage[345]\.block1", name)}
    return len(found) == 1


def bottlenecks(reference: str) -> bool:
    """In most blocks the 3×3 does about as many MACs as both 1×1 together, and channels grow four times at the end."""
    found = table(reference).set_index("layer")
    names = list(blocks(reference))
    about = [
        0.8 < found.loc[f"{name}.conv"]["macs"] / found.loc[[f"{name}.reduce", f"{name}.expand"]]["macs"].sum() < 1.25
        for name in names
    ]
    wide = all(
        found.loc[f"{name}.expand"]["output_shape"][2] == 4 * found.loc[f"{name}.reduce"]["output_shape"][2]
        for name in names
    )
    return sum(about) > len(names) / 2 and wide


def map_of(channels: int) -> Node:
    return Input((16, 16, channels))()


def separable_saving(filters: int) -> float:
    """Return how many times fewer MACs a depthwise-separable convolution does than a 3×3 of as many filters."""
    x = map_of(32)
    separable = costs.summary(x >> DepthwiseConv(3) >> Conv(filters, 1)).macs
    return costs.summary(x >> Conv(filters, 3)).macs / separable


def inverted_residuals() -> bool:
    """Six times as many channels inside, in all blocks but the first, which has none."""
    found = table("mobilenet_v2").set_index("layer")
    wide = {
        name.removesuffix(".expand"): row["output_shape"][2] / row["input_shape"][2]
        for name, row in found.iterrows()
        if name.endswith(".expand")
    }
    return set(wide.values()) == {6} and set(blocks("mobilenet_v2")) - set(wide) == {"stage1.block1"}


def weights(root: Node) -> int:
    return costs.summary(root).params


ALEXNET = total("alexnet")
# Of each claim the words, and what is counted. A claim holds for every case study whose story has these words.
COUNTED: dict[str, Callable[[str], bool]] = {
    "On 32×32 images, height and width shrink (32, 28, 14, 10, 5)": lambda name: sides(name) == [32, 28, 14, 10, 5],
    "channels grow (1, 6, 16)": lambda name: (
        list(dict.fromkeys(shape[2] for shape in table(name)["output_shape"] if len(shape) == 3)) == [1, 6, 16]
    ),
    "There the convolutions do most of the MACs, and the dense layers hold most of the parameters": (
        lambda name: share(name, "conv", "macs") > 0.5 and share(name, "dense", "params") > 0.5
    ),
    "about a thousand times the parameters of LeNet-5": lambda name: (
        0.95 < total(name).params / total("lenet5").params / 1000 < 1.05
    ),
    "first two dense layers hold about nine tenths of the parameters": lambda name: (
        0.87 < share(name, "^fc[67]", "params") < 0.93
    ),
    "the convolutions do about nine tenths of the MACs": lambda name: 0.87 < share(name, "conv", "macs") < 0.93,
    "224, which gives 54×54 without padding; 227 is the smallest that gives its 55×55 map": lambda name: (
        [size for size in range(220, 235) if 55 in sides(f"{name}?input_size={size}")] == [227, 228, 229, 230]
        and 54 in sides(f"{name}?input_size=224")
    ),
    "Channels double until they are 512": lambda name: (
        list(dict.fromkeys(shape[2] for shape in table(name)["output_shape"] if len(shape) == 3))
        == [3, 64, 128, 256, 512]
    ),
    "the first dense layer holds most of the parameters": lambda name: share(name, "^fc6", "params") > 0.5,
    "more than half of the activations": lambda name: (
        share(name, "^block[12]", "activations") > 0.5 and share(name, "^block[12]", "params") < 0.01
    ),
    "More than nine tenths of AlexNet's parameters are in its dense layers": lambda name: (
        share("alexnet", "dense", "params") > 0.9
    ),
    "an eighth of AlexNet's parameters": lambda name: 7.5 < ALEXNET.params / total(name).params < 8.5,
    "The 1×1 convolutions do about a quarter of the MACs": lambda name: 0.22 < share(name, "mlp", "macs") < 0.28,
    "about a ninth of AlexNet's parameters": lambda name: 8.5 < ALEXNET.params / total(name).params < 9.5,
    "Parameters and MACs are exactly those of the ResNet": lambda name: (
        total(name).params == total(f"{name}?residual=true").params
        and total(name).macs == total(f"{name}?residual=true").macs
    ),
    "all blocks do the same MACs, except those that halve the map, as long as height and width both halve": (
        lambda name: (
            equal_blocks(name)
            and equal_blocks(f"{name}?input_size=224x320")
            and not equal_blocks(f"{name}?input_size=8x1024")
        )
    ),
    "a 1×1 makes them four times as many again": bottlenecks,
    "in most blocks the 3×3 costs about as much as both 1×1 together": bottlenecks,
    "does a fifth of VGG-19's MACs": lambda name: 0.18 < total("resnet50").macs / total("vgg19").macs < 0.22,
    "ResNet-152 does fewer than VGG-16": lambda name: total("resnet152").macs < total("vgg16").macs,
    "from 20 to 56: parameters and MACs grow about three times": lambda name: all(
        2.8 < getattr(total("resnet56_cifar"), each) / getattr(total("resnet20_cifar"), each) < 3.2
        for each in ("params", "macs")
    ),
    "with 64 to 1,024 filters 7.9 to 8.9 times fewer MACs": lambda name: (
        (round(separable_saving(64), 1), round(separable_saving(1024), 1)) == (7.9, 8.9)
    ),
    "It costs 1/n + 1/9 of a 3×3 convolution with n filters": lambda name: all(
        abs(1 / separable_saving(filters) - (1 / filters + 1 / 9)) < 1e-9 for filters in (3, 64, 1024)
    ),
    "More than nine tenths of the MACs are in the 1×1 convolutions": lambda name: (
        share(name, r"\.pointwise$|head\.conv", "macs") > 0.9
    ),
    "Halve the width: MACs fall to about a quarter, parameters to about a third": lambda name: (
        0.22 < total(f"{name}?width=0.5").macs / total(name).macs < 0.28
        and 0.3 < total(f"{name}?width=0.5").params / total(name).params < 0.36
    ),
    "six times as many inside them; in the first block, as many": lambda name: inverted_residuals(),
    "more than a tenth of the parameters and less than a hundredth of the MACs": lambda name: (
        share(name, r"\.se_", "params") > 0.1 and share(name, r"\.se_", "macs") < 0.01
    ),
    "B1 is near φ = 0.5, B2 near φ = 1, B3 near φ = 2": lambda name: all(
        abs(zoo.case(f"efficientnet_b{number}").knob("depth").default - ALPHA_DEPTH**phi) < 0.06
        and abs(zoo.case(f"efficientnet_b{number}").knob("width").default - BETA_WIDTH**phi) < 0.06
        for number, phi in ((1, 0.5), (2, 1), (3, 2))
    ),
    "Channels are multiples of 8": lambda name: all(
        shape[2] % 8 == 0 for shape in table(name)["output_shape"][1:] if len(shape) == 3
    ),
    "14 weights for each pair of channels instead of 49": lambda name: (
        weights(map_of(1) >> Conv(1, (1, 7), bias=False) >> Conv(1, (7, 1), bias=False)) == 14
        and weights(map_of(1) >> Conv(1, 7, bias=False)) == 49
    ),
    "9.4 K weights and 118 M MACs": lambda name: (
        weights(map_of(3) >> Conv(64, 7, bias=False)) == 9408
        and round(float(table(name).set_index("layer").loc["stem.conv1"]["macs"]) / 1e6) == 118
    ),
    "Twice the channels in and out of a convolution cost four times its MACs": lambda name: (
        costs.summary(map_of(6) >> Conv(10, 3)).macs == 4 * costs.summary(map_of(3) >> Conv(5, 3)).macs
    ),
    "pooling halves the map": lambda name: sides(name) == [224, 112, 56, 28, 14, 7],
    "the map halves and the channels double": lambda name: (
        [shape for shape in dict.fromkeys(table(name)["output_shape"]) if shape[0] in (56, 28, 14, 7)]
        == [(56, 56, 64), (28, 28, 128), (14, 14, 256), (7, 7, 512)]
    ),
    "A convolution and a pooling side by side halve the maps": lambda name: {35, 17, 8} <= set(sides(name)),
    "channels are multiples of 8": lambda name: all(
        shape[2] % 8 == 0 for shape in table(name)["output_shape"][5:] if len(shape) == 3 and shape[0] > 1
    ),
}
# What the paper says itself, with its place, and what claims no amount.
SOURCED = (
    "The paper says",  # Krizhevsky 2012, section 3.5
    "The original trained two numbers for each pooled map",  # LeCun 1998, section II.B
    "smaller convolutional networks (LeCun 1989)",  # Backpropagation applied to handwritten zip code recognition
    "two graphics cards",  # Krizhevsky 2012, section 3.2
    "the two towers",
    "two 3×3",  # Szegedy 2015, section 3.1
    "first three modules keep",
    "On 299×299 images",
    "two of these authors",  # Ioffe and Szegedy 2015
    "(2.7 K parameters, 34 M operations)",  # Szegedy 2014, Table 1
    "three channels",
    "three kernel sizes",
    # 28.54 % and 27.94 %; 25.03 % and 27.88 %
    "In the paper's Table 2, the plain network with 34 layers has a higher error than that with 18",
    "In the paper's figure 6, the plain network with 56 layers has a higher training error than that with 20",
    "because of the training time (section 4.1)",
    "so only the depth changes, from 20 to 1,202 layers",  # He 2015, section 4.2
    "first row of the paper's Table 1",
    "its stem differs from the paper's Table 1",
    "loses information (section 3.2)",  # Sandler 2018
    "4.2 M parameters",  # Howard 2017, Table 8
    "the aim is twice the MACs",  # Tan & Le 2019, section 3.3
    "Set channels to 1",
    "Change the depth",
)


def texts(name: str) -> tuple[str, ...]:
    story = zoo.case(name).story
    return story.before, story.introduced, story.look_at, story.differs


@pytest.mark.parametrize("name", zoo.names())
def test_every_claim_is_counted_or_sourced(name: str) -> None:
    for text in texts(name):
        rest = text
        for words, holds in COUNTED.items():
            if words in rest:
                assert holds(name), words
                rest = rest.replace(words, "")
        for words in SOURCED:
            rest = rest.replace(words, "")
        assert not AMOUNT.search(NAMES.sub("", rest)), f"count it or name its source: {rest}"


def test_no_claim_is_left_over() -> None:
    every = " ".join(" ".join(texts(name)) for name in zoo.names())
    assert [words for words in (*COUNTED, *SOURCED) if words not in every] == []
