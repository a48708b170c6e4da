"""A player of an animated SVG: the browser shows the frames, step by step or in a row, without a rerun for each.

Parts of some frames carry ``data-from`` (shown from that frame on) or ``data-at`` (shown in that frame alone; several
with commas). A part that moves is a group with ``data-move="name"``; ``moves`` has its positions, an (x, y) in the
SVG's units for each frame. ``texts`` are HTML below the drawing, one for each frame. Several SVGs in a ``div`` of class
``panels`` are shown side by side, on a phone below each other.
"""

from collections.abc import Hashable, Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from cnnlab.ui.widgets.component_files import read

_component = st.components.v2.component(
    "cnnlab_player", html=read("player.html"), css=read("player.css"), js=read("player.js")
)


def player(
    key: str,
    label: str,
    svg: str,
    texts: Sequence[str],
    moves: Mapping[str, Sequence[tuple[float, float]]],
    step: int = 0,
    pace: int = 0,
    playing: bool = False,
    about: Hashable = None,
    reveal: int = 0,
) -> int:
    """Show the frames; return the step at which the reader rests.

    ``label`` is what a screen reader calls it, since the buttons of two players are alike. ``pace`` is in milliseconds;
    without it half a second, and less if there are many steps. ``step`` is what this returned last, unless a link
    asks for another one. With ``playing`` a new drawing plays from its first frame as soon as it is in view; with
    reduced motion it shows its last frame. A change of ``reveal`` scrolls it into view. When ``about`` changes, the
    player starts again, unless a link asks for a step.
    """
    last, place = len(texts) - 1, f"{key}.memory"
    begin = {"asked": 0, "step": -1, "rest": -1, "known": -1, "about": about}
    memory = st.session_state.get(place, begin)
    other = memory["about"] != about
    if step == memory["known"]:  # the page's step may be older than the player's
        step = 0 if other else memory["rest"]
    step = min(max(step, 0), last)
    if key not in st.session_state or other or step != memory["rest"]:
        memory = {"asked": memory["asked"] + 1, "step": step, "rest": step, "about": about}
    moved = {name: [list(place) for place in places] for name, places in moves.items()}
    # The same data in every step: Streamlit does not send it again.
    data = {"svg": svg, "texts": list(texts), "moves": moved, "step": memory["step"], "playing": playing}
    data |= {"label": label, "reveal": reveal, "asked": memory["asked"]}
    data |= {"pace": pace or max(120, min(500, 15_000 // len(texts)))}
    found = _component(key=key, data=data, default={"rest": None}, on_rest_change=partial(_rested, key)).rest
    memory = _heard(memory, found)
    known = min(max(int(memory["rest"]), 0), last)
    st.session_state[place] = memory | {"known": known}
    return known


def _rested(key: str) -> None:
    """Store the step before the page runs: the click that stopped the player may lead to a page without one."""
    if key in st.session_state and f"{key}.memory" in st.session_state:
        st.session_state[f"{key}.memory"] = _heard(st.session_state[f"{key}.memory"], st.session_state[key].rest)


def _heard(memory: dict[str, Any], found: Mapping[str, int] | None) -> dict[str, Any]:
    """Return the memory with the browser's step, unless the step belongs to an older drawing."""
    return memory | {"rest": int(found["step"])} if found and found["asked"] == memory["asked"] else memory
