"""The desk that does for all sessions what takes TensorFlow, and how a page watches what it asked for."""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import uuid4

import streamlit as st

from cnnlab.measuring import Desk, State
from cnnlab.ui import html

POLL = 0.5  # seconds between two looks at what runs
WHO = "desk.who"


@st.cache_resource(show_spinner=False)
def desk() -> Desk:
    """The one desk of this server: measurements wait for each other, or they would disturb each other."""
    return Desk()


def who() -> str:
    """This session, for the desk."""
    return str(st.session_state.setdefault(WHO, uuid4().hex))


def live(draw: Callable[[], bool], states: Iterable[State[Any]]) -> None:
    """Draw as a fragment that looks again by itself as long as something runs; ``draw`` tells whether it does."""
    running = any(state.live for state in states)

    @st.fragment(run_every=POLL if running else None)
    def part() -> None:
        if draw() != running:
            st.rerun()  # the timer is set anew by the page's next run

    part()


def progress(name: str, state: State[Any]) -> None:
    """How far it is, or why it came to nothing."""
    if state.live:
        st.progress(state.share, html.plain(f"{name}: {state.text}"))
    elif state.phase in ("refused", "failed"):
        st.warning(html.plain(f"{name}: {state.text}"), icon=":material/info:")
