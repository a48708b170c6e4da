"""All tricks in one table, each with its usual numbers; a row opens it."""

from functools import lru_cache

import streamlit as st

from cnnlab.tricks import TRICKS
from cnnlab.ui import parts, predict
from cnnlab.ui.links import link
from cnnlab.ui.savings.account import account
from cnnlab.units import factor, full


def others() -> None:
    """The table, under a heading."""
    st.html(_table(predict.on()))


@lru_cache(maxsize=2)
def _table(predicting: bool) -> str:
    """All tricks; without their numbers, which are answers, where the reader is to predict them."""
    rows = []
    for trick in TRICKS.values():
        title = parts.Html(link("savings", {"trick": trick.name}, trick.title))
        if predicting:
            rows.append((title, trick.before, trick.after, "?"))
            continue
        found = account(trick.name, tuple(trick.check({}).items()))
        rows.append(
            (
                title,
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
