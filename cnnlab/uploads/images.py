"""Checks of every uploaded image: its header is read before its pixels, and memory and time are bounded.

A few bytes can claim any size, so that an image's memory is known before it is decoded. Pillow never sees the parts of
a file that make no pixels: see ``image_headers``. ``documents`` and ``archives`` check the others.

>>> decode(b"hello")
Traceback (most recent call last):
ValueError: this is not an image that can be read; choose a PNG, JPEG, GIF, WebP or BMP file
"""

import io
import struct
import threading
import zlib

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnnlab.uploads.image_headers import TooMuchError, core, orientation

Pixels = NDArray[np.uint8]

FORMATS = {
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF8": "GIF",
    b"RIFF": "WEBP",
    b"BM": "BMP",
}
"""The first bytes of each format."""
ENDINGS = ("png", "jpg", "jpeg", "gif", "webp", "bmp")
MOST_BYTES = 40 << 20
MOST_PIXELS = 30_000_000  # most cameras have fewer; each takes up to 8 bytes while an image is made smaller
MOST_JPEG = 150_000_000  # a JPEG is made smaller while it is unpacked, unless it comes in several passes
MOST_RLE = 1_000_000  # pixels of a packed BMP, which Pillow unpacks in Python
LONGEST = 420  # pixels of the longest side, as an image is shown and worked on

_BROKEN = (
    OSError, EOFError, SyntaxError, ValueError, TypeError, LookupError, ArithmeticError, RuntimeError, MemoryError,
    AttributeError, NotImplementedError, struct.error, zlib.error, Image.DecompressionBombError,
)  # fmt: skip
"""The errors that Pillow raises for damaged images."""
_one = threading.Lock()  # one image at a time: a class that uploads at once takes the memory of one


def fitted(pixels: Pixels, longest: int = LONGEST) -> Pixels:
    """Reduce pixels that are known to be good."""
    return np.array(_smaller(Image.fromarray(pixels), longest))


def decode(data: bytes, longest: int = LONGEST) -> Pixels:
    """Decode an image: height × width × 3 of 0…255, upright, on white, no side longer than ``longest``.

    The first of several frames. Raises ``ValueError`` with a sentence that says what is wrong and how to fix it.
    """
    if not data:
        raise ValueError("this file is empty; choose another, or save it again")
    if len(data) > MOST_BYTES:
        raise ValueError(f"this file has more than {MOST_BYTES >> 20} MB; save the image smaller")
    kind = format_of(data)
    with _one:
        try:
            return _read(data, kind, longest)
        except TooMuchError:
            raise
        except _BROKEN:
            raise ValueError(f"this {kind} image is damaged or incomplete; copy or save it again") from None


def gray(pixels: Pixels) -> Pixels:
    """Return the perceived brightness, 0.299 red + 0.587 green + 0.114 blue (ITU-R BT.601, as Pillow has it)."""
    found: Pixels = np.rint(pixels @ np.array((0.299, 0.587, 0.114))).astype(np.uint8)
    return found


def format_of(data: bytes) -> str:
    """Return the one of ``FORMATS`` that a file begins with. Raises ``ValueError`` that names what it is instead."""
    kind = next((name for begin, name in FORMATS.items() if data.startswith(begin)), None)
    if kind == "WEBP" and data[8:12] != b"WEBP":
        kind = None
    if kind:
        return kind
    if data[4:8] == b"ftyp":
        raise ValueError("this is a HEIC, AVIF or film file; save the image as JPEG or PNG")
    if data[:4] in (b"II*\0", b"MM\0*"):
        raise ValueError("this is a TIFF or camera raw file; save the image as JPEG or PNG")
    if data.startswith(b"%PDF") or b"<svg" in data[:1000]:
        raise ValueError("this is a PDF or SVG drawing without pixels; save it as PNG")
    raise ValueError("this is not an image that can be read; choose a PNG, JPEG, GIF, WebP or BMP file")


def _read(data: bytes, kind: str, longest: int) -> Pixels:
    if kind == "WEBP":  # Pillow makes room for the whole image when it opens one
        _check(*_webp_size(data))
    found = core(data, kind)
    try:
        image: Image.Image = Image.open(io.BytesIO(found.data), formats=[kind])
    except Image.DecompressionBombError:
        raise TooMuchError(_too_large(MOST_PIXELS)) from None
    most = MOST_PIXELS
    if kind == "JPEG" and found.one_pass:
        most = MOST_JPEG
    elif kind == "BMP" and image.info.get("compression") in (1, 2):
        most = MOST_RLE
    _check(*image.size, most)
    image.draft(None, _fitting(image.size, longest))  # JPEG alone: at 1/2, 1/4 or 1/8 of its size
    image.load()
    small = _flat(_smaller(_eight_bits(image), longest))
    turn = _TURNS.get(orientation(found.exif))
    if turn is not None:  # flipping left to right counts as 0
        small = small.transpose(turn)
    return np.array(small, dtype=np.uint8)


def _check(width: int, height: int, most: int = MOST_PIXELS) -> None:
    if width < 1 or height < 1:
        raise ValueError("no pixels")
    if width * height > most:
        raise TooMuchError(_too_large(most, f"{width:,} × {height:,}"))


def _too_large(most: int, size: str = "far too many") -> str:
    return (
        f"this image has {size} pixels, and at most {most // 1_000_000} million can be read; save it smaller, "
        "1,000 pixels wide will do"
    )


def _webp_size(data: bytes) -> tuple[int, int]:
    """Return width and height from a WebP's header, see https://developers.google.com/speed/webp/docs/riff_container."""
    kind = data[12:16]
    if kind == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    if kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    width, height = struct.unpack_from("<HH", data, 26)
    return width & 0x3FFF, height & 0x3FFF


_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""The turn that makes an image upright by its EXIF orientation, see ``PIL.ImageOps.exif_transpose``."""


def _eight_bits(image: Image.Image) -> Image.Image:
    """Scale sixteen bits a pixel to eight; Pillow alone would cut them off at 255."""
    if image.mode.startswith("I"):
        values = np.asarray(image)
        return Image.fromarray((values >> 8 if values.dtype.itemsize == 2 else values.clip(0, 65535) >> 8).astype("u1"))
    if image.mode == "P" or "transparency" in image.info:
        return image.convert("RGBA" if "transparency" in image.info else "RGB")
    return image if image.mode in ("L", "LA", "RGB", "RGBA", "CMYK") else image.convert("RGB")


def _smaller(image: Image.Image, longest: int) -> Image.Image:
    size = _fitting(image.size, longest)
    # First by a whole number, cheaply: what is resampled properly is no more than three times too large.
    return image if size == image.size else image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def _fitting(size: tuple[int, int], longest: int) -> tuple[int, int]:
    """Return the sides of an image that is reduced to ``longest``, each at least 1."""
    scale = min(1.0, longest / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _flat(image: Image.Image) -> Image.Image:
    """Convert to red, green and blue, with white behind transparent pixels."""
    if image.mode in ("LA", "RGBA"):
        whole = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", whole.size, "white"), whole).convert("RGB")
    return image.convert("RGB")
