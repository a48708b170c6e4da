"""The value of a widget in the session.

A value that was put into the session is sent to the browser once, with the run that made the widget. Where the next run
comes before the browser has drawn that one (a quick hand, a slow laptop), the browser would draw the widget with its
default, and send that default back as the reader's choice. So each widget's default is what the session says.
"""

from collections.abc import Iterable

import streamlit as st


def hold(key: str, value: object) -> str:
    """Set the value of the widget with that key, whoever set it before; return the key."""
    if st.session_state.get(key) != value:
        st.session_state[key] = value
    return key


def index(key: str, options: Iterable[object]) -> int:
    """Return the place of the session's value under ``key`` among the options, 0 if it is none of them."""
    value = st.session_state.get(key)
    return next((place for place, option in enumerate(options) if option == value), 0)
