"""What Savings shows, kept in the session and written into the address bar.

The address holds ``trick``, its changed knobs under their own names, ``swap`` (the rewritten network, as a reference)
and ``predict``.
"""

from collections.abc import Mapping
from typing import cast

import streamlit as st

from cnnlab.knobs import Value
from cnnlab.network import Network
from cnnlab.tricks import TRICKS, Trick, trick
from cnnlab.ui import bar
from cnnlab.ui.widgets import network_picker, predict_first

DEFAULT_TRICK, DEFAULT_SWAP = "bottleneck", "mobilenet_v1+standard_conv"
TRICK, VALUES, SWAP, PROBLEMS = "savings.trick", "savings.values", "savings.swap", "savings.problems"
SWAP_FIRST = "savings.swap_first"  # a link that asks for a rewrite alone leads to it
EDITOR, PICKER = "savings.editor", "savings.picker"


def arrive() -> None:
    """Take over the address, when it is not the one this session wrote last."""
    asked = bar.asked("savings")
    if asked is None:
        return
    params = {name: values[-1] for name, values in asked.items()}
    problems = []
    try:
        chosen = trick(params.get("trick", DEFAULT_TRICK))
    except ValueError as error:
        chosen = trick(DEFAULT_TRICK)
        problems.append(f"{error}. {chosen.title} is shown instead.")
    values = {}
    for knob in chosen.knobs.values():
        if knob.name in params:
            try:
                values[knob.name] = knob.parse(params[knob.name])
            except ValueError as error:
                problems.append(f"{error}, which is shown instead.")
    unknown = sorted(set(params) - {"trick", "swap", predict_first.PARAM} - set(chosen.knobs))
    if unknown:
        problems.append(f"{chosen.title} has no knob {', '.join(repr(name[:40]) for name in unknown[:5])}; ignored.")
    try:
        swap = Network.parse(params.get("swap", DEFAULT_SWAP))
    except ValueError as error:
        swap = Network.parse(DEFAULT_SWAP)
        problems.append(f"{error}. {swap.title} is shown instead.")
    st.session_state[PROBLEMS] = [bar.sentence(problem) for problem in problems]
    st.session_state[SWAP] = swap
    st.session_state[SWAP_FIRST] = "swap" in params and "trick" not in params
    network_picker.seed(EDITOR, swap)
    predict_first.arrive(params)
    choose(chosen.name, values)


def choose(name: str, values: Mapping[str, Value] | None = None) -> None:
    """Show a trick; its knobs take these values, the others their usual ones."""
    st.session_state[TRICK] = name
    st.session_state[VALUES] = trick(name).check(values or {})
    st.session_state[PICKER] = name
    for knob, value in st.session_state[VALUES].items():
        st.session_state[knob_key(name, knob)] = value


def knob_key(name: str, knob: str) -> str:
    """Session key of a knob's widget."""
    return f"savings.{name}.{knob}"


def leave(chosen: Trick, values: Mapping[str, Value], swap: Network) -> None:
    """Write the address of what is shown."""
    st.session_state[TRICK], st.session_state[VALUES], st.session_state[SWAP] = chosen.name, dict(values), swap
    changed = {
        name: chosen.knobs[name].text(value) for name, value in values.items() if value != chosen.knobs[name].default
    }
    params = {"trick": chosen.name if chosen.name != DEFAULT_TRICK else "", **changed}
    params["swap"] = swap.reference if str(swap) != DEFAULT_SWAP else ""
    bar.write("savings", params | predict_first.param())


def current() -> tuple[Trick, dict[str, Value]]:
    """The trick shown last, and its knobs' values."""
    return TRICKS[st.session_state[TRICK]], cast(dict[str, Value], st.session_state[VALUES])


def swap() -> Network:
    """The rewritten network shown last."""
    return cast(Network, st.session_state[SWAP])


def problems() -> list[str]:
    """Sentences on what the address asked for and did not get; told once."""
    return cast(list[str], st.session_state.pop(PROBLEMS, []))
