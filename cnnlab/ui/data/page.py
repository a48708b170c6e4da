"""The page Data sets: the section by itself, with its URL: ``data`` and ``seed``."""

import streamlit as st

from cnnlab.knobs import Knob, Range
from cnnlab.training.spec import LONGEST_REFERENCE
from cnnlab.ui import links
from cnnlab.ui.data.section import MOST_SEED, PROBLEM, Chosen, draw
from cnnlab.ui.url_state import UrlState, text

STATE = "data.shown"
URL = UrlState("data", (text("data", LONGEST_REFERENCE, Chosen().data), Knob("seed", int, 0, "", Range(0, MOST_SEED))))


def take_url() -> None:
    """Read data set and seed from the URL."""
    values = URL.take_url()
    if values is not None:
        st.session_state.pop(PROBLEM, None)
        st.session_state[STATE] = Chosen(**values)


def put(chosen: Chosen) -> None:
    """Show another data set."""
    st.session_state[STATE] = chosen
    URL.set_problems()


def body() -> None:
    """Draw everything below the heading."""
    URL.show_problems()
    reference = draw(st.session_state.get(STATE, Chosen()), put)
    if reference:
        st.html(links.link("transfer", {"data": reference, "keep": "true"}, "Train on this →", "cnnlab-go"))
    URL.write_url(vars(st.session_state.get(STATE, Chosen())))
