"""What Inspect shows, kept in the session and written into the address bar, so that a link reproduces the screen.

The address holds ``network`` (its name, with its rewrites: ``vgg16+global_pooling``), the changed knobs under their own
names, ``count_as`` (the way of counting), ``layer`` (the chosen layer or block) ``unfold`` (blocks drawn apart)
and ``predict``.
"""

from typing import cast

import streamlit as st

from cnnlab import costs
from cnnlab.costs import Way
from cnnlab.graph import Node, blocks, named
from cnnlab.knobs import Knob
from cnnlab.network import Network
from cnnlab.ui import bar
from cnnlab.ui.widgets import predict_first

DEFAULT = "vgg16"
NETWORK, CHOSEN, UNFOLDED = "inspect.network", "inspect.chosen", "inspect.unfolded"
PROBLEMS, ARRIVED = "inspect.problems", "inspect.arrived"
PICKER, EPOCH = "inspect.picker", "inspect.epoch"
REVEAL = "inspect.reveal"  # changes when the inside of the chosen block must come into sight
COUNT_AS, COUNT_PICKER = "inspect.count_as", "inspect.count_picker"
OWN = {"network", "count_as", "layer", "unfold", predict_first.PARAM}
USUAL_WAY = "macs"


def knob_key(network: str, knob: Knob) -> str:
    """Session key of a knob's widget: each network has its own, since defaults and limits differ."""
    return f"inspect.{network}.{knob.name}"


def arrive() -> None:
    """Take over the address, when it is not the one this session wrote last."""
    asked = bar.asked("inspect")
    if asked is None:
        return
    params = {name: values[-1] for name, values in asked.items()}
    problems: list[str] = []
    try:
        network, problems = Network.read(params.get("network", DEFAULT), params)
    except ValueError as error:
        network = st.session_state.get(NETWORK) or Network.of(DEFAULT)
        problems = [f"{bar.sentence(str(error))} {network.case.title} is shown instead."]
    doubled = [name for name, values in asked.items() if len(values) > 1]
    problems += [f"{name[:40]!r} is given twice in the address; the last one counts" for name in doubled]
    unknown = sorted(set(params) - OWN - set(network.case.knobs))
    if unknown:
        problems.append(
            f"{network.case.title} has no knob {', '.join(repr(name[:40]) for name in unknown[:5])}; it was ignored."
        )
    try:
        count_as(costs.way(params.get("count_as", USUAL_WAY)).name)
    except ValueError as error:
        count_as(USUAL_WAY)
        problems.append(f"{error}. MACs are shown instead.")
    st.session_state[COUNT_PICKER] = counted_as().name
    st.session_state[UNFOLDED] = frozenset(filter(None, params.get("unfold", "").split(",")[:100]))
    st.session_state[CHOSEN] = params.get("layer", "")[:200] or None
    st.session_state[PROBLEMS] = [bar.sentence(problem) for problem in problems]
    st.session_state[ARRIVED] = True
    st.session_state[EPOCH] = epoch() + 1
    predict_first.arrive(params)
    seed(network)


def seed(network: Network) -> None:
    """Show this network: the widgets take its values."""
    st.session_state[NETWORK] = network
    st.session_state[PICKER] = network.name
    for name, value in network.values.items():
        st.session_state[knob_key(network.name, network.case.knobs[name])] = value


def leave(network: Network) -> None:
    """Write the address of what is shown."""
    st.session_state[NETWORK] = network
    params = link_params(network)
    if counted_as().name != USUAL_WAY:
        params["count_as"] = counted_as().name
    params["layer"] = chosen() or ""
    params["unfold"] = ",".join(sorted(unfolded()))
    bar.write("inspect", params | predict_first.param())


def link_params(network: Network) -> dict[str, str]:
    """A network as this page's address has it: its name and rewrites, and its knobs under their own names."""
    # A space between them is written as a plus.
    return {"network": " ".join([network.name, *map(str, network.rewrites)]), **network.params}


def current() -> Network:
    """The network shown last."""
    return cast(Network, st.session_state[NETWORK])


def counted_as() -> Way:
    """The way of counting."""
    return costs.way(st.session_state.get(COUNT_AS, USUAL_WAY))


def count_as(way: str) -> None:
    """Count in the way of that name from now on."""
    st.session_state[COUNT_AS] = way


def chosen() -> str | None:
    """Name of the chosen layer or block."""
    return cast(str | None, st.session_state.get(CHOSEN))


def choose(name: str | None, from_table: bool = False) -> None:
    """Choose a layer or a block by name; the same name again, or None, chooses nothing.

    A table cannot be told to tick another row: what is chosen elsewhere makes it a new table.
    """
    st.session_state[CHOSEN] = None if name == chosen() else name
    if not from_table:
        st.session_state[EPOCH] = epoch() + 1


def epoch() -> int:
    """How often something was chosen outside the tables."""
    return cast(int, st.session_state.get(EPOCH, 0))


def unfolded() -> frozenset[str]:
    """The folded blocks, by the name of their first, that are drawn apart."""
    return cast(frozenset[str], st.session_state.get(UNFOLDED, frozenset()))


def toggle_fold(name: str) -> None:
    """Fold what is apart, unfold what is folded."""
    st.session_state[UNFOLDED] = unfolded() ^ {name}


def settle(root: Node) -> list[str]:
    """Forget a chosen layer and unfolded blocks that this graph does not have; a sentence on what was asked for.

    After a change of network there is nothing to say: only an address asks for what is not there.
    """
    asked = st.session_state.pop(ARRIVED, False)
    every = {block.name for block in blocks(root)}
    name = chosen()
    said = []
    if not unfolded() <= every:
        said.append(f"This network has no block “{min(unfolded() - every)[:60]}” to unfold.")
        st.session_state[UNFOLDED] = unfolded() & every
    if name and name not in every and name not in named(root):
        said.append(f"This network has no layer “{name[:60]}”; no layer is chosen.")
        st.session_state[CHOSEN] = None
    return said if asked else []


def problems() -> list[str]:
    """Sentences on what the address asked for and did not get; told once."""
    return cast(list[str], st.session_state.pop(PROBLEMS, []))
