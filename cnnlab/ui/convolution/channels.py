"""Volumes that the reader can edit: one grid in URLs and caches, channel below channel; an editor each on screen."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnnlab.ui.convolution import bench_state, number_editor
from cnnlab.ui.convolution.bench import Grid, Numbers

DIGITS = 2  # decimals: products of three such numbers are written out in full


def to_grid(volume: NDArray[np.float64]) -> Numbers:
    """Return a volume (height, width, channels) as a grid of height × channels rows.

    >>> to_grid(np.array([[[1.0, 2.0]]]))
    ((1.0,), (2.0,))
    """
    return tuple(tuple(map(float, row)) for channel in np.moveaxis(volume, -1, 0) for row in channel)


def to_volume(grid: Numbers, channels: int) -> NDArray[np.float64]:
    """Return a grid as a volume (height, width, channels)."""
    return np.moveaxis(np.array(grid).reshape(channels, -1, len(grid[0])), 0, -1)


def field(name: str, numbers: NDArray[np.float64]) -> Grid:
    """Return the URL field of a volume of this shape, with these numbers as its default."""
    grid = to_grid(numbers)
    return Grid(name, grid, shape=(len(grid), len(grid[0])), low=-99, high=99, digits=DIGITS)


def editors(bench: str, field: Grid, value: Numbers, names: Sequence[str]) -> Numbers:
    """Draw an editor for each channel, side by side; return the edited grid."""
    rows: list[tuple[float, ...]] = []
    height = len(value) // len(names)
    with st.container(horizontal=True, gap="small"):
        for place, name in enumerate(names):
            part = value[place * height : (place + 1) * height]
            one = replace(field, default=part, shape=(height, len(part[0])))
            with st.container(width="content"):
                rows += number_editor.edit(
                    one, part, f"{bench_state.key(bench, field.name)}.{name}", f"{field.name}, {name}"
                )
    return tuple(rows)
