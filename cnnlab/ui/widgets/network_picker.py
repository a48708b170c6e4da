"""Widgets that choose a network, its knobs and its rewrites.

``edit`` is all of them in one line; Inspect draws ``choose`` and ``knobs`` beside widgets of its own. The session keys
of one picker begin with ``key``.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import cast

import streamlit as st

from cnnlab import zoo
from cnnlab.knobs import Knob, Value
from cnnlab.network import MOST_REWRITES, Applied, Network
from cnnlab.rewrites import REWRITES, reason_against, rewrite
from cnnlab.sources import source
from cnnlab.ui.network_cache import MOST, cached_by_network
from cnnlab.ui.url_state import ReplacedError
from cnnlab.ui.widgets.knob import widget
from cnnlab.ui.widgets.session_value import index

OWN, IMPORTS = "build.network", "build.imports"
"""Session keys of the reference of Build's network, and of the names of imported ones."""


def read(reference: str) -> Network:
    """Return the network of a URL. Raises ``ReplacedError`` with what can be read of it, else ``ValueError``."""
    network, problems = Network.read(reference)
    if problems:
        raise ReplacedError(network, *problems)
    return network


def seed(key: str, network: Network) -> None:
    """Set the widgets to a network."""
    st.session_state[f"{key}.name"] = network.name
    for name, value in network.values.items():
        st.session_state[knob_key(key, network.name, network.case.knobs[name])] = value
    st.session_state[f"{key}.rewrites"] = [each.name for each in network.rewrites]
    for each in network.rewrites:
        if each.value is not None:
            st.session_state[_setting_key(key, each.name)] = each.value


def _offered(shown: Network) -> list[str]:
    """Return the names to choose from: the catalogue, the user's network shown or built last, and imports."""
    own = [shown.name if shown.own else None, st.session_state.get(OWN), *st.session_state.get(IMPORTS, [])]
    if shown.recipe:
        own[1] = None  # its older or newer form, under the same title
    return [*zoo.names(), *dict.fromkeys(filter(None, own))]


def _title(name: str) -> str:
    """Return the title of a name, for a list."""
    try:
        return source(name).title
    except ValueError:
        return "an import no longer on this server"


def edit(key: str, network: Network, label: str) -> Network:
    """Draw widgets that show ``network``; return the one they describe. Knobs and rewrites open on demand."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"):
        name = choose(key, network, label, width=210)
        changed = network.changed if network.name == name else ()
        with st.popover(
            f"knobs{f' ({len(changed)})' if changed else ''}", key=f"{key}.knobs", on_change="rerun"
        ) as opened:
            if opened.open and not source(name).knobs:
                st.caption("A network from Build has no knobs; change its rows on the page Build.")
            values = knobs(key, name, network) if opened.open else dict(changed)
        chosen = network.rewrites
        with st.popover(
            f"rewrites{f' ({len(chosen)})' if chosen else ''}", key=f"{key}.rewriting", on_change="rerun"
        ) as opened:
            chosen = _rewrites(key, network) if opened.open else chosen
    return Network.of(name, **values).rewritten(*chosen)


def choose(key: str, network: Network, label: str, width: int, help_text: str | None = None) -> str:
    """Draw the list of networks, with ``network`` chosen before; return the name that is chosen now."""
    if f"{key}.name" not in st.session_state:
        seed(key, network)
    names = _offered(network)
    place = index(f"{key}.name", names)
    name = st.selectbox(label, names, place, format_func=_title, key=f"{key}.name", width=width, help=help_text)
    if network.name != name:
        # Chosen again: earlier values of its knobs must not come back when they are opened.
        for knob in source(name).knobs.values():
            st.session_state[knob_key(key, name, knob)] = knob.default
    return name


def knobs(key: str, name: str, network: Network) -> dict[str, Value]:
    """Draw the knobs of the chosen network, with the values of ``network`` if it is the same; return their values."""
    shown = network.values if network.name == name else {}
    values: dict[str, Value] = {}
    for knob in source(name).knobs.values():
        place = knob_key(key, name, knob)
        if place not in st.session_state:
            st.session_state[place] = shown.get(knob.name, knob.default)
        widget(knob, place)
        values[knob.name] = st.session_state[place]
    return values


def _rewrites(key: str, network: Network) -> tuple[Applied, ...]:
    shown = network.rewrites
    asked = st.session_state.setdefault(f"{key}.rewrites", [each.name for each in shown])
    why_not = {name: why for name, why in inapplicable(applicable_part(network)[0]).items() if name not in asked}
    names = st.multiselect(
        "rewrites, one after the other",
        [name for name in REWRITES if name not in why_not],
        st.session_state[f"{key}.rewrites"],
        format_func=lambda name: rewrite(name).does,
        key=f"{key}.rewrites",
        max_selections=MOST_REWRITES,
        select_all=False,
        width=380,
    )
    for each in in_words(why_not):
        st.markdown(f":gray[:material/block: {each}]")
    return tuple(Applied.of(name, _setting(key, name, shown)) for name in names)


@cached_by_network
def inapplicable(network: Network) -> dict[str, str]:
    """Return the rewrites that do not apply to a network as it is, with the reason. Shared: never change it."""
    root = network.graph()
    return {name: why for name in REWRITES if (why := reason_against(root, name))}


def in_words(reasons: Mapping[str, str]) -> list[str]:
    """Return each reason once, after the rewrites that do not apply for it."""
    together: dict[str, list[str]] = {}
    for name, why in reasons.items():
        together.setdefault(why, []).append(rewrite(name).does)
    every = len(together) == 1 and len(reasons) == len(REWRITES)
    return [why if every else f"{', '.join(names)}: {why}" for why, names in together.items()]


@lru_cache(maxsize=MOST)  # not cached_by_network, which builds the graph of its key
def applicable_part(network: Network) -> tuple[Network, tuple[str, ...]]:
    """Return the network with the rewrites that apply, and a sentence for each that does not."""
    shown, refused = network.original, []
    for each in network.rewrites:
        if why := reason_against(shown.graph(), each.name):
            refused.append(f"{shown.label} is shown without “{rewrite(each.name).does}”: {why}.")
        else:
            shown = shown.rewritten(each)
    return shown, tuple(refused)


def _setting(key: str, name: str, shown: tuple[Applied, ...]) -> float | None:
    """Draw the widget of a rewrite's setting, if it has one; return its value."""
    knob = rewrite(name).knob
    if knob is None:
        return None
    place = _setting_key(key, name)
    before = next((each.value for each in shown if each.name == name), None)
    st.session_state.setdefault(place, before if before is not None else knob.default)
    widget(knob, place)
    return cast(float, st.session_state[place])


def knob_key(key: str, network: str, knob: Knob) -> str:
    """Return the session key of a knob's widget: each network has its own, since defaults and limits differ."""
    return f"{key}.{network}.{knob.name}"


def _setting_key(key: str, name: str) -> str:
    return f"{key}.setting.{name}"
