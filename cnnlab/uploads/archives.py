"""Archives of many files, packed by anybody: bounded in files, bytes and memory, and no path in them is written to.

>>> inside("pets/./cats/1.jpg")
('pets', 'cats', '1.jpg')
>>> inside("../.profile")
Traceback (most recent call last):
cnnlab.uploads.archives.ArchiveError: this archive has a path outside itself (../.profile); pack the folder again
"""

import gzip
import re
import stat
import struct
import tarfile
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, cast

MOST_FILES = 20_000  # Cats and Dogs (filtered) has 3,000, Flowers 3,670
MOST_UNPACKED = 1 << 30  # bytes; Flowers, the largest that the project downloads, has 230 MB
MOST_DIRECTORY = 4 << 20  # bytes of a zip's table of contents, 200 for each of 20,000 files
CHUNK = 1 << 16
MOST_HEADER = CHUNK  # bytes of what a tar says about one file; a long path takes a few hundred

BROKEN = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, struct.error, EOFError, OSError, ArithmeticError, LookupError,
    RuntimeError, ValueError,
)  # fmt: skip
"""The errors that the standard library raises for damaged archives."""
_CUT = "this archive is damaged or incomplete; copy or pack it again"
_FULL = f"this archive holds more than {MOST_FILES:,} files; a data set of a few thousand images is enough"


class ArchiveError(ValueError):
    """An archive that is refused as a whole, and why."""


@dataclass(frozen=True)
class Member:
    """A file in an archive: its path, its position in the archive (0…1), and the reason if it is refused.

    ``read(size)`` returns its next bytes, as long as this is the last member. It raises ``ValueError`` if this file is
    damaged, and ``ArchiveError`` if the whole archive is, or unpacks to too much.
    """

    path: tuple[str, ...]
    done: float
    fault: str
    read: Callable[[int], bytes]


def members(file: BinaryIO, scratch: Path | None = None) -> Iterator[Member]:
    """Yield the files of a seekable zip, tar or tar.gz, whatever its name.

    A tar.gz is unpacked to an unnamed file in ``scratch`` first; the system's folder for such files may be in memory.
    Raises ``ArchiveError`` if it is no archive, cut, encrypted or a bomb, or has a path out of itself, and ``OSError``
    if the disk is full.
    """
    file.seek(0)
    head = file.read(512)
    if head.startswith(b"PK"):
        yield from _zip(file)
    elif head.startswith(b"\x1f\x8b"):
        with tempfile.TemporaryFile(dir=scratch) as unpacked:
            _gunzip(file, unpacked)
            yield from _tar(unpacked)
    elif head[257:262] == b"ustar" or (head and _is_tar(file)):
        yield from _tar(file)
    else:
        raise ArchiveError(_refusal(head))


def _refusal(head: bytes) -> str:
    if not head:
        return "this file is empty; choose another, or pack it again"
    kind = next((name for begin, name in _OTHERS.items() if head.startswith(begin)), None)
    if kind:
        return f"this is a {kind} archive; pack the folder as .zip or .tar.gz"
    return "this is not an archive; pack a folder that has a folder of images for each class as .zip or .tar.gz"


_OTHERS = {
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"Rar!": "RAR",
    b"BZh": "bzip2",
    b"\xfd7zXZ\0": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
}


def is_archive(head: bytes) -> bool:
    """Return whether a file that begins like this is an archive."""
    return head.startswith((b"PK\x03\x04", b"\x1f\x8b", *_OTHERS)) or head[257:262] == b"ustar"


def inside(name: str) -> tuple[str, ...]:
    """Return the parts of a path, also of one from Windows. Raises ``ArchiveError`` if it leads out of the archive."""
    name = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode()).replace("\\", "/")
    parts = tuple(part for part in name.split("/") if part not in ("", "."))
    if name.startswith("/") or ".." in parts or re.match("[A-Za-z]:/", name):
        raise ArchiveError(f"this archive has a path outside itself ({name[:80]}); pack the folder again")
    return parts


def open_zip(file: BinaryIO, most: int, full: str, cut: str) -> zipfile.ZipFile:
    """Open a zip whose table of contents has at most ``most`` bytes and lists at most ``MOST_FILES``.

    Raises ``ArchiveError`` with the sentence ``full`` if it has more, and with ``cut`` if it is damaged.
    """
    try:
        return zipfile.ZipFile(cast(IO[bytes], _Bounded(file, most, full)))
    except ArchiveError:
        raise
    except BROKEN:
        raise ArchiveError(cut) from None


class _Bounded:
    """A file that refuses to read large pieces: a header may claim any size, and a table any number of files."""

    def __init__(self, file: BinaryIO, most: int, full: str):
        self.file, self.most, self.full = file, most, full
        self.length = file.seek(0, 2)
        file.seek(0)
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int | None = -1) -> bytes:
        left = max(0, self.length - self.file.tell())
        wanted = left if size is None or size < 0 else min(size, left)
        if wanted > self.most:
            raise ArchiveError(self.full)
        found = self.file.read(wanted)
        if wanted > CHUNK and found.count(b"PK\x01\x02") > MOST_FILES:  # each of a zip's entries begins so
            raise ArchiveError(self.full)
        return found


class _Budget:
    """Counts the bytes that may still be unpacked, whatever sizes were declared."""

    def __init__(self) -> None:
        self.left = MOST_UNPACKED

    def take(self, found: bytes) -> bytes:
        self.left -= len(found)
        if self.left < 0:
            raise ArchiveError(f"this archive unpacks to more than {MOST_UNPACKED >> 30} GB; take fewer images")
        return found


def _zip(file: BinaryIO) -> Iterator[Member]:
    archive = open_zip(file, MOST_DIRECTORY, _FULL, _CUT)
    infos = archive.infolist()
    if len(infos) > MOST_FILES:
        raise ArchiveError(_FULL)
    budget = _Budget()
    for number, info in enumerate(infos):
        path = inside(_name(info))
        if info.flag_bits & 1:
            raise ArchiveError("this archive is encrypted; pack it without a password")
        if info.is_dir() or not path:
            continue
        fault = ""
        if stat.S_ISLNK(info.external_attr >> 16):
            fault = _LINK
        elif info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):  # others may take gigabytes
            fault = "this file is compressed in an unsupported way; pack the folder as a plain .zip"
        yield Member(path, number / len(infos), fault, _reader(archive, info, budget))


_LINK = "this is a link; pack the image itself"


def _name(info: zipfile.ZipInfo) -> str:
    """Decode a name; macOS writes UTF-8 without declaring it."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename


def _reader(archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: _Budget) -> Callable[[int], bytes]:
    opened: list[IO[bytes]] = []

    def read(size: int) -> bytes:
        try:
            if not opened:
                opened.append(archive.open(info))
            found = opened[0].read(min(size, CHUNK))
        except BROKEN:
            raise ValueError("this file is damaged in the archive; pack it again") from None
        return budget.take(found)

    return read


def _is_tar(file: BinaryIO) -> bool:
    """Return whether a file is a very old tar, without a mark but with a valid checksum in its first header."""
    file.seek(0)
    try:
        tarfile.TarInfo.frombuf(file.read(512), "utf-8", "replace")
    except tarfile.TarError:
        return False
    return True


def _gunzip(file: BinaryIO, target: IO[bytes]) -> None:
    """Unpack to a seekable file, bounded like the members."""
    file.seek(0)
    budget = _Budget()
    with gzip.GzipFile(fileobj=file) as packed:
        while True:
            try:
                piece = packed.read(CHUNK)
            except BROKEN:
                raise ArchiveError(_CUT) from None
            if not piece:
                return
            target.write(budget.take(piece))


def _tar(file: IO[bytes]) -> Iterator[Member]:
    """Yield a tar's files. Reads headers itself: ``tarfile`` takes quadratic time in their length (CVE-2024-6232)."""
    length = file.seek(0, 2)
    at = count = blocks = 0
    notes: dict[bytes, bytes] = {}
    budget = _Budget()
    while block := _block(file, at):
        blocks += 1
        if blocks > 3 * MOST_FILES:  # each file may have two blocks of notes before it
            raise ArchiveError(_FULL)
        try:
            info = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
        except BROKEN:
            raise ArchiveError(_CUT if at else _refusal(b"?")) from None
        begin = at + tarfile.BLOCKSIZE
        size = _size(info, notes)
        if not 0 <= size <= length - begin:
            raise ArchiveError(_CUT)
        at = begin + -(-size // tarfile.BLOCKSIZE) * tarfile.BLOCKSIZE
        if info.type in _NOTES:
            if size > MOST_HEADER:
                raise ArchiveError(_CUT)
            file.seek(begin)
            notes |= _read_notes(info.type, file.read(size))
            continue
        name = notes.get(b"path", b"").decode("utf-8", "surrogateescape") or info.name
        path, fault = inside(name), _fault(info, notes)
        notes = {}
        count += 1
        if count > MOST_FILES:
            raise ArchiveError(_FULL)
        if path and not info.isdir():
            yield Member(path, begin / length, fault, _tar_reader(file, begin, size, budget))


_NOTES = (tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK)
"""Header types with notes on the next file, or on all that follow."""


def _block(file: IO[bytes], at: int) -> bytes:
    """Return a header, or nothing at the end of the archive."""
    file.seek(at)
    found = file.read(tarfile.BLOCKSIZE)
    return found if found.strip(b"\0") else b""


def _size(info: tarfile.TarInfo, notes: dict[bytes, bytes]) -> int:
    """Return the bytes that follow the header, −1 if unknown."""
    if info.type in _NOTES:
        return info.size
    if info.type == tarfile.GNUTYPE_SPARSE:  # a table of unknown length follows
        return -1
    if not info.isreg() and info.type in tarfile.SUPPORTED_TYPES:
        return 0
    try:
        return int(notes.get(b"size", info.size))
    except ValueError:
        return -1


def _read_notes(kind: bytes, data: bytes) -> dict[bytes, bytes]:
    """Return the notes on the next file: its ``path``, its ``size``, and others, which are ignored."""
    if kind == tarfile.GNUTYPE_LONGNAME:
        return {b"path": data.rstrip(b"\0")}
    found = {}
    at = 0
    while kind in (tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE) and at < len(data):  # «20 path=cats/1.png\n», 20 bytes
        digits, space, _ = data[at : at + 20].partition(b" ")
        if not space or not digits.isdigit() or int(digits) < len(digits) + 2:
            raise ArchiveError(_CUT)
        key, _, value = data[at + len(digits) + 1 : at + int(digits) - 1].partition(b"=")
        found[key] = value
        at += int(digits)
    return found


def _fault(info: tarfile.TarInfo, notes: dict[bytes, bytes]) -> str:
    if info.issym() or info.islnk():
        return _LINK
    if not info.isreg() or any(key.startswith(b"GNU.sparse") for key in notes):
        return "this is not a regular file; pack the image itself"
    return ""


def _tar_reader(file: IO[bytes], begin: int, size: int, budget: _Budget) -> Callable[[int], bytes]:
    left = [size]

    def read(most: int) -> bytes:
        file.seek(begin + size - left[0])
        found = file.read(min(most, left[0], CHUNK))
        left[0] -= len(found)
        return budget.take(found)

    return read
