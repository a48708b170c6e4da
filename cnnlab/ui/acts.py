"""HTML of a page's own in which parts can be pressed: each press is told as one word.

Streamlit's buttons are elements of their own, each a message and a wake-up; a list of fifty rows with five buttons each
would take seconds. Here the whole list is one element.
"""

from collections.abc import Callable

import streamlit as st

JS = """
export default function ({ data, parentElement, setTriggerValue }) {
  const host = parentElement.querySelector(".acts");
  if (host.shown !== data.html) {
    // The part that had the keyboard's focus gets it back.
    const focused = document.activeElement?.closest?.("[data-act]")?.dataset.act;
    host.innerHTML = data.html;
    host.shown = data.html;
    if (focused) host.querySelector(`[data-act="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }
  host.onclick = (event) => {
    const part = event.target.closest("[data-act]");
    if (part && !part.disabled) setTriggerValue("act", part.dataset.act);
  };
}
"""
# Not isolated: its parts look as the page's style sheet has them.
_component = st.components.v2.component("cnnlab_acts", html='<div class="acts"></div>', js=JS, isolate_styles=False)


def acts(key: str, html: str, act: Callable[[str], None]) -> None:
    """Show HTML; a press on a part with ``data-act`` calls ``act`` with its word before the page runs again."""

    def pressed() -> None:
        word = st.session_state[key].act
        if word:
            act(str(word))

    _component(key=key, data={"html": html}, on_act_change=pressed)
