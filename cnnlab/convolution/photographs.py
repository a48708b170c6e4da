"""Pictures to filter: two that are drawn by hand, and the photographs that come along with scikit-image."""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

import numpy as np

from cnnlab.convolution.windows import Numbers
from cnnlab.pictures import LONGEST, Pixels, fitted, gray

BRIGHT_DARK = np.repeat([10.0, 0.0], 3)[None, :].repeat(6, axis=0)
DRAWN: Mapping[str, Numbers] = MappingProxyType(
    {"bright to dark": BRIGHT_DARK, "dark to bright": BRIGHT_DARK[:, ::-1], "corner": np.triu(np.full((6, 6), 10.0))}
)
"""Small enough to read every number. The first is the course's."""

PHOTOGRAPHS: Mapping[str, str] = MappingProxyType(
    {
        "cat": "chelsea",
        "astronaut": "astronaut",
        "cameraman": "camera",
        "coffee": "coffee",
        "coins": "coins",
        "bricks": "brick",
        "moon": "moon",
        "page": "page",
    }
)
"""Names here and in ``skimage.data``. Only those that lie in the package: others would be downloaded."""


@lru_cache(maxsize=len(PHOTOGRAPHS))
def photograph(name: str) -> Pixels:
    """One of ``PHOTOGRAPHS`` in grey, no side longer than ``LONGEST``. It is shared: read it only."""
    from skimage import data  # takes a moment

    pixels: Pixels = getattr(data, PHOTOGRAPHS[name])()
    small = fitted(pixels, LONGEST)
    found = gray(small) if small.ndim == 3 else small
    found.flags.writeable = False
    return found
