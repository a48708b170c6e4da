"""Dense layer against convolution, with the same input and output sizes: parameters, and answers to a shifted image."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from cnnlab.convolution.windows import Numbers, convolve, side

EDGE = np.array([[1.0, 2.0, 0.0, -2.0, -1.0]] * 5)
"""Weights of the convolution, a detector of vertical edges: bright turns to dark from left to right."""
IMAGE_SIZE = 32  # pixels on each side
TOLERANCE = 0.05  # of the distance from the smallest to the largest answer; an answer that moves less is unchanged


@dataclass(frozen=True, slots=True)
class LayerPair:
    """A convolution without padding, and a dense layer of the same input and output sizes.

    The input has ``size`` × ``size`` × ``channels`` numbers; the ``filters`` are ``kernel`` × ``kernel``.
    """

    size: int
    channels: int
    kernel: int
    filters: int

    @property
    def side(self) -> int:
        """Height and width of the output. Raises ``ValueError`` if the kernel is larger than the image."""
        return side(self.size, self.kernel).out

    @property
    def inputs(self) -> int:
        return self.size**2 * self.channels

    @property
    def outputs(self) -> int:
        return self.side**2 * self.filters

    @property
    def fan_in(self) -> int:
        """Inputs that one output of the convolution depends on: the weights of one filter."""
        return self.kernel**2 * self.channels

    @property
    def convolution(self) -> int:
        """Parameters of the convolution, with a bias for each filter.

        >>> LayerPair(32, 3, 5, 6).convolution
        456
        """
        return (self.fan_in + 1) * self.filters

    @property
    def dense(self) -> int:
        """Parameters of the dense layer, with a bias for each output.

        >>> LayerPair(32, 3, 5, 6).dense
        14455392
        """
        return (self.inputs + 1) * self.outputs


@dataclass(frozen=True, slots=True)
class ShiftResponse:
    """A layer's answers to an image and to the shifted image.

    Two shares of the answers changed by more than ``TOLERANCE``: ``changed_in_place`` compares equal positions,
    ``changed_along`` each position with the one that the content moved to.
    """

    before: Numbers
    after: Numbers
    changed_in_place: float
    changed_along: float


def shifted_crops(photograph: Numbers, right: int, down: int) -> tuple[Numbers, Numbers]:
    """Return the middle of a photograph, and the crop whose content is moved right and down.

    Both are ``IMAGE_SIZE`` × ``IMAGE_SIZE``, views of the photograph. Raises ``ValueError`` for a shift that leaves it.
    """
    top, left = ((n - IMAGE_SIZE) // 2 for n in photograph.shape)
    if abs(down) > top or abs(right) > left:
        raise ValueError(f"a shift by {right} and {down} goes beyond the photograph; the most is {left} and {top}")
    still, moved = ((top, left), (top - down, left - right))
    before, after = (photograph[y : y + IMAGE_SIZE, x : x + IMAGE_SIZE] for y, x in (still, moved))
    return before, after


def shift_responses(photograph: Numbers, right: int, down: int) -> tuple[ShiftResponse, ShiftResponse]:
    """Return a convolution's and a dense layer's answers to the same two images, each 28 × 28 numbers.

    The photograph is at least ``IMAGE_SIZE`` a side; raises ``ValueError`` for a shift that leaves it.
    """
    # Centred on zero, as networks receive their images: otherwise a dense layer mostly answers to the brightness.
    before, after = (each - photograph.mean() for each in shifted_crops(photograph, right, down))
    sides = side(IMAGE_SIZE, len(EDGE)), side(IMAGE_SIZE, len(EDGE))
    out = sides[0].out
    conv = [convolve(each, EDGE, *sides) for each in (before, after)]
    full = [(_dense_weights() @ each.ravel()).reshape(out, out) for each in (before, after)]
    of_convolution, of_dense = (_compare(old, new, right, down) for old, new in (conv, full))
    return of_convolution, of_dense


@lru_cache(maxsize=1)
def _dense_weights() -> Numbers:
    """Return the dense layer's weights, random and always the same: one row for each output."""
    out = IMAGE_SIZE - len(EDGE) + 1
    return np.random.default_rng(0).standard_normal((out * out, IMAGE_SIZE * IMAGE_SIZE)) / IMAGE_SIZE


def _compare(before: Numbers, after: Numbers, right: int, down: int) -> ShiftResponse:
    bit = TOLERANCE * (before.max() - before.min())
    height, width = before.shape
    old = before[max(0, -down) : height - max(0, down), max(0, -right) : width - max(0, right)]
    new = after[max(0, down) : height + min(0, down), max(0, right) : width + min(0, right)]
    changed_in_place, changed_along = (float(np.mean(np.abs(a - b) > bit)) for a, b in ((before, after), (old, new)))
    return ShiftResponse(before, after, changed_in_place, changed_along)
