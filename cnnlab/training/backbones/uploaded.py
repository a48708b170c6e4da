"""Uploaded files of weights on disk, in the user's cache. Those that nobody used for longest are deleted."""

import hashlib
from pathlib import Path
from typing import BinaryIO

from cnnlab.storage import cache, files
from cnnlab.training.backbones.weights import LARGEST, WeightsError

KEPT_BYTES = 2 << 30  # of all files; Inception v3's, as the course has students upload it, has 88 MB
STORE = cache.Store("weights", digits=32)


def put(file: BinaryIO) -> str:
    """Write a file into the cache; return the name to find it by. The worker checks it, since that takes Keras.

    Raises ``WeightsError`` if it is too long and ``OSError`` if nothing can be written; nothing is left on disk then.
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
        name = digest.hexdigest()[: STORE.digits]
        part.replace(STORE.path(name))
    STORE.evict(KEPT_BYTES)
    return name


def get(name: str) -> Path:
    """Return the file of that name. Raises ``WeightsError`` if it is missing or was deleted."""
    try:
        return STORE.find(name)
    except OSError:
        raise WeightsError("these weights are no longer on this server; upload their file again") from None
