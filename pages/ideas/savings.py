"""Savings: tricks that make a network cheap, with their arithmetic, and whole networks rewritten."""

import streamlit as st

from cnnlab.ui import links, parts, predict
from cnnlab.ui.savings import address, others, swap, treatment


@st.fragment
def one_trick() -> None:
    trick, values = treatment.controls()
    address.leave(trick, values, address.swap())
    for problem in address.problems():
        st.warning(parts.plain(problem), icon=":material/info:")
    treatment.treatment(trick, tuple(values.items()))


@st.fragment
def whole_network() -> None:
    network = swap.controls()
    address.leave(*address.current(), network)
    swap.swap(network)


address.arrive()
st.header("Savings", anchor=False)
predict.switch()
swap_first = st.session_state[address.SWAP_FIRST]
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
