"""The fields of the chosen row, each a widget derived from the block's own signature."""

import streamlit as st

from cnnlab.recipe import MOST_REPEATS, Recipe, Row, row
from cnnlab.ui import html
from cnnlab.ui.build import history
from cnnlab.ui.widgets.knob import widget

REPEAT = "repeat"


def fields(recipe: Recipe) -> None:
    """Widgets for the chosen row; nothing where none is chosen."""
    place = history.chosen()
    if place is None:
        return
    each = recipe.rows[place]
    with st.container(border=True, key="build_fields"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.html(html.heading(f"Row {place + 1}: {each.kind.title}"), width="content")
            st.button("Done", key="build.done", on_click=history.choose, args=(None,), type="tertiary")
        st.html(html.prose(each.kind.explained, "cnnlab-aside"))
        keys = _keys(each, place)
        for name, key in keys.items():
            st.session_state.setdefault(key, each.repeat if name == REPEAT else each.fields[name])
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            for name, knob in each.kind.fields.items():
                widget(knob, keys[name], _take, (each, place, keys))
            st.number_input(
                "repeat",
                1,
                MOST_REPEATS,
                value=st.session_state[keys[REPEAT]],
                key=keys[REPEAT],
                on_change=_take,
                args=(each, place, keys),
                width=130,
                help="So many of it in a row, one behind the other.",
            )


def _keys(each: Row, place: int) -> dict[str, str]:
    """Session keys of the row's widgets."""
    return {name: f"build.field.{history.epoch()}.{place}.{name}" for name in (*each.kind.fields, REPEAT)}


def _take(shown: Row, place: int, keys: dict[str, str]) -> None:
    """Take over what the widgets say, before the page is drawn anew; ``shown`` is the row they were drawn for."""
    recipe = history.recipe()
    if keys[REPEAT] != _keys(shown, place)[REPEAT]:
        # The rows changed in the same moment: the row is where it went.
        place = next((number for number, each in enumerate(recipe.rows) if each is shown), len(recipe.rows))
    if place >= len(recipe.rows):
        return
    each = recipe.rows[place]
    values = {name: st.session_state[key] for name, key in keys.items() if st.session_state.get(key) is not None}
    try:
        new = row(each.block, **values)
    except (ValueError, TypeError):
        return  # the row was moved in the same moment
    history.edited(recipe.model_copy(update={"rows": (*recipe.rows[:place], new, *recipe.rows[place + 1 :])}))
