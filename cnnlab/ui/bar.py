"""A page's part of the address bar: read when the page is opened or the reader goes back, written after each rerun.

A page asks ``asked`` once at its top; what it gets is worth taking over. In between, a slow browser's older address
cannot overwrite a newer state, since only what this session did not write itself counts. A page that is entered anew
takes over what its address says, or said last: Streamlit forgets what widgets held when their page is left.
"""

from collections.abc import Collection, Mapping

import streamlit as st

ENTERED = "bar.entered"  # the page that asked last

Values = dict[str, tuple[str, ...]]
"""Every value of each name, since one may be given several times."""


def asked(page: str, own: Collection[str] | None = None) -> Values | None:
    """What the address asks of a page; None where this session wrote it so, or where it asks for nothing new.

    Names that are not the page's ``own`` are passed over where these are given.
    """
    params = {name: tuple(st.query_params.get_all(name)) for name in st.query_params}
    if own is not None:
        params = {name: values for name, values in params.items() if name in own}
    written = st.session_state.get(_key(page))
    if st.session_state.get(ENTERED) != page:
        st.session_state[ENTERED] = page
        return params or written or {}
    return None if written is not None and (not params or params == written) else params


def write(page: str, params: Mapping[str, str | Collection[str]]) -> None:
    """Write a page's whole address. Names without a value are left out."""
    values: Values = {
        name: (value,) if isinstance(value, str) else tuple(value) for name, value in params.items() if value
    }
    shown = {name: tuple(st.query_params.get_all(name)) for name in st.query_params}
    # What the browser told may be older than what was written to it last: two presses in one moment.
    if values != shown or values != st.session_state.get(_key(page), values):
        st.query_params.from_dict({name: list(value) for name, value in values.items()})
    st.session_state[_key(page)] = values


def sentence(text: str) -> str:
    """A problem as a sentence: a capital in front, a full stop behind."""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?")) else ".")


def _key(page: str) -> str:
    return f"{page}.written"
