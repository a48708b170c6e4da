"""The card of the chosen layer or block: its arithmetic, with numbers."""

import streamlit as st

from cnnlab import costs
from cnnlab.costs import CountingConvention, Equation
from cnnlab.diagrams.architecture import chosen_block
from cnnlab.graph import Block, times
from cnnlab.ui import arithmetic
from cnnlab.ui.inspect import selection
from cnnlab.ui.study import Counts, Study
from cnnlab.units import full, percent


def card(shown: Study, counted: Counts) -> None:
    """Draw the card of the chosen layer or block, if there is one, at the lower edge of the window."""
    name = selection.chosen()
    block = chosen_block(shown, name)
    if not name or not block:
        return
    with st.container(key="card"):
        st.button("", icon=":material/close:", key="card_close", help="Close", on_click=selection.choose, args=(None,))
        whole = name == block.name and len(block.layers) > 1
        convention = counted.convention
        st.html(_block_card(shown, block, convention) if whole else _layer_card(shown, name, convention))


def _layer_card(shown: Study, name: str, convention: CountingConvention) -> str:
    row = shown.layers[shown.layers["layer"] == name].iloc[0]
    kind = f"{row['kind']}, {row['settings']}" if row["settings"] else row["kind"]
    return arithmetic.card(
        name,
        f"{kind}: {times(row['input_shape'])} → {times(row['output_shape'])}",
        (*costs.explain(shown.root, name), *_counted(shown, [name], convention)),
    )


def _counted(shown: Study, layers: list[str], convention: CountingConvention) -> tuple[Equation, ...]:
    """Return the count of these layers by a convention other than MACs."""
    if convention.name == "macs":
        return ()
    found = costs.terms(shown.quantities[shown.layers["layer"].isin(layers)], convention)
    total = sum(term.factor * term.number for term in found)
    note = "; ".join(f"{full(term.number)} {costs.words(term)}" for term in found)
    return (
        Equation(
            convention.noun,
            "",
            costs.sum_of(found) if len(found) > 1 or total != found[0].number else "",
            full(total),
            f"{note}.",
        )
        if found
        else Equation(convention.noun, "not counted", "", "0", f"{convention.title} does not count this layer."),
    )


def _block_card(shown: Study, block: Block, convention: CountingConvention) -> str:
    lines = []
    for what, verb, values, total in (
        ("Parameters", "has parameters", [sum(node.params) for node in block.nodes], shown.totals.params),
        ("MACs", "does MACs", [node.macs for node in block.nodes], shown.totals.macs),
    ):
        summands = [full(value) for value in values if value]
        lines.append(
            Equation(
                what,
                "sum over its layers"
                if len(summands) > 1
                else f"of its only layer that {verb}"
                if summands
                else "none",
                " + ".join(summands) if len(summands) > 1 else "",
                full(sum(values)),
                f"{percent(sum(values), total)} of the network's.",
            )
        )
    arrived = next(before for node in block.nodes for before in node.inputs) if block.nodes[0].inputs else block.output
    return arithmetic.card(
        block.name,
        f"{len(block.layers)} layers: {times(arrived.shape)} → {times(block.output.shape)}. "
        "Click one of them in the diagram above for its own arithmetic.",
        (*lines, *_counted(shown, [name for name, _ in block.layers], convention)),
    )
