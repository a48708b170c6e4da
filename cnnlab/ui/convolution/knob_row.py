"""A row of a bench's knobs."""

from collections.abc import Iterable

import streamlit as st

from cnnlab.knobs import Knob
from cnnlab.ui.convolution import bench_state
from cnnlab.ui.url_state import Values
from cnnlab.ui.widgets.knob import widget


def knobs(bench: str, asked: Iterable[Knob]) -> Values:
    """Draw their widgets in a row; returns their values by name."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        return beside(bench, asked)


def beside(bench: str, asked: Iterable[Knob]) -> Values:
    """Draw their widgets in the container that is open; returns their values by name."""
    every = tuple(asked)
    for knob in every:
        widget(knob, bench_state.key(bench, knob.name))
    return {knob.name: st.session_state[bench_state.key(bench, knob.name)] for knob in every}
