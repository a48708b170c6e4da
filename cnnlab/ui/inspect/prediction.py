"""The question of “predict first” on one layer: the chosen one, or the first with weights."""

import streamlit as st

from cnnlab import costs
from cnnlab.diagrams.architecture import chosen_block
from cnnlab.graph import Node, named, times
from cnnlab.ui import arithmetic
from cnnlab.ui.inspect import selection
from cnnlab.ui.study import Study
from cnnlab.ui.widgets import predict_first
from cnnlab.units import count

ASKED = "inspect.asked"
WHAT = ("Parameters", "MACs")


def hidden(shown: Study) -> bool:
    """Return whether this network's numbers wait for a guess."""
    return predict_first.is_on() and shown.totals.macs > 0 and predict_first.hidden(_key(shown))


def ask(shown: Study) -> None:
    """Ask for one number of the layer; after a guess, show its arithmetic."""
    if not predict_first.is_on() or not shown.totals.macs:
        return  # there is nothing to multiply
    what = _what()
    name, node = _layer(shown)
    answer = node.params.trainable + node.params.fixed if what == WHAT[0] else node.macs
    st.segmented_control("ask for", WHAT, key=ASKED, required=True, default=WHAT[0])
    predict_first.ask(
        "inspect",
        _key(shown),
        f"{shown.title}, layer {name}: {node.layer.kind} {node.layer}, on {_arrives(node)}. {_counted(node, what)} "
        "Click another layer in the diagram for its question.",
        answer,
        lambda: arithmetic.lines(step for step in costs.explain(shown.root, name) if step.what == what),
        "MACs" if what == "MACs" else "count",
    )


def _arrives(node: Node) -> str:
    """Return what arrives at the layer: «a map of 28×28×192», «a vector of 512 numbers», and several of them."""
    shapes = [
        f"a map of {times(shape)}" if len(shape) > 1 else f"a vector of {count(shape[0], 'number')}"
        for shape in node.input_shapes
    ]
    return " and ".join(shapes)


def _counted(node: Node, what: str) -> str:
    """Return the question, with a sentence on what counts."""
    biases = getattr(node.layer, "bias", None)
    if what == "MACs":
        return ("Biases do not count as MACs. " if biases else "") + "How many MACs does it do?"
    if biases is None:
        note = "Count its non-trainable parameters, too. " if node.params.fixed else ""
    else:
        note = "Count its biases, too. " if biases else "It has no biases. "
    return f"{note}How many parameters does it have?"


def _what() -> str:
    return str(st.session_state.get(ASKED) or WHAT[0])


def _key(shown: Study) -> str:
    return f"inspect {shown.network} {_layer(shown)[0]} {_what()}"


def _layer(shown: Study) -> tuple[str, Node]:
    """Return the chosen layer, or the first with weights, of the chosen block or of all."""
    layers, chosen = named(shown.root), selection.chosen()
    if chosen and chosen in layers and sum(layers[chosen].params):
        return chosen, layers[chosen]
    block = chosen_block(shown, chosen)
    candidates = [*(block.layers if block else ()), *layers.items()]
    return next((name, node) for name, node in candidates if node.macs)
