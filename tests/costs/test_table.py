"""The layer table: sums, properties over random graphs, and published totals."""

import json
from math import prod

import pytest
from hypothesis import given
from random_graphs import graphs

from cnnlab import costs, zoo
from cnnlab.costs.arithmetic import explain
from cnnlab.graph import Node, named
from cnnlab.knobs import Value

# Totals other tools and papers print: torchvision's models and their documentation, BVLC's Caffe model zoo, and the
# counts calflops, ptflops and fvcore agree on for torchvision's form.
KNOWN = [
    ("lenet5", {}, "params", 61_706),
    ("lenet5", {}, "macs", 416_520),
    ("alexnet", {}, "params", 60_965_224),  # BVLC AlexNet
    ("alexnet", {"grouped": False}, "params", 62_378_344),
    ("vgg11", {}, "params", 132_863_336),  # torchvision
    ("vgg13", {}, "params", 133_047_848),  # torchvision
    ("vgg16", {}, "macs", 15_470_264_320),
    ("nin", {}, "params", 7_595_176),
    ("googlenet", {}, "params", 6_998_552),  # BVLC GoogLeNet
    ("resnet18", {}, "trainable_params", 11_689_512),  # torchvision
    ("resnet34", {}, "trainable_params", 21_797_672),  # torchvision
    ("resnet50", {"bias": False}, "trainable_params", 25_557_032),  # torchvision
    ("resnet101", {"bias": False}, "trainable_params", 44_549_160),  # torchvision
    ("resnet152", {"bias": False}, "trainable_params", 60_192_808),  # torchvision
    ("resnet50", {}, "macs", 3_857_973_248),
    ("resnet50", {"stride_on": "v1.5"}, "macs", 4_089_184_256),
    ("resnet20_cifar", {}, "trainable_params", 269_722),  # 0.27 M in He 2015, Table 6
    ("resnet56_cifar", {}, "trainable_params", 853_018),  # 0.85 M
    ("inception_v3", {}, "macs", 5_713_216_096),
    ("mobilenet_v1", {}, "macs", 568_740_352),
    ("mobilenet_v2", {}, "trainable_params", 3_504_872),  # torchvision
    ("efficientnet_b0", {}, "macs", 385_814_752),
    ("efficientnet_b0", {}, "trainable_params", 5_288_548),  # torchvision
]


@pytest.mark.parametrize(("name", "knobs", "what", "number"), KNOWN)
def test_known_totals(name: str, knobs: dict[str, Value], what: str, number: int) -> None:
    assert getattr(costs.totals(zoo.build(name, **knobs)), what) == number


@pytest.mark.parametrize("name", zoo.names())
def test_rows_add_up(name: str) -> None:
    root = zoo.build(name)
    table = costs.layer_table(root)
    total = costs.totals(root, table)
    assert list(table["layer"]) == list(named(root))
    for rows in (table, costs.block_table(table)):
        for column in ("params", "trainable_params", "macs", "activations"):
            assert rows[column].sum() == getattr(total, column)
    assert total.flops == 2 * total.macs
    assert total.weight_bytes("fp32") == 2 * total.weight_bytes("fp16") == 4 * total.weight_bytes("int8")


def check(root: Node) -> None:
    """Check what must hold for any graph."""
    table = costs.layer_table(root)
    total = costs.totals(root, table)
    assert (table["activations"] == [prod(shape) for shape in table["output_shape"]]).all()
    assert (table["trainable_params"] <= table["params"]).all()
    assert (table["receptive_field"] >= 1).all()
    assert table["layer"].is_unique
    assert total.params == sum(sum(node.params) for node in named(root).values())
    assert 0 < total.peak_activations <= total.activations
    assert total.training_bytes(2) - total.training_bytes(1) == total.activation_bytes()
    json.loads(
        costs.to_json("random", total, costs.plain_table(table), costs.totals_by_convention(costs.quantity_table(root)))
    )
    assert costs.to_csv(table).count("\n") == len(table) + 1
    for name in named(root):
        assert explain(root, name) or name == "input"


@given(graphs())
def test_random_graphs_count_or_raise_a_sentence(drawn: tuple[Node, list[str]]) -> None:
    root, refused = drawn
    check(root)
    for message in refused:
        assert ": " in message, message
        assert len(message) > 40, message


def test_training_memory() -> None:
    total = costs.totals(zoo.build("resnet50"))
    adam = total.training_bytes(32)
    assert adam == 4 * (total.params + 3 * total.trainable_params + 32 * total.activations)
    assert total.training_bytes(32, slots=0) == adam - 8 * total.trainable_params
    with pytest.raises(ValueError, match="at least one image"):
        total.training_bytes(0)
