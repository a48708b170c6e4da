"""Networks from files: only layers and shapes are read, nothing is executed, and weights are ignored.

    found = read(data, "mine.keras")
    found.graph(), found.title, found.notes

It knows Keras by name only.
"""

import json
import re
import zlib
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import PurePath
from typing import Any, NamedTuple

from cnnlab.backends.imported.builder import Builder
from cnnlab.backends.imported.fields import clean
from cnnlab.backends.imported.formats import configuration
from cnnlab.backends.imported.structure import name_of
from cnnlab.backends.imported.words import FORMATS, KERAS, MisfitError
from cnnlab.graph import Node
from cnnlab.knobs import Knob, Range
from cnnlab.knobs.image_size import ImageSize, Sides
from cnnlab.uploads.documents import DAMAGED

__all__ = ["INPUT_SIZE", "OPEN_SIZE", "Imported", "image_size", "read"]

UNFORESEEN: tuple[type[Exception], ...] = (
    ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, UnicodeError,
)  # fmt: skip
"""Errors of Python's own that settings may cause which no reader expects: the file is damaged, or made to break one."""
OPEN_SIZE = 224
"""Height and width, unless the file or the caller gives them."""
INPUT_SIZE = Knob(
    "input_size",
    Sides,
    OPEN_SIZE,
    "Height and width of the image, which the file does not fix: the side of a square one, or height x width.",
    Range(1, 2048, 32, typed=True),
)
"""The knob of a network whose file leaves the size of its images open."""
MOST_PACKED = 500_000  # bytes; NASNet-Large has 17,000
LONGEST_NAME = 60  # characters of an operation's name


@dataclass(frozen=True, slots=True)
class Imported:
    """A network from a file: small and hashable.

    ``notes`` are sentences on what is not shown as the file has it. ``input_size`` is the size of its images if
    the file leaves height or width open, otherwise None.
    """

    title: str
    notes: tuple[str, ...]
    packed: bytes
    input_size: ImageSize | None = None

    def __post_init__(self) -> None:
        if self.input_size is not None:  # from JSON, height and width are a list
            object.__setattr__(self, "input_size", image_size(self.input_size))

    def graph(self) -> Node:
        """Return the graph, built once for each network in use."""
        return _built(self.packed, self.input_size or OPEN_SIZE).graph

    def resized(self, input_size: ImageSize) -> "Imported":
        """Return the network for images of another size.

        Raises ``ValueError`` if the file fixes them, or if they are too small.
        """
        if self.input_size is None:
            raise ValueError("this file fixes the size of its images; save a model with input shape (None, None, 3)")
        return replace(self, input_size=input_size, notes=_built(self.packed, image_size(input_size)).notes)


def image_size(value: object) -> ImageSize:
    """Return the size of an image, given as a knob takes it. Raises ``ValueError``."""
    size = INPUT_SIZE.check(value)
    assert isinstance(size, ImageSize)
    return size


def read(data: bytes, filename: str = "", input_size: ImageSize = OPEN_SIZE) -> Imported:
    """Read a file that holds a network: see ``formats.configuration`` for the formats.

    ``input_size`` stands for a height or width that the file leaves open: a side, or height and width. Raises
    ``ValueError`` that says what is wrong with the file, or with which layer of it, and how to fix it.
    """
    try:
        document = configuration(data, filename)
    except UNFORESEEN:
        raise ValueError(DAMAGED) from None
    words = FORMATS.get(str(document.get("format")), KERAS)
    packed = zlib.compress(json.dumps(_needed(document), separators=(",", ":")).encode(), 6)
    if len(packed) > MOST_PACKED:
        raise ValueError(f"this file describes its layers at far greater length than any network needs; {words.again}")
    title = re.sub(r"[^\w.+()-]+", " ", PurePath(filename).stem or clean(name_of(document)))[:60].strip()
    size = image_size(input_size)
    built = _built(packed, size)
    return Imported(title or "Imported network", built.notes, packed, size if built.opened else None)


class _Built(NamedTuple):
    """A graph, the notes on it, and whether the file leaves a height or width of its images open."""

    graph: Node
    notes: tuple[str, ...]
    opened: bool


# The networks that sessions look at; a graph of a thousand layers takes a megabyte.
@lru_cache(maxsize=16, typed=True)
def _built(packed: bytes, input_size: ImageSize) -> _Built:
    builder, document = Builder(input_size), json.loads(zlib.decompress(packed))
    try:
        graph = builder.network(document)
    except MisfitError as error:
        raise ValueError(error.sentence(FORMATS.get(str(document.get("format")), KERAS))) from None
    except UNFORESEEN:
        raise ValueError(DAMAGED) from None
    return _Built(graph, builder.notes.sentences(), builder.opened)


_UNUSED = ("dtype", "compile_config", "seed")


def _needed(value: Any) -> Any:
    """Return a document without initialisers and the like, which no count needs, and without any code.

    The type of numbers is kept where weights are quantized.
    """
    if isinstance(value, dict):
        return {
            key: _needed(each)
            for key, each in value.items()
            if key not in _UNUSED or (key == "dtype" and "Quantized" in str(each))
            if not key.endswith(("_initializer", "_regularizer", "_constraint"))
            # The name of an operation is kept, the code of a Lambda is not.
            if key != "function" or (isinstance(each, str) and len(each) < LONGEST_NAME)
        }
    return [_needed(each) for each in value] if isinstance(value, list) else value
