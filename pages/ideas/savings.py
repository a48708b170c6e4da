"""Savings: tricks that make a network cheap, with their arithmetic, and whole networks rewritten."""

import streamlit as st

from cnnlab.ui import links
from cnnlab.ui.savings import trick, trick_state, trick_table, whole_network
from cnnlab.ui.widgets import predict_first


@st.fragment
def show_trick() -> None:
    chosen, values = trick.controls()
    trick_state.write_url(chosen, values, trick_state.swap())
    trick_state.URL.show_problems(once=True)
    trick.results(chosen, tuple(values.items()))


@st.fragment
def show_whole_network() -> None:
    network = whole_network.controls()
    trick_state.write_url(*trick_state.current(), network)
    whole_network.results(network)


trick_state.take_url()
st.header("Savings", anchor=False)
predict_first.switch()
swap_first = st.session_state[trick_state.SWAP_FIRST]
if not swap_first:
    show_trick()
    trick_table.draw()
st.subheader("Swap it in a whole network", anchor=False)
show_whole_network()
if swap_first:
    st.subheader("Tricks, one at a time", anchor=False)
    show_trick()
    trick_table.draw()
links.follow()
