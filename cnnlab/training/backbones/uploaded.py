"""Weights' files that were uploaded, kept on disk by what is in them. Those that nobody used for longest are let go.

They lie in the user's cache, or in the folder named in ``CNNLAB_CACHE``.
"""

import hashlib
import os
import re
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from cnnlab.training.backbones.weights import LARGEST, WeightsError

STALE = 3600  # seconds
KEPT_BYTES = 2 << 30  # of all files; Inception v3's, as the course has students upload it, has 88 MB
NAME = re.compile(r"[0-9a-f]{32}")


def home() -> Path:
    """Where they are."""
    import platformdirs  # an import takes longer than everything else here

    named = os.environ.get("CNNLAB_CACHE")
    return (Path(named) if named else platformdirs.user_cache_path("cnnlab")) / "weights"


def put(file: BinaryIO, check: Callable[[Path], object]) -> str:
    """Keep a file that ``check`` does not refuse, ``backbone.make`` for instance; returns the name to find it by.

    Raises ``WeightsError`` where it is too long, what ``check`` raises, and ``OSError`` where nothing can be written;
    nothing is left on disk then.
    """
    here = home()
    here.mkdir(parents=True, exist_ok=True)
    file.seek(0)
    handle, part = tempfile.mkstemp(dir=here, suffix=".part")
    try:
        digest, length = hashlib.sha256(), 0
        with os.fdopen(handle, "wb") as copy:
            while piece := file.read(1 << 20):
                length += len(piece)
                if length > LARGEST:
                    raise WeightsError(
                        f"this file has more than {LARGEST >> 30} GB; no network here has as many weights"
                    )
                digest.update(piece)
                copy.write(piece)
        check(Path(part))
        name = digest.hexdigest()[:32]
        Path(part).replace(here / name)
    finally:
        Path(part).unlink(missing_ok=True)
    _let_go(here)
    return name


def get(name: str) -> Path:
    """The file of that name. Raises ``WeightsError`` where it is not here (any more)."""
    path = home() / name
    if NAME.fullmatch(name):
        with suppress(OSError):
            os.utime(path)
            return path
    raise WeightsError("these weights are not here any more; upload their file again")


def _let_go(here: Path) -> None:
    """Drop those that nobody used for longest, but never the newest, and what a process that was killed had begun."""
    dated = []
    for part in here.glob("*.part"):
        with suppress(OSError):
            if time.time() - part.stat().st_mtime > STALE:
                part.unlink()
    for path in here.iterdir():
        with suppress(OSError):  # another process may have dropped it
            seen = path.stat()
            if NAME.fullmatch(path.name):
                dated.append((seen.st_mtime_ns, path, seen.st_size))
    total = 0
    for number, (_, path, size) in enumerate(sorted(dated, reverse=True)):
        total += size
        if number and total > KEPT_BYTES:
            path.unlink(missing_ok=True)
