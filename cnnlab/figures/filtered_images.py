"""Images and a filter's answers on them: small files that both themes can show, and HTML around them."""

import base64
import io
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnnlab.figures.palette import NEGATIVE, POSITIVE

BELOW, ABOVE = (np.frombuffer(bytes.fromhex(colour[1:]), np.uint8).astype(int) for colour in (NEGATIVE, POSITIVE))
LEVELS = 127  # of each sign; with their zero they fill a palette


def shades(values: NDArray[np.float64] | NDArray[np.uint8]) -> bytes:
    """Return a grey image file: 0 is black, 255 white, numbers beyond are clipped."""
    return _file(Image.fromarray(np.rint(np.clip(values, 0, 255)).astype(np.uint8)), "WEBP", quality=88, method=2)


def signs(values: NDArray[np.float64]) -> bytes:
    """Return an image file, positive numbers blue, negative ones orange, the stronger the denser, zeros transparent.

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


def grey(values: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return numbers from 0, black, to 255, white, as pixels."""
    found: NDArray[np.uint8] = np.clip(np.round(values), 0, 255).astype(np.uint8)
    return found


def signed(values: NDArray[np.float64], most: float) -> NDArray[np.uint8]:
    """Return numbers around zero as pixels: blue above, orange below, white at zero; ``most`` has the full colour."""
    share = np.clip(np.abs(values) / (most or 1), 0, 1)[..., None]
    ends = np.where(values[..., None] >= 0, ABOVE, BELOW)
    found: NDArray[np.uint8] = np.round(255 + share * (ends - 255)).astype(np.uint8)
    return found


def figure(pixels: NDArray[np.uint8], caption: str, alt: str, width: int) -> str:
    """Return HTML of an image ``width`` wide on screen, each pixel a square, with its alt text."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    data = base64.b64encode(buffer.getvalue()).decode()
    height = round(width * pixels.shape[0] / pixels.shape[1])
    return (
        f'<figure style="width:{width}px"><img src="data:image/png;base64,{data}" alt="{escape(alt)}" width="{width}" '
        f'height="{height}"><figcaption>{escape(caption)}</figcaption></figure>'
    )


def figures(*every: str) -> str:
    """Return HTML of images side by side, as many in a row as fit."""
    return f'<div class="cnnlab-images">{"".join(every)}</div>'
