"""All tricks in one table, each with its usual numbers; a row opens it."""

from functools import lru_cache

import streamlit as st

from cnnlab.tricks import TRICKS
from cnnlab.ui import parts
from cnnlab.ui.links import link
from cnnlab.ui.savings.account import account
from cnnlab.units import factor, full


def others() -> None:
    """The table, under a heading."""
    st.html(_table())


@lru_cache(maxsize=1)
def _table() -> str:
    rows = []
    for trick in TRICKS.values():
        found = account(trick.name, tuple(trick.check({}).items()))
        rows.append(
            (
                parts.Html(link("savings", {"trick": trick.name}, trick.title)),
                f"{trick.before}: {full(found.before.macs)}",
                f"{trick.after}: {full(found.after.macs)}",
                f"{factor(found.before.macs / found.after.macs)} times fewer",
            )
        )
    return (
        parts.heading("Every trick, in MACs")
        + parts.prose("Each with its usual numbers. Click one to open it above.")
        + parts.table(("trick", "before", "after", "saves"), rows, "Tricks that save, with their MACs")
    )
