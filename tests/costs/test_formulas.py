"""Written-out arithmetic: evaluated by Python, each line gives the counted number."""

import math
import re

import pytest
from hypothesis import given
from profiles import few
from random_graphs import KINDS, map_graphs, uses

from cnnlab import costs, zoo
from cnnlab.costs.arithmetic import explain
from cnnlab.costs.equation import Equation
from cnnlab.costs.node_equations import layer_equations
from cnnlab.graph import Add, Conv, Crop, Dense, DepthwiseConv, Input, Layer, Node, Opaque, Upsample, named, times


def evaluated(numbers: str) -> float:
    text = numbers.replace("×", "*").replace("−", "-")
    text = re.sub(r"⌊(.*?)⌋", r"math.floor(\1)", text)
    text = re.sub(r"⌈(.*?)⌉", r"math.ceil(\1)", text)
    assert re.fullmatch(r"[\d\s+*/().-]*|.*math\.(floor|ceil).*", text), text
    return float(eval(text, {"math": math, "__builtins__": {}}))


def check(node: Node, equations: tuple[Equation, ...]) -> None:
    by_name = {equation.what: equation for equation in equations}
    for equation in equations:
        if equation.numbers:
            assert evaluated(equation.numbers) == int(equation.result.replace(",", "")), equation
    assert int(by_name["Parameters"].result.replace(",", "")) == sum(node.params)
    assert int(by_name["MACs"].result.replace(",", "")) == node.macs


@pytest.mark.parametrize("name", zoo.names())
def test_every_line_of_every_layer_is_true(name: str) -> None:
    for node in named(zoo.build(name)).values():
        check(node, layer_equations(node))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_line_of_every_kind_of_layer_is_true(kind: type[Layer]) -> None:
    @few
    @given(uses(kind))
    def check_lines(node: Node) -> None:
        equations = layer_equations(node)
        check(node, equations)
        said = " ".join([str(node.layer), *(equation.note for equation in equations)])
        assert not re.search(r"(?<!×)\b1 (?!of\b)[a-z]+s\b|\b0 (rows|columns|channels)", said), said

    check_lines()


@pytest.mark.parametrize("name", ["lenet5", "inception_v3", "resnet20_cifar"])
def test_receptive_field_lines_give_the_tables_numbers(name: str) -> None:
    root = zoo.build(name)
    table = costs.layer_table(root).set_index("layer")
    for layer in named(root):
        for equation in explain(root, layer):
            if equation.what == "Receptive field" and equation.numbers:
                assert evaluated(equation.numbers) == int(equation.result) == table.loc[layer, "receptive_field"]


@few
@given(map_graphs())
def test_receptive_field_lines_of_graphs_with_branches_are_true(root: Node) -> None:
    table = costs.layer_table(root).set_index("layer")
    for layer in named(root):
        sides = [table.loc[layer, f"receptive_field_{side}"] for side in ("height", "width")]
        lines = [equation for equation in explain(root, layer) if equation.what.startswith("Receptive field")]
        written = [evaluated(line.numbers) for line in lines if line.numbers]
        assert [int(line.result) for line in lines if line.numbers] == written
        if written:
            assert sides == written * (3 - len(written))
        elif lines:
            assert lines[0].result == times(tuple(sides))


def test_receptive_field_lines_say_what_is_not_computed() -> None:
    x = Input((8, 8, 2))()
    for node, formula, result in (
        (Input((5,))() >> Dense(2), "none", "none"),
        (x >> Opaque("own"), "the whole map or a part of it", "at most 8×8"),
        (x >> Opaque("own") >> Conv(2, 3), "unchanged", "at most 8×8"),
        (x >> Conv(2, 3) >> Crop(top=1), "unchanged", "3×3"),
        (x >> Upsample(2, True), "counted position by position", "2×2"),
        (Add()(x, x >> Conv(2, 3)), "largest of the inputs", "3×3"),
        (Add()(x >> Crop(top=1), x >> Crop(bottom=1)), "all inputs together", "2×1"),
    ):
        line = explain(node, list(named(node))[-1])[-1]
        assert (line.formula, line.numbers, line.result) == (formula, "", result)


def test_unusual_convolutions() -> None:
    x = Input((9, 12, 4))()
    for layer in (
        Conv(8, (3, 5), (2, 1), groups=2, bias=False),
        Conv(8, 3, padding="valid", dilation=2),
        DepthwiseConv((1, 3), multiplier=2),
    ):
        node = layer(x)
        check(node, layer_equations(node))
        sides = [int(equation.result) for equation in layer_equations(node) if equation.what.startswith("Output")]
        assert {*sides} == {*node.shape}


def test_alexnets_second_convolution_written_out() -> None:
    equations = {equation.what: equation for equation in explain(zoo.build("alexnet"), "conv2.conv")}
    assert equations["Parameters"].numbers == "(5 × 5 × 96 / 2 + 1) × 256"
    assert equations["MACs"].result == "223,948,800"
    assert equations["Receptive field"].numbers == "19 + (5 − 1) × 8"


def test_an_unknown_layer_raises_a_sentence() -> None:
    with pytest.raises(ValueError, match="no layer 'conv9'"):
        explain(zoo.build("lenet5"), "conv9")


def test_a_count_of_one_is_singular() -> None:
    notes = " ".join(equation.note for equation in layer_equations(Conv(1, 1)(Input((1, 1, 1))())))
    assert "The filter has 1 weight and a bias." in notes
    assert "The output number is one product." in notes
    assert "1 filters" not in notes + str(Conv(1, 3))
    more = " ".join(equation.note for equation in layer_equations(Conv(5, 3)(Input((6, 6, 3))())))
    assert "Each of the 5 filters has 27 weights and a bias." in more
    assert "Each of the 180 output numbers is a sum of 27 products." in more
