"""How Augment shows images that the queue draws."""

from collections.abc import Callable

import streamlit as st

from cnnlab.augmenting import Drawn, Order, job
from cnnlab.ui.queue import Awaited

PATIENCE = 0.4  # seconds a run waits for what stands on top: most orders are drawn by then
MOST_SECONDS = 8.0  # that an order may take Keras on a quiet machine; others wait behind it


def drawn(
    awaited: Awaited,
    key: str,
    order: Order,
    show: Callable[[Drawn], str],
    waiting: str,
    slot: str = "",
    patience: float = 0.0,
) -> None:
    """Show what is ordered as HTML.

    While it is drawn, what was there before stays, paler; at first ``waiting``. Of all orders in one ``slot`` only the
    last is drawn.
    """
    before, state = f"{key}.before", awaited.ask(slot or key, job(order), patience)
    if state.result:
        st.session_state[before] = html = show(state.result)
        st.html(html)
    elif state.live:
        st.html(
            f'<p class="cnnlab-drawing" role="status">{" ".join(filter(None, ["drawing…", state.text]))}</p>'
            f'<div class="cnnlab-waits">{st.session_state.get(before, waiting)}</div>'
        )
