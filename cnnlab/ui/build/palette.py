"""The palette: every block with a small drawing and what it does; a click adds it."""

from dataclasses import replace
from functools import lru_cache
from html import escape

import streamlit as st

from cnnlab.figures.thumbnail import Bar, thumbnail
from cnnlab.graph import Activation, BatchNorm, Input, Node, skips
from cnnlab.recipe import KINDS, MOST_ROWS, Kind, Recipe, row
from cnnlab.recipe.build import walk_between
from cnnlab.ui import html
from cnnlab.ui.build import history
from cnnlab.ui.widgets.clickable_html import clickable_html

ON_MAP, ON_VECTOR = (16, 16, 64), (64,)


def palette(recipe: Recipe) -> None:
    """Draw the blocks; a click adds one behind the chosen row, or at the end."""
    place = history.chosen()
    where = "at the end" if place is None else f"after row {place + 1}"
    full = f"A network has at most {MOST_ROWS} rows; increase the repeats of a row instead."
    text = f"Click a block to add it {where}." if len(recipe.rows) < MOST_ROWS else full
    st.html(html.heading("Add a block") + html.prose(text, "cnnlab-aside"))
    clickable_html("build.palette", _html(), _add)


def _add(name: str) -> None:
    recipe, place = history.recipe(), history.chosen()
    if name not in KINDS or len(recipe.rows) >= MOST_ROWS:
        return
    place = len(recipe.rows) if place is None else place + 1
    rows = (*recipe.rows[:place], row(name), *recipe.rows[place:])
    history.change(replace(recipe, rows=rows))
    history.choose(place if history.chosen() is not None else None)


@lru_cache(maxsize=1)
def _html() -> str:
    cards = "".join(
        f'<button class="cnnlab-block" data-act="{kind.name}"><b>{escape(kind.title)}</b>{_drawing(kind)}'
        f"<span>{escape(kind.description)}</span></button>"
        for kind in KINDS.values()
    )
    return f'<div class="cnnlab-palette">{cards}</div>'


def _drawing(kind: Kind) -> str:
    """Return the block's layers as bars, on a map or on a vector."""
    x: Node = Input(ON_VECTOR if kind.name == "dense" else ON_MAP)()
    y = kind.function(x, **row(kind.name).values)
    nodes = [node for node in walk_between(y, x) if not isinstance(node.layer, Activation | BatchNorm)] or [y]
    around = {node for skip in skips([x, *nodes]) for node in walk_between(skip.end, skip.start)}
    return thumbnail([Bar(node.layer.drawn_as, node.shape, node in around) for node in nodes], kind.title)
