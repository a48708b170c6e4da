"""Widgets for a network and its knobs, derived from the case study's signature."""

import streamlit as st

from cnnlab import costs, zoo
from cnnlab.knobs import Knob, Value
from cnnlab.network import Network, smallest_input
from cnnlab.ui import address


def network_widgets() -> Network:
    """The picker and the chosen network's knobs; returns the network they describe."""
    st.session_state.setdefault(address.PICKER, address.current().name)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall", key="knobs"):
        name = st.selectbox(
            "network",
            zoo.names(),
            format_func=lambda name: zoo.case(name).title,
            key=address.PICKER,
            width=195,
            help=f"{len(zoo.names())} case studies, from LeNet-5 to EfficientNet-B7. Type to search.",
        )
        case = zoo.case(name)
        before = address.current()
        shown = before.values if before.name == name else {}
        values: dict[str, Value] = {}
        for knob in case.knobs.values():
            key = address.knob_key(name, knob)
            if key not in st.session_state:
                st.session_state[key] = shown.get(knob.name, knob.default)
            _widget(knob, key)
            values[knob.name] = st.session_state[key]
        _count_as()
    return Network.of(name, **values)


def _count_as() -> None:
    st.session_state.setdefault(address.COUNT_PICKER, address.counted_as().name)
    address.count_as(
        st.selectbox(
            "count as",
            costs.WAYS,
            format_func=lambda name: costs.way(name).title,
            key=address.COUNT_PICKER,
            width=165,
            help="Every tool counts by a rule of its own. “Why does my tool print another number?” further down "
            "compares them.",
        )
    )


def _widget(knob: Knob, key: str) -> None:
    help_text = knob.help
    if knob.limits:
        help_text += f" From {knob.limits.low:g} to {knob.limits.high:g}."
    if knob.type is bool:
        st.toggle(knob.label, key=key, help=help_text, width="content")
    elif knob.choices:
        st.segmented_control(knob.label, knob.choices, key=key, help=help_text, required=True, width="content")
    elif knob.limits and knob.limits.typed:
        st.number_input(
            knob.label,
            int(knob.limits.low),
            int(knob.limits.high),
            value=int(knob.default),  # what an emptied field means; the session's own value goes first
            step=int(knob.limits.step),
            key=key,
            help=help_text,
            width=130,
        )
    elif knob.limits:
        st.slider(
            knob.label,
            knob.type(knob.limits.low),
            knob.type(knob.limits.high),
            step=knob.type(knob.limits.step),
            key=key,
            help=help_text,
            width=160,
        )


def mends(network: Network) -> None:
    """Buttons that lead back from knobs that do not fit together."""
    smallest = smallest_input(network)
    with st.container(horizontal=True):
        if smallest:
            mended = network.replace(input_size=smallest)
            st.button(f"Smallest input that works: {smallest}", on_click=address.seed, args=(mended,))
        st.button("Back to the usual values", on_click=address.seed, args=(Network.of(network.name),))
