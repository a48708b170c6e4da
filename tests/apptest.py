"""Helpers of page tests: open a page as a link does, and read its content."""

import re
from html import unescape
from pathlib import Path

from streamlit.testing.v1 import AppTest

from cnnlab.ui.pages import PAGES

ROOT = Path(__file__).parents[1]


def opened(page: str = "", **params: str | list[str]) -> AppTest:
    """Return the page of that name as a link opens it; without a name the landing page."""
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    if page:
        at.switch_page(PAGES[page].script)
    for name, value in params.items():
        at.query_params[name] = value
    return at.run()


def html(at: AppTest) -> str:
    """Return everything that the page shows as HTML."""
    return "\n".join(element.proto.body for element in at.get("html"))


def text(at: AppTest) -> str:
    """Return the same as text, without the meanings that open on hover, and with plain spaces."""
    shown = re.sub(r'<span class="cnnlab-meaning".*?</span>', "", html(at))
    return unescape(re.sub(r"<.*?>", "", shown)).replace("\N{NO-BREAK SPACE}", " ")


def said(at: AppTest) -> list[str]:
    """Return warnings and errors as plain text."""
    return [re.sub(r"\\(.)", r"\1", element.value) for element in (*at.warning, *at.error)]
