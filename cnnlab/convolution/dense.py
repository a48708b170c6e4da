"""A dense layer against a convolution that turns the same input into an output of the same size."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from cnnlab.convolution.windows import convolve, side

Map = NDArray[np.float64]
EDGE = np.array([[1.0, 2.0, 0.0, -2.0, -1.0]] * 5)
"""The convolution's numbers: where bright turns to dark from left to right."""
PICTURE = 32  # pixels on each side
A_BIT = 0.05  # of the distance from the smallest to the largest answer


@dataclass(frozen=True, slots=True)
class Pair:
    """``size`` × ``size`` × ``channels`` numbers arrive; ``filters`` of ``kernel`` × ``kernel``, nothing padded."""

    size: int
    channels: int
    kernel: int
    filters: int

    @property
    def side(self) -> int:
        """Of the output. Raises ``ValueError`` where the kernel is larger than the picture."""
        return side(self.size, self.kernel).out

    @property
    def inputs(self) -> int:
        return self.size**2 * self.channels

    @property
    def outputs(self) -> int:
        return self.side**2 * self.filters

    @property
    def seen(self) -> int:
        """Inputs that one output of the convolution depends on, the weights of one filter."""
        return self.kernel**2 * self.channels

    @property
    def convolution(self) -> int:
        """Parameters, a bias for each filter.

        >>> Pair(32, 3, 5, 6).convolution
        456
        """
        return (self.seen + 1) * self.filters

    @property
    def dense(self) -> int:
        """Parameters, a bias for each output.

        >>> Pair(32, 3, 5, 6).dense
        14455392
        """
        return (self.inputs + 1) * self.outputs


@dataclass(frozen=True, slots=True)
class Shift:
    """A layer's answers to a picture and to the shifted picture, and the shares of answers that changed more than a
    bit: compared at the same place, and compared with the place the picture's content moved to.
    """

    before: Map
    after: Map
    in_place: float
    along: float


def shifted(photograph: Map, right: int, down: int) -> tuple[Map, Map]:
    """The middle of a photograph, and the same with its content moved right and down; what enters is the rest of it.

    Both are ``PICTURE`` × ``PICTURE``, views of the photograph. Raises ``ValueError`` for a shift that leaves it.
    """
    top, left = ((n - PICTURE) // 2 for n in photograph.shape)
    if abs(down) > top or abs(right) > left:
        raise ValueError(f"a shift by {right} and {down} leaves the photograph; the most is {left} and {top}")
    still, moved = ((top, left), (top - down, left - right))
    before, after = (photograph[y : y + PICTURE, x : x + PICTURE] for y, x in (still, moved))
    return before, after


def experiment(photograph: Map, right: int, down: int) -> tuple[Shift, Shift]:
    """A convolution's answers and a dense layer's, both to the same two pictures: each 28 × 28 numbers.

    The photograph is at least ``PICTURE`` a side; raises ``ValueError`` for a shift that leaves it.
    """
    # Around zero, as networks get their pictures: else a dense layer would mostly answer to the brightness.
    before, after = (each - photograph.mean() for each in shifted(photograph, right, down))
    sides = side(PICTURE, len(EDGE)), side(PICTURE, len(EDGE))
    out = sides[0].out
    conv = [convolve(each, EDGE, *sides) for each in (before, after)]
    full = [(_weights() @ each.ravel()).reshape(out, out) for each in (before, after)]
    of_convolution, of_dense = (_compare(old, new, right, down) for old, new in (conv, full))
    return of_convolution, of_dense


@lru_cache(maxsize=1)
def _weights() -> Map:
    """A dense layer's weights, random and always the same: one row for each output."""
    out = PICTURE - len(EDGE) + 1
    return np.random.default_rng(0).standard_normal((out * out, PICTURE * PICTURE)) / PICTURE


def _compare(before: Map, after: Map, right: int, down: int) -> Shift:
    bit = A_BIT * (before.max() - before.min())
    height, width = before.shape
    old = before[max(0, -down) : height - max(0, down), max(0, -right) : width - max(0, right)]
    new = after[max(0, down) : height + min(0, down), max(0, right) : width + min(0, right)]
    in_place, along = (float(np.mean(np.abs(a - b) > bit)) for a, b in ((before, after), (old, new)))
    return Shift(before, after, in_place, along)
