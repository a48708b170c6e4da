"""Ways of counting against the tools' own totals. TensorFlow's profiler is run in tests/backends."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from random_graphs import graphs

from cnnlab import costs, zoo
from cnnlab.graph import Node
from cnnlab.knobs import Value

# Printed by torch 2.15.0 (FlopCounterMode), torchinfo 1.8.0, fvcore 0.1.5 and ptflops 0.7.5 ("aten") for torchvision
# 0.29.2's models in evaluation mode, one image of the size given.
with (Path(__file__).with_name("torch_tools.csv")).open(encoding="utf-8", newline="") as file:
    PRINTED = list(csv.DictReader(file))
COLUMNS = {"flops": "flop_counter_mode", "torchinfo": "torchinfo", "fvcore": "fvcore", "ptflops": "ptflops_aten"}


def total(root: Node, convention: str) -> int:
    return int(costs.count(costs.quantity_table(root), costs.convention(convention)).sum())


@pytest.mark.parametrize("row", PRINTED, ids=lambda row: f"{row['network']} {row['input_size']}")
def test_totals_equal_those_of_torch_tools(row: dict[str, str]) -> None:
    case = zoo.case(row["network"])
    assert case.torchvision is not None
    root = case.build(input_size=int(row["input_size"]), **case.torchvision)
    assert costs.totals(root).trainable_params == int(row["params"])
    assert {convention: total(root, convention) for convention in COLUMNS} == {
        convention: int(row[column]) for convention, column in COLUMNS.items()
    }


def test_every_torchvision_form_is_checked() -> None:
    assert {row["network"] for row in PRINTED} == {
        name for name, case in zoo.CASES.items() if case.torchvision is not None
    }


# Totals each tool prints, batch 1; TensorFlow's profiler on Keras' own VGG16 and ResNet50.
@pytest.mark.parametrize(
    ("name", "knobs", "printed"),
    [
        (
            "vgg16",
            {"adaptive_pool": True},
            {
                "macs": 15_470_264_320,
                "flops": 30_940_528_640,
                "ptflops": 15_483_821_032,
                "torchinfo": 15_483_821_032,
                "fvcore": 15_470_289_408,
            },
        ),
        ("vgg16", {}, {"tf_profiler": 30_960_211_824}),
        (
            "resnet50",
            {"stride_on": "v1.5", "bias": False},
            {
                "macs": 4_089_184_256,
                "flops": 8_178_368_512,
                "ptflops": 4_089_185_256,
                "torchinfo": 4_089_238_376,
                "fvcore": 4_111_512_576,
            },
        ),
        ("resnet50", {}, {"tf_profiler": 7_755_299_312}),
    ],
)
def test_totals_of_known_tools(name: str, knobs: dict[str, Value], printed: dict[str, int]) -> None:
    root = zoo.build(name, **knobs)
    assert {convention: total(root, convention) for convention in printed} == printed


@given(graphs())
def test_terms_add_up_to_the_total_and_macs_are_those_of_the_table(drawn: tuple[Node, list[str]]) -> None:
    root = drawn[0]
    table = costs.quantity_table(root)
    layers = costs.layer_table(root)
    assert costs.count(table, costs.convention("macs")).tolist() == layers["macs"].tolist()
    for convention in costs.CONVENTIONS.values():
        assert (
            sum(factor * number for factor, _, number in costs.terms(table, convention))
            == costs.count(table, convention).sum()
        )
        assert costs.count(table, convention).min() >= 0


def test_every_quantity_has_words() -> None:
    assert tuple(costs.WORDS) == costs.Quantities._fields


def test_an_unknown_convention_raises_with_the_known_names() -> None:
    with pytest.raises(ValueError, match=r"thop.*macs, flops, torchinfo"):
        costs.convention("thop")
