"""Files to take home: made when their button is pressed, and the Keras file in a process of its own."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import streamlit as st

from cnnlab import costs
from cnnlab.backends.keras_calls import refusal
from cnnlab.backends.source import keras_source
from cnnlab.graph import to_document
from cnnlab.measuring import KerasFile, State
from cnnlab.network import Network
from cnnlab.ui import html
from cnnlab.ui.network_diagram import overview, standalone
from cnnlab.ui.study import study
from cnnlab.ui.work import desk, live, progress, who
from cnnlab.units import size


class Export(NamedTuple):
    """A file: what its button says, what makes it, how its name ends, and its media type."""

    label: str
    make: Callable[[], str | bytes]
    ending: str
    media_type: str


def exports(
    network: Network, layers: pd.DataFrame | None = None, unfolded: frozenset[str] = frozenset()
) -> list[Export]:
    """What any network gives; ``layers`` instead of its own table, blocks ``unfolded`` in the diagram."""
    title = network.label if network.own else f"{network.title} ({network})"
    return [
        Export(
            "Layers as CSV",
            lambda: costs.to_csv(study(network).layers if layers is None else layers),
            ".csv",
            "text/csv",
        ),
        Export(
            "Graph as JSON",
            lambda: json.dumps(to_document(network.graph(), title), indent=1),
            ".graph.json",
            "application/json",
        ),
        *(
            []
            if refusal(network.graph())
            else [Export("Keras source", lambda: keras_source(network.graph(), title), ".py", "text/x-python")]
        ),
        Export("Diagram as SVG", lambda: standalone(overview(study(network), None, unfolded)), ".svg", "image/svg+xml"),
    ]


def offer(key: str, network: Network, files: list[Export], whole: bool = True) -> None:
    """A button for each file; of a ``whole`` network also those that make and fetch its Keras file."""
    name = file_name(network)
    with st.container(horizontal=True):
        for file in files:
            st.download_button(
                file.label,
                file.make,
                name + file.ending,
                file.media_type,
                key=f"{key}{file.ending}",
                on_click="ignore",
                icon=":material/download:",
            )
    why_not = refusal(network.graph()) if whole else None
    if why_not:
        st.caption(html.plain(f"Without Keras files: {why_not}."))
    elif whole:
        live(lambda: _keras_file(key, network), [desk().state(who(), network, "file")])


def file_name(network: Network) -> str:
    """A name for files, without an ending: of the letters that every system takes."""
    own = "my-network" if network.recipe else network.case.title
    name = "-".join([own, *map(str, network.rewrites)]) if network.own else str(network)
    return "".join(letter if letter.isalnum() or letter in "._-" else "-" for letter in name)[:80]


def _keras_file(key: str, network: Network) -> bool:
    """Whether it is being made."""
    state: State[KerasFile] = desk().state(who(), network, "file")
    if state.result:
        file = state.result
        st.download_button(
            f"Keras file, {size(file.bytes)}",
            Path(file.path).read_bytes,
            f"{file_name(network)}.keras",
            "application/octet-stream",
            key=f"{key}.keras",
            on_click="ignore",
            icon=":material/download:",
            help="The network with fresh random weights, for keras.models.load_model.",
        )
        return False
    if not state.live:
        st.button(
            "Make a Keras file",
            key=f"{key}.make",
            icon=":material/deployed_code:",
            on_click=desk().ask,
            args=(who(), network, "file"),
            help="The network with fresh random weights, for keras.models.load_model; takes some seconds.",
        )
    progress("Keras file", state)
    return state.live
