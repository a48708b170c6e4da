"""The fields of the chosen row, each a widget derived from the block's own signature."""

import streamlit as st

from cnnlab.recipe import MOST_REPEATS, Recipe, row
from cnnlab.ui import parts
from cnnlab.ui.build import address
from cnnlab.ui.knobs import widget

REPEAT = "repeat"


def fields(recipe: Recipe) -> None:
    """Widgets for the chosen row; nothing where none is chosen."""
    place = address.chosen()
    if place is None:
        return
    each = recipe.rows[place]
    with st.container(border=True, key="build_fields"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.html(parts.heading(f"Row {place + 1}: {each.kind.title}"), width="content")
            st.button("Done", key="build.done", on_click=address.choose, args=(None,), type="tertiary")
        st.html(parts.prose(each.kind.explained, "cnnlab-aside"))
        keys = {name: f"build.field.{address.epoch()}.{place}.{name}" for name in (*each.kind.fields, REPEAT)}
        for name, key in keys.items():
            st.session_state.setdefault(key, each.repeat if name == REPEAT else each.fields[name])
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            for name, knob in each.kind.fields.items():
                widget(knob, keys[name], _take, (place, keys, len(recipe.rows)))
            st.number_input(
                "repeat",
                1,
                MOST_REPEATS,
                value=1,
                key=keys[REPEAT],
                on_change=_take,
                args=(place, keys, len(recipe.rows)),
                width=130,
                help="So many of it in a row, one behind the other.",
            )


def _take(place: int, keys: dict[str, str], count: int) -> None:
    """Take over what the widgets say, before the page is drawn anew."""
    recipe = address.recipe()
    if len(recipe.rows) != count:
        return  # a row was deleted or added in the same moment
    each = recipe.rows[place]
    values = {name: st.session_state[key] for name, key in keys.items() if st.session_state.get(key) is not None}
    try:
        new = row(each.block, **values)
    except (ValueError, TypeError):
        return  # the row was moved in the same moment
    address.edited(recipe.model_copy(update={"rows": (*recipe.rows[:place], new, *recipe.rows[place + 1 :])}))
