"""Data sets: the images that a network learns from, and their classes."""

import streamlit as st

from cnnlab.ui import html, links
from cnnlab.ui.data import page

page.take_url()
st.header("Data sets", anchor=False)
st.html(
    html.prose("A network learns only what its images show: look at them before you train, and remove broken ones.")
)
page.body()
links.follow()
