"""How a page waits for what it ordered from a process with TensorFlow."""

from collections.abc import Iterable
from typing import Any, TypeVar

import streamlit as st

from cnnlab.workers import FailedError, Line, Ordered

POLL = 0.3  # seconds between two looks at what was ordered
O = TypeVar("O", bound=Ordered)  # noqa: E741


def watch(line: Line[O, Any], pending: Iterable[tuple[str, O]]) -> None:
    """Run the page again when one of these orders, each with its reader, is answered."""
    orders = list(pending)

    def there(reader: str, order: O) -> bool:
        try:
            return line.answer(reader, order) is not None
        except FailedError:
            return True

    @st.fragment(run_every=POLL)
    def look() -> None:
        if any(there(*each) for each in orders):
            st.rerun()

    if orders:
        look()
