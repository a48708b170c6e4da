"""Input of a file. Each file gets a new widget, so that Streamlit forgets the file once it was used."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import streamlit as st

Use = Callable[[BytesIO], None]
"""A function that gets a file with its ``name``, and raises ``ValueError`` or ``OSError`` to refuse the file."""


def ask(label: str, key: str, use: Use, refuse: Callable[[str], None], camera: bool = False, **options: Any) -> None:
    """Draw a file uploader, or a camera, with Streamlit's options. ``refuse`` gets a sentence on an unusable file."""
    widget = f"{key}{count(key)}"
    draw = st.camera_input if camera else st.file_uploader
    draw(label, key=widget, on_change=_hand_over, args=(key, widget, use, refuse), **options)


def count(key: str) -> int:
    """Return how many files the input of that key has had in this session."""
    return int(st.session_state.get(f"{key}.count", 0))


def _hand_over(key: str, widget: str, use: Use, refuse: Callable[[str], None]) -> None:
    file = st.session_state.get(widget)
    if file is None:  # two files were chosen in one moment
        return
    st.session_state[f"{key}.count"] = count(key) + 1
    use_or_refuse(file.name, lambda: use(file), refuse)


def use_or_refuse(name: str, use: Callable[[], object], refuse: Callable[[str], None]) -> None:
    """Use a file of that name; ``refuse`` gets a sentence if that raises ``ValueError`` or ``OSError``."""
    try:
        use()
    except ValueError as error:
        refuse(_refusal(name, str(error)))
    except OSError as error:
        refuse(_refusal(name, f"the server's disk cannot be used ({error.strerror}); free some space on it"))


def _refusal(name: str, reason: str) -> str:
    return f"“{name[:60]}” was not opened: {reason}. Nothing else has changed."
