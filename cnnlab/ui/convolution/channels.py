"""Editable numbers of several channels: a grid with the channels below each other, on screen an editor for each."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from cnnlab.ui.convolution import bench_state, number_editor
from cnnlab.ui.convolution.bench import Grid, Numbers

DIGITS = 2  # after the decimal point: products of three such numbers are written out in full


def laid(volume: NDArray[np.float64]) -> Numbers:
    """Return the grid of a volume (height, width, channels): height × channels rows.

    >>> laid(np.array([[[1.0, 2.0]]]))
    ((1.0,), (2.0,))
    """
    return tuple(tuple(map(float, row)) for channel in np.moveaxis(volume, -1, 0) for row in channel)


def volume(grid: Numbers, channels: int) -> NDArray[np.float64]:
    """Return the volume of a grid, (height, width, channels)."""
    return np.moveaxis(np.array(grid).reshape(channels, -1, len(grid[0])), 0, -1)


def field(name: str, numbers: NDArray[np.float64]) -> Grid:
    """Return the field of a volume of this size, with these numbers as its default."""
    grid = laid(numbers)
    return Grid(name, grid, shape=(len(grid), len(grid[0])), low=-99, high=99, digits=DIGITS)


def typed(bench: str, field: Grid, value: Numbers, names: Sequence[str]) -> Numbers:
    """Draw editors side by side, one a channel; returns the grid as it is now."""
    found: list[tuple[float, ...]] = []
    high = len(value) // len(names)
    with st.container(horizontal=True, gap="small"):
        for place, name in enumerate(names):
            part = value[place * high : (place + 1) * high]
            one = replace(field, default=part, shape=(high, len(part[0])))
            with st.container(width="content"):
                found += number_editor.numbers(
                    one, part, f"{bench_state.key(bench, field.name)}.{name}", f"{field.name}, {name}"
                )
    return tuple(found)
