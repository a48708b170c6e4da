"""The values of the benches' fields in the session: each bench keeps its own while another is shown."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from cnnlab.ui.convolution.bench import Bench
from cnnlab.ui.url_state import Values

VALUES = "convolution.values"


def put(bench: Bench, values: Mapping[str, Any]) -> None:
    """Set a bench's fields and widgets, fields not given to their defaults."""
    whole = {field.name: values.get(field.name, field.default) for field in bench.fields.values()}
    keep(bench, whole)
    for name, value in whole.items():
        st.session_state[key(bench.name, name)] = value
        st.session_state.pop(f"{key(bench.name, name)}.base", None)  # an editor of numbers starts with it


def change(bench: Bench, **new: Any) -> None:
    """Set some fields of a bench from a widget's callback; the others stay."""
    keep(bench, values(bench) | new)
    for name, value in new.items():
        st.session_state[key(bench.name, name)] = value
        st.session_state.pop(f"{key(bench.name, name)}.base", None)


def key(bench: str, field: str) -> str:
    """Return the session key of a field's widget."""
    return f"convolution.{bench}.{field}"


def values(bench: Bench) -> Values:
    """Return the last values of a bench."""
    known = st.session_state.get(VALUES, {}).get(bench.name)
    return dict(known) if known else {field.name: field.default for field in bench.fields.values()}


def keep(bench: Bench, new: Values) -> None:
    """Keep the values of a bench."""
    st.session_state[VALUES] = st.session_state.get(VALUES, {}) | {bench.name: new}
