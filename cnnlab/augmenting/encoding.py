"""Images as URLs that a browser shows."""

import base64
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

EXACT = 96  # pixels of the side up to which every pixel counts: these are enlarged on screen
QUALITY = 88


def data_url(pixels: NDArray[np.uint8]) -> str:
    """Return an image of side × side × 3 as ``data:image/…``: exactly if it is small, else as JPEG, a tenth as long."""
    kind = "PNG" if pixels.shape[0] <= EXACT else "JPEG"
    made = io.BytesIO()
    Image.fromarray(pixels).save(made, kind, **({"quality": QUALITY} if kind == "JPEG" else {}))
    return f"data:image/{kind.lower()};base64,{base64.b64encode(made.getvalue()).decode()}"
