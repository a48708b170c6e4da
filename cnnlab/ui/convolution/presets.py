"""Named contents of a bench's grid, and the widgets that fill or resize it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import streamlit as st

from cnnlab.data.photographs import BOLD, tiny
from cnnlab.knobs import Knob
from cnnlab.ui.convolution import bench_state
from cnnlab.ui.convolution.bench import Bench, Grid, Numbers
from cnnlab.ui.url_state import Values
from cnnlab.ui.widgets.session_value import index

OWN = "own numbers"


@dataclass(frozen=True, slots=True)
class Presets:
    """Grids by name, and the first name of each grid. Callers cache it, since every rerun looks up a name."""

    grids: Mapping[str, Numbers]
    names: Mapping[Numbers, str]


def named_grids(grids: Mapping[str, Numbers]) -> Presets:
    """Return these grids as presets, in the order of the list."""
    return Presets(grids, {grid: name for name, grid in reversed(tuple(grids.items()))})


def selected(bench: str, choice: Knob, grid: Grid, values: Values, named: Mapping[str, Numbers]) -> Numbers:
    """Return the numbers that ``choice`` selects: named ones, or the reader's own in ``grid``.

    When the reader has just chosen their own numbers, these begin as a copy of the named ones before.
    """
    name, before = st.session_state[bench_state.key(bench, choice.name)], values[choice.name]
    if name == before == OWN:
        own: Numbers = values[grid.name]
        return own
    return named[before if name == OWN else name]


@lru_cache(maxsize=16)
def photographs(side: int) -> Presets:
    """Return every photograph as side × side grey numbers."""
    return named_grids({f"photo: {name}": tuple(map(tuple, tiny(name, side).tolist())) for name in BOLD})


def is_photograph(grid: Numbers) -> bool:
    """Return whether a square grid holds one of the photographs, from 0 for black to 255 for white."""
    return grid in photographs(len(grid)).names


def resized(grid: Numbers, side: int, centred: bool = False) -> Numbers:
    """Return a square grid cropped or padded with zeros, at its lower right edges or, ``centred``, on all sides.

    >>> resized(((7.0,),), 3, centred=True)
    ((0.0, 0.0, 0.0), (0.0, 7.0, 0.0), (0.0, 0.0, 0.0))
    """
    n = len(grid)
    first = (n - side) // 2 if centred else 0
    places = [at if 0 <= at < n else None for at in range(first, first + side)]
    return tuple(tuple(0.0 if i is None or j is None else grid[i][j] for j in places) for i in places)


def choose(bench: Bench, field: str, label: str, now: Numbers, presets: Presets) -> None:
    """Draw the list of presets. It shows the name of the grid's contents; a choice fills the grid."""
    key = f"{bench_state.key(bench.name, field)}.from"
    name = presets.names.get(now, OWN)
    st.session_state[key] = name
    names = [*presets.grids, *([OWN] if name == OWN else [])]
    st.selectbox(label, names, index(key, names), key=key, on_change=_fill, args=(bench, field, presets), width=165)


def _fill(bench: Bench, field: str, presets: Presets) -> None:
    # The browser may still show a list with the reader's own numbers, which no preset holds.
    grid = presets.grids.get(st.session_state[f"{bench_state.key(bench.name, field)}.from"])
    if grid is not None:
        bench_state.change(bench, **{field: grid})


def size(
    bench: Bench, field: str, label: str, now: Numbers, most: int, presets: Callable[[int], Presets] | None = None
) -> None:
    """Draw a slider for a square grid's side, up to ``most``; ``presets`` returns the presets of a side.

    A preset is replaced by the one of the same name and the new side. Other numbers stay; a grid without presets, such
    as a kernel, keeps its centre.
    """
    key, grid = f"{bench_state.key(bench.name, field)}.size", bench.fields[field]
    least = grid.least if isinstance(grid, Grid) else 1
    st.session_state[key] = len(now)
    st.slider(label, least, most, len(now), key=key, on_change=_resize, args=(bench, field, presets), width=200)


def _resize(bench: Bench, field: str, presets: Callable[[int], Presets] | None) -> None:
    key = bench_state.key(bench.name, field)
    side, grid = st.session_state[f"{key}.size"], bench_state.values(bench)[field]
    name = presets(len(grid)).names.get(grid) if presets else None
    new = presets(side).grids.get(name) if presets and name else None
    if new is None or len(new) != side:
        # Numbers that a smaller side cut off come back at a larger one, until a number is changed.
        cut, whole = st.session_state.get(f"{key}.whole", (None, None))
        whole = whole if cut == grid else grid
        new = resized(whole, side, centred=presets is None)
        st.session_state[f"{key}.whole"] = new, whole
    bench_state.change(bench, **{field: new})
