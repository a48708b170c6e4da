"""The page's body: what can be done, the rows, the chosen row's fields, the palette, and the budget."""

from functools import lru_cache

import streamlit as st

from cnnlab.network import Network
from cnnlab.recipe import Recipe, build
from cnnlab.recipe.model import CHANNELS, SIDES
from cnnlab.recipe.templates import TEMPLATES
from cnnlab.ui import parts
from cnnlab.ui.build import address, budget, palette, rows
from cnnlab.ui.links import link
from cnnlab.ui.study import study

START = "build.start"


@st.fragment
def body() -> None:
    """Everything below the heading."""
    _toolbar()
    recipe = address.recipe()
    for problem in address.problems():
        st.warning(parts.plain(problem), icon=":material/info:")
    found = build(recipe)
    st.html(parts.prose(rows.totals(found), "cnnlab-notice") + _left_out())
    rows.mistakes(recipe)
    left, right = st.columns((3, 2), gap="large")
    with left:
        rows.listing(recipe)
        rows.fields(recipe)
    with right:
        st.html(parts.heading("Budget"))
        budget.budget(recipe, found)
        st.html(
            parts.heading("Add a block")
            + parts.prose("It is put behind the chosen row, or at the end.", "cnnlab-aside")
        )
        palette.palette(recipe)
    address.leave()
    if not found.problem:
        st.html(_elsewhere())


def _toolbar() -> None:
    back, forth = address.can()
    recipe = address.recipe()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"):
        st.button("Undo", icon=":material/undo:", key="build.undo", disabled=not back, on_click=address.undo)
        st.button("Redo", icon=":material/redo:", key="build.redo", disabled=not forth, on_click=address.redo)
        st.button("Empty", icon=":material/delete:", key="build.empty", on_click=_empty, disabled=not recipe.rows)
        st.selectbox(
            "start from",
            TEMPLATES,
            index=None,
            format_func=lambda name: TEMPLATES[name].title,
            placeholder="a template",
            key=START,
            on_change=_start,
            width=240,
        )
        for name, label, (low, high) in (("input_size", "input size", SIDES), ("channels", "channels", CHANNELS)):
            key = f"build.input.{address.epoch()}.{name}"
            st.session_state.setdefault(key, getattr(recipe, name))
            st.number_input(label, low, high, key=key, width=140, on_change=_input, args=(name, key))


def _input(name: str, key: str) -> None:
    value = st.session_state[key]
    if value is not None:
        address.edited(address.recipe().model_copy(update={name: int(value)}))


def _empty() -> None:
    address.change(address.recipe().model_copy(update={"rows": ()}))


def _start() -> None:
    name = st.session_state[START]
    if name:
        address.change(TEMPLATES[name].make())
        address.choose(None)
        st.session_state[START] = None


def _left_out() -> str:
    """What the template that is shown cannot say."""
    for template in TEMPLATES.values():
        if template.left_out and _made(template.name) == address.recipe():
            return parts.prose(f"{template.title} as rows. Left out: {template.left_out}", "cnnlab-aside")
    return ""


@lru_cache(maxsize=64)
def _made(name: str) -> Recipe:
    return TEMPLATES[name].make()


def _elsewhere() -> str:
    network = Network.assembled(address.recipe())
    study(network)
    reference = str(network)
    ways = (
        link("inspect", {"network": reference}, "Open in Inspect"),
        link("compare", {"network": [reference, "mobilenet_v1"]}, "Compare"),
        link("savings", {"swap": reference}, "Rewrite"),
    )
    return f'<p class="cnnlab-prose">{" · ".join(ways)}</p>'
