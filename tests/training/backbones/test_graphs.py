"""Graphs without their heads, for pixels and short runs."""

import pytest

from cnnlab import costs, zoo
from cnnlab.graph import Activation, BatchNorm, Dense, Flatten, Input, Rescale, named, walk
from cnnlab.network import Network
from cnnlab.training.backbones import backbone, names
from cnnlab.training.backbones.graphs import MOMENTUM, cut_head, prepared
from cnnlab.training.backbones.imagenet import APPLICATIONS

# Where Keras' include_top=False ends, which has the same map.
LAST = {
    "vgg16": (7, 7, 512),
    "inception_v3": (8, 8, 2048),
    "resnet50": (7, 7, 2048),
    "mobilenet_v1": (7, 7, 1024),
    "mobilenet_v2": (7, 7, 1280),
    "efficientnet_b0": (7, 7, 1280),
    "lenet5": (5, 5, 16),
    "googlenet": (7, 7, 1024),
}


@pytest.mark.parametrize("name", zoo.names())
def test_every_network_is_cut_at_a_map(name: str) -> None:
    found = cut_head(zoo.build(name))
    assert not found.whole
    assert len(found.root.shape) == 3
    assert found.explained.startswith("It is cut at its last feature map, “")
    if name in LAST:
        assert found.root.shape == LAST[name]


def test_auxiliary_heads_are_left_out() -> None:
    found = cut_head(Network.parse("googlenet?auxiliary_heads=true").graph())
    assert costs.totals(found.root).params == costs.totals(cut_head(zoo.build("googlenet")).root).params


def test_networks_without_map_or_head_are_used_whole() -> None:
    x = Input((8, 8, 3))()
    flat = cut_head(x >> Flatten() >> Dense(4))
    assert flat.whole
    assert flat.root.shape == (4,)
    assert "no feature map: it is used up to" in flat.explained
    headless = cut_head(x >> Activation("relu"))
    assert headless.whole
    assert "no head: it is used up to" in headless.explained


@pytest.mark.parametrize("name", ["mobilenet_v2", "efficientnet_b0", "lenet5", "resnet50"])
def test_preparing_changes_no_count_and_no_name(name: str) -> None:
    root = zoo.build(name)
    found = prepared(root)
    assert (costs.totals(found).params, costs.totals(found).macs) == (
        costs.totals(root).params,
        costs.totals(root).macs,
    )
    added = [] if name == "efficientnet_b0" else ["pixels"]
    assert [each for each in named(found) if each not in added] == list(named(root))
    assert [each for each in named(found) if each not in named(root)] == added
    assert all(node.layer.momentum <= MOMENTUM for node in walk(found) if isinstance(node.layer, BatchNorm))
    assert sum(isinstance(node.layer, Rescale) for node in walk(found)) == 1


def test_every_backbone_is_described() -> None:
    for name in (*names(), "resnet20_cifar?depth=8", "mobilenet_v1?width=0.5+standard_conv"):
        found = backbone(name)
        assert found.name == name
        assert found.limits[0] <= found.input_size <= found.limits[1]
        assert all(text.endswith(".") for text in (found.explained, found.cut))
        assert bool(found.knows) == bool(found.licence) == bool(found.source) == (found.default == "pretrained")
    assert set(APPLICATIONS) < set(zoo.names())


@pytest.mark.parametrize(
    ("name", "size", "said"),
    [
        (
            "imagenet:alexnet",
            None,
            "there is no backbone 'imagenet:alexnet'; the nearest are imagenet:",
        ),
        ("imagenett", None, "there is no network 'imagenett'"),
        (
            "lenet5",
            None,
            "LeNet-5 takes images of 1 channel, and data sets have three .*; set channels=3",
        ),
        (
            "googlenet?auxiliary_heads=true",
            None,
            "GoogLeNet.* has 3 outputs, and training .*; set auxiliary_heads to off",
        ),
        ("built_in", 8, "Built-in backbone takes images of 16×16 to 512×512 pixels, not of 8×8"),
        ("imagenet:inception_v3", 74, "75×75 to 1024×1024 pixels, not of 74×74"),
        ("vgg16", 31, "VGG-16 takes images of 32×32"),
    ],
)
def test_impossible_backbones_raise_a_sentence(name: str, size: int | None, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        backbone(name).make("random", size)


def test_missing_or_unknown_weights_raise_a_sentence() -> None:
    with pytest.raises(ValueError, match="has no weights: train it from scratch, or name a file"):
        backbone("resnet18").make("pretrained")
    with pytest.raises(ValueError, match="weights are “pretrained”, “random” or a file, not 'imagenet'"):
        backbone("built_in").make("imagenet")  # type: ignore[arg-type]
