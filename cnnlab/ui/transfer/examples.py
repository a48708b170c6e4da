"""Images to try a run on: those it got wrong, other test images, photographs, the reader's own."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from cnnlab.data import folder, load, names
from cnnlab.data.bundled import TREATMENTS
from cnnlab.data.photographs import PHOTOGRAPHS, coloured
from cnnlab.data.references import DOWNLOAD, UPLOAD
from cnnlab.ui.data.references import is_here
from cnnlab.units import share
from cnnlab.uploads.images import Pixels, decode

WRONG, TEST, OWN = "wrong:", "test", "own"
MOST_WRONG = 12
Report = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Example:
    """An image, height × width × 3, and its class if that is known.

    ``treated`` is the data set whose preprocessing it still needs, or empty; ``foreign`` images are not from the data
    set; a ``copy`` is the small one that a report keeps.
    """

    pixels: Pixels
    title: str
    label: int | None = None
    treated: str = ""
    foreign: bool = False
    copy: bool = False


def options(data: str, report: Report | None) -> dict[str, str]:
    """Return the title of every image by its name; no two titles are equal."""
    found: dict[str, str] = {}
    for place, row in enumerate(wrong(report)):
        label, predicted = (str(report["classes"][row[name]]) for name in ("label", "predicted"))  # type: ignore[index]
        sure, number = share(row["probability"]), row["index"] + 1
        found[f"{WRONG}{place}"] = f"wrong: {label}, predicted as {predicted} ({sure}, image {number})"
    if count(data):
        found[TEST] = "a test image, by number"
    found |= {name: f"photograph: {name}" for name in PHOTOGRAPHS}
    return found | {OWN: "my own image"}


def wrong(report: Report | None) -> Sequence[Mapping[str, Any]]:
    """Return the valid rows of a report's wrong predictions."""
    try:
        rows = (report or {})["wrong"][:MOST_WRONG]
        many = len((report or {})["classes"])
        return [
            row
            for row in rows
            if all(type(row[name]) is int and 0 <= row[name] < many for name in ("label", "predicted"))
            and type(row["index"]) is int
            and isinstance(row["probability"], float | int)
            and isinstance(row["image"], str)
        ]
    except (KeyError, TypeError):
        return []


def example(name: str, number: int, data: str, report: Report | None) -> Example | None:
    """Return the image of that name, for ``TEST`` that of a number from 1 on; None if it is deleted."""
    if name.startswith(WRONG):
        row = dict(enumerate(wrong(report))).get(int(name.removeprefix(WRONG)))
        if row is None:
            return None
        pixels = _tested(data, row["index"])
        try:
            found = pixels[0] if pixels else decode(base64.b64decode(row["image"], validate=True))
        except ValueError:
            return None
        return Example(found, f"test image {row['index'] + 1}", row["label"], copy=not pixels)
    if name == TEST:
        tested = _tested(data, number - 1)
        return Example(tested[0], f"test image {number}", tested[1]) if tested else None
    return outside_example(coloured(name), f"the photograph “{name}”", data)


def outside_example(pixels: Pixels, title: str, data: str) -> Example:
    """Return an image from outside the data set as an example."""
    return Example(pixels, title, treated=data if data in TREATMENTS else "", foreign=True)


def count(data: str) -> int:
    """Return the number of test images here, in the order of a report's numbers."""
    return len(load(data).test) if data in names() else len(_files(data))


def _tested(data: str, index: int) -> tuple[Pixels, int] | None:
    """Return a test image and its class; None if it is deleted. Images of a folder keep their size."""
    if not 0 <= index < count(data):
        return None
    if data in names():
        test = load(data).test
        return test.images[index], int(test.labels[index])
    path, label = _files(data)[index]
    try:
        return decode(path.read_bytes()), label
    except (OSError, ValueError):
        return None


def _files(data: str) -> Sequence[tuple[Path, int]]:
    """Return the test files of an uploaded or downloaded data set; none if it would have to be read first."""
    if not data.startswith(UPLOAD) and not (data.startswith(DOWNLOAD) and is_here(data.removeprefix(DOWNLOAD))):
        return ()
    try:
        return _listed(data)
    except (ValueError, OSError):
        return ()


@lru_cache(maxsize=8)
def _listed(data: str) -> Sequence[tuple[Path, int]]:
    _, test = folder(data).drawn(None, 0)  # the test images do not depend on what is drawn
    return tuple((path, label) for label, files in enumerate(test) for path in files)
