"""Uploaded files of weights, kept on disk under a digest. Those that nobody used for longest are deleted.

They lie in the user's cache, or in the folder named in ``CNNLAB_CACHE``.
"""

import hashlib
import os
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from cnnlab.storage import cache, files
from cnnlab.training.backbones.weights import LARGEST, WeightsError

KEPT_BYTES = 2 << 30  # of all files; Inception v3's, as the course has students upload it, has 88 MB
NAME = re.compile(r"[0-9a-f]{32}")


def home() -> Path:
    """Return their folder."""
    return cache.folder("weights")


def put(file: BinaryIO, check: Callable[[Path], object]) -> str:
    """Keep a file that ``check`` does not refuse, ``backbone.make`` for instance; returns the name to find it by.

    Raises ``WeightsError`` if it is too long, what ``check`` raises, and ``OSError`` if nothing can be written;
    nothing is left on disk then.
    """
    here = home()
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
        name = digest.hexdigest()[:32]
        part.replace(here / name)
    cache.evict(here, "[0-9a-f]" * 32, KEPT_BYTES)
    return name


def get(name: str) -> Path:
    """Return the file of that name. Raises ``WeightsError`` if it is not here (any more)."""
    path = home() / name
    if NAME.fullmatch(name):
        with suppress(OSError):
            os.utime(path)
            return path
    raise WeightsError("these weights are not here any more; upload their file again")
