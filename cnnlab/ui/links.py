"""Links in a page's own HTML, and dots of charts that open a network.

They are plain links; once the page is loaded, a click stays within the session.
"""

from collections.abc import Mapping, Sequence
from html import escape
from urllib.parse import urlencode

import streamlit as st

from cnnlab.ui.pages import PAGES
from cnnlab.ui.widgets.component_files import read

_component = st.components.v2.component(
    "cnnlab_links", html="<span></span>", js=read("chart_clicks.js", "history.js", "links.js")
)


def link(page: str, params: Mapping[str, str | Sequence[str]], inside: str, style: str = "cnnlab-link") -> str:
    """Return HTML of a link to a page, by its name, with its settings; ``inside`` is HTML already."""
    address = escape(f"{PAGES[page].name}?{urlencode(params, doseq=True)}")
    return f'<a class="{style}" data-within="true" href="{address}">{inside}</a>'


def follow(dots: bool = True) -> None:
    """Let links on this page, and dots of its charts, lead to other pages within the session."""
    _component(key="links", data={"hears": dots}, height="content")
