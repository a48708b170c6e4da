"""Written-out arithmetic: evaluated by Python, each line gives the counted number."""

import math
import re

import pytest

from cnnlab import costs, zoo
from cnnlab.costs.arithmetic import explain
from cnnlab.costs.formulas import layer_steps
from cnnlab.costs.step import Step
from cnnlab.graph import Conv, DepthwiseConv, Input, Node, named


def evaluated(numbers: str) -> float:
    text = numbers.replace("×", "*").replace("−", "-")
    text = re.sub(r"⌊(.*?)⌋", r"math.floor(\1)", text)
    text = re.sub(r"⌈(.*?)⌉", r"math.ceil(\1)", text)
    assert re.fullmatch(r"[\d\s+*/().-]*|.*math\.(floor|ceil).*", text), text
    return float(eval(text, {"math": math, "__builtins__": {}}))


def check(node: Node, steps: tuple[Step, ...]) -> None:
    by_name = {step.what: step for step in steps}
    for step in steps:
        if step.numbers:
            assert evaluated(step.numbers) == int(step.result.replace(",", "")), step
    assert int(by_name["Parameters"].result.replace(",", "")) == sum(node.params)
    assert int(by_name["MACs"].result.replace(",", "")) == node.macs


@pytest.mark.parametrize("name", zoo.names())
def test_every_line_of_every_layer_is_true(name: str) -> None:
    for node in named(zoo.build(name)).values():
        check(node, layer_steps(node))


@pytest.mark.parametrize("name", ["lenet5", "inception_v3", "resnet20_cifar"])
def test_receptive_field_lines_give_the_tables_numbers(name: str) -> None:
    root = zoo.build(name)
    table = costs.layer_table(root).set_index("layer")
    for layer in named(root):
        for step in explain(root, layer):
            if step.what == "Receptive field" and step.numbers:
                assert evaluated(step.numbers) == int(step.result) == table.loc[layer, "receptive_field"]


def test_unusual_convolutions() -> None:
    x = Input((9, 12, 4))()
    for layer in (
        Conv(8, (3, 5), (2, 1), groups=2, bias=False),
        Conv(8, 3, padding="valid", dilation=2),
        DepthwiseConv((1, 3), multiplier=2),
    ):
        node = layer(x)
        check(node, layer_steps(node))
        sides = [int(step.result) for step in layer_steps(node) if step.what.startswith("Output")]
        assert {*sides} == {*node.shape}


def test_alexnets_second_convolution_written_out() -> None:
    steps = {step.what: step for step in explain(zoo.build("alexnet"), "conv2.conv")}
    assert steps["Parameters"].numbers == "(5 × 5 × 96 / 2 + 1) × 256"
    assert steps["MACs"].result == "223,948,800"
    assert steps["Receptive field"].numbers == "19 + (5 − 1) × 8"


def test_an_unknown_layer_raises_a_sentence() -> None:
    with pytest.raises(ValueError, match="no layer 'conv9'"):
        explain(zoo.build("lenet5"), "conv9")


def test_one_is_written_in_the_singular() -> None:
    notes = " ".join(step.note for step in layer_steps(Conv(1, 1)(Input((1, 1, 1))())))
    assert "The filter has 1 weight and a bias." in notes
    assert "The output number is one product." in notes
    assert "1 filters" not in notes + str(Conv(1, 3))
    more = " ".join(step.note for step in layer_steps(Conv(5, 3)(Input((6, 6, 3))())))
    assert "Each of the 5 filters has 27 weights and a bias." in more
    assert "Each of the 180 output numbers is a sum of 27 products." in more
