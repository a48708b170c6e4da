"""The state of Savings: a trick with its knobs, and a rewritten network, ``swap`` in the URL."""

from collections.abc import Mapping
from typing import cast

import streamlit as st

from cnnlab.knobs import Value
from cnnlab.network import Network
from cnnlab.tricks import TRICKS, Trick, trick
from cnnlab.ui.url_state import Codec, UrlState
from cnnlab.ui.widgets import network_picker, predict_first

DEFAULT_TRICK, DEFAULT_SWAP = "bottleneck", Network.parse("mobilenet_v1+standard_conv")
TRICK, VALUES, SWAP = "savings.trick", "savings.values", "savings.swap"
SWAP_FIRST = "savings.swap_first"  # whether that section comes first: a link with a rewrite alone leads to it
EDITOR, PICKER = "savings.editor", "savings.picker"


URL = UrlState(
    "savings",
    (
        Codec("trick", DEFAULT_TRICK, lambda text: trick(text).name),
        Codec("swap", DEFAULT_SWAP, network_picker.read, lambda network: network.url_text),
        predict_first.FIELD,
    ),
    lambda values: trick(values.get("trick", DEFAULT_TRICK)).knobs.values(),
)


def take_url() -> None:
    """Read trick, knobs and network from the URL."""
    values = URL.take_url()
    if values is None:
        return
    st.session_state[SWAP] = values.get("swap", DEFAULT_SWAP)
    st.session_state[SWAP_FIRST] = "swap" in values and "trick" not in values
    network_picker.seed(EDITOR, swap())
    predict_first.take_url(values)
    name = values.get("trick", DEFAULT_TRICK)
    choose(name, {knob: values[knob] for knob in trick(name).knobs if knob in values})


def choose(name: str, values: Mapping[str, Value] | None = None) -> None:
    """Show a trick; set its knobs to these values, the others to their defaults."""
    st.session_state[TRICK] = name
    st.session_state[VALUES] = trick(name).check(values or {})
    st.session_state[PICKER] = name
    for knob, value in st.session_state[VALUES].items():
        st.session_state[knob_key(name, knob)] = value


def knob_key(name: str, knob: str) -> str:
    """Return the session key of a knob's widget."""
    return f"savings.{name}.{knob}"


def write_url(chosen: Trick, values: Mapping[str, Value], swap: Network) -> None:
    """Write trick, knobs and network into the URL."""
    st.session_state[TRICK], st.session_state[VALUES], st.session_state[SWAP] = chosen.name, dict(values), swap
    URL.write_url({"trick": chosen.name, "swap": swap, **values, **predict_first.value()})


def current() -> tuple[Trick, dict[str, Value]]:
    """Return the trick shown last, and its knobs' values."""
    return TRICKS[st.session_state[TRICK]], cast(dict[str, Value], st.session_state[VALUES])


def swap() -> Network:
    """Return the rewritten network shown last."""
    return cast(Network, st.session_state[SWAP])
