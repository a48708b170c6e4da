"""A widget for a knob, derived from its declaration."""

from collections.abc import Callable
from typing import Any, Literal

import streamlit as st

from cnnlab.knobs import Knob


def widget(
    knob: Knob,
    key: str,
    changed: Callable[..., None] | None = None,
    args: tuple[Any, ...] = (),
    width: int | Literal["stretch"] = 160,
) -> None:
    """Draw the widget of a knob; its value stands in the session under ``key``, which must be set already.

    ``changed`` is called with ``args`` when the reader sets it, before the page runs again. ``width`` is a slider's, in
    pixels.
    """
    now = st.session_state[key]  # said as the default, too: see ui/chosen.py; and what an emptied field goes back to
    heard: dict[str, Any] = {"key": key, "on_change": changed, "args": args}
    help_text = knob.help
    if knob.limits:
        help_text += f" From {knob.limits.low:g} to {knob.limits.high:g}."
    if knob.type is bool:
        st.toggle(knob.label, now, **heard, help=help_text, width="content")
    elif knob.choices:
        st.segmented_control(
            knob.label,
            knob.choices,
            default=now,
            format_func=_words,
            **heard,
            help=help_text,
            required=True,
            width="content",
        )
    elif knob.limits and knob.limits.typed:
        st.number_input(
            knob.label,
            int(knob.limits.low),
            int(knob.limits.high),
            value=int(now),
            step=int(knob.limits.step),
            **heard,
            help=help_text,
            width=130,
        )
    elif knob.limits:
        st.slider(
            knob.label,
            knob.type(knob.limits.low),
            knob.type(knob.limits.high),
            now,
            format="%g" if knob.type is float else None,
            step=knob.type(knob.limits.step),
            **heard,
            help=help_text,
            width=width,
        )


def _words(choice: str) -> str:
    return choice.replace("_", " ")
