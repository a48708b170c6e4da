"""Checks of uploaded documents: bounded in size, memory and time, and nothing is ever executed.

Images are checked in ``images``, archives of many files in ``archives``.

>>> document(b'{"layers": []}')
{'layers': []}
>>> document(b"[" * 100_000)
Traceback (most recent call last):
ValueError: this JSON nests more than 100 levels deep, which no file made here does; choose another
"""

import io
import json
import re
import zipfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, BinaryIO, TypeVar

from cnnlab.uploads.archives import BROKEN, CHUNK, open_zip

Item = TypeVar("Item")

DAMAGED = "this file is damaged or incomplete; copy or download the whole file again"
MOST_BYTES = 300 << 20
TOO_LARGE = (
    f"this file has more than {MOST_BYTES >> 20} MB; choose the text of model.to_json(), which has no weights, or "
    "use the command line, python -m cnnlab cost"
)
"""The most bytes of an uploaded file, as in .streamlit/config.toml. It includes weights, which are not read."""
MOST_JSON = 16 << 20  # bytes; NASNet-Large, the longest network Keras brings along, takes 1 MB
MOST_VALUES = 2_000_000  # values and texts in a document; NASNet-Large has 120,000
DEEPEST = 100  # levels of lists and objects; a network takes 12, and 4 for each model inside another
MOST_DIRECTORY = 1 << 20  # bytes of an archive's table of contents, 20,000 files or so

# A string that never ends is taken whole, so that no part of the text is looked at twice.
_TOKENS = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|[\[\]{},]', re.DOTALL)


def document(data: bytes) -> Any:
    """Parse JSON. Raises ``ValueError`` if it is invalid, too long, too deep or has too many values."""
    if len(data) > MOST_JSON:
        raise ValueError(f"this JSON has more than {MOST_JSON >> 20} MB, which no network needs; choose another file")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"byte {error.start:,} of this file is not UTF-8 text; save it as UTF-8 JSON") from None
    if not text.strip():
        raise ValueError("this file is empty; choose another, or save it again")
    _check_size(text)
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated"):
            raise ValueError("this JSON is incomplete; copy or save the whole file again") from None
        raise ValueError(f"this is not JSON: line {error.lineno}, column {error.colno} cannot be read") from None
    except ValueError:  # Python refuses numbers of more than 4,300 digits.
        raise ValueError("this JSON holds a number with thousands of digits; choose another file") from None


def _check_size(text: str) -> None:
    """Count depth and values before anything is parsed."""
    depth = values = 0
    for token in _TOKENS.finditer(text):
        sign = token[0][0]
        if sign in "[{":
            depth += 1
            values += 1
        elif sign in "]}":
            depth -= 1
        elif sign in ',"':
            values += 1
        if depth < 0:
            raise ValueError("this is not JSON: a closing bracket has no opening one; choose another file")
        if depth > DEEPEST:
            raise ValueError(
                f"this JSON nests more than {DEEPEST} levels deep, which no file made here does; choose another"
            )
        if values > MOST_VALUES:
            raise ValueError(f"this JSON holds more than {MOST_VALUES:,} values; no network here is as large")


@dataclass(frozen=True, slots=True)
class Format:
    """The JSON of a kind of document that this program writes itself: a recipe, a pipeline or a spec.

    >>> Format("recipe", 1, 100_000).fields({"format": "cnnlab.recipe", "version": 1, "rows": []})
    {'rows': []}
    """

    kind: str
    version: int
    longest: int
    """Bytes."""

    @property
    def header(self) -> dict[str, Any]:
        """The fields that such a document begins with."""
        return {"format": f"cnnlab.{self.kind}", "version": self.version}

    def load(self, text: str | bytes) -> Any:
        """Return the parsed JSON text. Raises ``ValueError`` as ``document`` does, and for a text that is too long."""
        data = text.encode() if isinstance(text, str) else text
        if len(data) > self.longest:
            raise ValueError(f"a {self.kind} has at most {self.longest:,} bytes, this file has {len(data):,}")
        return document(data)

    def fields(self, found: object) -> dict[str, Any]:
        """Return the fields behind the header. Raises ``ValueError`` for another kind of document or version."""
        if not isinstance(found, dict) or found.get("format") != f"cnnlab.{self.kind}":
            raise ValueError(
                f'this is not a {self.kind} of CNN Lab; a {self.kind}\'s JSON says "format": "cnnlab.{self.kind}"'
            )
        version = found.get("version")
        if type(version) is not int or version != self.version:
            raise ValueError(f"this {self.kind} has version {str(version)[:20]}, and {self.version} can be read here")
        return {name: value for name, value in found.items() if name not in self.header}

    def each(self, items: object, noun: str, make: Callable[..., Item]) -> tuple[Item, ...]:
        """Return ``make`` of every object in a list. Raises ``ValueError`` that numbers the first wrong one."""
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise ValueError(f"the {self.kind}'s {noun}s must be a list of {noun}s with their settings")
        made = []
        for number, item in enumerate(items, 1):
            try:
                made.append(make(**item))
            except ValueError as error:
                raise ValueError(f"{noun} {number}: {'; '.join(str(error).splitlines())}") from None
        return tuple(made)


class MissingError(ValueError):
    """An archive does not have the file that is looked for."""


_PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_FULL = "this archive lists far too many files; a .keras file has three"


def member(data: bytes, name: str, most: int = MOST_JSON) -> bytes:
    """Return one file of a zip archive, of at most ``most`` bytes; nothing else in the archive is unpacked.

    Raises ``ValueError`` where the archive is none, is cut, encrypted or a bomb, or has no such file.
    """
    if len(data) > MOST_BYTES:
        raise ValueError(TOO_LARGE)
    if not data.startswith(b"PK"):
        raise ValueError("this is not a zip archive; choose the file that Keras saved")
    return member_of(io.BytesIO(data), name, most)


def member_of(file: BinaryIO, name: str, most: int = MOST_JSON) -> bytes:
    """Return one file of a zip archive of any size, as ``member`` does."""
    archive = open_zip(file, MOST_DIRECTORY, _FULL, _cut(name))
    info = archive.NameToInfo.get(name)
    if info is None:
        raise MissingError(
            f"this archive has no {name}, so it is not a .keras file; save the model with model.save('name.keras')"
        )
    if info.flag_bits & 1:
        raise ValueError("this archive is encrypted; save it without a password")
    # Other ways of packing may take gigabytes of memory before the first byte is out.
    if info.compress_type not in _PACKED:
        raise ValueError(f"{name} is compressed in an unsupported way; save the model with Keras itself")
    try:
        found = _unpack(archive, info, most)
    except BROKEN:
        raise ValueError(_cut(name)) from None
    if len(found) > most:
        raise ValueError(f"{name} in this archive unpacks to more than {most >> 20} MB, which no network needs")
    return found


def pieces(data: bytes, names: Sequence[str], spans: Sequence[tuple[int, int]]) -> list[bytes]:
    """Return pieces of files of a zip archive that are one behind the other, each from a byte to another, in order.

    No more than ``CHUNK`` bytes of the rest are held at once. What a file that is missing or damaged would have is left
    out. Raises ``ValueError`` if the archive is damaged.
    """
    archive = open_zip(io.BytesIO(data), MOST_DIRECTORY, _FULL, _cut("its table of contents"))
    infos = [archive.NameToInfo.get(name) for name in names]
    found = [bytearray() for _ in spans]
    place = ended = 0  # the bytes so far, and how many pieces they have the whole of
    with suppress(*BROKEN):
        for info in infos:
            if info is None or info.flag_bits & 1 or info.compress_type not in _PACKED or not spans:
                break
            with archive.open(info) as file:
                while place < min(spans[-1][1], MOST_BYTES) and (piece := file.read(CHUNK)):
                    for number in range(ended, len(spans)):
                        start, end = spans[number]
                        if start >= place + len(piece):
                            break
                        found[number] += piece[max(start - place, 0) : max(end - place, 0)]
                        ended = number + 1 if end <= place + len(piece) else ended
                    place += len(piece)
    return [bytes(each) for each in found]


def _cut(name: str) -> str:
    return f"this archive is damaged or incomplete: {name} cannot be read; copy or save the whole file again"


def _unpack(archive: zipfile.ZipFile, info: zipfile.ZipInfo, most: int) -> bytes:
    """Return the file, or its beginning if it has more than ``most`` bytes, whatever size it declares."""
    found = bytearray()
    with archive.open(info) as file:
        while len(found) <= most and (piece := file.read(CHUNK)):
            found += piece
    return bytes(found)
