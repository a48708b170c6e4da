"""The table of all tricks, each at its defaults; a row is a link to it."""

from functools import lru_cache

import streamlit as st

from cnnlab.tricks import TRICKS
from cnnlab.ui import html
from cnnlab.ui.links import link
from cnnlab.ui.savings.comparison import trick_costs
from cnnlab.ui.widgets import predict_first
from cnnlab.units import compared, full


def draw() -> None:
    """Draw the table, under a heading."""
    st.html(_table(predict_first.is_on()))


@lru_cache(maxsize=2)
def _table(predicting: bool) -> str:
    """Return HTML of all tricks; with ``predicts`` without the numbers, which are answers."""
    rows = []
    for trick in TRICKS.values():
        title = html.Html(link("savings", {"trick": trick.name}, trick.title))
        if predicting:
            rows.append((title, trick.before, trick.after, "?"))
            continue
        costs = trick_costs(trick.name, tuple(trick.check({}).items()))
        rows.append(
            (
                title,
                f"{trick.before}: {full(costs.before.macs)}",
                f"{trick.after}: {full(costs.after.macs)}",
                compared(costs.after.macs, costs.before.macs),
            )
        )
    return (
        html.heading("Every trick, in MACs")
        + html.prose("Each with its default numbers. Click one to open it above.")
        + html.table(("trick", "before", "after", "saves"), rows, "Tricks that save, with their MACs")
    )
