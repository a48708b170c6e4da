"""A picture that plays: frames are shown by the browser, step by step or on their own, without a rerun for each.

The picture is one SVG. What belongs to some frames only carries ``data-from`` (shown from that frame on) or ``data-at``
(shown in that frame alone; several with commas). What moves is a group with ``data-move="name"``; ``moves`` has its
places, an (x, y) in the SVG's units for each frame. ``texts`` are HTML below the picture, one for each frame. Several
SVGs in a ``div`` of class ``panels`` do as well: side by side, below each other on a phone.
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
    """Show the frames; returns the step at which the reader rests.

    ``label`` is what a screen reader calls it, since the buttons of two players are alike. ``pace`` is in milliseconds;
    without it half a second, and less where there are many steps. ``step`` is what this returned last, unless a link
    asks for another one. With ``playing`` a picture that is new and begins at its first frame plays as soon as it is
    seen; whoever wants no motion sees its last frame. A change of ``reveal`` scrolls it into sight. What it is
    ``about`` may be told: something else begins anew, unless a link asks for a step.
    """
    last, place = len(texts) - 1, f"{key}.memory"
    begin = {"asked": 0, "step": -1, "rest": -1, "known": -1, "about": about}
    memory = st.session_state.get(place, begin)
    other = memory["about"] != about
    if step == memory["known"]:  # what the page knows may be older than where the reader rests
        step = 0 if other else memory["rest"]
    step = min(max(step, 0), last)
    if key not in st.session_state or other or step != memory["rest"]:
        memory = {"asked": memory["asked"] + 1, "step": step, "rest": step, "about": about}
    moved = {name: [list(place) for place in places] for name, places in moves.items()}
    # The same data step by step: what did not change is not sent again.
    data = {"svg": svg, "texts": list(texts), "moves": moved, "step": memory["step"], "playing": playing}
    data |= {"label": label, "reveal": reveal, "asked": memory["asked"]}
    data |= {"pace": pace or max(120, min(500, 15_000 // len(texts)))}
    found = _component(key=key, data=data, default={"rest": None}, on_rest_change=partial(_rested, key)).rest
    memory = _heard(memory, found)
    known = min(max(int(memory["rest"]), 0), last)
    st.session_state[place] = memory | {"known": known}
    return known


def _rested(key: str) -> None:
    """Heard before the page runs, since the press that made the reader rest may lead to where no player is drawn."""
    if key in st.session_state and f"{key}.memory" in st.session_state:
        st.session_state[f"{key}.memory"] = _heard(st.session_state[f"{key}.memory"], st.session_state[key].rest)


def _heard(memory: dict[str, Any], found: Mapping[str, int] | None) -> dict[str, Any]:
    """The memory with where the reader rests, unless that is told of an older picture."""
    return memory | {"rest": int(found["step"])} if found and found["asked"] == memory["asked"] else memory
