"""The user's cache: files that can be made or brought again. The least recently used are deleted when it grows large.

It is the system's folder for caches, or the one named in ``CNNLAB_CACHE``.
"""

import os
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cnnlab.storage import files


def folder(name: str) -> Path:
    """Return the path of a folder in the cache; it need not exist yet."""
    import platformdirs  # an import takes longer than everything else here

    named = os.environ.get("CNNLAB_CACHE")
    return (Path(named) if named else platformdirs.user_cache_path("cnnlab")) / name


@dataclass(frozen=True)
class Store:
    """A folder of the cache. Its files or folders are named by a digest of their content, in hexadecimal digits.

    So a link to one works for everybody, also after a restart, and the same content has the same name.
    """

    folder: str
    digits: int = 16
    ending: str = ""

    @property
    def home(self) -> Path:
        """The folder's path; it need not exist yet."""
        return folder(self.folder)

    def is_name(self, text: str) -> bool:
        """Return whether a text can be a name: it may come from a URL."""
        return re.fullmatch(f"[0-9a-f]{{{self.digits}}}", text) is not None

    def path(self, name: str) -> Path:
        """Return the path of that name, now or later."""
        return self.home / f"{name}{self.ending}"

    def find(self, name: str) -> Path:
        """Return the path of that name, and count it as used now. Raises ``FileNotFoundError`` if there is none."""
        path = self.path(name)
        if not self.is_name(name) or not path.exists():
            raise FileNotFoundError(path)
        with suppress(OSError):  # on a disk on which nothing can be written it is read all the same
            os.utime(path)
        return path

    def evict(self, most_bytes: int, most: int | None = None) -> None:
        """Delete the least recently used, as the function ``evict`` does."""
        evict(self.home, "[0-9a-f]" * self.digits + self.ending, most_bytes, most)


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
    """Return the bytes of a file, or of all files in a folder."""
    if not path.is_dir():
        return path.stat().st_size
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
