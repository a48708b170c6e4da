"""Takes the parts that make pixels out of an image file, before Pillow opens it.

Pillow collects notes, profiles, comments and thumbnails in Python, as many as a file has: a file of 40 MB can hold ten
million of them. Here a file is walked part by part, no further than real images go, and only parts that make pixels are
kept.

>>> core(b"GIF89a" + bytes(7) + (b"!!" + bytes(1)) * 5000, "GIF")  # doctest: +ELLIPSIS
Traceback (most recent call last):
cnnlab.uploads.image_headers.TooMuchError: this GIF has more than 2,000 parts before its image; ...
"""

import re
import struct
from dataclasses import dataclass

MOST_SEGMENTS = 2_000  # of a JPEG; with notes and a profile of many parts it has a hundred
MOST_JUNK = 64 << 10  # bytes between a JPEG's segments; there should be none
MOST_TABLES = 1 << 20  # bytes of a JPEG's segments that are kept; they take about 1 KB
MOST_SCANS = 40  # passes over a JPEG; programs write about 10
MOST_CHUNKS = 50_000  # of a PNG; the smallest that programs write hold 8 KB of pixels
MOST_BLOCKS = 2_000  # of a GIF before its first image; it has three or four
MOST_BITS = 50_000  # the pieces of 1 to 255 bytes that a GIF's blocks are cut into
MOST_RIFF = 10_000  # chunks of a WebP: one for each frame of a film, and a few

_JFIF, _EXIF, _ADOBE = 0xE0, 0xE1, 0xEE
_NOTES = frozenset((*range(_JFIF + 1, _ADOBE), 0xEF, 0xFE))
"""A JPEG's segments that make no pixels. Those of JFIF and Adobe define its colours and are kept."""
_PIXELS = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")  # of a PNG
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""The marker that ends a JPEG's scan: neither a data byte nor a restart marker."""


class TooMuchError(ValueError):
    """An image that may be whole but exceeds the limits."""


@dataclass(frozen=True, slots=True)
class Core:
    """The bytes that make the pixels, and facts found on the way.

    ``exif`` are the camera's notes; ``one_pass`` says that all colours of a JPEG come in one pass, so that it is
    unpacked row by row; others are held whole.
    """

    data: bytes
    exif: bytes = b""
    one_pass: bool = False


def core(data: bytes, kind: str) -> Core:
    """Return a file of that kind (PNG, JPEG, GIF, WEBP, BMP) without parts that make no pixels.

    Raises ``TooMuchError`` with a sentence for too many parts. Damage stays, and Pillow reports it.
    """
    walk = {"JPEG": _jpeg, "PNG": _png, "GIF": _gif, "WEBP": _webp}.get(kind)
    return walk(data) if walk else Core(data)


def orientation(exif: bytes) -> int:
    """Return the EXIF orientation, 1 to 8 (CIPA DC-008, 4.6.5); 1 if there is none.

    The one number is read and nothing else: a few bytes of notes can point ten thousand times at the same megabytes.

    >>> orientation(b"MM\\0*" + bytes((0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6)))
    6
    """
    exif = exif.removeprefix(b"Exif\0\0")
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(exif[:4])
    try:
        if order is None:
            return 1
        (at,) = struct.unpack_from(f"{order}I", exif, 4)
        (count,) = struct.unpack_from(f"{order}H", exif, at)
        for entry in range(count):
            tag, kind, _, value = struct.unpack_from(f"{order}HHIH", exif, at + 2 + 12 * entry)
            if tag == 0x0112:
                return int(value) if kind == 3 and 1 <= value <= 8 else 1
    except struct.error:
        pass
    return 1


def _crowded(kind: str, most: int, what: str) -> TooMuchError:
    return TooMuchError(f"this {kind} has more than {most:,} {what}; save it again, or as {_other(kind)}")


def _other(kind: str) -> str:
    return "JPEG" if kind == "PNG" else "PNG"


def _jpeg(data: bytes) -> Core:
    """Return the segments that are kept up to the first scan, then everything until the end of the image.

    Phones append a film to a photograph; it is dropped.
    """
    kept, exif = [data[:2]], b""
    at, junk, size, colours = 2, 0, 0, 0
    for _ in range(MOST_SEGMENTS):
        begin = at
        while at + 1 < len(data) and (data[at] != 0xFF or data[at + 1] in (0x00, 0xFF)) and junk <= MOST_JUNK:
            at, junk = at + 1, junk + 1
        if junk > MOST_JUNK:
            raise TooMuchError(f"this JPEG has more than {MOST_JUNK >> 10} KB that belong to no image; save it again")
        marker = data[at + 1] if at + 4 <= len(data) else 0xDA
        if marker == 0xDA:
            break
        if marker == 0x01 or 0xD0 <= marker <= 0xD9:  # stands alone
            at += 2
            continue
        begin, at = at, at + 2 + max(2, int.from_bytes(data[at + 2 : at + 4], "big"))
        if marker == _EXIF and not exif and data.startswith(b"Exif\0\0", begin + 4):
            exif = data[begin + 4 : at]
        if marker in _NOTES:
            continue
        if marker in (0xC0, 0xC1) and begin + 9 < len(data):
            colours = data[begin + 9]
        kept.append(data[begin:at])
        size += len(kept[-1])
        if size > MOST_TABLES:
            raise TooMuchError(f"this JPEG has more than {MOST_TABLES >> 20} MB of tables; save it again, or as PNG")
    else:
        raise _crowded("JPEG", MOST_SEGMENTS, "parts before its image")
    one_pass = colours > 0 and data[at + 4 : at + 5] == bytes([colours])
    return Core(b"".join((*kept, data[at : _end(data, at)])), exif, one_pass)


def _end(data: bytes, at: int) -> int:
    """Return the end of a JPEG whose first scan begins at that byte."""
    scans = 0
    for _ in range(MOST_SEGMENTS):
        marker = data[at + 1] if at + 4 <= len(data) else 0xD9
        if marker == 0xD9:
            return at + 2
        scans += marker == 0xDA
        if scans > MOST_SCANS:
            raise TooMuchError(f"this JPEG comes in more than {MOST_SCANS} passes; save it as PNG")
        found = _MARKER.search(
            data, at + 2 if marker == 0x01 else at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        )
        if found is None:
            return len(data)
        at = found.start()
    raise _crowded("JPEG", MOST_SEGMENTS, "parts")


def _png(data: bytes) -> Core:
    kept, exif, at = [data[:8]], b"", 8
    for _ in range(MOST_CHUNKS):
        if at + 8 > len(data):
            break
        kind, begin = data[at + 4 : at + 8], at
        at += 12 + int.from_bytes(data[at : at + 4], "big")
        if kind in _PIXELS:
            kept.append(data[begin:at])
        elif kind == b"eXIf":
            exif = data[begin + 8 : at - 4]
        if kind == b"IEND":
            break
    else:
        raise _crowded("PNG", MOST_CHUNKS, "parts")
    return Core(b"".join(kept), exif)


def _gif(data: bytes) -> Core:
    """Return the header, the first image's settings, and all from this image on; Pillow reads no other image."""
    at = 13 + (6 << (data[10] & 7) if len(data) > 10 and data[10] & 0x80 else 0)  # behind the colours for all images
    kept, bits = [data[:at]], 0
    for _ in range(MOST_BLOCKS):
        begin, kind = at, data[at : at + 1]
        if kind in (b"", b",", b";"):
            return Core(b"".join((*kept, data[at:])))
        at += 1
        if kind != b"!":
            continue
        at += 1
        while at < len(data) and data[at] and bits <= MOST_BITS:
            at, bits = at + 1 + data[at], bits + 1
        if bits > MOST_BITS:
            break
        at += 1
        if data[begin + 1 : begin + 2] == b"\xf9":
            kept.append(data[begin:at])
    raise _crowded("GIF", MOST_BLOCKS, "parts before its image")


def _webp(data: bytes) -> Core:
    """Return all of a WebP, since libwebp checks that its parts fit each other; only their number is bounded."""
    exif, at = b"", 12
    for _ in range(MOST_RIFF):
        if at + 8 > len(data):
            return Core(data, exif)
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        if data[at : at + 4] == b"EXIF":
            exif = data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    raise _crowded("WEBP", MOST_RIFF, "parts")
