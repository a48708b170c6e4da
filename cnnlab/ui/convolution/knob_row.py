"""Widgets of a bench's knobs, side by side."""

from collections.abc import Sequence

import streamlit as st

from cnnlab.knobs import Knob
from cnnlab.ui.convolution import bench_state
from cnnlab.ui.url_state import Values
from cnnlab.ui.widgets.knob import widget


def in_row(bench: str, knobs: Sequence[Knob]) -> Values:
    """Draw the knobs' widgets in a row of their own; return their values by name."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        return draw(bench, knobs)


def draw(bench: str, knobs: Sequence[Knob]) -> Values:
    """Draw the knobs' widgets in the current container; return their values by name."""
    for knob in knobs:
        widget(knob, bench_state.key(bench, knob.name))
    return {knob.name: st.session_state[bench_state.key(bench, knob.name)] for knob in knobs}
