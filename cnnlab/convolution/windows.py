"""A window that slides over numbers: where it stands, what it multiplies, and what comes out."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Padding = Literal["valid", "same"] | int


@dataclass(frozen=True, slots=True)
class Side:
    """One direction of a convolution: ``n`` numbers, a window of ``f`` with ``dilation``, moved by ``stride``.

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
        """How many positions the window has: floor((n + 2p − f) / s) + 1. Raises ``ValueError`` where it has none."""
        room = self.n + self.before + self.after - self.reach
        if room < 0:
            apart = f" {self.dilation} apart, which reaches over {self.reach}," if self.dilation > 1 else ""
            raise ValueError(f"a window of {self.f} numbers{apart} does not fit on {self.n + self.before + self.after}")
        return room // self.stride + 1


def side(n: int, f: int, padding: Padding = "valid", stride: int = 1, dilation: int = 1) -> Side:
    """With the zeros that a padding means.

    "same" is TensorFlow's: ceil(n / s) numbers leave, the odd zero last.
    """
    if padding == "valid":
        return Side(n, f, stride, dilation)
    if padding == "same":
        total = max((-(-n // stride) - 1) * stride + dilation * (f - 1) + 1 - n, 0)
        return Side(n, f, stride, dilation, total // 2, total - total // 2)
    return Side(n, f, stride, dilation, int(padding), int(padding))


def padded(image: Numbers, rows: Side, columns: Side) -> Numbers:
    """The image with its zeros around it: shape (before + n + after) each way."""
    return np.pad(image, ((rows.before, rows.after), (columns.before, columns.after)))


def windows(image: Numbers, rows: Side, columns: Side) -> Numbers:
    """Every window's numbers: shape (positions down, positions across, f, f). Raises ``ValueError`` where none fits."""
    down, across = rows.out, columns.out
    ys = np.arange(down)[:, None] * rows.stride + np.arange(rows.f) * rows.dilation
    xs = np.arange(across)[:, None] * columns.stride + np.arange(columns.f) * columns.dilation
    found: Numbers = padded(image, rows, columns)[ys[:, None, :, None], xs[None, :, None, :]]
    return found


def convolve(image: Numbers, kernel: Numbers, rows: Side, columns: Side) -> Numbers:
    """Products of each window with the kernel, summed up: what networks call a convolution (nothing is flipped).

    Shape (positions down, positions across). Raises ``ValueError`` where the window has no position.
    """
    found: Numbers = np.einsum("yxij,ij->yx", windows(image, rows, columns), kernel)
    return found
