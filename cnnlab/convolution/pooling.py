"""Pooling: the largest number of each window, or their average. Nothing in it is learned."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cnnlab.convolution.windows import Padding, Side, side

Kind = Literal["max", "average"]


def sides(image: NDArray[np.float64], size: int, stride: int, padding: Padding) -> tuple[Side, Side]:
    """The window's positions down and across. Raises ``ValueError`` where it has none."""
    rows, columns = (side(n, size, padding, stride) for n in image.shape)
    return rows, columns


def windows(image: NDArray[np.float64], rows: Side, columns: Side) -> NDArray[np.float64]:
    """Every window's numbers: shape (positions down, positions across, size, size); NaN where it stands over the edge.

    What is beyond the edge counts neither for the largest nor for the average, as in Keras.
    """
    around = ((rows.before, rows.after), (columns.before, columns.after))
    padded = np.pad(image.astype(float), around, constant_values=np.nan)
    down, across = rows.out, columns.out
    every = np.lib.stride_tricks.sliding_window_view(padded, (rows.f, columns.f))
    found: NDArray[np.float64] = every[:: rows.stride, :: columns.stride][:down, :across]
    return found


def pool(image: NDArray[np.float64], kind: Kind, rows: Side, columns: Side) -> NDArray[np.float64]:
    """One number for each position of the window: shape (positions down, positions across).

    Raises ``ValueError`` where it has none.

    >>> course = np.array([[1, 3, 2, 1], [2, 9, 1, 1], [1, 3, 2, 3], [5, 6, 1, 2]])
    >>> pool(course, "max", *sides(course, 2, 2, "valid")).tolist()
    [[9.0, 2.0], [6.0, 3.0]]
    """
    reduce = np.nanmax if kind == "max" else np.nanmean
    found: NDArray[np.float64] = reduce(windows(image, rows, columns), axis=(2, 3))
    return found
