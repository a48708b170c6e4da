"""Runs: every training there was, beside others, and what came of it."""

import streamlit as st

from cnnlab.ui import links, parts
from cnnlab.ui.runs import address, page

address.arrive()
st.header("Runs", anchor=False)
st.html(
    parts.prose("Every training there was: watch it learn, see what its test tells, and lay several over each other.")
)
page.body()
links.follow(dots=False)
