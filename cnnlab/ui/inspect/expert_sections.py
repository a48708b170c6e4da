"""Folded sections for experts: memory, code and downloads."""

import pandas as pd
import streamlit as st

from cnnlab import costs
from cnnlab.backends.keras_calls import refusal
from cnnlab.figures.charts import memory_steps
from cnnlab.rewrites import rewrite
from cnnlab.sources import Assembled, FromFile
from cnnlab.ui import html
from cnnlab.ui.inspect import selection
from cnnlab.ui.inspect.project_source import source_of
from cnnlab.ui.study import Counts, Study
from cnnlab.ui.widgets.model_downloads import exports, offer
from cnnlab.units import at_least, full, size

OPTIMISERS = {"Adam": 2, "SGD with momentum": 1, "RMSprop": 1, "SGD": 0}


def draw(shown: Study, counted: Counts) -> None:
    """Draw three folded sections; each is computed only when it is open."""
    st.html(html.heading("More"))
    with st.expander("Files: CSV, JSON, Keras, PyTorch, SVG", key="more.files", on_change="rerun") as section:
        if section.open:
            files(shown, counted)
    with st.expander("Memory", key="more.memory", on_change="rerun") as section:
        if section.open:
            memory(shown)
    with st.expander("The code that builds it", key="more.code", on_change="rerun") as section:
        if section.open:
            code(shown)


def files(shown: Study, counted: Counts) -> None:
    """Draw downloads, in the chosen counting convention."""
    convention = counted.convention
    layers = (
        shown.layers if convention.name in shown.layers else shown.layers.assign(**{convention.name: counted.layers})
    )
    offer("more", shown.network, exports(shown.network, layers, selection.unfolded()))


def memory(shown: Study) -> None:
    """Draw the memory of weights by precision, of activations at inference, and of one training step."""
    totals = shown.totals
    st.html(
        html.table(
            ("precision", "weights", f"all activations, {shown.example.partition(',')[0]}", "largest at one moment"),
            [
                (
                    precision,
                    at_least(size(totals.weight_bytes(precision)), totals.at_least),
                    size(totals.activation_bytes(precision)),
                    size(totals.peak_bytes(precision)),
                )
                for precision in costs.BYTES
            ],
            "Memory by precision",
        )
    )
    st.html(
        html.prose(
            f"The peak is at {totals.peak_layer}: {full(totals.peak_activations)} numbers. Counted in execution order; "
            f"a tensor is freed after its last use, and no layer works in place. 1 MB is 1,000,000 bytes.",
            "cnnlab-aside",
        )
    )
    nodes = costs.alive(shown.root)
    rows = pd.DataFrame({"layer": shown.layers["layer"], "bytes": [4 * moment.elements for moment in nodes]})
    st.plotly_chart(
        memory_steps(rows.assign(text=[size(value) for value in rows["bytes"]])),
        key="memory_chart",
        config=html.STILL,
        alt=f"Memory in use while each layer runs, at most {size(totals.peak_bytes())} at {totals.peak_layer}.",
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        batch = st.number_input("batch size", 1, 4096, 32, key="memory.batch", width=150)
        optimiser = st.selectbox("optimiser", OPTIMISERS, key="memory.optimiser", width=220)
    batch, slots = int(batch or 1), OPTIMISERS[optimiser or "Adam"]
    bound = totals.at_least
    step = (
        f"**One training step at batch {batch} takes {'at least' if bound else 'about'} "
        f"{size(totals.training_bytes(batch, slots))}** in fp32: {at_least(full(totals.params), bound)} weights, a "
        f"gradient{f' and {slots} optimiser numbers' if slots else ''} for each of the "
        f"{at_least(full(totals.trainable_params), bound)} trainable ones, and all {full(totals.activations)} "
        f"activations × {batch}, kept for the backward pass. The library's own memory comes on top."
    )
    st.html(html.prose(step))


def code(shown: Study) -> None:
    """Draw the project's own source of this case study, with its blocks."""
    case = shown.network.case
    functions = [rewrite(each.name).function for each in shown.network.rewrites]
    if isinstance(case, FromFile):
        lines = " These lines rewrote it." if functions else ""
        source = "" if refusal(shown.root) else " Its Keras source is among the files above."
        st.caption(f"This network was read from a file; no code of CNN Lab built it.{source}{lines}")
    else:
        st.caption(
            "A layer is used on a node with `layer(x)` or `x >> layer`; `scope` adds a prefix to the names. These "
            "lines built the network above: its function, the paper's tables, the blocks, and its rewrites."
        )
    if isinstance(case, Assembled):
        st.code(case.recipe.to_json(), language="json")
    elif not isinstance(case, FromFile):
        functions.insert(0, case.function)
    for function in functions:
        for text in source_of(function):
            st.code(text, language="python")
