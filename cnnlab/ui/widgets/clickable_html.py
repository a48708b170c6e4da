"""A block of HTML with clickable parts; each click calls back with one word.

Each of Streamlit's buttons is an element with a message of its own: fifty rows with five buttons each would take
seconds. Here the whole list is one element.
"""

from collections.abc import Callable

import streamlit as st

from cnnlab.ui.widgets.component_files import read

# Not isolated: the page's style sheet applies to it.
_component = st.components.v2.component(
    "cnnlab_acts", html='<div class="acts"></div>', js=read("clickable_html.js"), isolate_styles=False
)


def clickable_html(key: str, html: str, act: Callable[[str], None], revision: str = "", focus: str = "") -> None:
    """Show HTML; a click on a part with ``data-act`` calls ``act`` with its word before the page runs again.

    A click on an older ``revision``, which the browser had not replaced yet, is ignored. ``focus`` is the word of the
    part that gets the keyboard focus, if a part of this HTML has it. A part with ``data-top`` scrolls to the top of the
    column of the element that this selector names.
    """

    def pressed() -> None:
        word, _, seen = str(st.session_state[key].act or "").rpartition("@")
        if word and seen == revision:
            act(word)

    _component(key=key, data={"html": html, "revision": revision, "focus": focus}, on_act_change=pressed)
