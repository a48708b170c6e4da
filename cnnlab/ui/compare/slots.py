"""The networks to compare: chosen, duplicated, removed, and one of them the baseline."""

import streamlit as st

from cnnlab import zoo
from cnnlab.figures.palette import OTHER, series_colour
from cnnlab.network import Network
from cnnlab.ui import html
from cnnlab.ui.compare import page_state
from cnnlab.ui.compare.page_state import CompareState, Slot
from cnnlab.ui.study import study
from cnnlab.ui.widgets import network_picker

BESIDE = 3  # slots in a row


def slots() -> CompareState:
    """Draw the widgets; return the state they describe."""
    before = page_state.state()
    after: list[Slot] = []
    places, colours = [], 0
    for start in range(0, len(before.slots), BESIDE):
        columns = st.columns(BESIDE, gap="small")
        for column, slot in zip(columns, before.slots[start : start + BESIDE], strict=False):
            with column:
                place = st.container(border=True, key=f"slot{len(after) + 1}")
            with place:
                above = st.container()
                after.append(_slot(slot, len(after)))
            # A network that cannot be built is in no drawing and takes no colour.
            buildable = can_be_built(after[-1].network)
            background = series_colour(colours) if buildable else OTHER
            above.html(f'<div class="cnnlab-series" style="background:{background}"></div>')
            colours += buildable
            places.append(place)
    state = CompareState(tuple(after), before.baseline)
    for number, (place, slot) in enumerate(zip(places, after, strict=True)):
        with place:
            _buttons(slot, state, number)
    if len(after) < page_state.MOST:
        st.button("Add a network", icon=":material/add:", on_click=_add, key="compare.add")
    return state


def _slot(slot: Slot, place: int) -> Slot:
    network = network_picker.edit(slot.key, slot.network, f"network {place + 1}")
    shown = shown_network(network)
    if shown.rewrites:
        st.caption(" + ".join(each.label for each in shown.rewrites))
    if shown != network:
        for reason in network_picker.applicable_part(network)[1]:
            st.warning(html.plain(reason), icon=":material/block:")
    return Slot(slot.number, network)


def shown_network(network: Network) -> Network:
    """Return the network without the rewrites that do not apply to it, so that there is one to compare."""
    try:
        return network_picker.applicable_part(network)[0]
    except ValueError:  # not even the network itself can be built
        return network


def can_be_built(network: Network) -> bool:
    """Return whether a network can be built, without the rewrites that do not apply to it."""
    try:
        study(shown_network(network))
    except ValueError:
        return False
    return True


def baseline(state: CompareState) -> int:
    """Return the place of the baseline; if it cannot be built, of the first network that can."""
    buildable = [place for place, network in enumerate(state.networks) if can_be_built(network)]
    return state.base if state.base in buildable or not buildable else buildable[0]


def _buttons(slot: Slot, state: CompareState, place: int) -> None:
    network = slot.network
    with st.container(horizontal=True, gap="xxsmall", vertical_alignment="center"):
        base = place == baseline(state)
        st.button(
            "baseline",
            icon=":material/flag:",
            key=f"{slot.key}.base",
            type="primary" if base else "tertiary",
            help="The others are compared with this one." if base else "Compare the others with this one.",
            on_click=page_state.compare_with,
            args=(slot.number,),
        )
        st.button(
            "",
            icon=":material/content_copy:",
            key=f"{slot.key}.copy",
            type="tertiary",
            help="Duplicate",
            disabled=len(state.slots) >= page_state.MOST,
            on_click=page_state.add,
            args=(network, slot.number),
        )
        st.button(
            "",
            icon=":material/close:",
            key=f"{slot.key}.remove",
            type="tertiary",
            help="Remove" if len(state.slots) > page_state.FEWEST else "A comparison needs two networks.",
            disabled=len(state.slots) <= page_state.FEWEST,
            on_click=page_state.remove,
            args=(slot.number,),
        )


def _add() -> None:
    """Add the first of the catalogue's better known networks that is not in the list yet."""
    there = {network.name for network in page_state.state().networks}
    wish = ("efficientnet_b0", "vgg16", "mobilenet_v2", "resnet18", "googlenet", *zoo.names())
    page_state.add(Network.of(next(name for name in wish if name not in there)))
