"""Compare: two to six networks side by side, who costs what, and why."""

import streamlit as st

from cnnlab.ui import links, predict
from cnnlab.ui.compare import address, views

address.arrive()
st.header("Compare", anchor=False)
predict.switch()
views.body()
links.follow()
