"""Inspect: one network, every layer's shape, parameters and MACs, exact and explained."""

import streamlit as st

from cnnlab.ui import links
from cnnlab.ui.html import plain
from cnnlab.ui.inspect import (
    card,
    charts,
    controls,
    counting_conventions,
    drawing,
    expert_sections,
    headline,
    prediction,
    selection,
    tables,
)
from cnnlab.ui.study import Study, counts, study


@st.fragment
def body() -> None:
    network = controls.network_widgets()
    try:
        shown = study(network)
        selection.settle(shown.root)
    except ValueError as error:
        selection.write_url(network)
        selection.URL.show_problems(once=True)
        st.error(plain(f"{network.title} cannot be built: {error}."), icon=":material/block:")
        controls.repairs(network)
        return
    selection.write_url(network)
    selection.URL.show_problems(once=True)
    controls.rewrites(network)
    prediction.ask(shown)
    if prediction.hidden(shown):
        drawing.drawing(shown, counts=False)
        headline.story(network)
        return
    results(shown)


def results(shown: Study) -> None:
    network, counted = shown.network, counts(shown.network, counting_conventions.shown_by(shown.network))
    headline.headline(network, counted.convention.name)
    drawing.drawing(shown)
    controls.page_links(network)
    headline.story(network)
    tables.tables(shown, counted)
    charts.charts(shown, counted)
    headline.printed_values(network)
    counting_conventions.draw(shown)
    expert_sections.draw(shown, counted)
    card.card(shown, counted)


selection.take_url()
body()
links.follow(dots=False)
