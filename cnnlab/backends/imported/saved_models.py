"""Reads Keras' description of the model in a SavedModel.

From version 2.5, tf.keras writes keras_metadata.pb beside saved_model.pb; before, the same texts stood in
saved_model.pb. Compiled functions are never looked at. The field numbers are those of TensorFlow's schemas
(saved_metadata.proto, saved_model.proto, saved_object_graph.proto).
"""

import io
from collections.abc import Iterator, Sequence
from math import prod
from pathlib import Path, PurePosixPath
from typing import Any

from cnnlab.uploads import protobuf
from cnnlab.uploads.archives import open_zip
from cnnlab.uploads.documents import DAMAGED, MOST_BYTES, MOST_DIRECTORY, document, member

METADATA, GRAPH = "keras_metadata.pb", "saved_model.pb"
MOST_METADATA = 64 << 20  # bytes; NASNet-Large has 5 MB
COMPILED = (
    "this is a SavedModel without a description by Keras, so its layers are compiled functions alone; open it with the "
    "program that made it, and save the model with model.save('name.keras')"
)
FROZEN = (
    "this is a TensorFlow graph, whose layers are taken apart; open the original with Keras and save the model with "
    "model.save('name.keras')"
)
ALONE = (
    "this is one file of a SavedModel, and the description of its layers is in another, keras_metadata.pb; pack the "
    "whole folder as .zip and choose that"
)
_WRAPPED = ("__tuple__", "TensorShape")

Span = tuple[int, int]
"""Where a message begins and ends."""


def answer(path: Path) -> dict[str, Any]:
    """Return the configuration of the model in a file: called in the process of ``reader_process``."""
    try:
        return model(path.read_bytes())
    except protobuf.BrokenError as error:
        raise ValueError(f"this SavedModel is damaged: {error}; copy or pack its whole folder again") from None


def model(data: bytes) -> dict[str, Any]:
    """Return the configuration of the model in a SavedModel: a zip of its folder, or one of its two files.

    Layers have the number of stored weights under ``stored``. Raises ``ValueError`` with a sentence.
    """
    if not data.startswith(b"PK"):
        texts = _texts(data)
        if not texts:
            raise ValueError(ALONE if any(_objects(data)) else FROZEN)
        return _configured(texts, _stored(data, texts))
    names = open_zip(io.BytesIO(data), MOST_DIRECTORY, DAMAGED, DAMAGED).NameToInfo
    found = {wanted: _nearest(wanted, names) for wanted in (METADATA, GRAPH)}
    graph = member(data, found[GRAPH], MOST_BYTES) if found[GRAPH] else b""
    texts = _texts(member(data, found[METADATA], MOST_METADATA)) if found[METADATA] else _texts(graph)
    if not texts:
        raise ValueError(COMPILED)
    return _configured(texts, _stored(graph, texts) if graph else {})


def _nearest(wanted: str, names: Any) -> str:
    """Return the path of a file in an archive that is nearest to its top; empty if there is none."""
    paths = [name for name in names if PurePosixPath(name).name == wanted and "__MACOSX" not in name]
    return min(paths, key=lambda name: (name.count("/"), name), default="")


def _texts(data: bytes) -> dict[int, Any]:
    """Return what Keras wrote about each object of a model, by the object's number; the model has number 0."""
    found: dict[int, Any] = {}
    for each in protobuf.fields(data, 0, len(data)):
        if each.number == 1 and each.stored == protobuf.BYTES:  # a node of keras_metadata.pb
            parts = {part.number: part for part in protobuf.fields(data, each.start, each.end)}
            kind = data[parts[4].start : parts[4].end] if 4 in parts else b""
            if kind.startswith(b"_tf_keras") and 5 in parts:
                number = protobuf.whole(data, parts[2]) if 2 in parts else 0
                found[number] = (parts[5].start, parts[5].end)
    if not found:
        for number, (start, end) in enumerate(_objects(data)):
            for user in _inside(data, (start, end), 4):
                for span in _inside(data, user, 3):
                    found[number] = span
    read = {number: document(data[start:end]) for number, (start, end) in found.items() if end > start}
    return {number: each for number, each in read.items() if isinstance(each, dict)}


def _objects(data: bytes) -> Iterator[Span]:
    """Yield the objects of the first graph in saved_model.pb."""
    for meta in list(_inside(data, (0, len(data)), 2))[:1]:
        for objects in _inside(data, meta, 7):
            yield from _inside(data, objects, 1)


def _inside(data: bytes, span: Span, number: int) -> Iterator[Span]:
    """Yield the messages in the fields of this number."""
    for each in protobuf.fields(data, *span):
        if each.number == number and each.stored == protobuf.BYTES:
            yield each.start, each.end


def _configured(texts: dict[int, Any], stored: dict[str, int]) -> dict[str, Any]:
    """Return the configuration of the outermost model."""
    root = texts.get(0, {})
    cls, config = root.get("class_name"), _plain(root.get("config"))
    if not isinstance(cls, str):
        raise ValueError(COMPILED)
    # A model of somebody's own class has no configuration; its structure is Python code.
    config = config if isinstance(config, dict | list) else {"name": root.get("name")}
    if isinstance(config, dict) and "build_input_shape" not in config:
        config["build_input_shape"] = _plain(root.get("build_input_shape"))
    shapes = {str(text.get("name")): _plain(text.get("build_input_shape")) for text in texts.values()}
    _mark(config, stored, {name: shape for name, shape in shapes.items() if isinstance(shape, list)})
    return {"class_name": cls, "config": config}


def _plain(value: Any) -> Any:
    """Return settings with lists in place of the objects that stand for tuples and shapes."""
    if isinstance(value, dict):
        if value.get("class_name") in _WRAPPED and isinstance(value.get("items"), list):
            return _plain(value["items"])
        return {key: _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value


def _mark(config: Any, stored: dict[str, int], shapes: dict[str, Any]) -> None:
    """Let each layer, also of models inside, say how many numbers the file stores for it, and which shape arrives."""
    layers = config.get("layers") if isinstance(config, dict) else config
    for layer in layers if isinstance(layers, list) else []:
        inside = layer.get("config") if isinstance(layer, dict) else None
        if isinstance(inside, dict):
            name = inside.get("name")
            if isinstance(name, str) and name in stored:
                layer["stored"] = stored[name]
            if isinstance(name, str) and name in shapes:
                layer["build_config"] = {"input_shape": shapes[name]}
            _mark(inside, stored, shapes)


def _stored(data: bytes, texts: dict[int, Any]) -> dict[str, int]:
    """Return how many numbers are stored for the layers, by name; a name of two unequal layers is left out."""
    objects = list(_objects(data))
    sums: dict[int, int] = {}  # of each list of variables, which objects may share
    sizes: dict[str, set[int]] = {}
    for number, text in texts.items():
        name = text.get("name")
        lists = [child for child, local in _children(data, objects, number) if local == b"variables"]
        for place in lists if isinstance(name, str) else []:
            if place not in sums:
                variables = {child for child, _ in _children(data, objects, place)}
                sums[place] = sum(_size(data, objects[at]) for at in variables if at < len(objects))
            sizes.setdefault(name, set()).add(sums[place])
    return {name: each.pop() for name, each in sizes.items() if len(each) == 1}


def _children(data: bytes, objects: Sequence[Span], number: int) -> Iterator[tuple[int, bytes]]:
    """Yield the number and the name of each object that the object of this number refers to."""
    for inner in _inside(data, objects[number], 1) if number < len(objects) else ():
        parts = {part.number: part for part in protobuf.fields(data, *inner)}
        child = protobuf.whole(data, parts[1]) if 1 in parts else 0
        yield child, data[parts[2].start : parts[2].end] if 2 in parts else b""


def _size(data: bytes, span: Span) -> int:
    """Return how many numbers a variable has, 0 for another object."""
    for variable in _inside(data, span, 7):
        for shape in _inside(data, variable, 2):
            sides = []
            for side in _inside(data, shape, 2):
                parts = [part for part in protobuf.fields(data, *side) if part.number == 1]
                sides.append(protobuf.whole(data, parts[0]) if parts else 0)
            return prod(sides)
    return 0
