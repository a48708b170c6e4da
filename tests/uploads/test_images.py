"""Uploaded images: every kind looks as a person expects, and what means harm is refused soon and in little memory."""

import io
import struct
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from profiles import first_with_each_push, thorough

from cnnlab.uploads.images import LONGEST, MOST_BYTES, decode, gray

ROOT = Path(__file__).parents[2]
RED, GREEN, WHITE = (200, 30, 30), (30, 200, 30), (255, 255, 255)


def halves(mode: str = "RGB", size: tuple[int, int] = (40, 20)) -> Image.Image:
    """Red on the left, green on the right."""
    image = Image.new("RGB", size, RED)
    image.paste(GREEN, (size[0] // 2, 0, *size))
    return image.quantize(8) if mode == "P" else image.convert(mode)


def saved(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    made = io.BytesIO()
    image.save(made, kind, **options)
    return made.getvalue()


def close(found: np.ndarray, color: tuple[int, ...], most: int = 12) -> bool:
    return bool(np.abs(found.astype(int) - color).max() <= most)


@pytest.mark.parametrize(
    ("kind", "mode", "options"),
    [
        ("PNG", "RGB", {}),
        ("PNG", "RGBA", {}),
        ("PNG", "P", {}),
        ("JPEG", "RGB", {"quality": 95}),
        ("JPEG", "RGB", {"quality": 95, "progressive": True}),
        ("JPEG", "CMYK", {"quality": 95}),
        ("GIF", "RGB", {}),
        ("WEBP", "RGB", {"lossless": True}),
        ("WEBP", "RGB", {"quality": 95}),
        ("WEBP", "RGBA", {"lossless": True}),
        ("BMP", "RGB", {}),
        ("BMP", "P", {}),
    ],
)
def test_every_format_gives_the_drawn_pixels(kind: str, mode: str, options: dict[str, object]) -> None:
    found = decode(saved(halves(mode), kind, **options))
    assert found.shape == (20, 40, 3)
    assert found.dtype == np.uint8
    assert close(found[:, 2:16], RED)
    assert close(found[:, 24:38], GREEN)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP"])
@pytest.mark.parametrize("size", [(1000, 500), (3000, 1500), (500, 4000)])
def test_large_images_are_reduced(kind: str, size: tuple[int, int]) -> None:
    found = decode(saved(halves(size=size), kind))
    assert max(found.shape) == LONGEST
    assert found.shape[1] / found.shape[0] == pytest.approx(size[0] / size[1], rel=0.02)
    assert close(found[:, : found.shape[1] // 2 - 2], RED)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP"])
def test_an_image_of_one_pixel_is_read(kind: str) -> None:
    found = decode(saved(Image.new("RGB", (1, 1), RED), kind))
    assert found.shape == (1, 1, 3)
    assert close(found, RED)


def test_a_line_of_pixels_keeps_a_row() -> None:
    for kind in ("PNG", "JPEG", "BMP"):
        assert decode(saved(Image.new("RGB", (30_000, 3), RED), kind)).shape == (1, LONGEST, 3)


def test_transparent_pixels_become_white() -> None:
    image = Image.new("RGBA", (4, 4), (0, 0, 0, 0))
    image.putpixel((0, 0), (*RED, 255))
    for kind in ("PNG", "WEBP"):
        found = decode(saved(image, kind, lossless=True))
        assert close(found[0, 0], RED, 0)
        assert close(found[1:], WHITE, 0)
    palette = Image.new("P", (4, 4), 1)
    palette.putpalette([*RED, *GREEN])
    assert close(decode(saved(palette, "GIF", transparency=1)), WHITE, 0)
    assert close(decode(saved(Image.new("LA", (2, 2), (9, 0)))), WHITE, 0)


def test_sixteen_bits_keep_their_scale() -> None:
    values = np.array([[0, 256 * 100, 65535]], dtype=np.uint16)
    assert decode(saved(Image.fromarray(values)))[0, :, 0].tolist() == [0, 100, 255]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_photographs_are_turned_upright(kind: str, orientation: int) -> None:
    # How each orientation stores an upright image, from the EXIF standard: where its first row and column lie.
    stored = {
        1: lambda a: a, 2: lambda a: a[:, ::-1], 3: lambda a: a[::-1, ::-1], 4: lambda a: a[::-1],
        5: lambda a: a.swapaxes(0, 1), 6: lambda a: np.rot90(a, 1), 7: lambda a: np.rot90(a, 2).swapaxes(0, 1),
        8: lambda a: np.rot90(a, -1),
    }[orientation]  # fmt: skip
    upright = np.asarray(halves(size=(64, 32))).copy()
    upright[:8] = WHITE
    exif = Image.Exif()
    exif[0x0112] = orientation
    found = decode(saved(Image.fromarray(np.ascontiguousarray(stored(upright))), kind, exif=exif, quality=95))
    assert found.shape == (32, 64, 3)
    assert close(found[2:5, 2:60], WHITE, 20)
    assert close(found[12:30, 3:28], RED, 20)
    assert close(found[12:30, 36:60], GREEN, 20)


def test_damaged_exif_data_is_ignored() -> None:
    for notes in (
        b"",
        b"Exif\0\0",
        b"Exif\0\0MM\0*\xff\xff\xff\xff",
        b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + b"\x12" * 40,
    ):
        assert decode(saved(halves(), "JPEG", exif=notes)).shape == (20, 40, 3)


def test_an_animation_gives_its_first_frame() -> None:
    frames = [Image.new("RGB", (8, 8), color) for color in (RED, GREEN)]
    for kind in ("GIF", "WEBP", "PNG"):
        assert close(decode(saved(frames[0], kind, save_all=True, append_images=frames[1:])), RED)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, data: bytes = b"", *extra: bytes) -> bytes:
    """A PNG that claims a size, in a few bytes."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(extra) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def webp(width: int, height: int) -> bytes:
    data = bytearray(saved(Image.new("RGBA", (8, 8)), "WEBP", lossless=True, exif=b"Exif\0\0II*\0"))
    assert data[12:16] == b"VP8X"
    data[24:30] = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return bytes(data)


def passes(count: int) -> bytes:
    """A JPEG that is unpacked over and over."""
    data = saved(halves(), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:-2] + data[last:-2] * count + data[-2:]


def claimed(kind: str, width: int, height: int, **options: object) -> bytes:
    """A JPEG or GIF or BMP whose header claims another size."""
    data = bytearray(saved(halves(), kind, **options))
    if kind == "JPEG":
        at = max(data.find(b"\xff\xc0"), data.find(b"\xff\xc2"))
        data[at + 5 : at + 9] = struct.pack(">HH", height, width)
    elif kind == "GIF":
        data[6:10] = struct.pack("<HH", width, height)
    else:
        data[18:26] = struct.pack("<ii", width, height)
    return bytes(data)


REFUSED = [
    (b"", "this file is empty"),
    (b"hello", "not an image that can be read"),
    (b"RIFF\0\0\0\0WAVEfmt ", "not an image that can be read"),
    (lambda: bytes(MOST_BYTES + 1), "more than 40 MB"),
    (b"\0\0\0\x18ftypheic\0\0\0\0", "HEIC, AVIF or film"),
    (b"II*\0\x08\0\0\0", "TIFF or camera raw"),
    (b"%PDF-1.7", "PDF or SVG drawing"),
    (b"<?xml version='1.0'?><svg>", "PDF or SVG drawing"),
    (b"\x89PNG\r\n\x1a\n", "this PNG image is damaged"),
    (b"\xff\xd8\xff\xe0", "this JPEG image is damaged"),
    (b"GIF89a", "this GIF image is damaged"),
    (b"RIFF\0\0\0\0WEBPVP8 ", "this WEBP image is damaged"),
    (b"BM" + b"\0" * 60, "this BMP image is damaged"),
    (png(0, 5), "damaged"),
    (png(30_000, 30_000), "far too many pixels|30,000 × 30,000 pixels, and at most 30 million"),
    (png(30_000, 2_000), "30,000 × 2,000 pixels, and at most 30 million can be read; save it smaller"),
    (png(2**31 - 1, 2**31 - 1), "far too many pixels"),
    (png(500, 500), "damaged or incomplete"),
    (lambda: png(500, 500, b"", chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(200 << 20)))), "damaged or incomplete"),
    (webp(16_000, 16_000), "16,000 × 16,000 pixels"),
    (claimed("JPEG", 60_000, 60_000), "far too many pixels"),
    (claimed("JPEG", 13_000, 13_000), "13,000 × 13,000 pixels, and at most 150 million"),
    (claimed("JPEG", 10_000, 10_000, progressive=True), "10,000 × 10,000 pixels, and at most 30 million"),
    (claimed("GIF", 65_535, 65_535), "far too many pixels"),
    (claimed("BMP", 30_000, 5_000), "30,000 × 5,000 pixels"),
    (passes(2000), "more than 40 passes"),
]


@pytest.mark.parametrize(("data", "said"), REFUSED, ids=[said[:30] for _, said in REFUSED])
def test_refused_images_raise_a_sentence_soon(data: bytes | Callable[[], bytes], said: str) -> None:
    data = data if isinstance(data, bytes) else data()
    begin = time.process_time()
    with pytest.raises(ValueError, match=said):
        decode(data)
    assert time.process_time() - begin < 5


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP"])
@pytest.mark.parametrize("part", [0.02, 0.3, 0.6, 0.9])
def test_a_truncated_image_raises_a_sentence(kind: str, part: float) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (90, 120, 3), dtype=np.uint8)
    data = saved(Image.fromarray(noise), kind)
    with pytest.raises(ValueError, match="damaged or incomplete; copy or save it again"):
        decode(data[: int(len(data) * part)])


def segment(marker: int, data: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(data) + 2) + data


def after_start(extra: bytes, kind: str = "JPEG") -> bytes:
    """A whole image of 40×20 with more between its beginning and its pixels."""
    data = saved(halves(), kind)
    at = {"JPEG": 2, "PNG": 33, "GIF": 13 + (6 << (data[10] & 7)), "WEBP": len(data)}[kind]
    whole = bytearray(data[:at] + extra + data[at:])
    if kind == "WEBP":
        whole[4:8] = struct.pack("<I", len(whole) - 8)
    return bytes(whole)


MANY = 38 << 20  # bytes; the file may have 40 MB
CROWDED = {
    "JPEG of empty segments": (
        lambda: after_start(segment(0xE5, b"") * (MANY // 4)),
        "this JPEG has more than 2,000 parts before its image",
    ),
    "JPEG of junk": (lambda: after_start(segment(0xFE, b"") + b"a" * MANY), "64 KB that belong to no image"),
    "JPEG of filling": (lambda: after_start(b"\xff" * MANY), "more than 64 KB that belong to no image"),
    "JPEG of tables": (
        lambda: after_start(segment(0xDB, (b"\x0f" + bytes(64)) * 1008) * (MANY // 65_524)),
        "this JPEG has more than 1 MB of tables",
    ),
    "JPEG of notes between passes": (
        lambda: saved(halves(), "JPEG")[:-2] + segment(0xFE, b"") * (MANY // 4) + b"\xff\xd9",
        "this JPEG has more than 2,000 parts",
    ),
    "PNG of empty chunks": (
        lambda: after_start(chunk(b"prIv", b"") * (MANY // 12), "PNG"),
        "this PNG has more than 50,000 parts",
    ),
    "GIF of comments": (
        lambda: after_start(b"!\xfe\x01a\0" * (MANY // 5), "GIF"),
        "this GIF has more than 2,000 parts before its image",
    ),
    "GIF of one comment": (
        lambda: after_start(b"!\xfe" + b"\x01a" * (MANY // 2) + b"\0", "GIF"),
        "this GIF has more than 2,000 parts before its image",
    ),
    "GIF of nothing": (lambda: after_start(b"a" * MANY, "GIF"), "this GIF has more than 2,000 parts"),
    "WEBP of empty chunks": (
        lambda: after_start(b"prIv\0\0\0\0" * (MANY // 8), "WEBP"),
        "this WEBP has more than 10,000 parts",
    ),
}  # fmt: skip


ONE_A_FORMAT = ("JPEG of junk", "PNG of empty chunks", "GIF of comments", "WEBP of empty chunks")


@pytest.mark.parametrize("name", [name if name in ONE_A_FORMAT else thorough(name) for name in CROWDED])
def test_a_file_of_too_many_parts_is_refused_soon_and_in_little_memory(name: str) -> None:
    make, sentence = CROWDED[name]
    said, size, seconds = taken(make())
    assert sentence in said
    assert size < 100  # as large as the file, twice
    assert seconds < 2


@pytest.mark.parametrize(
    "make",
    [
        lambda: after_start(segment(0xE1, b"Exif\0\0" + bytes(65_000)) * 600),
        lambda: after_start(segment(0xED, b"Photoshop 3.0\0" + b"8BIM\0\1\0\0\0\0\0\0" * 5000) * 600),
        lambda: after_start(chunk(b"iTXt", b"a" * 1000) * 30_000, "PNG"),
    ],
    ids=["a camera's notes", "Photoshop's notes", "texts"],
)
def test_metadata_is_skipped_in_little_time_and_memory(make: Callable[[], bytes]) -> None:
    said, size, seconds = taken(make())
    assert said == "(20, 40, 3)"
    assert size < 60
    assert seconds < 2


def test_data_after_the_end_of_a_photograph_is_ignored() -> None:
    film = np.random.default_rng(0).bytes(8 << 20)
    assert film.count(b"\xff\xda") > 40
    for options in ({}, {"progressive": True}):
        photograph = saved(halves(), "JPEG", **options)
        assert np.array_equal(decode(photograph + film), decode(photograph))
        assert np.array_equal(decode(photograph + photograph * 100), decode(photograph))


MEMORY = """
import io, resource, sys, time
import numpy as np
from PIL import Image
from cnnlab.uploads.images import decode
Image.init()
data = sys.stdin.buffer.read()
begin = time.process_time()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    print(decode(data).shape)
except ValueError as error:
    print(error)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10)
print(time.process_time() - begin)
"""


def taken(data: bytes) -> tuple[str, int, float]:
    """Result, the megabytes of memory and the seconds of work it took in a process of its own."""
    pytest.importorskip("resource")
    done = subprocess.run([sys.executable, "-c", MEMORY], cwd=ROOT, input=data, capture_output=True, check=True)
    said, size, seconds = done.stdout.decode().splitlines()
    return said, int(size), float(seconds)


def test_an_image_of_900_million_pixels_takes_no_memory() -> None:
    rows = zlib.compressobj(1)
    data = b"".join(rows.compress(b"\0" * 90_001 * 100) for _ in range(30)) + rows.flush()
    said, size, _ = taken(png(30_000, 30_000, data))
    assert "far too many pixels" in said
    assert size < 30


@pytest.mark.parametrize(
    ("kind", "mode", "size", "options", "most"),
    first_with_each_push(
        ("JPEG", "L", (12_000, 12_000), {}, 60),
        ("JPEG", "RGB", (6_000, 5_000), {"progressive": True}, 200),
        ("PNG", "RGBA", (6_000, 5_000), {"compress_level": 1}, 300),
        ("PNG", "RGB", (30_000, 1_000), {"compress_level": 1}, 300),
        ("PNG", "P", (6_000, 5_000), {"compress_level": 1}, 300),
        ("BMP", "RGB", (6_000, 2_300), {}, 200),
    ),
)
def test_the_largest_images_stay_within_memory(
    kind: str, mode: str, size: tuple[int, int], options: dict[str, object], most: int
) -> None:
    said, taken_up, _ = taken(saved(Image.new(mode, size), kind, **options))
    assert said.startswith("("), said
    assert taken_up < most


@given(st.data())
def test_a_damaged_image_is_read_or_refused(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(["PNG", "JPEG", "GIF", "WEBP", "BMP"]))
    spoiled = bytearray(saved(halves(), kind))
    for _ in range(data.draw(st.integers(1, 4))):
        spoiled[data.draw(st.integers(0, len(spoiled) - 1))] = data.draw(st.integers(0, 255))
    told = ""
    try:
        assert max(decode(bytes(spoiled)).shape) <= LONGEST
    except ValueError as error:
        told = str(error)
    assert told.startswith("this ") or not told


def test_gray_equals_pillows() -> None:
    colors = np.random.default_rng(1).integers(0, 256, (30, 40, 3), dtype=np.uint8)
    expected = np.asarray(Image.fromarray(colors).convert("L"))
    assert np.abs(gray(colors).astype(int) - expected).max() <= 1
