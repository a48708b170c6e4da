"""Presets of a bench's grid: a list that fills it, and a slider that resizes it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import streamlit as st

from cnnlab.data.photographs import BOLD, tiny
from cnnlab.ui.convolution import bench_state
from cnnlab.ui.convolution.bench import Bench, Grid, Numbers
from cnnlab.ui.widgets.session_value import index

OWN = "own numbers"


@dataclass(frozen=True, slots=True)
class Beginnings:
    """Grids by their names, and the first name of each grid. Cached, since every rerun looks one up."""

    grids: Mapping[str, Numbers]
    names: Mapping[Numbers, str]


def beginnings(grids: Mapping[str, Numbers]) -> Beginnings:
    """Return presets, in the order of the list."""
    return Beginnings(grids, {grid: name for name, grid in reversed(tuple(grids.items()))})


@lru_cache(maxsize=16)
def photographs(side: int) -> Beginnings:
    """Return every photograph as side × side grey numbers."""
    return beginnings({f"photo: {name}": tuple(map(tuple, tiny(name, side).tolist())) for name in BOLD})


def is_photograph(grid: Numbers) -> bool:
    """Return whether a square grid holds one of the photographs, 0 for black to 255 for white."""
    return grid in photographs(len(grid)).names


def resized(grid: Numbers, side: int, centred: bool = False) -> Numbers:
    """Return a square grid of another side: its numbers stay in place, or in the middle; new ones are zero.

    >>> resized(((7.0,),), 3, centred=True)
    ((0.0, 0.0, 0.0), (0.0, 7.0, 0.0), (0.0, 0.0, 0.0))
    """
    n = len(grid)
    first = (n - side) // 2 if centred else 0
    places = [at if 0 <= at < n else None for at in range(first, first + side)]
    return tuple(tuple(0.0 if i is None or j is None else grid[i][j] for j in places) for i in places)


def choose(bench: Bench, field: str, label: str, now: Numbers, begun: Beginnings) -> None:
    """Draw a list of presets, which shows the name of the grid; a choice fills the grid."""
    key = f"{bench_state.key(bench.name, field)}.from"
    held = begun.names.get(now, OWN)
    st.session_state[key] = held
    names = [*begun.grids, *([OWN] if held == OWN else [])]
    st.selectbox(label, names, index(key, names), key=key, on_change=_fill, args=(bench, field, begun), width=165)


def _fill(bench: Bench, field: str, begun: Beginnings) -> None:
    # A fast click can choose “own numbers” in an older list.
    grid = begun.grids.get(st.session_state[f"{bench_state.key(bench.name, field)}.from"])
    if grid is not None:
        bench_state.change(bench, **{field: grid})


def size(
    bench: Bench, field: str, label: str, now: Numbers, most: int, begun: Callable[[int], Beginnings] | None = None
) -> None:
    """Draw a slider for a square grid's side, up to ``most``. ``begun`` returns the presets of a side.

    A preset is made for its new side; other numbers stay, around the middle if there are no presets, as in a kernel.
    """
    key, grid = f"{bench_state.key(bench.name, field)}.size", bench.fields[field]
    least = grid.least if isinstance(grid, Grid) else 1
    st.session_state[key] = len(now)
    st.slider(label, least, most, len(now), key=key, on_change=_resize, args=(bench, field, begun), width=200)


def _resize(bench: Bench, field: str, begun: Callable[[int], Beginnings] | None) -> None:
    key = bench_state.key(bench.name, field)
    side, grid = st.session_state[f"{key}.size"], bench_state.values(bench)[field]
    name = begun(len(grid)).names.get(grid) if begun else None
    again = begun(side).grids.get(name) if begun and name else None
    if again is None or len(again) != side:
        # Numbers cut off by a smaller side come back with a larger one, until a number is changed.
        cut, whole = st.session_state.get(f"{key}.whole", (None, None))
        whole = whole if cut == grid else grid
        again = resized(whole, side, centred=begun is None)
        st.session_state[f"{key}.whole"] = again, whole
    bench_state.change(bench, **{field: again})
