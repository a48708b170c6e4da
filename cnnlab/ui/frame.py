"""What stands around every page: style, a garbage collector that keeps out of the way, and no traceback for anybody."""

import gc
import logging
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

ROOT = Path(__file__).parents[2]
LOG = logging.getLogger("cnnlab")


@st.cache_resource(show_spinner=False)
def freeze_imports() -> None:
    """Load the libraries every page needs, then take all that is loaded out of the garbage collector's sight.

    Streamlit collects garbage after each rerun and would walk through pandas and plotly every time: with twenty
    sessions a rerun took seconds instead of milliseconds.
    """
    import pandas  # noqa: F401
    import plotly.graph_objects  # noqa: F401

    gc.collect()
    gc.freeze()


def run(page: StreamlitPage) -> None:
    """Run the chosen page; a defect becomes a sentence on the page and a traceback in the server's log."""
    freeze_imports()
    st.html(ROOT / "assets" / "style.css")
    try:
        page.run()
    except Exception:
        LOG.exception("page %s", page.title)
        sorry()


def sorry() -> None:
    """What a reader sees when the program is at fault."""
    st.error(
        "Something went wrong on our side; your settings are still in the address bar. Reload the page, and if it "
        "happens again, please send us that address.",
        icon=":material/error:",
    )
