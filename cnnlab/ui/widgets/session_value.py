"""What a widget says again in each run, so that the browser never falls back on a default of its own.

A value that was put into the session is told to the browser once, with the run that made the widget. Where the next
run comes before the browser has drawn that one (a quick hand, a slow laptop), it would draw the widget with its
default, and tell that default as the reader's choice. So the default is always what the session says.
"""

from collections.abc import Iterable

import streamlit as st


def index(key: str, options: Iterable[object]) -> int:
    """Place of the session's value under ``key`` among the options; 0 where it is none of them."""
    value = st.session_state.get(key)
    return next((place for place, option in enumerate(options) if option == value), 0)
