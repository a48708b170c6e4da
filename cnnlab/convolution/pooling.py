"""Pooling: the maximum or the average of each window. It has no parameters."""

from typing import Literal

import numpy as np

from cnnlab.convolution.windows import Numbers, Padding, Side, side

Kind = Literal["max", "average"]


def sides(image: Numbers, size: int, stride: int, padding: Padding) -> tuple[Side, Side]:
    """Return the two directions of the pooling window, down and across."""
    rows, columns = (side(n, size, padding, stride) for n in image.shape)
    return rows, columns


def windows(image: Numbers, rows: Side, columns: Side) -> Numbers:
    """Return every window's numbers: shape (positions down, positions across, size, size).

    Cells beyond the edge are NaN: as in Keras, they count neither for the maximum nor for the average.
    Raises ``ValueError`` if the window does not fit.
    """
    around = ((rows.before, rows.after), (columns.before, columns.after))
    padded = np.pad(image.astype(float), around, constant_values=np.nan)
    down, across = rows.out, columns.out
    every = np.lib.stride_tricks.sliding_window_view(padded, (rows.f, columns.f))
    placed: Numbers = every[:: rows.stride, :: columns.stride][:down, :across]
    return placed


def pool(image: Numbers, kind: Kind, rows: Side, columns: Side) -> Numbers:
    """Return one number for each position of the window: shape (positions down, positions across).

    Raises ``ValueError`` if the window does not fit.

    >>> course = np.array([[1, 3, 2, 1], [2, 9, 1, 1], [1, 3, 2, 3], [5, 6, 1, 2]])
    >>> pool(course, "max", *sides(course, 2, 2, "valid")).tolist()
    [[9.0, 2.0], [6.0, 3.0]]
    """
    reduce = np.nanmax if kind == "max" else np.nanmean
    pooled: Numbers = reduce(windows(image, rows, columns), axis=(2, 3))
    return pooled
