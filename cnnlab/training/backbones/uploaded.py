"""Uploaded files of weights on disk, in the user's cache. Those that nobody used for longest are deleted."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from cnnlab.storage import cache, files
from cnnlab.training.backbones.weights import LARGEST, WeightsError

KEPT_BYTES = 2 << 30  # of all files; Inception v3's, as the course has students upload it, has 88 MB
STORE = cache.Store("weights", digits=32)


def put(file: BinaryIO, check: Callable[[Path], object]) -> str:
    """Keep a file that ``check`` does not refuse, ``backbone.make`` for instance; return the name to find it by.

    Raises ``WeightsError`` if it is too long, what ``check`` raises, and ``OSError`` if nothing can be written;
    nothing is left on disk then.
    """
    here = STORE.home
    here.mkdir(parents=True, exist_ok=True)
    file.seek(0)
    with files.unfinished(here) as (copy, part):
        digest, length = hashlib.sha256(), 0
        while piece := file.read(1 << 20):
            length += len(piece)
            if length > LARGEST:
                raise WeightsError(f"this file has more than {LARGEST >> 30} GB; no network here has as many weights")
            digest.update(piece)
            copy.write(piece)
        copy.close()
        check(part)
        name = digest.hexdigest()[: STORE.digits]
        part.replace(STORE.path(name))
    STORE.evict(KEPT_BYTES)
    return name


def get(name: str) -> Path:
    """Return the file of that name. Raises ``WeightsError`` if it is missing or was deleted."""
    try:
        return STORE.find(name)
    except OSError:
        raise WeightsError("these weights are not here any more; upload their file again") from None
