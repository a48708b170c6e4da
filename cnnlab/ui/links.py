"""Links in a page's own HTML, and dots of its charts that open a network.

They are plain links, and once the page is there a click stays within the session.
"""

from collections.abc import Mapping, Sequence
from html import escape
from urllib.parse import parse_qs, urlencode

import streamlit as st

from cnnlab.ui.clicks import HEAR

PAGES = {
    "inspect": "pages/networks/inspect.py",
    "compare": "pages/networks/compare.py",
    "savings": "pages/ideas/savings.py",
}
"""The pages that can be linked to, by their address."""

# Without this a link would open a new session: a second instead of a moment, and what was set elsewhere would be gone.
JS = """
export default function ({ setTriggerValue }) {
  const follow = (event) => {
    const link = event.target.closest?.("a[data-within]");
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    setTriggerValue("go", link.getAttribute("href"));
  };
  document.addEventListener("click", follow);
  const deaf = hear((name) => setTriggerValue("go", "inspect?network=" + encodeURIComponent(name)));
  return () => { document.removeEventListener("click", follow); deaf(); };
}
"""
_component = st.components.v2.component("cnnlab_links", html="<span></span>", js=HEAR + JS)


def link(page: str, params: Mapping[str, str | Sequence[str]], inside: str, style: str = "cnnlab-link") -> str:
    """HTML of a link to a page with its settings; ``inside`` is HTML already."""
    address = escape(f"{page}?{urlencode(params, doseq=True)}")
    return f'<a class="{style}" data-within="true" href="{address}">{inside}</a>'


def follow() -> None:
    """Go where a link or a dot on this page was clicked to."""
    asked = _component(key="links", on_go_change=lambda: None, height="content").go
    if asked:
        page, _, query = str(asked).partition("?")
        if page in PAGES:
            st.switch_page(PAGES[page], query_params=parse_qs(query))
