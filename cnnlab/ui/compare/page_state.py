"""The state of Compare: two to six networks, the baseline among them, and the view below the totals.

In the URL each network is a reference; ``baseline`` is its number in the list, ``show`` the view, ``measure`` what the
stages and the depth count. ``scaling_state`` has the rest.
"""

from dataclasses import dataclass, replace
from typing import cast

import streamlit as st

from cnnlab.costs import COMPARED
from cnnlab.knobs import Knob, Range
from cnnlab.network import Network
from cnnlab.ui.compare import scaling_state
from cnnlab.ui.url_state import Field, Repeated, ReplacedError, UrlState, Values, choice
from cnnlab.ui.widgets import network_picker, predict_first
from cnnlab.units import listed

DEFAULT = (Network.of("resnet50"), Network.of("mobilenet_v1"))
FEWEST, MOST = COMPARED
VIEWS = {
    "stages": "By stage",
    "depth": "Along the depth",
    "accuracy": "Accuracy",
    "time": "Measured time",
    "scaling": "Scaling",
}
"""The views by their names in addresses."""
MEASURES = {"macs": "MACs", "params": "parameters", "activations": "activations"}
STATE, NEXT = "compare.state", "compare.next"
VIEW, MEASURE, SHARES = "compare.view", "compare.measure", "compare.shares"


@dataclass(frozen=True, slots=True)
class Slot:
    """One place in the list; its ``number`` is never used again, and identifies its widgets."""

    number: int
    network: Network

    @property
    def key(self) -> str:
        """Prefix of its widgets' session keys."""
        return f"compare.slot{self.number}"


@dataclass(frozen=True, slots=True)
class CompareState:
    """The networks, and the baseline that the others are compared with, by its slot's number."""

    slots: tuple[Slot, ...]
    baseline: int

    @property
    def networks(self) -> tuple[Network, ...]:
        """The networks, in order."""
        return tuple(slot.network for slot in self.slots)

    @property
    def base(self) -> int:
        """Place of the baseline in the list; the first where it was removed."""
        return next((place for place, slot in enumerate(self.slots) if slot.number == self.baseline), 0)


def _networks(references: tuple[str, ...]) -> tuple[Network, ...]:
    """Return the networks that can be read, and others beside them where these are too few."""
    networks: list[Network] = []
    problems: list[str] = []
    for text in references[: MOST + 1]:
        try:
            network, left_out = Network.read(text)
            networks.append(network)
            problems += left_out
        except ValueError as error:
            problems.append(f"{error}. It is left out")
    if len(networks) > MOST:
        problems.append(f"At most {MOST} networks can be compared; the first {MOST} are shown")
    added = [spare for spare in DEFAULT if spare not in networks][: max(FEWEST - len(networks), 0)]
    networks += added
    if added:
        names = f"{listed([each.title for each in added])} {'is' if len(added) == 1 else 'are'}"
        problems.append(f"A comparison needs two networks; {names} added")
    if problems:
        raise ReplacedError(tuple(networks[:MOST]), *problems)
    return tuple(networks)


def _more(values: Values) -> tuple[Field, ...]:
    """Return the fields that depend on the networks and on the family: the number of the baseline, and held knobs."""
    count = len(values.get("network", DEFAULT))
    return Knob("baseline", int, 1, "", Range(1, count)), scaling_state.held_field(values)


URL = UrlState(
    "compare",
    (
        Repeated("network", DEFAULT, _networks, lambda networks: [network.url_text for network in networks]),
        choice("show", VIEWS),
        choice("measure", MEASURES),
        *scaling_state.FIELDS,
        predict_first.FIELD,
    ),
    _more,
    always=("network",),
)


def take_url() -> None:
    """Read the state from the URL."""
    values = URL.take_url()
    if values is None:
        return
    slots = tuple(Slot(_next(), network) for network in values.get("network", DEFAULT))
    st.session_state[STATE] = CompareState(slots, slots[values.get("baseline", 1) - 1].number)
    st.session_state[VIEW] = values.get("show", next(iter(VIEWS)))
    st.session_state[MEASURE] = values.get("measure", next(iter(MEASURES)))
    scaling_state.take_url(values)
    for slot in slots:
        network_picker.seed(slot.key, slot.network)
    predict_first.take_url(values)


def _next() -> int:
    st.session_state[NEXT] = st.session_state.get(NEXT, 0) + 1
    return cast(int, st.session_state[NEXT])


def write_url(state: CompareState) -> None:
    """Write the state into the URL."""
    st.session_state[STATE] = state
    URL.write_url(
        {
            "network": state.networks,
            "baseline": state.base + 1,
            "show": st.session_state.get(VIEW) or next(iter(VIEWS)),
            "measure": st.session_state.get(MEASURE) or next(iter(MEASURES)),
            **scaling_state.kept(),
            **predict_first.value(),
        }
    )


def state() -> CompareState:
    """Return the networks shown last."""
    return cast(CompareState, st.session_state[STATE])


def add(network: Network, after: int | None = None) -> None:
    """Add a network at the end, or behind the slot of that number."""
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
