"""The networks that a command is given: names of the catalogue, references, or files."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cnnlab import zoo
from cnnlab.backends.imported import INPUT_SIZE, Imported, image_size, read
from cnnlab.backends.imported.formats import SUFFIXES
from cnnlab.graph import Node
from cnnlab.knobs import Knob, Value
from cnnlab.knobs.image_size import naming_smallest
from cnnlab.network import Network
from cnnlab.sources import IMPORTED, RECIPE, FromFile
from cnnlab.uploads.documents import MOST_BYTES, member_of

HDF5 = b"\x89HDF"
"""How a file in HDF5 begins."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A network with its graph. ``reference`` is what the command was given, with the knobs that were set."""

    reference: str
    title: str
    label: str
    subject: str
    notes: tuple[str, ...]
    root: Node
    published: str


def chosen(text: str, settings: Mapping[str, str]) -> Chosen:
    """Return the network of a name, reference or file, with some knobs set.

    Raises ``ValueError`` for anything that is none, or that cannot be built with these knobs.
    """
    if is_file(text):
        return _from_file(text, settings)
    network = Network.parse(text)
    knobs = {name: network.case.knob(name).parse(value) for name, value in settings.items()}
    network = network.replace(**knobs)
    return Chosen(
        str(network),
        network.title,
        network.label,
        network.subject,
        network.notes,
        network.graph(),
        network.published,
    )


def is_file(text: str) -> bool:
    """Return whether an argument names a file: it exists, or its ending is one that files of networks have."""
    if text in zoo.CASES or text.startswith((RECIPE, IMPORTED)):
        return False
    return text.lower().endswith(tuple(f".{suffix}" for suffix in SUFFIXES)) or os.path.lexists(text)


def knobs_of(text: str) -> Mapping[str, Knob]:
    """Return the knobs of the network of a name, reference or file."""
    return (_source(text) if is_file(text) else Network.parse(text).case).knobs


def _source(text: str) -> FromFile:
    data = _data(text)
    try:
        return FromFile(read(data, Path(text).name))
    except ValueError as error:
        raise ValueError(f"{text}: {error}") from None


def _from_file(text: str, settings: Mapping[str, str]) -> Chosen:
    source = _source(text)
    try:
        if "input_size" in settings and not source.knobs:
            raise ValueError("it fixes the size of its images; leave --input-size out")
        values = {name: source.knob(name).parse(value) for name, value in settings.items()}
        changed = {name: value for name, value in values.items() if value != source.knobs[name].default}
        network = _resized(source.imported, changed["input_size"]) if changed else source.imported
        root = network.graph()
    except ValueError as error:
        raise ValueError(f"{text}: {error}") from None
    query = "&".join(f"{name}={source.knobs[name].text(value)}" for name, value in changed.items())
    size = ", ".join(f"{source.knobs[name].label} {value}" for name, value in changed.items())
    return Chosen(
        f"{text}?{query}" if query else text,
        source.title,
        f"{source.title} ({size})" if size else source.title,
        "this network",
        network.notes,
        root,
        "none published",
    )


def _resized(network: Imported, size: Value) -> Imported:
    """Return the network of a file for images of another size. Raises ``ValueError``."""
    limits, checked = INPUT_SIZE.limits, image_size(size)
    assert limits is not None
    try:
        return network.resized(checked)
    except ValueError as error:
        raise naming_smallest(error, checked, int(limits.low), int(limits.high), network.resized) from None


def _data(text: str) -> bytes:
    """Return the bytes of a file, of one in HDF5 its configuration; large files come without their weights.

    Raises ``ValueError`` if it cannot be read, or is too large.
    """
    file = Path(text)
    try:
        if file.is_dir():
            raise ValueError(f"{text} is a folder; name the file of a network in it")
        with file.open("rb") as opened:
            start = opened.read(len(HDF5))
        if start == HDF5:
            return json.dumps(_configuration(file)).encode()
        return file.read_bytes() if file.stat().st_size <= MOST_BYTES else _without_weights(file, start)
    except FileNotFoundError:
        raise ValueError(f"there is no file {text!r}; check its path") from None
    except OSError as error:
        raise ValueError(f"{text} cannot be read: {error.strerror or error}; check its path and permissions") from None


def _without_weights(file: Path, start: bytes) -> bytes:
    """Return what a large file says about its layers, or the file without its weights. Raises ``ValueError``."""
    from cnnlab.backends.imported.onnx_models.parsing import slim

    try:
        if start.startswith(b"PK"):
            with file.open("rb") as opened:
                return member_of(opened, "config.json")
        if file.suffix.lower() == ".onnx":
            return slim(file)
    except ValueError as error:
        raise ValueError(f"{file}: {error}") from None
    raise ValueError(f"{file} has more than {MOST_BYTES >> 20} MB; save the text of model.to_json() instead")


def _configuration(file: Path) -> dict[str, Any]:
    from cnnlab.backends.hdf5_models import model_at

    try:
        return model_at(file)
    except ValueError as error:
        raise ValueError(f"{file}: {error}") from None
