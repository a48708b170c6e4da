"""Named kernels and their responses: correlation, as networks compute it, without flipping the kernel.

>>> respond(np.repeat([10.0, 0.0], 3)[None].repeat(6, 0), KERNELS["vertical"]).tolist()[0]
[0.0, 30.0, 30.0, 0.0]
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import atan2, degrees, hypot
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike
from scipy.ndimage import correlate

from cnnlab.convolution.windows import Numbers
from cnnlab.units import with_article

Kernel = tuple[tuple[float, ...], ...]

_BINOMIAL = (1, 4, 6, 4, 1)

KERNELS: Mapping[str, Kernel] = MappingProxyType(
    {
        "vertical": ((1, 0, -1),) * 3,
        "horizontal": ((1, 1, 1), (0, 0, 0), (-1, -1, -1)),
        "45°": ((1, 1, 0), (1, 0, -1), (0, -1, -1)),
        "Sobel": ((1, 0, -1), (2, 0, -2), (1, 0, -1)),
        "Scharr": ((3, 0, -3), (10, 0, -10), (3, 0, -3)),
        "Laplacian": ((0, 1, 0), (1, -4, 1), (0, 1, 0)),
        "box blur": ((0.111,) * 3,) * 3,
        "Gaussian blur": tuple(tuple(round(a * b / 256, 3) for b in _BINOMIAL) for a in _BINOMIAL),
        "sharpen": ((0, -1, 0), (-1, 5, -1), (0, -1, 0)),
    }
)
"""The first four are the course's. Sobel and Scharr detect vertical edges too, with more weight on the middle row."""


def respond(image: ArrayLike, kernel: ArrayLike) -> Numbers:
    """Return the answer at every position where the kernel lies on the image: (h − f + 1) × (w − f + 1) numbers.

    Answers are rounded to six decimals, which removes the remainder of 0.1 + 0.2 − 0.3.
    Raises ``ValueError`` if the kernel is larger than the image.
    """
    pixels, weights = np.asarray(image, dtype=float), np.asarray(kernel, dtype=float)
    positions(pixels, weights)
    whole: Numbers = correlate(pixels, weights, mode="constant")  # positions beyond the image too
    rows, columns = (slice(f // 2, n - (f - f // 2) + 1) for n, f in zip(pixels.shape, weights.shape, strict=True))
    response: Numbers = whole[rows, columns].round(6) + 0.0  # no negative zeros
    return response


def positions(image: Numbers, kernel: Numbers) -> tuple[int, int]:
    """Return how many positions the kernel has on the image, down and across. Raises ``ValueError`` if it has none."""
    (high, wide), (down, across) = image.shape, kernel.shape
    if high < down or wide < across:
        raise ValueError(f"{with_article(f'{down}×{across}')} kernel does not fit on an image of {wide}×{high} pixels")
    return high - down + 1, wide - across + 1


@dataclass(frozen=True, slots=True)
class ResponseSummary:
    """Summary of a kernel's response: how much of it is positive, and the strongest answer."""

    positive: float
    """Sum of the positive answers over the sum of all absolute values, 0…1."""
    strongest: float
    at: tuple[int, int]
    """Row and column of the strongest answer, counted from 0."""

    @property
    def silent(self) -> bool:
        """True if every answer is 0."""
        return self.strongest == 0


def summarize(response: Numbers) -> ResponseSummary:
    """Summarize a response of shape (rows, columns). Of equally strong answers the first counts."""
    sizes = np.abs(response)
    at = np.unravel_index(int(sizes.argmax()), response.shape)
    total = float(sizes.sum())
    share = float(response.clip(min=0).sum()) / total if total else 0.0
    return ResponseSummary(share, float(response[at]), (int(at[0]), int(at[1])))


def keeps_brightness(kernel: ArrayLike) -> bool:
    """Return whether the weights do not cancel out: then the response is an image, as of a blur, and not edges."""
    weights = np.asarray(kernel, dtype=float)
    return bool(weights.sum() > 0.1 * np.abs(weights).sum())


def compared_middle(kernel: ArrayLike) -> float:
    """Return the number in the middle of a kernel that compares a pixel with an average of its neighbours, otherwise 0.

    Its other numbers have the opposite sign, and all add up to 0.

    >>> compared_middle(KERNELS["Laplacian"]), compared_middle([[1, -2, 1, 0]]), compared_middle([[1, -1], [-1, 1]])
    (-4.0, 0.0, 0.0)
    """
    weights = np.asarray(kernel, dtype=float)
    if not all(side % 2 for side in weights.shape):
        return 0.0
    middle = float(weights[tuple(side // 2 for side in weights.shape)])
    opposite = (weights * middle > 0).sum() == 1  # the middle alone has its sign
    return middle if opposite and abs(weights.sum()) < 0.01 * np.abs(weights).sum() else 0.0


DIRECTIONS = (
    "from left to right", "from the upper left to the lower right", "from top to bottom",
    "from the upper right to the lower left", "from right to left", "from the lower right to the upper left",
    "from bottom to top", "from the lower left to the upper right",
)  # fmt: skip


def direction(kernel: ArrayLike) -> int | None:
    """Return where brightness must grow for a positive answer, as an index of ``DIRECTIONS``.

    It is the direction of the ramp to which the kernel answers most: the sum of its weights times their positions.
    Returns None if the kernel prefers no direction.
    """
    weights = np.asarray(kernel, dtype=float)
    y, x = (np.arange(side) - (side - 1) / 2 for side in weights.shape)
    right, down = float((weights.sum(axis=0) * x).sum()), float((weights.sum(axis=1) * y).sum())
    if hypot(right, down) < 0.1 * np.abs(weights).sum():
        return None
    return round(degrees(atan2(down, right)) / 45) % 8
