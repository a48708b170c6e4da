"""The frame of every page: menu, style, garbage collection, and a sentence in place of a traceback."""

import gc
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from streamlit.navigation.page import StreamlitPage

from cnnlab.ui.pages import PAGES
from cnnlab.ui.runs.owner import give_cookie

ROOT = Path(__file__).parents[2]
ASSETS = ROOT / "assets"
LOGO = str(ASSETS / "logo.svg")
STYLE = (ASSETS / "style.css").read_text(encoding="utf-8")
LOG = logging.getLogger("cnnlab")
MIDDLEWARE = [Middleware(BaseHTTPMiddleware, dispatch=give_cookie)]


@asynccontextmanager
async def lifespan(_app: object) -> AsyncIterator[None]:
    """Prepare the server, once, before the first session."""
    # Streamlit ignores the folder pages/ as soon as st.navigation was called. Without this call the first session of
    # a server that opens /inspect is shown “Page not found”.
    logging.disable(logging.WARNING)  # Streamlit warns that there is no session yet
    navigation()
    logging.disable(logging.NOTSET)
    freeze_imports()
    yield


def freeze_imports() -> None:
    """Import and compute what every page needs, then exclude all of it from garbage collection.

    A collection visits every object, those of pandas and plotly included, while all sessions wait: with twenty
    sessions a rerun took seconds instead of milliseconds.
    """
    import pandas  # noqa: F401
    import plotly.graph_objects  # noqa: F401
    import scipy.ndimage  # noqa: F401

    from cnnlab.ui.gallery import cards, course, scatter

    cards.families()  # the landing page is the same for everybody, and builds every network
    course.course_map()
    scatter.catalogue()
    gc.collect()
    gc.freeze()
    # A full collection of sessions and caches takes a tenth of a second; once a minute is often enough.
    gc.set_threshold(700, 10, 100)


def navigation() -> StreamlitPage:
    """Show the menu; return the chosen page, by default the first."""
    sections: dict[str, list[StreamlitPage]] = {}
    for place, page in enumerate(PAGES.values()):
        shown = st.Page(ROOT / page.script, title=page.title, icon=f":material/{page.icon}:", default=place == 0)
        sections.setdefault(page.section, []).append(shown)
    return st.navigation(sections)


def run(page: StreamlitPage) -> None:
    """Run the chosen page under the project's style."""
    st.html(f"<style>{STYLE}</style>")
    page.run()


def on_script_error(error: Exception) -> bool:
    """Show a sentence for a defect; the traceback goes to the server's log only."""
    LOG.error("a page failed", exc_info=error)
    st.error(
        "Something went wrong on our side; your settings are still in the address bar. Reload the page, and if it "
        "happens again, please send us that address.",
        icon=":material/error:",
    )
    return True
