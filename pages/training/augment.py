"""Augment: random changes of training images, shown at once."""

import streamlit as st

from cnnlab.ui import html, links
from cnnlab.ui.augment import page_state, preview

page_state.take_url()
st.header("Augment", anchor=False)
st.html(
    html.prose("Change an image a little each time a network sees it, and the network learns the class, not the image.")
)
preview.body()
links.follow()
