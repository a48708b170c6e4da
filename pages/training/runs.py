"""Runs: all training runs, their curves and results, overlaid."""

import streamlit as st

from cnnlab.ui import html, links
from cnnlab.ui.runs import page, page_state

page_state.take_url()
st.header("Runs", anchor=False)
st.html(html.prose("All training runs: watch the curves, read the test results, and overlay several runs."))
page.body()
links.follow(dots=False)
