"""The selection on Inspect: a network, a counting convention, a layer or block, and the unfolded blocks.

In the URL the network is its name with its rewrites, ``vgg16+global_pooling``, and its knobs have their own names.
"""

from collections.abc import Iterable
from typing import cast

import streamlit as st

from cnnlab import costs
from cnnlab.costs import CountingConvention
from cnnlab.graph import Node, blocks, named
from cnnlab.knobs import Knob
from cnnlab.network import Network
from cnnlab.ui.html import sentence
from cnnlab.ui.url_state import Codec, ReplacedError, UrlState, Values, text
from cnnlab.ui.widgets import network_picker, predict_first

DEFAULT = Network.of("vgg16")
NETWORK, CHOSEN, UNFOLDED = "inspect.network", "inspect.chosen", "inspect.unfolded"
ARRIVED = "inspect.arrived"
PICKER, EPOCH = "inspect.picker", "inspect.epoch"  # the first begins the keys of the network's widgets
REVEAL = "inspect.reveal"  # changes when the inside of the chosen block must scroll into view
COUNT_AS, COUNT_PICKER = "inspect.count_as", "inspect.count_picker"
USUAL_CONVENTION = "macs"


def _network(text: str) -> Network:
    try:
        return network_picker.read(text)
    except ReplacedError:
        raise
    except ValueError as error:
        shown = st.session_state.get(NETWORK, DEFAULT)
        raise ReplacedError(shown, f"{sentence(str(error))} {shown.case.title} is shown instead") from None


def _knobs(values: Values) -> Iterable[Knob]:
    network: Network = values.get("network", DEFAULT)
    return network.case.knobs.values()


URL = UrlState(
    "inspect",
    (
        # A space between the rewrites is written as a plus.
        Codec("network", DEFAULT, _network, lambda shown: " ".join([shown.name, *map(str, shown.rewrites)])),
        Codec("count_as", USUAL_CONVENTION, lambda text: costs.convention(text).name),
        text("layer", 200),
        Codec(
            "unfold",
            frozenset(),
            lambda text: frozenset(filter(None, text.split(",")[:100])),
            lambda names: ",".join(sorted(names)),
        ),
        predict_first.FIELD,
    ),
    _knobs,
    always=("network",),
)


def take_url() -> None:
    """Read the selection from the URL."""
    values = URL.take_url()
    if values is None:
        return
    network = values.get("network", DEFAULT)
    network = network.replace(**{name: values[name] for name in network.case.knobs if name in values})
    count_as(values.get("count_as", USUAL_CONVENTION))
    st.session_state[COUNT_PICKER] = counted_as().name
    st.session_state[UNFOLDED] = values.get("unfold", frozenset())
    st.session_state[CHOSEN] = values.get("layer") or None
    st.session_state[ARRIVED] = True
    st.session_state[EPOCH] = epoch() + 1
    predict_first.take_url(values)
    seed(network)


def seed(network: Network) -> None:
    """Show this network: set the widgets to its values."""
    st.session_state[NETWORK] = network
    network_picker.seed(PICKER, network)


def write_url(network: Network) -> None:
    """Write the selection into the URL."""
    st.session_state[NETWORK] = network
    shown = {"count_as": counted_as().name, "layer": chosen() or "", "unfold": unfolded()}
    URL.write_url({"network": network, **network.values, **shown, **predict_first.value()})


def current() -> Network:
    """Return the network shown last."""
    return cast(Network, st.session_state[NETWORK])


def counted_as() -> CountingConvention:
    """Return the counting convention."""
    return costs.convention(st.session_state.get(COUNT_AS, USUAL_CONVENTION))


def count_as(convention: str) -> None:
    """Count by the convention of that name from now on."""
    st.session_state[COUNT_AS] = convention


def chosen() -> str | None:
    """Return the name of the chosen layer or block."""
    return cast(str | None, st.session_state.get(CHOSEN))


def choose(name: str | None, from_table: bool = False) -> None:
    """Choose a layer or a block by name; the same name again, or None, chooses nothing.

    The selected row of a table cannot be set: a choice made elsewhere makes a new table.
    """
    st.session_state[CHOSEN] = None if name == chosen() else name
    if not from_table:
        st.session_state[EPOCH] = epoch() + 1


def epoch() -> int:
    """Return the number of choices made outside the tables."""
    return cast(int, st.session_state.get(EPOCH, 0))


def unfolded() -> frozenset[str]:
    """Return the unfolded blocks, each by the name of its first."""
    return cast(frozenset[str], st.session_state.get(UNFOLDED, frozenset()))


def toggle_fold(name: str) -> None:
    """Fold an unfolded block, or unfold a folded one."""
    st.session_state[UNFOLDED] = unfolded() ^ {name}


def settle(root: Node) -> None:
    """Forget a chosen layer and unfolded blocks that this graph does not have.

    They are a problem only if a URL asked for them, not after a change of network.
    """
    asked = st.session_state.pop(ARRIVED, False)
    every = {block.name for block in blocks(root)}
    name = chosen()
    if not unfolded() <= every:
        if asked:
            URL.add_problem(f"This network has no block “{min(unfolded() - every)[:60]}” to unfold")
        st.session_state[UNFOLDED] = unfolded() & every
    if name and name not in every and name not in named(root):
        if asked:
            URL.add_problem(f"This network has no layer “{name[:60]}”; no layer is chosen")
        st.session_state[CHOSEN] = None
