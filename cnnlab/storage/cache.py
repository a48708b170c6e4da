"""The user's cache: where what can be had again is kept, written whole, and let go when it grows too large.

It is the system's folder for caches, or the one named in ``CNNLAB_CACHE``.
"""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

STALE = 3600  # seconds after which a file that was begun and not ended is nobody's any more


def place(name: str) -> Path:
    """The folder of that name in it; it need not be there yet."""
    import platformdirs  # an import takes longer than everything else here

    named = os.environ.get("CNNLAB_CACHE")
    return (Path(named) if named else platformdirs.user_cache_path("cnnlab")) / name


@contextmanager
def beginning(here: Path) -> Iterator[tuple[IO[bytes], Path]]:
    """A file to write, and its path: close it and rename it when it is whole; it is gone afterwards if it was not.

    So nobody reads half a file, whoever writes at the same time. Raises ``OSError``.
    """
    here.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=here, suffix=".part")
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file, part
    finally:
        part.unlink(missing_ok=True)


def let_go(here: Path, pattern: str, most_bytes: int, most: int | None = None) -> None:
    """Drop the files that nobody used for longest, but never the newest, and what a killed process had begun."""
    for part in here.glob("*.part"):
        with suppress(OSError):
            if time.time() - part.stat().st_mtime > STALE:
                part.unlink()
    dated = []
    for path in here.glob(pattern):
        with suppress(OSError):  # another process may have dropped it
            seen = path.stat()
            dated.append((seen.st_mtime_ns, path, seen.st_size))
    total = 0
    for number, (_, path, size) in enumerate(sorted(dated, reverse=True)):
        total += size
        if number and (total > most_bytes or (most is not None and number >= most)):
            path.unlink(missing_ok=True)
