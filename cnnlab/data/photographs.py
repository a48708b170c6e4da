"""Photographs in scikit-image's package, for every page: nothing is downloaded."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnnlab.uploads.images import LONGEST, Pixels, fitted, gray


@dataclass(frozen=True, slots=True)
class Photograph:
    """A photograph: ``source`` is its name in ``skimage.data``; ``square``, top, left and side, holds its subject."""

    source: str
    square: tuple[int, int, int]


PHOTOGRAPHS: Mapping[str, Photograph] = MappingProxyType(
    {
        "cat": Photograph("chelsea", (0, 92, 300)),
        "astronaut": Photograph("astronaut", (0, 130, 200)),
        "cameraman": Photograph("camera", (40, 100, 250)),
        "coffee": Photograph("coffee", (0, 100, 400)),
        "rocket": Photograph("rocket", (20, 180, 390)),
        "horse": Photograph("horse", (0, 66, 328)),
        "coins": Photograph("coins", (0, 40, 303)),
        "bricks": Photograph("brick", (0, 0, 512)),
        "moon": Photograph("moon", (0, 0, 512)),
        "page": Photograph("page", (0, 96, 191)),
    }
)
BOLD = ("cameraman", "astronaut", "cat", "coffee", "rocket", "horse", "coins")
"""Photographs whose shapes are still recognisable in a dozen pixels."""


@lru_cache(maxsize=len(PHOTOGRAPHS))
def _whole(name: str) -> Pixels:
    """Return a whole photograph, height × width or height × width × 3, 0…255. Shared: read it only."""
    from skimage import data  # half a second, which pages without a photograph do not pay

    found = np.asarray(getattr(data, PHOTOGRAPHS[name].source)())
    # The horse has two values only, false and true.
    pixels: Pixels = found.astype(np.uint8) * 255 if found.dtype == bool else found
    pixels.flags.writeable = False
    return pixels


@lru_cache(maxsize=len(PHOTOGRAPHS))
def photograph(name: str) -> Pixels:
    """Return the photograph in gray, height × width, no side longer than ``LONGEST``. Shared: read it only.

    Raises ``KeyError`` for an unknown name.
    """
    small = fitted(_whole(name), LONGEST)
    found = gray(small) if small.ndim == 3 else small
    found.flags.writeable = False
    return found


@lru_cache(maxsize=len(PHOTOGRAPHS))
def coloured(name: str) -> Pixels:
    """Return the photograph's square, side × side × 3 in full size, gray as three equal colours. Read it only."""
    top, left, side = PHOTOGRAPHS[name].square
    cut = _whole(name)[top : top + side, left : left + side]
    found: Pixels = cut if cut.ndim == 3 else np.repeat(cut[..., None], 3, axis=-1)
    found.flags.writeable = False
    return found


@lru_cache(maxsize=len(PHOTOGRAPHS))
def _square(name: str) -> Image.Image:
    """Return the photograph's square, in gray."""
    return Image.fromarray(gray(coloured(name))).convert("F")


@lru_cache(maxsize=128)  # seven on the sides 2 to 12 that a bench offers, and on two more
def tiny(name: str, side: int) -> NDArray[np.float64]:
    """Return the photograph's square as side × side whole numbers, 0 black to 255 white, few to read. Read it only."""
    small = _square(name).resize((side, side), Image.Resampling.BILINEAR)  # weighs all pixels of a place
    found: NDArray[np.float64] = np.rint(np.asarray(small, dtype=np.float64))
    found.flags.writeable = False
    return found
