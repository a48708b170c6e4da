"""The widgets of a spec's fields, derived from its knobs, each with its error below it."""

from html import escape

import streamlit as st

from cnnlab.training.spec import KNOBS
from cnnlab.ui.html import sentence
from cnnlab.ui.transfer import form_state
from cnnlab.ui.widgets.knob import widget
from cnnlab.ui.widgets.session_value import hold
from cnnlab.units import capitalised

WIDTH = 150  # pixels of a field


def field(name: str, wrong: dict[str, str], disabled: str = "") -> None:
    """Draw the widget of a knob; ``disabled`` says why it makes no difference at the moment."""
    knob, value = KNOBS[name], form_state.current().values[name]
    help_text = f"{knob.help} {disabled}".strip()
    if knob.limits and knob.limits.high < 1e6:
        help_text += f" {capitalised(knob.limits.ends)}; the default is {knob.text(knob.default)}."
    with st.container(width=WIDTH if name not in wrong else 260, gap="xsmall"):
        widget(
            knob,
            hold(f"transfer.{name}", value),
            _set,
            (name,),
            width="stretch",
            typed=True,
            disabled=bool(disabled),
            help_text=help_text,
        )
        problem(name, wrong)


def _set(name: str) -> None:
    value = st.session_state[f"transfer.{name}"]
    if value is not None:
        form_state.put(**{name: KNOBS[name].check(value)})


def problem(name: str, wrong: dict[str, str]) -> None:
    """Write the sentence on a wrong field."""
    if name in wrong:
        st.html(f'<p class="cnnlab-wrong" role="alert">{escape(sentence(wrong[name]))}</p>')
