"""Inspect: one network, every layer's shape, parameters and MACs, exact and explained."""

import streamlit as st

from cnnlab.ui import address, knobs
from cnnlab.ui.inspect import card, charts, drawing, headline, more, tables
from cnnlab.ui.study import study


@st.fragment
def body() -> None:
    network = knobs.network_widgets()
    try:
        shown = study(network)
    except ValueError as error:
        address.leave(network)
        st.error(f"{network.case.title} cannot be built with these settings. {error}.", icon=":material/block:")
        st.button("Back to the usual settings", on_click=knobs.reset, args=(network,))
        return
    address.settle(shown.root)
    address.leave(network)
    for problem in address.problems():
        st.warning(problem, icon=":material/info:")
    headline.headline(shown)
    headline.notice(shown)
    drawing.drawing(shown)
    headline.story(network)
    tables.tables(shown)
    charts.charts(shown)
    headline.printed_values(shown)
    more.more(shown)
    card.card(shown)


address.arrive()
body()
