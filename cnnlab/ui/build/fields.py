"""The knobs of the chosen row as widgets, derived from the block's signature."""

from dataclasses import replace

import streamlit as st

from cnnlab.recipe import REPEAT, Recipe, Row, row
from cnnlab.ui import html
from cnnlab.ui.build import history
from cnnlab.ui.widgets.knob import widget


def fields(recipe: Recipe) -> None:
    """Draw widgets for the knobs of the chosen row, if one is chosen."""
    place = history.chosen()
    if place is None:
        return
    each = recipe.rows[place]
    with st.container(border=True, key="build_fields"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.html(html.heading(f"Row {place + 1}: {each.kind.title}"), width="content")
            st.button("Done", key="build.done", on_click=history.choose, args=(None,), type="tertiary")
        st.html(html.prose(each.kind.description, "cnnlab-aside"))
        keys = _keys(each, place)
        values = each.values | {REPEAT.name: each.repeat}
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            for knob in (*each.kind.knobs.values(), REPEAT):
                st.session_state.setdefault(keys[knob.name], values[knob.name])
                widget(knob, keys[knob.name], _take, (each, place, keys))


def _keys(each: Row, place: int) -> dict[str, str]:
    """Return the session keys of the row's widgets."""
    return {name: f"build.field.{history.epoch()}.{place}.{name}" for name in (*each.kind.knobs, REPEAT.name)}


def _take(shown: Row, place: int, keys: dict[str, str]) -> None:
    """Store the widgets' values before the page runs again; ``shown`` is the row that they were drawn for."""
    recipe = history.recipe()
    if keys != _keys(shown, place):
        # The rows changed in the same moment: find where this one went.
        place = next((number for number, each in enumerate(recipe.rows) if each is shown), len(recipe.rows))
    if place >= len(recipe.rows):
        return
    each = recipe.rows[place]
    values = {name: st.session_state[key] for name, key in keys.items() if st.session_state.get(key) is not None}
    try:
        new = row(each.block, **values)
    except (ValueError, TypeError):
        return  # the row was moved in the same moment
    history.change_row(replace(recipe, rows=(*recipe.rows[:place], new, *recipe.rows[place + 1 :])))
