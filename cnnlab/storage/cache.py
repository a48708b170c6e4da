"""The user's cache: files that can be made or brought again. The least recently used are deleted when it grows large.

It is the system's folder for caches, or the one named in ``CNNLAB_CACHE``.
"""

import os
from contextlib import suppress
from pathlib import Path

from cnnlab.storage import files


def folder(name: str) -> Path:
    """Return the path of a folder in the cache; it need not exist yet."""
    import platformdirs  # an import takes longer than everything else here

    named = os.environ.get("CNNLAB_CACHE")
    return (Path(named) if named else platformdirs.user_cache_path("cnnlab")) / name


def evict(here: Path, pattern: str, most_bytes: int, most: int | None = None) -> None:
    """Delete the least recently used files or folders that match, until the others fit; never the newest.

    What a killed process left unfinished there is deleted, too.
    """
    files.sweep(here)
    dated = []
    for path in here.glob(pattern):
        with suppress(OSError):  # another process may have deleted it
            dated.append((path.stat().st_mtime_ns, path, _size(path)))
    total = 0
    for number, (_, path, size) in enumerate(sorted(dated, reverse=True)):
        total += size
        if number and (total > most_bytes or (most is not None and number >= most)):
            files.remove(path)


def _size(path: Path) -> int:
    """Bytes of a file, or of all files in a folder."""
    if not path.is_dir():
        return path.stat().st_size
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
