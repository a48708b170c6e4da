"""Folders of images on the computer that runs the dashboard: those below the one that ``CNNLAB_DATA`` names."""

import os
from pathlib import Path
from threading import Condition

from cachetools import LRUCache, cached

from cnnlab.data import folders
from cnnlab.data.folders import Folder, Progress
from cnnlab.data.labelling import is_noise
from cnnlab.knobs import missing

MOST = 200  # folders to choose from
KEPT = 8  # folders whose contents are remembered


def root() -> Path | None:
    """Return the folder that ``CNNLAB_DATA`` names, None without one."""
    named = os.environ.get("CNNLAB_DATA")
    return Path(named).resolve() if named else None


def names() -> tuple[str, ...]:
    """Return the names of the folders to choose from, sorted."""
    here = root()
    if not here or not here.is_dir():
        return ()
    found = sorted(path.name for path in here.iterdir() if path.is_dir() and not is_noise((path.name,)))
    return tuple(found[:MOST])


def get(name: str, progress: Progress | None = None) -> Folder:
    """Return one of these folders, read once until a file in it changes.

    Raises ``ValueError`` if it is not below the root, or makes no data set.
    """
    here = root()
    if not here:
        raise ValueError("no folder of data sets is configured; start the dashboard with CNNLAB_DATA=/its/path")
    path = (here / name).resolve()
    if path == here or not path.is_relative_to(here) or not path.is_dir():
        raise missing("folder of data sets", name, names()[:10])
    return _read(path, _changed(path), progress)


# Two callers who ask for the same folder wait for one reading of it.
@cached(LRUCache(KEPT), key=lambda path, changed, progress: (path, changed), condition=Condition())
def _read(path: Path, changed: int, progress: Progress | None) -> Folder:
    return folders.read(path, progress)


def _changed(path: Path) -> int:
    """Return a number that differs when a file was added, removed or changed."""
    found = []
    for file in folders.files(path):
        state = file.lstat()
        found.append((str(file), state.st_size, state.st_mtime_ns))
    return hash(tuple(found))
