"""Runs: all training runs, their curves and results, overlaid."""

import streamlit as st

from cnnlab.ui import html, links
from cnnlab.ui.runs import page, page_state

page_state.take_url()
st.header("Runs", anchor=False)
st.html(
    html.prose("Every training there was: watch it learn, see what its test tells, and lay several over each other.")
)
page.body()
links.follow(dots=False)
