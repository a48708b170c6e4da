"""Pictures and what a filter answers on them, as small WebP files that both themes can show."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnnlab.figures.numbers import NEGATIVE, POSITIVE


def shades(values: NDArray[np.float64] | NDArray[np.uint8]) -> bytes:
    """In gray: 0 is black, 255 white, what lies beyond is cut off."""
    return _file(Image.fromarray(np.rint(np.clip(values, 0, 255)).astype(np.uint8)))


def signs(values: NDArray[np.float64]) -> bytes:
    """Positive numbers blue, negative ones orange, the stronger the denser; the page shows through where there is none.

    The strongest two in a thousand are drawn alike, so that one glaring pixel does not make the others pale.
    """
    sizes = np.abs(values)
    most = float(np.quantile(sizes, 0.998)) or float(sizes.max()) or 1.0
    colors = np.array([[int(color[at : at + 2], 16) for at in (1, 3, 5)] for color in (NEGATIVE, POSITIVE)])
    found = np.empty((*values.shape, 4), dtype=np.uint8)
    found[..., :3] = colors[(values >= 0).astype(int)]
    found[..., 3] = np.rint(255 * np.sqrt(np.clip(sizes / most, 0, 1)))
    return _file(Image.fromarray(found))


def _file(image: Image.Image) -> bytes:
    made = io.BytesIO()
    image.save(made, "WEBP", quality=88, method=2)
    return made.getvalue()
