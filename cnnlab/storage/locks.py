"""A lock on a file, held by one process at a time. The system releases it when its holder is killed."""

import errno
import os
from pathlib import Path

from filelock import FileLock, Timeout

_UNSUPPORTED = {errno.ENOLCK, errno.EOPNOTSUPP}  # raised on disks without locks


class Lock:
    """A lock on ``path``, which is created. Two locks of one process exclude each other, too."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = FileLock(path, blocking=False, thread_local=False)

    def acquire(self) -> bool:
        """Return whether this lock is held now, without waiting. Raises ``OSError`` if nothing can be written.

        On a disk without locks it excludes nobody.
        """
        if self._lock.is_locked:
            return True
        self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._lock.acquire()
        except Timeout:
            return False
        except OSError as error:
            if error.errno not in _UNSUPPORTED:
                raise
        return True

    def release(self, remove: bool = False) -> None:
        """Release the lock; ``remove`` its file as well, except on Windows, which deletes no open file."""
        if remove and self._lock.is_locked and os.name != "nt":
            self._path.unlink(missing_ok=True)  # while it is held: whoever waits on the deleted file makes a new one
        self._lock.release()
