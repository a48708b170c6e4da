"""The wire format of protocol buffers, as far as files of models need it: to find what describes a network in them.

A message is a row of fields; each begins with its number and how its value is stored.
"""

from collections.abc import Iterator
from typing import NamedTuple

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
MOST_FIELDS = 100_000
"""The most fields that one message may have; the largest networks have some thousand nodes."""

_WIDTHS = {FIXED64: 8, FIXED32: 4}


class BrokenError(ValueError):
    """Bytes that are no message. The text says where, for the end of a sentence."""


class Field(NamedTuple):
    """One field: its number, how it is stored, where it begins, and where its value begins and ends."""

    number: int
    stored: int
    begin: int
    start: int
    end: int


def fields(data: bytes, start: int, end: int) -> Iterator[Field]:
    """Yield the fields of the message between two places. Raises ``BrokenError`` for bytes that are none."""
    place, seen = start, 0
    while place < end:
        seen += 1
        if seen > MOST_FIELDS:
            raise BrokenError("one of its messages has far too many fields")
        begin = place
        tag, place = _varint(data, place, end)
        stored = tag & 7
        if stored == BYTES:
            length, place = _varint(data, place, end)
        elif stored == VARINT:
            length = _varint(data, place, end)[1] - place
        elif stored in _WIDTHS:
            length = _WIDTHS[stored]
        else:
            raise BrokenError(f"it cannot be read from byte {begin:,} on")
        if length > end - place or not tag >> 3:
            raise BrokenError(f"it ends inside the part that begins at byte {begin:,}")
        yield Field(tag >> 3, stored, begin, place, place + length)
        place += length


def _varint(data: bytes, place: int, end: int) -> tuple[int, int]:
    """Return a whole number and the place behind it."""
    value = shift = 0
    while place < end and shift < 70:
        byte = data[place]
        value |= (byte & 127) << shift
        place += 1
        if byte < 128:
            return value, place
        shift += 7
    raise BrokenError(f"it cannot be read at byte {place:,}")


def whole(data: bytes, field: Field) -> int:
    """Return the whole number in a field. Raises ``BrokenError`` for a field that holds something else.

    >>> [whole(b"\\x08\\x96\\x01", field) for field in fields(b"\\x08\\x96\\x01", 0, 3)]
    [150]
    """
    if field.stored != VARINT:
        raise BrokenError(f"the field at byte {field.begin:,} is no whole number")
    return _varint(data, field.start, field.end)[0]


def message(number: int, value: bytes) -> bytes:
    """Return a field that holds bytes.

    >>> message(7, b"abc"), [field.number for field in fields(message(7, b"abc"), 0, 5)]
    (b':\\x03abc', [7])
    """
    return _number(number << 3 | BYTES) + _number(len(value)) + value


def _number(value: int) -> bytes:
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    found.append(value)
    return bytes(found)
