"""What Compare shows, kept in the session and written into the address bar.

The address holds ``network`` (a reference, two to six times), ``baseline`` (its number in the list), ``show`` (the view
below the totals), ``measure`` (what the stages and the depth count), ``predict``, and what the views keep: ``sweep``
and its settings.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

import streamlit as st

from cnnlab.network import Network
from cnnlab.ui import bar
from cnnlab.ui.widgets import network_picker, predict_first

DEFAULT = ("resnet50", "mobilenet_v1")
FEWEST, MOST = 2, 6
VIEWS = {
    "stages": "By stage",
    "depth": "Along the depth",
    "accuracy": "Accuracy",
    "time": "Measured time",
    "scaling": "Scaling",
}
"""The views by their names in addresses."""
MEASURES = {"macs": "MACs", "params": "parameters", "activations": "activations"}
STATE, PROBLEMS, NEXT, KEPT = "compare.state", "compare.problems", "compare.next", "compare.kept"
VIEW, MEASURE, SHARES = "compare.view", "compare.measure", "compare.shares"
# What the scaling view keeps in the address; see ``sweeps``.
SWEEP_KEYS = "compare.sweep."
SWEEP = ("sweep", "colour", "fineness", "at", "max_macs", "max_params", "max_bytes")


@dataclass(frozen=True, slots=True)
class Slot:
    """One place in the list: ``number`` tells its widgets from all others, for good."""

    number: int
    network: Network

    @property
    def key(self) -> str:
        """In front of the session keys of its widgets."""
        return f"compare.slot{self.number}"


@dataclass(frozen=True, slots=True)
class State:
    """The networks, and which of them the others are compared with (by its slot's number)."""

    slots: tuple[Slot, ...]
    baseline: int

    @property
    def networks(self) -> tuple[Network, ...]:
        """In order."""
        return tuple(slot.network for slot in self.slots)

    @property
    def base(self) -> int:
        """Place of the baseline in the list; the first where it was removed."""
        return next((place for place, slot in enumerate(self.slots) if slot.number == self.baseline), 0)


def arrive() -> None:
    """Take over the address, when it is not the one this session wrote last."""
    asked = bar.asked("compare")
    if asked is None:
        return
    problems, networks = [], []
    for text in asked.get("network", DEFAULT)[: MOST + 1]:
        try:
            network, told = Network.read(text, {})
            networks.append(network)
            problems += told
        except ValueError as error:
            problems.append(f"{error}; that network is left out.")
    if len(networks) > MOST:
        problems.append(f"At most {MOST} networks stand side by side; the first {MOST} are shown.")
    for text in DEFAULT:
        if len(networks) < FEWEST and Network.parse(text) not in networks:
            networks.append(Network.parse(text))
            if "network" in asked:
                problems.append(f"Two networks are the fewest to compare; {networks[-1].title} stands beside.")
    slots = tuple(Slot(_next(), network) for network in networks[:MOST])
    base = _one(asked, "baseline", "1")
    place = int(base) - 1 if base.isdecimal() and 0 < int(base[:3]) <= len(slots) else 0
    if base != str(place + 1):
        problems.append(f"There is no network number {base[:20]!r} to compare with; the first is.")
    for name, choices, key in (("show", VIEWS, VIEW), ("measure", MEASURES, MEASURE)):
        value = _one(asked, name, next(iter(choices)))
        if value not in choices:
            problems.append(f"{name} must be one of {', '.join(choices)}, got {value[:40]!r}.")
            value = next(iter(choices))
        st.session_state[key] = value
    st.session_state[KEPT] = {name: asked[name][-1][:200] for name in SWEEP if name in asked}
    for key in [key for key in st.session_state if str(key).startswith(SWEEP_KEYS)]:
        del st.session_state[key]  # the scaling view's widgets take what the address says
    unknown = sorted(set(asked) - {"network", "baseline", "show", "measure", predict_first.PARAM, *SWEEP})
    if unknown:
        problems.append(
            f"The address says {', '.join(repr(name[:40]) for name in unknown[:5])}, which means nothing here."
        )
    st.session_state[PROBLEMS] = [bar.sentence(problem) for problem in problems]
    st.session_state[STATE] = State(slots, slots[place].number)
    for slot in slots:
        network_picker.seed(slot.key, slot.network)
    predict_first.arrive(asked)


def _one(asked: bar.Values, name: str, default: str) -> str:
    return asked.get(name, (default,))[-1]


def _next() -> int:
    st.session_state[NEXT] = st.session_state.get(NEXT, 0) + 1
    return cast(int, st.session_state[NEXT])


def leave(state: State) -> None:
    """Write the address of what is shown."""
    st.session_state[STATE] = state
    view = st.session_state.get(VIEW) or next(iter(VIEWS))
    measure = st.session_state.get(MEASURE) or next(iter(MEASURES))
    bar.write(
        "compare",
        {
            "network": [network.reference for network in state.networks],
            "baseline": str(state.base + 1) if state.base else "",
            "show": view if view != next(iter(VIEWS)) else "",
            "measure": measure if measure != next(iter(MEASURES)) else "",
            **kept(),
            **predict_first.param(),
        },
    )


def state() -> State:
    """The networks shown last."""
    return cast(State, st.session_state[STATE])


def kept() -> dict[str, str]:
    """What the views keep in the address, by name."""
    return cast(dict[str, str], st.session_state.get(KEPT, {}))


def keep(values: Mapping[str, str]) -> None:
    """Keep these in the address; names without a value are dropped."""
    st.session_state[KEPT] = {name: value for name, value in (kept() | dict(values)).items() if value}


def add(network: Network, after: int | None = None) -> None:
    """One more network at the end, or behind the slot of that number."""
    shown = state()
    if len(shown.slots) >= MOST:
        return
    places = [slot.number for slot in shown.slots]
    place = places.index(after) + 1 if after in places else len(places)
    slot = Slot(_next(), network)
    network_picker.seed(slot.key, network)
    st.session_state[STATE] = replace(shown, slots=(*shown.slots[:place], slot, *shown.slots[place:]))


def remove(number: int) -> None:
    """Take a network out; two stay."""
    shown = state()
    if len(shown.slots) > FEWEST:
        slots = tuple(slot for slot in shown.slots if slot.number != number)
        st.session_state[STATE] = replace(shown, slots=slots)


def compare_with(number: int) -> None:
    """Make a network the baseline."""
    st.session_state[STATE] = replace(state(), baseline=number)


def problems() -> list[str]:
    """Sentences on what the address asked for and did not get; told once."""
    return cast(list[str], st.session_state.pop(PROBLEMS, []))
