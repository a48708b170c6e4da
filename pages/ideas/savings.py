"""Savings: tricks that make a network cheap, with their arithmetic, and whole networks rewritten."""

import streamlit as st

from cnnlab.ui import links, parts, predict
from cnnlab.ui.savings import address, others, treatment


@st.fragment
def one_trick() -> None:
    trick, values = treatment.controls()
    predict.switch()
    address.leave(trick, values, address.swap())
    for problem in address.problems():
        st.warning(parts.plain(problem), icon=":material/info:")
    treatment.treatment(trick, tuple(values.items()))


address.arrive()
st.header("Savings", anchor=False)
one_trick()
others.others()
links.follow()
