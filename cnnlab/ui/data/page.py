"""The page Data sets: the section by itself, with its address: ``data`` and ``seed``."""

import streamlit as st

from cnnlab.ui import bar, links
from cnnlab.ui.data.section import MOST_SEED, PROBLEM, Chosen, section, tell

STATE = "data.shown"
LONGEST = 300  # characters of a reference, as a run's spec takes it


def arrive() -> None:
    """Take over the address, when it is not the one this session wrote last."""
    asked = bar.asked("data", ("data", "seed"))
    if asked is None:
        return
    st.session_state.pop(PROBLEM, None)
    seed = asked.get("seed", ("0",))[-1]
    good = len(seed) < 5 and seed.isdecimal() and int(seed) <= MOST_SEED
    put(Chosen(asked.get("data", (Chosen().data,))[-1][:LONGEST], int(seed) if good else 0))
    if not good:
        tell(f"seed must be a whole number from 0 to {MOST_SEED}; 0 is used")


def put(chosen: Chosen) -> None:
    """Show another one."""
    st.session_state[STATE] = chosen


def body() -> None:
    """Everything below the heading."""
    reference = section(st.session_state.get(STATE, Chosen()), put)
    if reference:
        st.html(links.link("transfer", {"data": reference, "keep": "true"}, "Train on this →", "cnnlab-go"))
    chosen, usual = st.session_state.get(STATE, Chosen()), Chosen()
    bar.write(
        "data",
        {
            "data": chosen.data if chosen.data != usual.data else "",
            "seed": str(chosen.seed or ""),
        },
    )
