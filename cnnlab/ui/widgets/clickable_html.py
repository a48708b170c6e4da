"""HTML of a page's own in which parts can be pressed: each press is told as one word.

Streamlit's buttons are elements of their own, each a message and a wake-up; a list of fifty rows with five buttons each
would take seconds. Here the whole list is one element.
"""

from collections.abc import Callable

import streamlit as st

from cnnlab.ui.widgets.component_files import read

# Not isolated: its parts look as the page's style sheet has them.
_component = st.components.v2.component(
    "cnnlab_acts", html='<div class="acts"></div>', js=read("clickable_html.js"), isolate_styles=False
)


def acts(key: str, html: str, act: Callable[[str], None], revision: str = "", focus: str = "") -> None:
    """Show HTML; a press on a part with ``data-act`` calls ``act`` with its word before the page runs again.

    A press on an older ``revision``, which the browser had not replaced yet, is passed over. ``focus`` is the word of
    the part that takes the keyboard's focus over, where a part of this HTML has it. A part with ``data-top`` scrolls
    the column that holds what this selector names to its beginning, where the answer to the press appears.
    """

    def pressed() -> None:
        word, _, seen = str(st.session_state[key].act or "").rpartition("@")
        if word and seen == revision:
            act(word)

    _component(key=key, data={"html": html, "revision": revision, "focus": focus}, on_act_change=pressed)
