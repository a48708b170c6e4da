"""Savings: tricks that make a network cheap, with their arithmetic, and whole networks rewritten."""

import streamlit as st

from cnnlab.ui import links
from cnnlab.ui.savings import others, swap, trick_state
from cnnlab.ui.savings import trick as treatment
from cnnlab.ui.widgets import predict_first


@st.fragment
def one_trick() -> None:
    trick, values = treatment.controls()
    trick_state.leave(trick, values, trick_state.swap())
    trick_state.URL.show_problems(once=True)
    treatment.treatment(trick, tuple(values.items()))


@st.fragment
def whole_network() -> None:
    network = swap.controls()
    trick_state.leave(*trick_state.current(), network)
    swap.swap(network)


trick_state.arrive()
st.header("Savings", anchor=False)
predict_first.switch()
swap_first = st.session_state[trick_state.SWAP_FIRST]
if not swap_first:
    one_trick()
    others.others()
st.subheader("Swap it in a whole network", anchor=False)
whole_network()
if swap_first:
    st.subheader("Tricks, one at a time", anchor=False)
    one_trick()
    others.others()
links.follow()
