"""Compare: two to six networks side by side, who costs what, and why."""

import streamlit as st

from cnnlab.ui import links
from cnnlab.ui.compare import page_state, views
from cnnlab.ui.widgets import predict_first

page_state.take_url()
st.header("Compare", anchor=False)
predict_first.switch()
views.body()
links.follow()
