"""The field for the size of an image: a side, or height x width, with buttons that make it smaller and larger."""

from collections.abc import Callable
from typing import NamedTuple, cast

import streamlit as st

from cnnlab.graph import pair
from cnnlab.knobs import Knob, Range
from cnnlab.knobs.image_size import ImageSize, of_sides
from cnnlab.ui import html
from cnnlab.ui.widgets.session_value import hold

LONGEST = 20  # characters, more than any size has

Changed = Callable[[], None]


class Wrong(NamedTuple):
    """A text that is no size, the sentence about it, and the size that stayed in force."""

    text: str
    sentence: str
    kept: ImageSize


def size_field(knob: Knob, key: str, changed: Changed, help_text: str, *, width: int, disabled: bool) -> None:
    """Draw the field and its buttons; the size stands in the session under ``key``, which must be set already.

    A text that is no size is answered with a sentence, and changes nothing. ``changed`` is called when the reader sets
    another size, before the page runs again.
    """
    now, limits = cast(ImageSize, st.session_state[key]), knob.limits
    assert limits is not None
    typed = f"{key}.typed"
    wrong = _wrong(key)
    text = wrong.text if wrong else knob.text(now)
    with st.container(horizontal=True, vertical_alignment="bottom", gap=None, width="content"):
        st.text_input(
            knob.label,
            text,
            key=hold(typed, text),
            max_chars=LONGEST,
            on_change=_read,
            args=(knob, key, changed),
            help=help_text,
            disabled=disabled,
            width=width,
        )
        for sign, icon, word in ((-1, "remove", "smaller"), (1, "add", "larger")):
            other = _stepped(now, limits, sign)
            st.button(
                "",
                icon=f":material/{icon}:",
                key=f"{key}.{word}",
                help=f"{int(limits.step)} pixel{'s' * (limits.step != 1)} {word}",
                on_click=_set,
                args=(key, other, changed),
                disabled=disabled or other == now,
                type="tertiary",
                width=32,
            )
    if wrong:
        st.warning(html.plain(wrong.sentence), icon=":material/info:")


def _wrong(key: str) -> Wrong | None:
    """Return what is wrong with the text in the field, as long as it stands there and no other size was set."""
    found: Wrong | None = st.session_state.get(f"{key}.wrong")
    if found and (st.session_state.get(f"{key}.typed"), st.session_state[key]) != (found.text, found.kept):
        del st.session_state[f"{key}.wrong"]
        return None
    return found


def _read(knob: Knob, key: str, changed: Changed) -> None:
    text, now = str(st.session_state[f"{key}.typed"] or ""), st.session_state[key]
    if not text.strip():  # an emptied field gets its size back
        return
    try:
        _set(key, cast(ImageSize, knob.parse(text)), changed)
    except ValueError as error:
        kept = f"{html.sentence(str(error))} It stays {knob.text(now)}."
        st.session_state[f"{key}.wrong"] = Wrong(text, kept, now)


def _set(key: str, size: ImageSize, changed: Changed) -> None:
    if size != st.session_state[key]:
        st.session_state[key] = size
        changed()


def _stepped(size: ImageSize, limits: Range, sign: int) -> ImageSize:
    """Return the size a step smaller or larger, both sides alike, within the limits."""
    sides = (min(max(side + sign * int(limits.step), int(limits.low)), int(limits.high)) for side in pair(size))
    return of_sides(*sides)
