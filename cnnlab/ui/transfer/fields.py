"""The widgets of a spec's fields, derived from its knobs; what is wrong with one stands below it."""

from html import escape

import streamlit as st

from cnnlab.training.spec import KNOBS
from cnnlab.ui.bar import sentence
from cnnlab.ui.transfer import form_state
from cnnlab.ui.widgets.session_value import index

WIDTH = 150  # pixels of a field


def held(name: str, value: object) -> str:
    """The key of a widget that shows what the page's state says."""
    key = f"transfer.{name}"
    if st.session_state.get(key) != value:
        st.session_state[key] = value
    return key


def field(name: str, wrong: dict[str, str], disabled: str = "") -> None:
    """The widget of a knob; ``disabled`` says why it makes no difference at the moment."""
    knob, value = KNOBS[name], form_state.current().values[name]
    key = held(name, value)
    told = f"{knob.help} {disabled}".strip()
    with st.container(width=WIDTH if name not in wrong else 260, gap="xsmall"):
        if knob.choices:
            st.selectbox(
                knob.label, knob.choices, index(key, knob.choices), key=key, on_change=_set, args=(name,), help=told,
                disabled=bool(disabled),
            )  # fmt: skip
        else:
            assert knob.limits
            number, low, high = knob.type, knob.limits.low, knob.limits.high
            if high < 1e6:
                told += f" From {low:g} to {high:,g}; the usual is {knob.text(knob.default)}."
            st.number_input(
                knob.label, number(low), number(high), number(value), step=number(knob.limits.step),
                format="%d" if number is int else "%g", key=key, on_change=_set, args=(name,), help=told,
                disabled=bool(disabled),
            )  # fmt: skip
        problem(name, wrong)


def _set(name: str) -> None:
    value = st.session_state[f"transfer.{name}"]
    if value is not None:
        form_state.put(**{name: KNOBS[name].check(value)})


def problem(name: str, wrong: dict[str, str]) -> None:
    """The sentence on a wrong field."""
    if name in wrong:
        st.html(f'<p class="cnnlab-wrong" role="alert">{escape(sentence(wrong[name]))}</p>')
