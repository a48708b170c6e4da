"""Shows images that the queue draws for Augment."""

from collections.abc import Callable

import streamlit as st

from cnnlab.augmenting import Augmented, Request, job
from cnnlab.ui.queue import Awaited

PATIENCE = 0.4  # seconds that a run waits for the images on top: most are drawn by then
MOST_SECONDS = 8.0  # that Keras may take for one request on an idle machine; others wait behind it


def drawn(
    awaited: Awaited,
    key: str,
    request: Request,
    show: Callable[[Augmented], str],
    waiting: str,
    slot: str = "",
    patience: float = 0.0,
) -> None:
    """Show the requested images as HTML.

    While they are drawn, the images before stay, paler; at first ``waiting``. Of all requests in one ``slot`` only the
    last is drawn.
    """
    before, state = f"{key}.before", awaited.ask(slot or key, job(request), patience)
    if state.result:
        st.session_state[before] = html = show(state.result)
        st.html(html)
    elif state.live:
        st.html(
            f'<p class="cnnlab-drawing" role="status">{" ".join(filter(None, ["drawing…", state.text]))}</p>'
            f'<div class="cnnlab-waits">{st.session_state.get(before, waiting)}</div>'
        )
