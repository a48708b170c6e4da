"""The process that counts, times and tries networks for all sessions, and how a section waits for it."""

from typing import Any

import streamlit as st

from cnnlab.inference import FailedError, Order, Trier
from cnnlab.ui import html, lines
from cnnlab.ui.work import who

PATIENCE = 0.6  # seconds that a run waits: most answers are there by then, once TensorFlow is


@st.cache_resource(show_spinner=False)
def trier() -> Trier:
    """The one of this server."""
    return Trier()


class Asking:
    """What one run of a section asks; ``watch`` at its end runs the page again when an answer has come."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._pending: list[tuple[str, Order]] = []

    def answer(self, of: str, order: Order, patience: float = PATIENCE) -> Any:
        """The answer, or None as long as it is not there. Of all orders under one name only the last is worked out.

        Why it came to nothing is told, with a button that tries again.
        """
        reader = f"{who()} {self._key}.{of}"
        try:
            found = trier().answer(reader, order, patience)
        except FailedError as error:
            st.warning(html.plain(str(error)), icon=":material/info:")
            st.button("Try again", key=f"{self._key}.{of}.again", on_click=trier().forget, args=(order,))
            return None
        if found is None:
            self._pending.append((reader, order))
        return found

    def pending(self, order: Order) -> bool:
        """Whether its answer is still to come."""
        return any(order is each for _, each in self._pending)

    def place(self, order: Order) -> str:
        """A sentence for those that come first, if there are some."""
        first = trier().before(order)
        return f" {first} other {'question comes' if first == 1 else 'questions come'} first." if first else ""

    def watch(self) -> None:
        """To be called once, at the end."""
        lines.watch(trier(), self._pending)
