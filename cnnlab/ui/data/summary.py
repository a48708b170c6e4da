"""The summary of a data set: counts, a few images of each class, and files left out. Small, and shared."""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from cnnlab import data
from cnnlab.data import Dataset, Folder, LeftOut, downloads
from cnnlab.data.folders import SIZE, Progress, square
from cnnlab.data.references import DOWNLOAD
from cnnlab.figures.class_samples import Class
from cnnlab.uploads.images import Pixels

IMAGES = 240  # images in all rows together; a row of eight takes 10 kB
MOST_OF_CLASS, LEAST_OF_CLASS = 8, 4
MOST_CLASSES = 60  # classes with images
SIDE = 64  # pixels of a thumbnail
GAP = 3  # pixels between two of them
MOST_LISTED = 12  # files that were left out


@dataclass(frozen=True)
class Seen:
    """A data set as it is shown; ``size`` is the size of its images in words, ``bytes`` that of its files, if any.

    ``held_out``: no folder was meant for the test. ``left_out`` holds the first of ``left`` files. ``source`` is the
    code that loads it.
    """

    title: str
    about: str
    size: str
    classes: tuple[Class, ...]
    held_out: bool
    left_out: tuple[LeftOut, ...]
    left: int
    notes: tuple[str, ...]
    source: str
    bytes: int = 0
    own_size: bool = False


def look(reference: str, seed: int, report: Progress) -> Seen:
    """Return the summary, its images drawn by ``seed``. Raises ``ValueError`` with a sentence."""
    if reference in data.names():
        return _of_dataset(data.load(reference), seed)
    found = data.folder(reference, lambda done: report(0.8 * done))
    return _of_folder(found, reference, seed, lambda done: report(0.8 + 0.2 * done))


def _of_dataset(found: Dataset, seed: int) -> Seen:
    each = _each(len(found.classes))
    random = np.random.default_rng(seed)
    rows = []
    for number, name in enumerate(found.classes):
        places = np.flatnonzero(found.train.labels == number)
        drawn = random.permutation(places)[:each]
        test = int((found.test.labels == number).sum())
        rows.append(Class(name, len(places), test, _strip([found.train.images[at] for at in drawn]), len(drawn)))
    height, width = found.train.images.shape[1:3]
    top = Path(found.name)
    written = Folder(found.name, top, found.classes, (), (), (), (), (top / "train", top / "test"), clean=True)
    source = data.source(written, height)
    size = f"{width}×{height} pixels"
    return Seen(found.title, found.about, size, tuple(rows), False, (), 0, (), source, own_size=True)


def _of_folder(found: Folder, reference: str, seed: int, report: Progress) -> Seen:
    each = _each(len(found.classes))
    train, test = found.drawn(None, seed)
    sizes: set[tuple[int, int]] = set()
    rows = []
    for number, (name, files, held) in enumerate(zip(found.classes, train, test, strict=True)):
        shown = files[:each] if number < MOST_CLASSES else []
        sizes |= {_size_of(path) for path in shown}
        strip = _strip([square(path, SIDE) for path in shown]) if shown else ""
        rows.append(Class(name, len(files), len(held), strip, len(shown)))
        report((number + 1) / len(found.classes))
    about = f"“{found.title}”, images from a folder for each class."
    if reference.startswith(DOWNLOAD):
        about = downloads.DOWNLOADS[reference.removeprefix(DOWNLOAD)].about
    return Seen(
        found.title,
        about,
        _sizes(sizes),
        tuple(rows),
        not found.test,
        found.left_out[:MOST_LISTED],
        len(found.left_out),
        found.notes,
        data.source(found, SIZE),
        _bytes(found),
    )


def _each(classes: int) -> int:
    return min(MOST_OF_CLASS, max(LEAST_OF_CLASS, IMAGES // max(classes, 1)))


def _strip(images: Sequence[Pixels]) -> str:
    """Return images side by side as one data URL, with clear gaps."""
    if not images:
        return ""
    side = images[0].shape[0]
    made = np.zeros((side, len(images) * (side + GAP) - GAP, 4), dtype=np.uint8)
    for number, pixels in enumerate(images):
        at = number * (side + GAP)
        made[:, at : at + side, :3], made[:, at : at + side, 3] = pixels, 255
    out = io.BytesIO()
    Image.fromarray(made).save(out, "WEBP", quality=82)  # the one small format with transparency
    return f"data:image/webp;base64,{base64.b64encode(out.getvalue()).decode()}"


def _size_of(path: Path) -> tuple[int, int]:
    """Return an image's size from its header. The file was decoded once, before the data set accepted it."""
    try:
        with Image.open(path, formats=("BMP", "GIF", "JPEG", "PNG", "WEBP")) as image:
            return image.size
    except (OSError, ValueError, Image.DecompressionBombError):
        raise ValueError(f"{path.name} can no longer be read; scan the folder again") from None


def _sizes(sizes: set[tuple[int, int]]) -> str:
    if not sizes:
        return "size unknown"
    least, most = (min(sizes, key=lambda each: each[0] * each[1]), max(sizes, key=lambda each: each[0] * each[1]))
    if least == most:
        return f"{least[0]}×{least[1]} pixels"
    return f"from {least[0]}×{least[1]} to {most[0]}×{most[1]} pixels"


def _bytes(found: Folder) -> int:
    """Return the bytes of all images on disk."""
    files = (path for groups in (found.train, found.test) for group in groups for path in group)
    try:
        return sum(path.stat().st_size for path in files)
    except OSError:
        raise ValueError("some of its images were deleted; choose the data set again") from None
