"""Downloads of a network: made when their button is pressed, and the Keras file in a process of its own."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import streamlit as st

from cnnlab import costs
from cnnlab.backends.keras_calls import refusal
from cnnlab.backends.source import keras_source, torch_source
from cnnlab.backends.torch_calls import torch_refusal
from cnnlab.diagrams import architecture as diagram
from cnnlab.graph import to_document
from cnnlab.measuring import job
from cnnlab.network import Network
from cnnlab.ui import html, queue
from cnnlab.ui.study import study
from cnnlab.units import size


class Export(NamedTuple):
    """A file to download: its button's label, its maker, the ending of its name, and its media type."""

    label: str
    make: Callable[[], str | bytes]
    ending: str
    media_type: str


def exports(
    network: Network, layers: pd.DataFrame | None = None, unfolded: frozenset[str] = frozenset()
) -> list[Export]:
    """Return the files of a network; ``layers`` replaces its own table, ``unfolded`` names blocks of the diagram."""
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
        *(
            []
            if torch_refusal(network.graph())
            else [Export("PyTorch source", lambda: torch_source(network.graph(), title), "_torch.py", "text/x-python")]
        ),
        Export(
            "Diagram as SVG", lambda: diagram.file(study(network), network.label, unfolded), ".svg", "image/svg+xml"
        ),
    ]


def offer(key: str, network: Network, files: list[Export], whole: bool = True) -> None:
    """Draw a button for each file; for a ``whole`` network also those that make and download its Keras file."""
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
    if not whole:
        return
    why_not = refusal(network.graph())
    if why_not:
        st.caption(html.plain(f"Without Keras and PyTorch files: {why_not}."))
        return
    why_not = torch_refusal(network.graph())
    if why_not:
        st.caption(html.plain(f"Without PyTorch source: {why_not}."))
    queue.live(lambda: _keras_file(key, network), [queue.state(job(network, "file"))])


def file_name(network: Network) -> str:
    """Return a name for files, without an ending, in characters that every system allows."""
    own = "my-network" if network.recipe else network.case.title
    name = "-".join([own, *map(str, network.rewrites)]) if network.own else str(network)
    return "".join(letter if letter.isalnum() or letter in "._-" else "-" for letter in name)[:80]


def _keras_file(key: str, network: Network) -> bool:
    """Draw a button that downloads the Keras file or makes it; return whether it is being made."""
    making = job(network, "file")
    state = queue.state(making)
    file = state.result
    if file and Path(file.path).exists():  # it makes room for newer ones
        st.download_button(
            f"Keras file, {size(file.bytes)}",
            Path(file.path).read_bytes,
            f"{file_name(network)}.keras",
            "application/octet-stream",
            key=f"{key}.keras",
            on_click="ignore",
            icon=":material/download:",
            help="The network with random weights, for keras.models.load_model.",
        )
        return False
    if not state.live:
        st.button(
            "Make a Keras file",
            key=f"{key}.make",
            icon=":material/deployed_code:",
            on_click=queue.submit,
            args=(making, True),
            help="The network with random weights, for keras.models.load_model; takes some seconds.",
        )
    queue.progress("Keras file", state)
    return state.live
