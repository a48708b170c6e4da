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

__all__ = ["OPEN_SIZE", "SIZES", "Imported", "read"]

OPEN_SIZE = 224
"""Height and width, unless the file or the caller gives them."""
SIZES = (1, 2048)
MOST_PACKED = 500_000  # bytes; NASNet-Large has 17,000
LONGEST_NAME = 60  # characters of an operation's name


@dataclass(frozen=True, slots=True)
class Imported:
    """A network from a file: small and hashable.

    ``notes`` are sentences on what is not shown as the file has it. ``input_size`` is the height and width if the file
    leaves them open, otherwise None.
    """

    title: str
    notes: tuple[str, ...]
    packed: bytes
    input_size: int | None = None

    def graph(self) -> Node:
        """Return the graph, built once for each network in use."""
        return _built(self.packed, self.input_size or OPEN_SIZE).graph

    def resized(self, input_size: int) -> "Imported":
        """Return the network for images of another height and width.

        Raises ``ValueError`` if the file fixes them, or if they are too small.
        """
        if self.input_size is None:
            raise ValueError("this file fixes the size of its images; save a model with input shape (None, None, 3)")
        return replace(self, input_size=input_size, notes=_built(self.packed, input_size).notes)


def read(data: bytes, filename: str = "", input_size: int = OPEN_SIZE) -> Imported:
    """Read a file that holds a network: see ``formats.configuration`` for the formats.

    ``input_size`` stands for a height or width that the file leaves open. Raises ``ValueError`` that says what is wrong
    with the file, or with which layer of it, and how to fix it.
    """
    document = configuration(data, filename)
    words = FORMATS.get(str(document.get("format")), KERAS)
    packed = zlib.compress(json.dumps(_needed(document), separators=(",", ":")).encode(), 6)
    if len(packed) > MOST_PACKED:
        raise ValueError(f"this file describes its layers at far greater length than any network needs; {words.again}")
    title = re.sub(r"[^\w.+()-]+", " ", PurePath(filename).stem or clean(name_of(document)))[:60].strip()
    built = _built(packed, input_size)
    return Imported(title or "Imported network", built.notes, packed, input_size if built.opened else None)


class _Built(NamedTuple):
    """A graph, the notes on it, and whether the file leaves a height or width of its images open."""

    graph: Node
    notes: tuple[str, ...]
    opened: bool


# The networks that sessions look at; a graph of a thousand layers takes a megabyte.
@lru_cache(maxsize=16, typed=True)
def _built(packed: bytes, input_size: int) -> _Built:
    if type(input_size) is not int or not SIZES[0] <= input_size <= SIZES[1]:
        raise ValueError(f"the input size must be a whole number from {SIZES[0]} to {SIZES[1]}, got {input_size!r}")
    builder, document = Builder(input_size), json.loads(zlib.decompress(packed))
    try:
        graph = builder.network(document)
    except MisfitError as error:
        raise ValueError(error.sentence(FORMATS.get(str(document.get("format")), KERAS))) from None
    return _Built(graph, builder.notes.sentences(), builder.opened)


_UNUSED = ("dtype", "compile_config", "seed")


def _needed(value: Any) -> Any:
    """Return a document without initialisers and the like, which no count needs, and without any code."""
    if isinstance(value, dict):
        return {
            key: _needed(each)
            for key, each in value.items()
            if key not in _UNUSED and not key.endswith(("_initializer", "_regularizer", "_constraint"))
            # The name of an operation is kept, the code of a Lambda is not.
            if key != "function" or (isinstance(each, str) and len(each) < LONGEST_NAME)
        }
    return [_needed(each) for each in value] if isinstance(value, list) else value
