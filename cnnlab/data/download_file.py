"""Downloads a file: with progress, resumed after a cut, and written whole or not at all.

``keras.utils.get_file`` does part of this. It waits for ever on a silent server, starts over after a cut, prints its
progress, cannot be stopped, and leaves a file with a wrong checksum where the next call finds it. ``pooch`` checks and
names files well, and would take the place of ten lines here: it neither resumes nor bounds a download, and two
processes download the same file twice.
"""

import hashlib
import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from cnnlab.storage.files import explained
from cnnlab.storage.locks import Lock

SILENCE = 20.0  # seconds without a byte, after which a server counts as lost
PAUSES = (0.5, 2.0, 5.0)  # seconds before each further try after a cut
LOOK = 0.1  # seconds between two checks whether another process has downloaded it
MOST_BYTES = 1 << 30
CHUNK = 1 << 16

DownloadProgress = Callable[[int, int], None]
"""A function that gets the bytes received and all bytes (0 if unknown). An error that it raises ends the download."""


class DownloadError(ValueError):
    """A download failed; the text is a sentence that says why."""


class OfflineError(DownloadError):
    """A download failed for want of a connection."""


class _CutError(Exception):
    """The connection broke off; the received bytes are kept."""


def fetch(
    url: str,
    target: Path,
    checksum: str | None = None,
    progress: DownloadProgress | None = None,
    size: int | None = None,
) -> None:
    """Download ``url`` to ``target``, from where an earlier try was cut.

    ``checksum``: SHA-256, or MD5 if no other was published; ``size``: bytes it must have. If another process or thread
    is downloading the same file, this waits for it.

    Raises ``DownloadError`` with what happened and how to fix it, ``ValueError`` if the disk is full, and what
    ``progress`` raises; then there is no ``target``.
    """
    if target.exists():  # perhaps on a disk on which nothing can be written
        return
    report = progress or (lambda done, total: None)
    with explained(target.parent), _hold_lock(target, report):
        if target.exists():
            return
        part = _part(target)
        for pause in (*PAUSES, None):
            try:
                _resume(url, part, report, size)
                break
            except _CutError as error:
                if pause is None:
                    raise DownloadError(
                        f"the connection to {urlsplit(url).hostname} {error}; try again, and it "
                        f"{'goes on from there' if _etag(part) else 'begins again'}"
                    ) from None
                time.sleep(pause)
        if wrong := _wrong(part, checksum, size):
            forget(part)
            raise DownloadError(_not_published(url, wrong))
        part.replace(target)
        forget(part)


@contextmanager
def _hold_lock(target: Path, report: DownloadProgress) -> Iterator[None]:
    """Hold the file's lock; while waiting for it, report how many bytes the other process has."""
    lock, part = Lock(target.with_name(f"{target.name}.lock")), _part(target)
    while not lock.acquire():
        report(_size(part), 0)
        time.sleep(LOOK)
    try:
        yield
    finally:
        lock.release(remove=True)


def _part(target: Path) -> Path:
    return target.with_name(f"{target.name}.part")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _wrong(part: Path, checksum: str | None, size: int | None) -> str:
    """Return how a file differs from the published one, empty if it does not."""
    if size is not None and part.stat().st_size != size:
        return f"it has {part.stat().st_size:,} bytes, not {size:,}"
    kind = "sha256" if checksum and len(checksum) == 64 else "md5"
    if checksum and digest(part, kind) != checksum:
        return f"its {'MD5' if kind == 'md5' else 'SHA-256'} differs"
    return ""


def _not_published(url: str, wrong: str) -> str:
    return f"{urlsplit(url).hostname} did not send the published file ({wrong}); try again, or from another network"


def forget(part: Path) -> None:
    """Delete an unfinished download, so that the next try starts over."""
    part.unlink(missing_ok=True)
    _etag_file(part).unlink(missing_ok=True)


def digest(path: Path, kind: str = "sha256") -> str:
    """Return the SHA-256 of a file, or its MD5, which detects damage, not forgery."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.new(kind, usedforsecurity=False)).hexdigest()


def _etag_file(part: Path) -> Path:
    """Return the path of the ETag that an unfinished download belongs to."""
    return part.with_name(f"{part.name}.etag")


def _etag(part: Path) -> str:
    return _etag_file(part).read_text(encoding="utf-8") if part.exists() and _etag_file(part).exists() else ""


def _resume(url: str, part: Path, progress: DownloadProgress, size: int | None) -> None:
    mark = _etag(part)
    have = part.stat().st_size if mark else 0  # without one, the rest may belong to another version
    headers = {"User-Agent": "cnnlab", **({"Range": f"bytes={have}-", "If-Range": mark} if have else {})}
    response = _open(url, headers, part)
    with response:
        begin = _begin(response.headers.get("Content-Range", ""))
        goes_on = response.status == http.client.PARTIAL_CONTENT and begin == have
        have = have if goes_on else 0
        length = _length(url, response.headers.get("Content-Length"))
        total = have + length if length else 0
        if size is not None and total and total != size:
            raise DownloadError(_not_published(url, f"it has {total:,} bytes, not {size:,}"))
        if total > MOST_BYTES:
            raise DownloadError(f"this file has more than {MOST_BYTES >> 30} GB; nothing was downloaded")
        with part.open("ab" if goes_on else "wb") as file:
            if not goes_on:
                _etag_file(part).write_text(_strong_etag(response.headers.get("ETag")), encoding="utf-8")
            _copy(response, file, have, total, progress)
        if total and part.stat().st_size != total:
            forget(part)
            raise _CutError(f"sent {total:,} bytes, and others are on the disk")


def _open(url: str, headers: dict[str, str], part: Path) -> http.client.HTTPResponse:
    host = urlsplit(url).hostname
    try:
        found: http.client.HTTPResponse = urllib.request.urlopen(
            urllib.request.Request(url, headers=headers), timeout=SILENCE
        )
        return found
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
            forget(part)
            raise _CutError("could not be resumed") from None
        if error.code >= 500:
            raise _CutError(f"failed on its side (HTTP {error.code})") from None
        raise DownloadError(
            f"{host} no longer has this file (HTTP {error.code} {error.reason}); choose another data set"
        ) from None
    except TimeoutError:
        raise _CutError(f"was silent for {SILENCE:g} seconds") from None
    except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
        if isinstance(getattr(error, "reason", error), ConnectionResetError | http.client.HTTPException):
            raise _CutError("was lost at its start") from None
        raise OfflineError(f"there is no connection to {host}") from None


def _strong_etag(etag: str | None) -> str:
    """Return an ETag that changes with every byte; weak ones need not, see RFC 9110, section 13.1.5."""
    return "" if etag is None or etag.startswith("W/") else etag


def _length(url: str, header: str | None) -> int:
    """Return the bytes that will come, 0 if unknown."""
    if header is None:
        return 0
    if not (header.isascii() and header.isdigit() and len(header) < 20):
        raise DownloadError(
            f"{urlsplit(url).hostname} gives “{header[:20]}” as the length of this file, which is not a number of "
            f"bytes; try again, or from another network"
        )
    return int(header)


def _begin(content_range: str) -> int:
    """Return the first byte of a range such as ``bytes 1000-1999/2000``; −1 if there is none."""
    try:
        return int(content_range.removeprefix("bytes ").split("-")[0])
    except ValueError:
        return -1


def _copy(
    response: http.client.HTTPResponse, file: IO[bytes], have: int, total: int, progress: DownloadProgress
) -> None:
    while True:
        progress(have, total)
        try:
            piece = response.read(CHUNK)
        except TimeoutError:
            raise _CutError(f"was silent for {SILENCE:g} seconds after {_megabytes(have, total)}") from None
        except (http.client.HTTPException, OSError):
            raise _CutError(f"was lost after {_megabytes(have, total)}") from None
        if not piece:
            break
        file.write(piece)
        have += len(piece)
        if have > MOST_BYTES:
            raise DownloadError(f"this file has more than {MOST_BYTES >> 30} GB; choose another data set")
    if have < total:
        raise _CutError(f"was lost after {_megabytes(have, total)}")


def _megabytes(have: int, total: int) -> str:
    return f"{have / 1e6:.1f} of {total / 1e6:.1f} MB" if total else f"{have / 1e6:.1f} MB"
