"""Sliding windows over a grid of numbers: positions, zero padding, and the convolution."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cnnlab.units import count

Numbers = NDArray[np.float64]
Padding = Literal["valid", "same"] | int


@dataclass(frozen=True, slots=True)
class Side:
    """One direction of a convolution: a window of ``f`` numbers with ``dilation`` and ``stride`` over ``n`` numbers.

    ``before`` and ``after`` are the zeros at the two ends.
    """

    n: int
    f: int
    stride: int = 1
    dilation: int = 1
    before: int = 0
    after: int = 0

    @property
    def reach(self) -> int:
        """Positions from the window's first number to its last, both counted: d × (f − 1) + 1."""
        return self.dilation * (self.f - 1) + 1

    @property
    def out(self) -> int:
        """Positions of the window: floor((n + 2p − f) / s) + 1. Raises ``ValueError`` if the window does not fit."""
        room = self.n + self.before + self.after - self.reach
        if room < 0:
            apart = f" {self.dilation} apart, which covers {self.reach}," if self.dilation > 1 else ""
            numbers = count(self.f, "number")
            raise ValueError(f"a window of {numbers}{apart} does not fit on {self.n + self.before + self.after}")
        return room // self.stride + 1


def side(n: int, f: int, padding: Padding = "valid", stride: int = 1, dilation: int = 1) -> Side:
    """Return one direction of a convolution with the zeros that ``padding`` adds.

    "same" is TensorFlow's: the output has ceil(n / s) numbers, and an odd zero is added at the end.
    """
    if padding == "valid":
        return Side(n, f, stride, dilation)
    if padding == "same":
        total = max((-(-n // stride) - 1) * stride + dilation * (f - 1) + 1 - n, 0)
        return Side(n, f, stride, dilation, total // 2, total - total // 2)
    return Side(n, f, stride, dilation, int(padding), int(padding))


def padded(image: Numbers, rows: Side, columns: Side) -> Numbers:
    """Return the image with zeros around it: before + n + after numbers in each direction."""
    return np.pad(image, ((rows.before, rows.after), (columns.before, columns.after)))


def windows(image: Numbers, rows: Side, columns: Side) -> Numbers:
    """Return every window's numbers: shape (positions down, positions across, f, f).

    Raises ``ValueError`` if the window does not fit.
    """
    down, across = rows.out, columns.out
    ys = np.arange(down)[:, None] * rows.stride + np.arange(rows.f) * rows.dilation
    xs = np.arange(across)[:, None] * columns.stride + np.arange(columns.f) * columns.dilation
    every: Numbers = padded(image, rows, columns)[ys[:, None, :, None], xs[None, :, None, :]]
    return every


def convolve(image: Numbers, kernel: Numbers, rows: Side, columns: Side) -> Numbers:
    """Return the sum of each window's products with the kernel: a convolution without flipping, as in networks.

    Shape (positions down, positions across). Raises ``ValueError`` if the window does not fit.
    """
    sums: Numbers = np.einsum("yxij,ij->yx", windows(image, rows, columns), kernel)
    return sums
