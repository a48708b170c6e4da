"""The page's body: a toolbar, the rows, and beside them the chosen row's knobs and the palette."""

from dataclasses import replace
from functools import lru_cache

import streamlit as st

from cnnlab.figures.thumbnail import Bar, thumbnail
from cnnlab.graph import Add, Node
from cnnlab.network import Network
from cnnlab.recipe import INPUT_KNOBS, Recipe, build
from cnnlab.recipe.build import walk_between
from cnnlab.recipe.templates import TEMPLATES
from cnnlab.ui import html
from cnnlab.ui.build import budget, fields, files, history, importing, palette, rows
from cnnlab.ui.build.entrances import network_links
from cnnlab.ui.widgets.knob import widget

START = "build.start"


@st.fragment
def body() -> None:
    """Draw everything below the heading; a click reruns this part alone."""
    recipe = history.recipe()
    _toolbar(recipe)
    history.URL.show_problems()
    importing.wait()
    importing.just_imported()
    found = build(recipe)
    st.html(rows.notice(recipe) + budget.meters(recipe, found) + _left_out(recipe))
    left, right = st.columns((7, 4), gap="medium")
    with left:
        if found.rows:
            st.html(_silhouette(recipe))
        rows.listing(recipe)
        if recipe.rows:
            st.html(_below(recipe, whole=not found.problem))
    with right, st.container(key="build_side"):
        fields.fields(recipe)
        palette.palette(recipe)
    history.write_url()


def _toolbar(recipe: Recipe) -> None:
    back, forth = history.undo_redo_available()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"):
        st.button("Undo", icon=":material/undo:", key="build.undo", disabled=not back, on_click=history.undo)
        st.button("Redo", icon=":material/redo:", key="build.redo", disabled=not forth, on_click=history.redo)
        st.selectbox(
            "start from",
            TEMPLATES,
            index=None,
            format_func=lambda name: TEMPLATES[name].title,
            placeholder="a template",
            key=START,
            on_change=_start,
            width=150,
        )
        for name, knob in INPUT_KNOBS.items():
            key = f"build.input.{history.epoch()}.{name}"
            st.session_state.setdefault(key, getattr(recipe, name))
            widget(knob, key, _input, (name, key))
        budget.controls()
        files.files(recipe)
        st.button("Clear", icon=":material/delete_sweep:", key="build.clear", on_click=_clear, disabled=not recipe.rows)


def _input(name: str, key: str) -> None:
    value = st.session_state[key]
    if value is not None:
        history.change_row(replace(history.recipe(), **{name: value}))


def _clear() -> None:
    history.change(replace(history.recipe(), rows=()))


def _start() -> None:
    name = st.session_state[START]
    if name:
        history.change(TEMPLATES[name].make())
        history.choose(None)
        st.session_state[START] = None


def _left_out(recipe: Recipe) -> str:
    """Return the recipe's template and what its rows leave out, as HTML."""
    for template in TEMPLATES.values():
        if _made(template.name) == recipe:
            left_out = f" Left out: {template.left_out}" if template.left_out else ""
            return html.prose(f"This is {template.title}, as rows.{left_out}", "cnnlab-aside")
    return ""


@lru_cache(maxsize=64)
def _made(name: str) -> Recipe:
    return TEMPLATES[name].make()


@lru_cache(maxsize=128)
def _silhouette(recipe: Recipe) -> str:
    """Return an SVG with a bar for each repeat of each working row: its layer with the most MACs."""
    found, bars, before = build(recipe), [], build(recipe).source
    for each, built in zip(recipe.rows, found.rows, strict=False):
        nodes: list[Node] = walk_between(built.output, before)
        main = max(nodes, key=lambda node: node.macs, default=built.output)
        bars += [Bar(main.layer.drawn_as, built.shape, _skips(nodes))] * each.repeat
        before = built.output
    title = "The network: one bar per row, as tall as its channels"
    return f'<div class="cnnlab-silhouette">{thumbnail(bars, title)}</div>'


def _skips(nodes: list[Node]) -> bool:
    return any(isinstance(node.layer, Add) for node in nodes)


def _below(recipe: Recipe, whole: bool) -> str:
    """Return the next steps, as HTML; a ``whole`` network has links to other pages."""
    hint = html.prose("Click a row to change, move or delete it.", "cnnlab-aside") if history.chosen() is None else ""
    if not whole:
        return hint or html.prose("The marked row says what to do.", "cnnlab-aside")
    return hint + network_links(Network.assembled(recipe))
