"""Widgets for a network and its knobs, derived from the case study's signature."""

import streamlit as st

from cnnlab import zoo
from cnnlab.network import Network
from cnnlab.ui import address
from cnnlab.zoo import Knob, Value

MANY = 60  # more steps than this cannot be hit with a slider's thumb; a field with + and − can


def network_widgets() -> Network:
    """The picker and the chosen network's knobs; returns the network they describe."""
    st.session_state.setdefault(address.PICKER, address.current().name)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="knobs"):
        name = st.selectbox(
            "network",
            zoo.names(),
            format_func=lambda name: zoo.case(name).title,
            key=address.PICKER,
            width=210,
            help="Every case study of the course. Type to search.",
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
    return Network.of(name, **values)


def _widget(knob: Knob, key: str) -> None:
    if knob.type is bool:
        st.toggle(knob.label, key=key, help=knob.help, width="content")
    elif knob.choices:
        st.segmented_control(knob.label, knob.choices, key=key, help=knob.help, required=True, width="content")
    elif knob.limits and (knob.limits.high - knob.limits.low) / knob.limits.step > MANY and knob.type is int:
        st.number_input(
            knob.label,
            int(knob.limits.low),
            int(knob.limits.high),
            value=int(knob.default),  # what an emptied field means; the session's own value goes first
            step=_step(knob),
            key=key,
            help=knob.help,
            width=128,
        )
    elif knob.limits:
        st.slider(
            knob.label,
            knob.type(knob.limits.low),
            knob.type(knob.limits.high),
            step=knob.type(knob.limits.step),
            key=key,
            help=knob.help,
            width=160,
        )


def _step(knob: Knob) -> int:
    """What + and − change: a knob's own step, or 32 pixels, or a tenth of the default rounded to one digit."""
    if knob.limits and knob.limits.step > 1:
        return int(knob.limits.step)
    if knob.name == "input_size":
        return 32 if int(knob.default) > 100 else 4
    return max(1, 10 ** (len(str(knob.default)) - 1) // 10 or 1)


def reset(network: Network) -> None:
    """Set every knob of this network to its default."""
    address.seed(Network.of(network.name))
