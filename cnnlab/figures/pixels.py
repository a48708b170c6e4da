"""Pictures and what a filter answers on them, as small files that both themes can show."""

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnnlab.figures.numbers import NEGATIVE, POSITIVE

LEVELS = 127  # of each sign; with their zero they fill a palette


def shades(values: NDArray[np.float64] | NDArray[np.uint8]) -> bytes:
    """In gray: 0 is black, 255 white, what lies beyond is cut off."""
    return _file(Image.fromarray(np.rint(np.clip(values, 0, 255)).astype(np.uint8)), "WEBP", quality=88, method=2)


def signs(values: NDArray[np.float64]) -> bytes:
    """Positive numbers blue, negative ones orange, the stronger the denser; the page shows through where there is none.

    The strongest two in a thousand are drawn alike, so that one glaring pixel does not make the others pale. A PNG
    with a palette: an edge is a pixel wide, and other formats share colours among neighbours.
    """
    sizes = np.abs(values)
    most = float(np.quantile(sizes, 0.998)) or float(sizes.max()) or 1.0
    levels = np.sign(values) * np.rint(LEVELS * np.sqrt(np.clip(sizes / most, 0, 1)))
    image = Image.fromarray((levels + LEVELS).astype(np.uint8), "P")
    colors = [bytes.fromhex(color[1:]) for color in (NEGATIVE, POSITIVE)]
    image.putpalette(b"".join(colors[level >= 0] for level in range(-LEVELS, LEVELS + 1)))
    return _file(image, "PNG", transparency=bytes(2 * abs(level) for level in range(-LEVELS, LEVELS + 1)))


def _file(image: Image.Image, kind: str, **options: Any) -> bytes:
    made = io.BytesIO()
    image.save(made, kind, **options)
    return made.getvalue()
