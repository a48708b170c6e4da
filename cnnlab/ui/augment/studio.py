"""The studio that draws for all sessions, and how the page waits for it."""

from collections.abc import Callable, Iterable

import streamlit as st

from cnnlab.augmenting import Drawn, FailedError, Order, Studio
from cnnlab.ui import html as parts
from cnnlab.ui import lines
from cnnlab.ui.work import who

PATIENCE = 0.4  # seconds a run waits for what stands on top: most orders are drawn by then
MOST_SECONDS = 8.0  # that an order may take Keras on a quiet machine; others wait behind it

Pending = tuple[str, Order]


@st.cache_resource(show_spinner=False)
def studio() -> Studio:
    """The one studio of this server."""
    return Studio()


def drawn(
    key: str, order: Order, show: Callable[[Drawn], str], waiting: str, of: str = "", patience: float = 0.0
) -> list[Pending]:
    """Show what is ordered as HTML; returns it where it is still to be drawn, for ``watch``.

    While it is drawn, what was there before stays, paler; at first ``waiting``. Of all orders under the same name
    ``of``, only the last is drawn.
    """
    before, reader = f"{key}.before", f"{who()} {of or key}"
    try:
        found = studio().answer(reader, order, patience)
    except FailedError as error:
        st.error(parts.plain(str(error)), icon=":material/error:")
        st.button("Try again", key=f"{key}.again", on_click=studio().forget, args=(order,))
        return []
    if found:
        st.session_state[before] = html = show(found)
        st.html(html)
        return []
    first = studio().before(order)
    told = f"drawing… {first} others come first" if first > 1 else "drawing…"
    st.html(
        f'<p class="cnnlab-drawing" role="status">{told}</p>'
        f'<div class="cnnlab-waits">{st.session_state.get(before, waiting)}</div>'
    )
    return [(reader, order)]


def watch(pending: Iterable[Pending]) -> None:
    """Run the page again when one of these is there."""
    lines.watch(studio(), pending)
