"""Transfer: train a new head on a pretrained network, live."""

import streamlit as st

from cnnlab.ui import html, links
from cnnlab.ui.transfer import form_state, page

form_state.take_url()
st.header("Transfer", anchor=False)
st.html(
    html.prose("A pretrained network learns new classes from a few images: train it, watch it, and measure the gain.")
)
page.body()
links.follow(dots=False)
