"""Counts of this network by other tools, and why they differ: the answer to «why does my tool say 4.1 G?»."""

import streamlit as st

from cnnlab import costs
from cnnlab.costs import CountingConvention
from cnnlab.graph import BatchNorm, Counted, named
from cnnlab.network import Network
from cnnlab.ui import html
from cnnlab.ui.inspect import selection
from cnnlab.ui.network_cache import cached_by_network
from cnnlab.ui.study import Study, study
from cnnlab.units import full, listed, short
from cnnlab.zoo.case import CaseStudy


def draw(shown: Study) -> None:
    """Draw a sentence on the spread, and a row for each counting convention: its total, its parts, and its rule."""
    st.html(_panel(shown.network, selection.counted_as().name))
    form = _differing_form(shown.network)
    if form:
        st.button(f"Show torchvision's form: {_knobs(form, shown.network)}", on_click=selection.seed, args=(form,))


@cached_by_network
def _panel(network: Network, chosen: str) -> str:
    title, why_not = html.heading("Why does my tool print another number?"), not_computed(network)
    if why_not:
        by_tool = " All counts here are MACs." if chosen not in ("macs", "flops") else ""
        return title + html.prose(why_not + by_tool)
    shown, form = study(network), _differing_form(network)
    head = ["tool", "prints", "terms", "rule"]
    rows = [
        [convention.title, _number(shown, convention), _terms(shown, convention), convention.rule]
        for convention in costs.CONVENTIONS.values()
    ]
    if form:
        head.insert(2, "on torchvision's form")
        for row, convention in zip(rows, costs.CONVENTIONS.values(), strict=True):
            row.insert(2, "" if convention.name == "tf_profiler" else _number(study(form), convention))
    return (
        title
        + html.prose(_spread(network, form))
        + html.table(head, rows, f"What tools print for {shown.title}", marked=list(costs.CONVENTIONS).index(chosen))
        + html.prose(costs.NOT_A_RULE, "cnnlab-aside")
    )


def not_computed(network: Network) -> str:
    """Return why it is not known what tools print for a network; empty if it is."""
    shown = study(network)
    if shown.totals.at_least:
        return "What tools print is not computed here: it depends on layers that are not understood."
    layers = [node.layer for node in named(shown.root).values() if isinstance(node.layer, Counted)]
    kinds = dict.fromkeys(layer.kind for layer in layers if layer.stored or layer.fixed or layer.multiplied)
    if not kinds:
        return ""
    these = "this kind" if len(kinds) == 1 else "these kinds"
    return f"What tools print is not computed here for {these} of layers: {listed([*kinds])}."


def shown_by(network: Network) -> str:
    """Return the name of the chosen convention, or of the usual one where a tool's count is not computed."""
    chosen = selection.counted_as().name
    return selection.USUAL_CONVENTION if chosen not in ("macs", "flops") and not_computed(network) else chosen


def torchvision_form(network: Network) -> Network | None:
    """Return the same network as torchvision builds it; None if it has none, or none of this input size."""
    case = network.case
    if not isinstance(case, CaseStudy) or case.torchvision is None or network.rewrites:
        return None
    if any(network.values[name] != value for name, value in case.torchvision_needs.items()):
        return None
    form = network.replace(**case.torchvision)
    try:
        study(form)
    except ValueError:
        return None
    return form


def _differing_form(network: Network) -> Network | None:
    """Return torchvision's form if it differs from this one."""
    form = torchvision_form(network)
    return form if form != network else None


def _number(shown: Study, convention: CountingConvention) -> str:
    total = shown.totals_by_convention[convention.name]
    return f"**{full(total)}** ({short(total)})"


def _terms(shown: Study, convention: CountingConvention) -> str:
    """Return «2 × 1,200 MACs + 10 additions of a bias»."""
    text = ""
    for term in costs.terms(shown.quantities, convention):
        sign = " − " if term.factor < 0 else " + " if text else ""
        text += f"{sign}{costs.sum_of((term._replace(factor=abs(term.factor)),))} {costs.words(term)}"
    return text


def _knobs(form: Network, network: Network) -> str:
    """Return the knobs in which the two differ: «stride on v1.5, bias off»."""
    words = {True: "on", False: "off"}
    return ", ".join(
        f"{form.case.knob(name).label} {words.get(value, value) if isinstance(value, bool) else value}"
        for name, value in form.values.items()
        if value != network.values[name]
    )


def _spread(network: Network, form: Network | None) -> str:
    totals = study(network).totals_by_convention
    low, high = min(totals.values()), max(totals.values())
    text = (
        f"For the same network, tools print from {short(low)} to {short(high)}. The large step is counting "
        "multiplications and additions apart (FLOPs) or together (MACs); the small ones are biases, batch norms and "
        "pooling."
    )
    if form:
        usual, theirs = totals["macs"], study(form).totals_by_convention["macs"]
        change = (
            f"does {short(theirs)} MACs instead of {short(usual)}"
            if theirs != usual
            else "does the same number of MACs"
        )
        text += f" Tools for PyTorch are mostly run on torchvision's form ({_knobs(form, network)}), which {change}."
    elif torchvision_form(network) == network:
        text += " This is the form that torchvision builds."
    if low < totals["macs"]:
        least = min(costs.CONVENTIONS.values(), key=lambda convention: totals[convention.name])
        text += f" {least.title} prints less than the MACs, for the reason in its row."
    stored = study(form or network).totals
    if stored.fixed_params:
        text += (
            f" **Parameters** differ too: PyTorch and its tools leave out the {full(stored.fixed_params)} "
            f"non-trainable numbers, and print {full(stored.trainable_params)}{' for that form' if form else ''}."
        )
        unscaled = [
            node.shape[-1]
            for node in named((form or network).graph()).values()
            if isinstance(node.layer, BatchNorm) and not node.layer.scale
        ]
        if unscaled:
            text += (
                f" PyTorch's batch norms always have a scale, which these {len(unscaled)} leave out: built in PyTorch, "
                f"the network has {full(sum(unscaled))} more, {full(stored.trainable_params + sum(unscaled))}."
            )
    return text
