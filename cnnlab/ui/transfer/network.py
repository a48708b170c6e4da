"""The choice of the network: a backbone with its weights, or any network of the project from scratch."""

from io import BytesIO
from pathlib import Path

import streamlit as st

from cnnlab.knobs.image_size import Sides
from cnnlab.network import LONGEST, Network
from cnnlab.training.backbones import Backbone, backbone, names, uploaded
from cnnlab.training.backbones.backbone import Weights
from cnnlab.training.backbones.weights import LARGEST
from cnnlab.training.defaults import known_backbone
from cnnlab.training.spec import FILE, PRETRAINED, SCRATCH
from cnnlab.ui import html, links
from cnnlab.ui.transfer import draft, form_state
from cnnlab.ui.transfer.fields import problem
from cnnlab.ui.widgets import file_input
from cnnlab.ui.widgets.session_value import hold, index

NETWORK, FIRST = "network", "resnet20_cifar"
WEIGHTS = {PRETRAINED: "pretrained", SCRATCH: "none: from scratch", FILE: "a file"}
FILES = "transfer.files"  # session key: names of uploaded files
HELP = "A backbone with weights, or a network with random weights, trained only on your images."


def draw(wrong: dict[str, str]) -> None:
    """Draw the choice of a backbone and its weights, and a description of the chosen one."""
    values = form_state.current().values
    options = [*names(), NETWORK]
    key = hold("transfer.what", NETWORK if values["network"] else values["backbone"])
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.selectbox(
            "backbone", options, index(key, options), format_func=_title, key=key, on_change=_choose, width=300,
            help=HELP,
        )  # fmt: skip
        if values["network"]:
            key = hold("transfer.network", values["network"])
            st.text_input(
                "network reference", values["network"], max_chars=LONGEST, key=key, on_change=_name, width=300,
                help="As in the links of Inspect and Build, such as resnet20_cifar?depth=8.",
            )  # fmt: skip
        else:
            _weights(values)
    for name in ("backbone", "network", "weights"):
        problem(name, wrong)
    if not values["network"] and values["weights"].startswith(FILE):
        _file(values)
    if "network" in wrong:
        _mend(values["network"])
    if made := known_backbone(values["network"] or values["backbone"]):
        _description(made, values)


def _title(name: str) -> str:
    return "a network, from scratch" if name == NETWORK else backbone(name).title


def _choose() -> None:
    name = st.session_state["transfer.what"]
    if name == NETWORK:
        form_state.put(network=FIRST)
    elif name:
        form_state.put(network="", backbone=name, weights=PRETRAINED)


def _name() -> None:
    form_state.put(network=st.session_state["transfer.network"].strip() or FIRST)


def _weights(values: draft.Values) -> None:
    key = hold("transfer.weights", FILE if values["weights"].startswith(FILE) else values["weights"])
    st.segmented_control(
        "weights", WEIGHTS, default=st.session_state[key], format_func=WEIGHTS.__getitem__, key=key, required=True,
        on_change=_choose_weights, help="The initial weights of the backbone.",
    )  # fmt: skip


def _choose_weights() -> None:
    chosen = st.session_state["transfer.weights"]
    if chosen and not (chosen == FILE and form_state.current().values["weights"].startswith(FILE)):
        form_state.put(weights=chosen)


def _file(values: draft.Values) -> None:
    name = values["weights"].removeprefix(FILE)
    if name:
        called = st.session_state.get(FILES, {}).get(name, "an uploaded file")
        st.caption(
            html.plain(f"Weights from “{called}”. Their shapes are compared with the network when the run starts.")
        )
    file_input.ask(
        "a file of weights: .weights.h5, .h5 or .keras", "transfer.file", _keep, form_state.URL.set_problems,
        type=["h5", "keras"], max_upload_size=min(300, LARGEST >> 20),
        help="Only numbers are read from it; no code in it is run.",
    )  # fmt: skip


def _keep(file: BytesIO) -> None:
    name = uploaded.put(file)
    st.session_state.setdefault(FILES, {})[name] = file.name[:60]
    form_state.put(weights=FILE + name)


def _mend(reference: str) -> None:
    """Draw buttons that give a network three channels, and square images."""
    try:
        network = Network.parse(reference)
        fixes: dict[str, str] = {}
        if network.values.get("channels", 3) != 3:
            fixes["Give it three channels"] = str(network.replace(channels=3))
        if isinstance(network.input_size, Sides):
            side = min(network.input_size)
            fixes[f"Give it images of {side}×{side}"] = str(network.replace(input_size=side))
    except (ValueError, LookupError):
        return
    for place, (label, corrected) in enumerate(fixes.items()):
        key = f"transfer.fix{place or ''}"
        st.button(label, key=key, on_click=form_state.put, kwargs={"network": corrected})


def _description(made: Backbone, values: draft.Values) -> None:
    """Draw the backbone's description, where it is cut, and whether its weights are here."""
    low, high = made.limits
    sides = f"{low}×{low}" if low == high else f"{low}×{low} to {high}×{high}"
    weights: Weights = made.default
    if not values["network"] and values["weights"] != PRETRAINED:
        weights = "random" if values["weights"] == SCRATCH else Path(values["weights"])
    what, cut = made.description(weights)
    text = f"{cut} It takes images of {sides} pixels; the default is {made.input_size}×{made.input_size}."
    st.html(html.prose(what) + html.prose(text, "cnnlab-aside"))
    if values["network"]:
        look = links.link("inspect", {"network": values["network"]}, "Look at it on Inspect")
        st.html(f'<p class="cnnlab-aside">{look}</p>')
    elif values["weights"] == PRETRAINED:
        ready = made.ready(values["input_size"])
        here = "are on this server" if ready else "are not on this server yet: the run starts with their download"
        st.html(html.prose(f"Its weights {here}. Source: {made.source.rstrip('.')}. {made.licence}", "cnnlab-aside"))
