"""Reads the few numbers of formulas from the weight files of a graph model: axes, shapes, paddings.

TensorFlow.js keeps them among the weights, and model.json alone has their shapes only.
"""

import math
import struct
from collections.abc import Callable, Iterator, Sequence

from cnnlab.backends.imported.graph_models.parsing import Stored, stored
from cnnlab.backends.imported.onnx_models.constants import MOST_FOLDED, Number
from cnnlab.backends.imported.onnx_models.parsing import decimal
from cnnlab.uploads.documents import MOST_BYTES

Span = tuple[int, int]
ReadSpans = Callable[[Sequence[str], Sequence[Span]], list[bytes]]
"""Returns pieces of files that are one behind the other, each from a byte to another, in order."""

_TYPES = {"float32": "f", "int32": "i", "uint8": "B", "uint16": "H", "float16": "e", "bool": "?"}
_WIDTHS = {"complex64": 8, **{kind: struct.calcsize(letter) for kind, letter in _TYPES.items()}}


def numbers(manifest: object, read: ReadSpans) -> dict[str, tuple[Number, ...]]:
    """Return the numbers of small constants by name. Files that are not there have none."""
    found: dict[str, tuple[Number, ...]] = {}
    left = MOST_BYTES  # that are unpacked, of all groups
    for group in manifest if isinstance(manifest, list) else []:
        paths = group.get("paths") if isinstance(group, dict) else None
        if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
            continue
        wanted = list(_wanted(stored([group])))
        left -= wanted[-1][2][1] if wanted else 0
        if left < 0:
            break
        pieces = read(paths, [span for _, _, span in wanted])
        for (name, each, (start, end)), piece in zip(wanted, pieces, strict=True):
            if len(piece) == end - start:
                found[name] = _unpacked(each, piece)
    return found


def _wanted(weights: dict[str, Stored]) -> Iterator[tuple[str, Stored, Span]]:
    """Yield constants that may be numbers of a formula, and where their bytes are."""
    place = 0
    for name, each in weights.items():
        if each.packed not in _WIDTHS:
            return  # texts have their lengths in the file
        size = math.prod(each.shape)
        end = place + size * _WIDTHS[each.packed]
        if each.packed in _TYPES and (size == 1 or (each.kind == "int32" and 0 < size <= MOST_FOLDED)):
            yield name, each, (place, end)
        place = end


def _unpacked(each: Stored, piece: bytes) -> tuple[Number, ...]:
    raw = struct.unpack(f"<{math.prod(each.shape)}{_TYPES[each.packed]}", piece)
    if each.kind == "float32":
        return tuple(decimal(value * each.scale + each.least) for value in raw)
    return tuple(int(value) for value in raw)
