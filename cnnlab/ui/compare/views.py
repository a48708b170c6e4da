"""The body of the page Compare: the networks, the totals, and one view at a time below them."""

import streamlit as st

from cnnlab.network import Network
from cnnlab.ui import html
from cnnlab.ui.compare import accuracy, overview, page_state, scaling_map, slots, speed, stages
from cnnlab.ui.compare.page_state import VIEW, VIEWS
from cnnlab.ui.study import study
from cnnlab.ui.widgets import predict_first
from cnnlab.units import SIMILAR, full


@st.fragment
def body() -> None:
    """Draw everything below the heading; a change reruns this fragment alone."""
    state = slots.slots()
    buildable, problems = [], []
    for asked in state.networks:
        network = slots.shown_network(asked)
        try:
            study(network)
        except ValueError as error:
            problems.append(f"{network.label} cannot be built. {error}.")
        else:
            buildable.append(network)
    page_state.write_url(state)
    page_state.URL.show_problems(once=True)
    for problem in problems:
        st.error(html.plain(problem), icon=":material/block:")
    if len(buildable) < page_state.FEWEST:
        st.info("Two networks that can be built are needed: change a knob or a rewrite above.")
        return
    networks = tuple(buildable)
    base = slots.baseline(state)
    place = sum(map(slots.can_be_built, state.networks[:base]))  # among those that can be built
    if not _may_show(networks):
        return
    overview.overview(networks, place)
    view = st.segmented_control(
        "show",
        VIEWS,
        default=st.session_state.get(VIEW),
        format_func=VIEWS.__getitem__,
        key=VIEW,
        required=True,
        persist_state="session",
        label_visibility="collapsed",
    )
    show(str(view), networks, place)
    page_state.write_url(state)


def show(view: str, networks: tuple[Network, ...], base: int) -> None:
    """Draw one view; nothing is computed for the others."""
    if view in ("stages", "depth", "accuracy"):
        measured = stages.measure()
        if view == "stages":
            stages.stages(networks, base, measured)
        elif view == "depth":
            stages.depth(networks, measured)
        else:
            accuracy.accuracy(networks, measured)
    elif view == "time":
        speed.speed(networks)
    else:
        scaling_map.draw()


def _may_show(networks: tuple[Network, ...]) -> bool:
    """Ask for a guess if the reader wants to predict; return whether results may be shown."""
    order = sorted(networks, key=lambda network: study(network).totals.macs)
    least, most = order[0], order[-1]
    few, many = study(least).totals.macs, study(most).totals.macs
    if not few or many < SIMILAR * few:
        return predict_first.ask(
            "compare",
            f"compare {most}",
            f"How many MACs does {most.label} do?",
            many,
            lambda: html.prose(f"It does {full(many)}."),
            "MACs",
        )
    return predict_first.ask(
        "compare",
        f"compare {least} {most}",
        f"How many times as many MACs does {most.label} do as {least.label}?",
        many / few,
        lambda: html.prose(f"{full(many)} / {full(few)} ≈ {many / few:,.3f}"),
        "factor",
    )
