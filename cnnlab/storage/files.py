"""Files that are written whole or not at all, and sentences for disks on which nothing can be written."""

import errno
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

STALE = 3600  # seconds after which an unfinished file belongs to a process that was killed
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NOT_ALLOWED = {errno.EACCES, errno.EPERM, errno.EROFS}


@contextmanager
def explained(folder: Path, variable: str = "CNNLAB_CACHE") -> Iterator[None]:
    """Turn an ``OSError`` of a full or protected disk into a ``ValueError`` with a sentence.

    ``variable`` is the environment variable that names another folder.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise ValueError(f"the disk with {folder} is full; free some space and try again") from None
        if error.errno in _NOT_ALLOWED:
            raise ValueError(
                f"nothing can be written to {folder}; name another folder in {variable}, or change its permissions"
            ) from None
        raise


@contextmanager
def unfinished(folder: Path, name: str = "") -> Iterator[tuple[IO[bytes], Path]]:
    """Open a new file and give its path: close it, then move it to its place. A file that is not moved is deleted.

    So nobody reads half a file, however many processes write at the same time. Raises ``OSError``, also where there is
    no such folder: whatever deleted it does not want it back.
    """
    part = folder / f".{name}.{secrets.token_hex(4)}.part"
    try:
        with part.open("xb") as file:
            yield file, part
    finally:
        part.unlink(missing_ok=True)


def write(path: Path, data: bytes) -> None:
    """Write a file, whole or not at all. Raises ``OSError``."""
    with unfinished(path.parent, path.name) as (file, part):
        file.write(data)
        file.close()
        _move(part, path)


def _move(part: Path, path: Path) -> None:
    for tries_left in range(20, -1, -1):
        try:
            part.replace(path)
            return
        except PermissionError:  # Windows, while another process reads the file
            if os.name != "nt" or not tries_left:
                raise
            time.sleep(0.02)


def remove(path: Path) -> None:
    """Delete a file or a folder; another process may have done so already."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()


def sweep(folder: Path) -> None:
    """Delete the old ``*.part`` files that killed processes left in a folder."""
    for part in folder.glob("*.part"):
        with suppress(OSError):
            if time.time() - part.stat().st_mtime > STALE:
                remove(part)
