"""Predict first: results stay hidden until a student has made a guess. The switch is the same on every page."""

from collections.abc import Callable
from typing import Literal

import streamlit as st

from cnnlab import guess
from cnnlab.knobs import Knob
from cnnlab.ui import html
from cnnlab.ui.url_state import Codec, Values
from cnnlab.units import factor, full

SWITCH, REVEALED = "predict.switch", "predict.revealed"
FIELD = Codec("predict", False, Knob("predict", bool, False, "").parse, lambda predicts: "on" if predicts else "off")
"""The switch, as a field of a page's URL."""
FLOPS = "Did you count FLOPs? One MAC is a multiplication and an addition: two FLOPs."
"""The usual reason for a guess of twice as many MACs."""
HALVED = "Did you divide by two? The number of MACs is the number of multiplications; FLOPs are twice as many."
"""The usual reason for a guess of half as many MACs."""
Kind = Literal["MACs", "count", "factor"]
MOST = 500  # answered questions that a session remembers


def take_url(values: Values) -> None:
    """Set the switch to a URL's value, if it has one. It stays on from page to page: a class is watching."""
    if FIELD.name in values:
        st.session_state[SWITCH] = values[FIELD.name]


def is_on() -> bool:
    """Return whether the switch is on."""
    return bool(st.session_state.get(SWITCH))


def value() -> Values:
    """Return the switch as a value of ``FIELD``."""
    return {FIELD.name: is_on()}


def switch() -> None:
    """Draw the switch."""
    st.toggle(
        "predict first",
        is_on(),
        key=SWITCH,
        persist_state="session",
        help="Results stay hidden until you have made a guess. The page checks it and shows the formula with its "
        "numbers.",
    )


def hidden(question: str) -> bool:
    """Return whether the results that answer this question are still hidden."""
    return is_on() and question not in st.session_state.get(REVEALED, {})


def ask(
    place: str,
    question: str,
    text: str,
    answer: float,
    working: Callable[[], str],
    kind: Kind = "count",
) -> bool:
    """Ask the question if the switch is on; return whether the results may be shown.

    ``place`` is a key for the widgets, ``question`` identifies the question, ``answer`` is of this
    ``kind``: MACs, another count, or a factor. ``working`` returns HTML with the formula; it is called once a guess was
    made.
    """
    if not is_on():
        return True
    with st.container(border=True, key=f"predict_{place}"):
        st.html(html.heading("Predict first") + html.prose(text))
        if hidden(question):
            _form(place, question, answer, kind)
            return False
        shown = f"{factor(answer)} times" if kind == "factor" else full(round(answer))
        st.html(html.prose(f"{st.session_state.get(REVEALED, {})[question]} The answer is **{shown}**."))
        st.html(working())
    return True


def _form(place: str, question: str, answer: float, kind: Kind) -> None:
    guessed, problem, asked = (f"predict.{what}.{place}" for what in ("guessed", "problem", "asked"))

    def check() -> None:
        typed = st.session_state.get(guessed, "")
        try:
            number, unit = guess.read(typed), guess.unit_meant(typed, answer)
        except ValueError as error:
            st.session_state[problem] = html.sentence(str(error))
            return
        if unit and st.session_state.get(asked) != typed:
            st.session_state[asked] = typed
            st.session_state[problem] = (
                f"Did you mean {number:g} {unit}? Write the {unit}, or press Check again to keep {number:g}."
            )
            return
        hints = {"twice": FLOPS, "half": HALVED} if kind == "MACs" else {}
        marked = guess.mark(number, answer, near=0.15 if kind == "factor" else 0.05, **hints)
        _reveal(question, f"Your guess: {_as_read(typed)}. {marked.text}".strip())

    with st.container(horizontal=True, vertical_alignment="bottom"):
        # In a form, Enter checks.
        with (
            st.form(f"predict.form.{place}", border=False, width="content"),
            st.container(horizontal=True, vertical_alignment="bottom", width="content"),
        ):
            st.text_input(
                "your guess",
                key=guessed,
                max_chars=guess.LONGEST,
                # An example would be the answer to some question.
                placeholder="how many times" if kind == "factor" else "a number (k, M, G) or a product (×)",
                width=320,
            )
            st.form_submit_button("Check", type="primary", key=f"predict.check.{place}", on_click=check)
        st.button("Show me", key=f"predict.show.{place}", on_click=_reveal, args=(question, "You looked it up."))
    sentence = st.session_state.pop(problem, None)
    if sentence:
        st.warning(html.plain(sentence), icon=":material/info:")


def _as_read(typed: str) -> str:
    """Return the typed text, with the number it stands for if that differs."""
    value = guess.read(typed)
    number = full(round(value)) if value == round(value) else f"{value:g}"
    typed = typed.strip().replace("**", "^")  # two stars would be bold
    return typed if typed == number else f"{typed.removeprefix('=').strip()} = {number}"


def _reveal(question: str, outcome: str) -> None:
    known = dict(st.session_state.get(REVEALED, {})) | {question: outcome}
    st.session_state[REVEALED] = dict(list(known.items())[-MOST:])
