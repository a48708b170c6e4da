"""The pipeline as a list: each step with a switch, its knobs, and buttons that move and delete it."""

from dataclasses import replace
from functools import partial
from html import escape

import streamlit as st

from cnnlab.augment import KINDS, MOST_STEPS, PRESETS, Step
from cnnlab.ui import html
from cnnlab.ui.augment import page_state
from cnnlab.ui.widgets.clickable_html import clickable_html
from cnnlab.ui.widgets.knob import widget
from cnnlab.ui.widgets.session_value import hold

START, ADD = "augment.start", "augment.add"
TOOLS = (
    ("up", "arrow_upward", "move up"),
    ("down", "arrow_downward", "move down"),
    ("delete", "delete", "delete"),
)


def listing() -> None:
    """Draw every step, and the choice of another one."""
    now = page_state.steps()
    if reason := preset_reason():
        st.html(html.prose(reason, "cnnlab-aside"))
    for place, (number, each) in enumerate(now):
        before = now[place - 1][1] if place else None
        after = now[place + 1][1] if place + 1 < len(now) else None
        with st.container(border=True, gap="xsmall", key=f"augment_step_{number}"):
            useless = {word for word, other in (("up", before), ("down", after)) if not _may_swap(each, other)}
            clickable_html(f"augment.head.{number}", _head(each, place, useless), partial(page_state.press, number))
            if each.on:
                _fields(number, each)
    if not now:
        st.html(html.prose("No step yet: the network sees the image as it is. Add one, or start from a preset."))
    st.selectbox(
        "add a step",
        [] if len(now) >= MOST_STEPS else list(KINDS),
        index=None,
        format_func=lambda name: KINDS[name].title,
        placeholder="add a step" if len(now) < MOST_STEPS else f"a pipeline has at most {MOST_STEPS} steps",
        key=ADD,
        on_change=_add,
        label_visibility="collapsed",
    )


def presets() -> None:
    """Draw the choice of a preset."""
    st.selectbox(
        "start from",
        PRESETS,
        index=None,
        format_func=lambda name: PRESETS[name].title,
        placeholder="a preset",
        key=START,
        on_change=_start,
        width=160,
    )


def preset_reason() -> str:
    """Return the reason for the preset's steps; empty if the steps are no preset's."""
    shown = page_state.current().pipeline
    own = (each for each in PRESETS.values() if each.pipeline.steps == shown.steps)
    return next((f"**{each.title}.** {each.reason}" for each in own), "")


def _may_swap(each: Step, other: Step | None) -> bool:
    return other is not None and each.kind.per_batch == other.kind.per_batch


def _head(each: Step, place: int, useless: set[str]) -> str:
    title = escape(each.kind.title)
    tools = "".join(
        f'<button data-act="{word}" title="{does}" aria-label="{does} step {place + 1}, {title}"'
        f'{" disabled" if word in useless else ""}><span translate="no">{symbol}</span></button>'
        for word, symbol, does in TOOLS
    )
    state = "true" if each.on else "false"
    return (
        f'<div class="cnnlab-step-head"><button class="switch" role="switch" aria-checked="{state}" data-act="switch" '
        f'aria-label="step {place + 1}, {title}"><i></i></button><b>{place + 1}. {title}</b>'
        f'<span class="tools">{tools}</span><p>{escape(each.kind.description)}</p></div>'
    )


def _fields(number: int, each: Step) -> None:
    keys = {name: hold(f"augment.field.{number}.{name}", each.values[name]) for name in each.kind.knobs}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        for name, knob in each.kind.knobs.items():
            widget(knob, keys[name], _take, (number, keys), width="stretch")


def _take(number: int, keys: dict[str, str]) -> None:
    """Store the widgets' values before the page runs again."""
    page_state.set_knobs(number, {name: st.session_state[key] for name, key in keys.items() if key in st.session_state})


def _add() -> None:
    kind = st.session_state[ADD]
    st.session_state[ADD] = None
    if kind:
        page_state.add(kind)


def _start() -> None:
    name = st.session_state[START]
    st.session_state[START] = None
    if name in PRESETS:
        preset = PRESETS[name].pipeline
        seed = page_state.current().pipeline.seed
        shown = page_state.current()
        page_state.put(
            page_state.AugmentState(
                replace(preset, seed=seed),
                shown.image,
                shown.number,
                shown.size,
                page_state.view_for(preset, shown.view),
            )
        )
