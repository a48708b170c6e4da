"""The studio that draws for all sessions, and a part of the page that waits for it."""

from collections.abc import Callable

import streamlit as st

from cnnlab.studio import Drawn, FailedError, Order, Studio
from cnnlab.ui import parts
from cnnlab.ui.work import who

PATIENCE = 0.4  # seconds a run waits: most orders are drawn by then
POLL = 0.3  # seconds between two looks at what is drawn


@st.cache_resource(show_spinner=False)
def studio() -> Studio:
    """The one studio of this server."""
    return Studio()


def drawn(key: str, order: Order, show: Callable[[Drawn], str], waiting: str) -> None:
    """Show what is ordered as HTML. While it is drawn, what was there before stays, paler; at first ``waiting``."""
    before = f"{key}.before"
    try:
        found = studio().answer(f"{who()} {key}", order, PATIENCE)
    except FailedError as error:
        st.error(parts.plain(str(error)), icon=":material/error:")
        st.button("Try again", key=f"{key}.again", on_click=studio().forget, args=(order,))
        return
    if found:
        st.session_state[before] = html = show(found)
        st.html(html)
        return
    st.html(
        f'<p class="cnnlab-drawing" role="status">drawing…</p>'
        f'<div class="cnnlab-waits">{st.session_state.get(before, waiting)}</div>'
    )

    @st.fragment(run_every=POLL)
    def look() -> None:
        try:
            there = studio().answer(f"{who()} {key}", order) is not None
        except FailedError:
            there = True
        if there:
            st.rerun()

    look()
