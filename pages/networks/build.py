"""Build: assemble a network by clicking, row by row."""

import streamlit as st

from cnnlab.ui import links
from cnnlab.ui.build import editor, history

history.take_url()
st.header("Build", anchor=False)
editor.body()
links.follow()
