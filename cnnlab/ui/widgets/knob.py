"""The widget of a knob, derived from its declaration."""

from collections.abc import Callable
from typing import Any, Literal

import streamlit as st

from cnnlab.knobs import Knob
from cnnlab.knobs.image_size import Sides
from cnnlab.ui.widgets.session_value import index
from cnnlab.ui.widgets.size_field import size_field
from cnnlab.units import capitalised

Width = int | Literal["stretch"]


def widget(
    knob: Knob,
    key: str,
    changed: Callable[..., None] | None = None,
    args: tuple[Any, ...] = (),
    *,
    width: Width | None = None,
    typed: bool = False,
    disabled: bool = False,
    help_text: str = "",
) -> None:
    """Draw the widget of a knob; its value stands in the session under ``key``, which must be set already.

    ``changed`` is called with ``args`` when the reader sets it, before the page runs again. ``typed`` asks for a field
    to type into in place of a slider, and a list in place of buttons. ``width`` is a number's, in pixels.
    """
    now = st.session_state[key]  # the default, too (see session_value), and the value of an emptied field
    common: dict[str, Any] = {"key": key, "on_change": changed, "args": args, "disabled": disabled}
    common["help"] = help_text or _help(knob)
    if knob.type is bool:
        st.toggle(knob.label, now, **common, width="content")
    elif knob.choices and typed:
        st.selectbox(knob.label, knob.choices, index(key, knob.choices), **common)
    elif knob.choices:
        st.segmented_control(
            knob.label, knob.choices, default=now, format_func=_words, **common, required=True, width="content"
        )
    elif knob.type is Sides:

        def call() -> None:
            if changed:
                changed(*args)

        size_field(knob, key, call, common["help"], width=100, disabled=disabled)
    elif knob.limits:
        number, limits = knob.type, knob.limits
        bounds = {"min_value": number(limits.low), "max_value": number(limits.high), "step": number(limits.step)}
        if typed or limits.typed:
            digits = "%d" if number is int else "%g"
            st.number_input(knob.label, value=number(now), **bounds, **common, format=digits, width=width or 130)
        else:
            form = "%g" if number is float else None
            st.slider(knob.label, value=now, **bounds, **common, format=form, width=width or 160)


def _help(knob: Knob) -> str:
    return f"{knob.help} {capitalised(knob.limits.ends)}." if knob.limits else knob.help


def _words(choice: str) -> str:
    return choice.replace("_", " ")
