"""Augment: random changes of training images, shown at once."""

import streamlit as st

from cnnlab.ui import html, links
from cnnlab.ui.augment import page_state, preview

page_state.take_url()
st.header("Augment", anchor=False)
st.html(
    html.prose(
        "Training images are changed a little in each epoch, so the network learns the class and not the single image."
    )
)
preview.body()
links.follow()
