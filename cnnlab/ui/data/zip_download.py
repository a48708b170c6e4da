"""A data set as a zip: a folder for each class, as the code that loads it expects."""

import hashlib
import os
import tempfile
import zipfile
from pathlib import Path

from cnnlab import data
from cnnlab.data import Folder, folders
from cnnlab.data.folders import Progress
from cnnlab.storage import cache, files
from cnnlab.storage.files import explained

MOST_BYTES = 150_000_000  # of images: a zip is in the server's memory while it is downloaded
KEPT = 12
KEPT_BYTES = 1_000_000_000


def pack(reference: str, report: Progress) -> Path:
    """Return the zip of a data set, made once. Raises ``ValueError`` with a sentence."""
    place = cache.folder("zips")
    with explained(place):
        place.mkdir(parents=True, exist_ok=True)
        if reference in data.names():
            target = place / f"{reference}.zip"
            if not target.exists():
                with tempfile.TemporaryDirectory(dir=place) as work:
                    report(0.05)
                    written = folders.write(data.load(reference), Path(work, reference))
                    _zip(written, reference, target, report)
        else:
            found = data.folder(reference, lambda done: report(done / 2))
            target = place / f"{_digest(reference, found)}.zip"
            if not target.exists():
                _zip(found, folders.safe(found.title), target, report)
        os.utime(target)
        cache.evict(place, "*.zip", KEPT_BYTES, KEPT)
        return target


def _files(found: Folder) -> list[Path]:
    return [path for groups in (found.train, found.test) for group in groups for path in group]


def _digest(reference: str, found: Folder) -> str:
    """Return a digest that changes when an image was added, removed or changed."""
    digest = hashlib.sha256(reference.encode())
    for path in _files(found):
        state = path.stat()
        digest.update(f"{path} {state.st_size} {state.st_mtime_ns}\n".encode("utf-8", "replace"))
    return digest.hexdigest()[:16]


def _zip(found: Folder, top: str, target: Path, report: Progress) -> None:
    """Write a zip without compression, since images are compressed already."""
    paths = _files(found)
    with files.unfinished(target.parent) as (file, part):
        with file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            for number, path in enumerate(paths, 1):
                archive.write(path, Path(top, path.relative_to(found.root)).as_posix())
                report(0.5 + 0.5 * number / len(paths))
        part.replace(target)
