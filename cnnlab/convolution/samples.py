"""Photographs that scikit-image brings along, cut to a square and made small and grey."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

SAMPLES = {
    "camera": (40, 100, 250),
    "astronaut": (0, 130, 200),
    "cat": (40, 60, 260),
    "coffee": (0, 100, 400),
    "horse": (0, 66, 328),
}
"""Top, left and side of the square, in pixels. All of these come with the package: nothing is downloaded."""


@lru_cache(maxsize=32)
def grey(name: str, side: int) -> NDArray[np.float64]:
    """The photograph as side × side whole numbers, 0 black and 255 white. Raises ``KeyError`` for an unknown name."""
    from skimage import color, data, transform  # half a second, which pages without a photograph do not pay

    top, left, size = SAMPLES[name]
    whole = np.asarray(getattr(data, name)())
    # One of them has two values only, false and true.
    flat = color.rgb2gray(whole) if whole.ndim == 3 else whole / whole.max()
    cut = flat[top : top + size, left : left + size]
    found: NDArray[np.float64] = np.round(255 * transform.resize(cut, (side, side), anti_aliasing=True))
    found.flags.writeable = False  # shared by all readers
    return found
