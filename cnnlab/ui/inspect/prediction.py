"""The question of “predict first” on one layer: the chosen one, or the first with weights."""

import streamlit as st

from cnnlab import costs
from cnnlab.graph import Node, named, times
from cnnlab.ui import arithmetic
from cnnlab.ui.inspect import selection
from cnnlab.ui.network_diagram import chosen_block
from cnnlab.ui.study import Study
from cnnlab.ui.widgets import predict_first

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
    arrived = times(node.input_shapes) if len(node.input_shapes) > 1 else times(node.input_shapes[0])
    predict_first.ask(
        "inspect",
        _key(shown),
        f"{shown.title}, layer {name}: {node.layer.kind} {node.layer}, on a map of {arrived}. How many "
        f"{what if what == 'MACs' else 'parameters'} is that? Click another layer in the picture to be asked about it.",
        answer,
        lambda: arithmetic.lines(step for step in costs.explain(shown.root, name) if step.what == what),
        twice=predict_first.FLOPS if what == "MACs" else "",
    )


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
