"""Bench "Layer after layer": whole small networks, with shapes and costs counted from their graphs."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

import streamlit as st

from cnnlab import costs
from cnnlab.figures.boxes import Column, Solid, boxes
from cnnlab.figures.palette import LAYERS, OTHER
from cnnlab.graph import Node, times
from cnnlab.knobs import Knob
from cnnlab.network import Network
from cnnlab.recipe import Recipe, Row, build, row
from cnnlab.ui import arithmetic as equations
from cnnlab.ui import html
from cnnlab.ui.convolution import knob_row
from cnnlab.ui.convolution.bench import Bench, fields
from cnnlab.ui.links import link
from cnnlab.ui.url_state import Values
from cnnlab.ui.widgets.clickable_svg import show_svg
from cnnlab.units import full, percent

NAME = "chains"


@dataclass(frozen=True, slots=True)
class WrongCount:
    """A parameter count that is often printed, and the mistake behind it."""

    params: int
    reason: str


@dataclass(frozen=True, slots=True)
class Chain:
    """A network of the course as a recipe, and wrong counts of its parameters by row name."""

    recipe: Recipe
    wrong_counts: Mapping[str, WrongCount]


def _conv(filters: int, kernel: int, stride: int = 1) -> Row:
    return row("conv", filters=filters, kernel=kernel, stride=stride, padding="valid")


CHAINS: Mapping[str, Chain] = MappingProxyType(
    {
        "39×39×3": Chain(
            Recipe(
                input_size=39,
                rows=(
                    _conv(10, 3),
                    _conv(20, 5, 2),
                    _conv(40, 5, 2),
                    row("flatten"),
                ),
            ),
            {},
        ),
        "like LeNet-5": Chain(
            Recipe(
                input_size=32,
                rows=(
                    _conv(8, 5),
                    row("max_pool"),
                    _conv(16, 5),
                    row("max_pool"),
                    row("flatten"),
                    row("dense", units=120, activation="relu"),
                    row("dense", units=84, activation="relu"),
                    row("dense", units=10, activation="softmax"),
                ),
            ),
            {
                "conv1": WrongCount(208, "(5 × 5 + 1) × 8: but each filter has weights for all 3 input channels."),
                "conv2": WrongCount(416, "(5 × 5 + 1) × 16: but each filter has weights for all 8 input channels."),
                "dense1": WrongCount(48_001, "400 × 120 + 1: but each of the 120 units has its own bias."),
                "dense2": WrongCount(10_081, "120 × 84 + 1: but each of the 84 units has its own bias."),
                "dense3": WrongCount(841, "84 × 10 + 1: but each of the 10 units has its own bias."),
            },
        ),
    }
)
CHAIN = Knob("chain", str, "39×39×3", "Which of the course's two networks.", choices=tuple(CHAINS))


def draw(values: Values) -> Values:
    """Draw the boxes, the table, links to Build and Inspect, and the arithmetic."""
    new = values | knob_row.in_row(NAME, (CHAIN,))
    chain = CHAINS[new["chain"]]
    st.html(html.prose(notice(chain), "cnnlab-notice"))
    show_svg("convolution.chains.boxes", _boxes(new["chain"]), enlarge=1.5)
    st.html(html.table(*table(chain), label="Shapes, parameters and MACs of every layer"))
    reference = str(Network.assembled(chain.recipe))
    links = (
        link("build", {"network": reference}, "Open it in Build and change it"),
        link("inspect", {"network": reference}, "Inspect it layer by layer"),
    )
    st.html(f'<p class="cnnlab-prose">{" · ".join(links)}</p>')
    st.html(html.heading("The arithmetic, layer by layer"))
    for layer in arithmetic(chain):
        st.html(layer)
    return new


def notice(chain: Chain) -> str:
    """Return sentences on how sides shrink and channels grow, and where the parameters are."""
    network = build(chain.recipe)
    maps = [each.shape for each in network.rows if len(each.shape) == 3]
    total = sum(each.params for each in network.rows)
    most = max(network.rows, key=lambda each: each.params)
    flat = next(each for each in network.rows if each.name.startswith("flatten"))
    text = (
        f"The side falls from {network.source.shape[0]} to {maps[-1][0]} while the channels rise from "
        f"{network.source.shape[2]} to {maps[-1][2]}; flattened, {times(maps[-1])} are **{full(flat.shape[0])}** "
        f"numbers. {_title(most.name)} has {percent(most.params, total)} of the **{full(total)} parameters**"
    )
    busiest = max(network.rows, key=lambda each: each.macs)
    macs = sum(each.macs for each in network.rows)
    who = "" if busiest == most else f"{_title(busiest.name, False)} has "
    return f"{text} and {who}{percent(busiest.macs, macs)} of the MACs."


def table(chain: Chain) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return head and rows: shapes, parameters, MACs, and wrong counts beside the right ones."""
    network = build(chain.recipe)
    head: tuple[str, ...] = ("layer", "settings", "output", "parameters", "MACs")
    head += ("often printed", "why that is wrong") if chain.wrong_counts else ()
    rows: list[tuple[str, ...]] = [("Input", "", times(network.source.shape), "0", "0")]
    before = network.source
    for each in network.rows:
        layer = _first(each.output, before)
        rows.append((_title(each.name), str(layer.layer), _shape(each.output), full(each.params), full(each.macs)))
        before = each.output
    params, macs = sum(each.params for each in network.rows), sum(each.macs for each in network.rows)
    rows.append(("All", "", "", full(params), full(macs)))
    if not chain.wrong_counts:
        return head, rows
    wrong = {_title(name): count for name, count in chain.wrong_counts.items()}
    return head, [
        (*cells, full(wrong[cells[0]].params), wrong[cells[0]].reason) if cells[0] in wrong else (*cells, "", "")
        for cells in rows
    ]


def arithmetic(chain: Chain) -> list[str]:
    """Return HTML of the output side, the parameters and the MACs of each layer with parameters."""
    network = build(chain.recipe)
    inputs = (network.source, *(each.output for each in network.rows))
    layers = []
    for each, before in zip(network.rows, inputs, strict=False):
        every = costs.layer_equations(_first(each.output, before))
        lines = [each for each in every if each.what not in ("Output", "Output channels")]
        if each.params:
            layers.append(f"<b>{_title(each.name)}</b>{equations.lines(lines)}")
    return layers


def _first(node: Node, before: Node) -> Node:
    """Return the first layer of a row, before its activation."""
    while node.inputs[0] is not before:
        node = node.inputs[0]
    return node


def _title(name: str, capital: bool = True) -> str:
    """Return «Conv 1» for «conv1»."""
    words = name.rstrip("0123456789")
    title = f"{words.replace('_', ' ')} {name[len(words) :]}"
    return title.capitalize() if capital else title


@cache
def _boxes(name: str) -> str:
    network = build(CHAINS[name].recipe)
    columns = [Column((Solid(_solid(network.source), (OTHER,)),), times(network.source.shape), "input")]
    before = network.source
    for each in network.rows:
        layer = _first(each.output, before).layer
        columns.append(
            Column(
                (Solid(_solid(each.output), (LAYERS[layer.drawn_as],)),),
                _shape(each.output),
                _title(each.name, False),
                "→",
            )
        )
        before = each.output
    return boxes(columns, f"{name}: every shape, to scale; vectors are lines", 330.0)


def _shape(node: Node) -> str:
    return times(node.shape) if len(node.shape) == 3 else full(node.shape[0])


def _solid(node: Node) -> tuple[int, int, int]:
    """Return the sides to draw; a vector is a line, since to scale it would dwarf the maps."""
    return (node.shape[0], node.shape[1], node.shape[2]) if len(node.shape) == 3 else (28, 1, 1)


BENCH = Bench(
    NAME,
    "Layer after layer",
    "The output of each layer is the input of the next. Height and width shrink, channels grow, and at the end the map "
    "is flattened to one vector for the classes.",
    fields(CHAIN),
    draw,
)
