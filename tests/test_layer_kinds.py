"""Kinds of layers: a new one is counted and drawn by the facts it states, or an error names what is missing."""

import inspect
import pkgutil
from dataclasses import dataclass
from importlib import import_module
from math import prod
from typing import get_args

import pytest
import random_graphs
from hypothesis import given, settings
from random_graphs import JOINS, LAYERS

from cnnlab import costs, graph
from cnnlab.backends.imported.registry import READERS
from cnnlab.backends.keras_calls import keras_call
from cnnlab.backends.torch_calls import torch_call
from cnnlab.costs.formulas import equations_of
from cnnlab.costs.quantities import quantities_of
from cnnlab.figures import palette
from cnnlab.graph import Activation, BatchNorm, Conv, Input, Layer, Node, Params, Shape, Weightless
from cnnlab.graph.shapes import image
from cnnlab.ui.inspect import charts, drawing
from cnnlab.ui.study import Study

KINDS = [
    each
    for module in pkgutil.iter_modules(graph.__path__, "cnnlab.graph.")
    for each in vars(import_module(module.name)).values()
    if inspect.isclass(each) and issubclass(each, Layer) and each.__module__ == module.name
    if not inspect.isabstract(each)
]
UNMAKEABLE = {graph.Outputs, graph.Opaque, graph.Counted}  # no layer, and those of files alone: never made in Keras


@dataclass(frozen=True, slots=True)
class Mix(Layer):
    """A kind that no module of the product knows: each position's channels, mixed by a square matrix."""

    kind = "channel mix"
    drawn_as = "dense"

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        return image(inputs, "channel mixing")

    def params(self, inputs: tuple[Shape, ...]) -> Params:
        return Params(inputs[0][2] ** 2, 0)

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        return prod(output) * inputs[0][2]


def mixed() -> Node:
    return Input((8, 8, 4))() >> Mix() >> BatchNorm() >> Activation("relu") >> Mix() >> Conv(6, 3)


def test_a_new_kind_is_counted_by_its_own_facts() -> None:
    table = costs.layer_table(mixed()).set_index("layer")
    row = table.loc["channel_mix_2"]
    assert (row["kind"], row["params"], row["macs"], row["receptive_field"]) == ("channel mix", 16, 1024, 1)
    assert costs.totals(mixed()).depth == 3
    assert costs.summary(mixed()).params == table["params"].sum() == 16 + 16 + 16 + (9 * 4 + 1) * 6


def test_a_new_kind_is_drawn_by_its_own_facts() -> None:
    root = mixed()
    points = [name for name, node in graph.named(root).items() if charts._has_point(node)]
    assert points == ["input", "channel_mix", "channel_mix_2", "conv"]
    table = costs.layer_table(root)
    shown = Study(None, root, table, costs.block_table(table), costs.totals(root), graph.blocks(root), "")  # type: ignore[arg-type]
    block = graph.Block("mix", tuple(graph.named(root).items()), ("mix",))
    assert drawing.inside(shown, block, "").count(f'fill="{palette.LAYERS["dense"]}"') == 2


@pytest.mark.parametrize(
    ("ask", "where"),
    [
        (costs.layer_equations, r"cnnlab/costs/formulas.py has no formula for Mix\(\)"),
        (costs.quantity_table, r"cnnlab/costs/quantities.py has no counts of tools for Mix\(\)"),
        (lambda node: keras_call(node.layer), r"no Keras layer is known for Mix\(\); cnnlab/backends/keras_calls.py"),
        (
            lambda node: torch_call(node.layer, node),
            r"no PyTorch layer is known for Mix\(\); cnnlab/backends/torch_calls.py",
        ),
    ],
)
def test_a_missing_fact_of_a_new_kind_raises_with_its_place(ask: object, where: str) -> None:
    with pytest.raises(TypeError, match=where):
        ask(Mix()(Input((8, 8, 4))()))  # type: ignore[operator]


@pytest.mark.parametrize("fact", ["kind", "drawn_as", "output_shape", "params", "macs"])
def test_a_kind_that_leaves_a_fact_out_is_refused(fact: str) -> None:
    facts = {name: value for name, value in vars(Mix).items() if name in ("kind", "drawn_as", "params", "macs")}
    facts |= {"output_shape": Mix.output_shape}
    del facts[fact]
    with pytest.raises(TypeError, match=rf"Half.*{fact}"):
        type("Half", (Layer,), facts)()


def test_a_kind_of_an_unknown_colour_is_refused() -> None:
    with pytest.raises(TypeError, match=r"Half must be drawn as one of convolution, .* not 'pink'"):
        type("Half", (Weightless,), {"kind": "half", "drawn_as": "pink"})


def test_every_way_of_drawing_has_a_colour() -> None:
    assert tuple(palette.LAYERS) == get_args(graph.DrawnAs)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_is_known_wherever_layers_are(kind: type[Layer]) -> None:
    places = {
        "a name in __all__ of cnnlab/graph/__init__.py": kind.__name__ in graph.__all__,
        "its arithmetic in cnnlab/costs/formulas.py": _registered(equations_of, kind) or kind is graph.Outputs,
        "what tools count, in cnnlab/costs/quantities.py": _registered(quantities_of, kind) or kind is graph.Outputs,
        "its Keras layer in cnnlab/backends/keras_calls.py": _registered(keras_call, kind) or kind is graph.Outputs,
        "its PyTorch layer in cnnlab/backends/torch_calls.py": _registered(torch_call, kind) or kind is graph.Outputs,
        "a strategy in tests/random_graphs.py": kind in LAYERS | JOINS or kind in {graph.Input} | UNMAKEABLE,
    }
    missing = "; ".join(place for place, known in places.items() if not known)
    assert not missing, f"{kind.__name__} lacks {missing}"


def _registered(function: object, kind: type[Layer]) -> bool:
    return function.dispatch(kind) is not function.dispatch(object)  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", random_graphs.KINDS, ids=lambda kind: kind.__name__)
def test_every_keras_layer_that_is_made_is_read(kind: type[Layer]) -> None:
    @settings(max_examples=5, deadline=None)
    @given((LAYERS | JOINS)[kind])
    def check(layer: Layer) -> None:
        cls = keras_call(layer).cls
        assert cls in READERS, f"no @reads({cls!r}) in cnnlab/backends/imported/layers.py or shape_layers.py"

    check()
