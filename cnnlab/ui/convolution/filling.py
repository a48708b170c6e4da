"""Widgets that fill a bench's grid: from a list of beginnings, or to another size."""

from collections.abc import Callable, Mapping
from functools import partial

import streamlit as st

from cnnlab.photographs import BOLD, tiny
from cnnlab.ui.chosen import index
from cnnlab.ui.convolution import address
from cnnlab.ui.convolution.bench import Bench, Numbers

OWN = "own numbers"
TITLES = {f"photo: {name}": name for name in BOLD}


def photographs(side: int) -> dict[str, Callable[[], Numbers]]:
    """Every photograph as a beginning."""
    return {title: partial(photograph, name, side) for title, name in TITLES.items()}


def photograph(name: str, side: int) -> Numbers:
    """A photograph as a grid of grey numbers."""
    return tuple(map(tuple, tiny(name, side).tolist()))


def is_picture(grid: Numbers) -> bool:
    """Whether a grid's numbers look like a photograph's, 0 for black to 255 for white."""
    every = [cell for row in grid for cell in row]
    return min(every) >= 0 and 100 <= max(every) <= 255


def resized(grid: Numbers, side: int) -> Numbers:
    """The numbers that are there stay where they are; what is new is zero."""
    return tuple(
        tuple(grid[i][j] if i < len(grid) and j < len(grid[0]) else 0.0 for j in range(side)) for i in range(side)
    )


def choose(bench: Bench, field: str, label: str, now: Numbers, options: Mapping[str, Callable[[], Numbers]]) -> None:
    """A list of beginnings; it names the one that the grid holds now, and a choice fills the grid."""
    key = f"{address.key(bench.name, field)}.from"
    held = next((name for name, make in options.items() if make() == now), OWN)
    st.session_state[key] = held
    names = [*options, *([OWN] if held == OWN else [])]
    st.selectbox(
        label,
        names,
        index(key, names),
        key=key,
        on_change=lambda: address.change(bench, **{field: options[st.session_state[key]]()}),
        width=165,
    )


def size(bench: Bench, field: str, label: str, now: Numbers, least: int, most: int) -> None:
    """A slider for a square grid's side. A photograph is taken anew, other numbers stay."""
    key = f"{address.key(bench.name, field)}.size"

    def changed() -> None:
        side = st.session_state[key]
        grid = address.values(bench)[field]
        taken = next((name for name in BOLD if is_picture(grid) and photograph(name, len(grid)) == grid), None)
        address.change(bench, **{field: photograph(taken, side) if taken else resized(grid, side)})

    st.session_state[key] = len(now)
    st.slider(label, least, most, len(now), key=key, on_change=changed, width=200)
