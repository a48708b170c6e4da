"""What is told when nothing can be written."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NOT_ALLOWED = {errno.EACCES, errno.EPERM, errno.EROFS}


@contextmanager
def writing(place: Path, variable: str = "CNNLAB_CACHE") -> Iterator[None]:
    """Where the disk is full or nothing may be written, a ``ValueError`` with a sentence instead of ``OSError``.

    ``variable`` of the environment names another place.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise ValueError(f"the disk with {place} is full; make room on it and try again") from None
        if error.errno in _NOT_ALLOWED:
            raise ValueError(
                f"nothing can be written to {place}; name another folder in {variable}, or change who may write there"
            ) from None
        raise
