"""The axes of the scatter plot: ``x``, ``y`` and ``log`` in the URL."""

from typing import NamedTuple

import streamlit as st

from cnnlab.knobs import Knob
from cnnlab.ui.url_state import UrlState
from cnnlab.ui.widgets.session_value import index

AXES = {
    "params": "parameters",
    "macs": "MACs, 1 image",
    "activations": "activations, 1 image",
    "year": "year",
    "top1": "top-1 accuracy, %",
}
"""Titles of the measures, by their names in URLs and frames."""

LABELS = {"x": "horizontal axis", "y": "vertical axis"}
URL = UrlState(
    "gallery",
    (
        Knob("x", str, "macs", "", choices=tuple(AXES)),
        Knob("y", str, "top1", "", choices=tuple(AXES)),
        Knob("log", bool, True, ""),
    ),
)


class Axes(NamedTuple):
    """The measures on both axes, and whether costs are logarithmic."""

    x: str
    y: str
    log: bool


def take_url() -> None:
    """Read the axes from the URL."""
    values = URL.take_url()
    if values is not None:
        for field in URL.fields:
            st.session_state[_key(field.name)] = values.get(field.name, field.default)


def widgets() -> Axes:
    """Draw two selectors and a switch; return their values and writes them into the URL."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        y, x = (
            st.selectbox(
                LABELS[name],
                AXES,
                index(_key(name), AXES),
                format_func=AXES.__getitem__,
                key=_key(name),
                width=210,
            )
            for name in ("y", "x")
        )
        log = st.toggle(
            "logarithmic costs",
            st.session_state[_key("log")],
            key=_key("log"),
            help="Each step is a factor of ten.",
        )
    axes = Axes(x, y, log)
    URL.write_url(axes._asdict())
    return axes


def _key(name: str) -> str:
    return f"gallery.{name}"
