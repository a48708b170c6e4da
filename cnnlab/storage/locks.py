"""A lock that one process holds at a time, on a file. The system opens it when its holder is killed."""

import errno
import os
import sys
from pathlib import Path

_UNKNOWN = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP}  # what a disk says that has no locks


class Lock:
    """On ``path``, which is made. Two of one process keep each other out as well."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: int | None = None

    def take(self) -> bool:
        """Whether it is held now; does not wait. Raises ``OSError`` where nothing can be written.

        Where the disk knows no locks, nobody is kept out.
        """
        if self._handle is not None:
            return True
        self._path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            if sys.platform == "win32":
                import msvcrt

                msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in _UNKNOWN:  # another process holds it
                os.close(handle)
                return False
        if not self._is(handle):  # its holder removed it just now, and the next who comes makes another
            os.close(handle)
            return False
        self._handle = handle
        return True

    def _is(self, handle: int) -> bool:
        try:
            return os.path.samestat(os.fstat(handle), self._path.stat())
        except FileNotFoundError:
            return False

    def give(self, remove: bool = False) -> None:
        """Let others have it; ``remove`` its file, where nothing is to be left beside what it was for."""
        if self._handle is None:
            return
        if remove and sys.platform != "win32":
            self._path.unlink(missing_ok=True)  # while it is held: whoever has the file open takes no lock on it
        os.close(self._handle)
        self._handle = None
        if remove and sys.platform == "win32":
            try:
                self._path.unlink(missing_ok=True)  # Windows removes nothing that is open
            except PermissionError:  # the next one has it already
                return
