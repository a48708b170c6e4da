"""Data sets by the text that URLs and run specs hold: ``textures``, ``upload:…``, ``folder:…`` or ``download:…``."""

from dataclasses import replace
from functools import lru_cache

from cnnlab.data import bundled, downloads, shared_folders, uploaded
from cnnlab.data.dataset import Dataset
from cnnlab.data.folders import SIZE, Folder, Progress
from cnnlab.knobs import missing

UPLOAD, FOLDER, DOWNLOAD = "upload:", "folder:", "download:"
"""Prefixes of references whose rest is a name in ``uploaded``, ``shared_folders`` or ``downloads``."""


def folder(reference: str, progress: Progress | None = None) -> Folder:
    """Return the classes and files that a reference of one of the three kinds names.

    Raises ``ValueError`` with a sentence if there is none (any more), and what ``downloads.get`` raises.
    """
    if reference.startswith(UPLOAD):
        return uploaded.get(reference.removeprefix(UPLOAD))
    if reference.startswith(FOLDER):
        return shared_folders.get(reference.removeprefix(FOLDER), progress)
    name = reference.removeprefix(DOWNLOAD)
    if name == reference or name not in downloads.DOWNLOADS:
        raise missing("data set", reference, _known())
    return downloads.get(name, progress)


def dataset(
    reference: str, size: int = SIZE, per_class: int | None = None, seed: int = 0, progress: Progress | None = None
) -> Dataset:
    """Return the data set, at most ``per_class`` images of each class for training, drawn by ``seed``.

    Bundled data sets have their own size; others are read at ``size`` × ``size``. Raises ``ValueError`` with a
    sentence.
    """
    if reference in bundled.names():
        found = bundled.load(reference)
        return found if per_class is None else replace(found, train=found.train.sample(per_class, seed))
    files = folder(reference, progress and (lambda done: progress(done / 2)))
    found = files.dataset(reference, size, per_class, seed, progress and (lambda done: progress(0.5 + done / 2)))
    if not reference.startswith(DOWNLOAD):
        return found
    return replace(found, about=f"{downloads.DOWNLOADS[reference.removeprefix(DOWNLOAD)].about} {found.about}")


def short_name(reference: str) -> str:
    """Return a data set's name in a run's title, without the prefix of the reference.

    >>> short_name("textures"), short_name("download:flowers"), short_name("upload:0")
    ('textures', 'flowers', 'uploaded images')
    """
    if not reference.startswith(UPLOAD):
        return reference.removeprefix(DOWNLOAD).removeprefix(FOLDER)
    try:
        return _upload_title(reference.removeprefix(UPLOAD))
    except ValueError:
        return "uploaded images"


@lru_cache(maxsize=256)
def _upload_title(name: str) -> str:
    """Return the title of an upload. Raises ``ValueError``, which is not cached: the upload may come yet."""
    return uploaded.get(name).title


def _known() -> list[str]:
    return [
        *bundled.names(),
        *(f"{DOWNLOAD}{name}" for name in downloads.names()),
        *(f"{FOLDER}{name}" for name in shared_folders.names()[:10]),
    ]
