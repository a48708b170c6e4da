"""SavedModels made for tests, as tf.keras 2.3 to 2.15 writes them: the two files that describe a model.

Field numbers are those of TensorFlow's saved_metadata.proto, saved_model.proto and saved_object_graph.proto.
"""

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

from cnnlab.uploads.protobuf import message

Weights = Mapping[str, Sequence[int]]


def wrapped(value: Any, name: str = "__tuple__") -> Any:
    """Return settings with each list of numbers as Keras wrote tuples."""
    if isinstance(value, dict):
        return {key: wrapped(each) for key, each in value.items()}
    if isinstance(value, list) and value and all(each is None or isinstance(each, int) for each in value):
        return {"class_name": name, "items": value}
    return [wrapped(each) for each in value] if isinstance(value, list) else value


def layers_in(model: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the layers of a model, those of models inside behind them."""
    layers = model["config"].get("layers", [])
    return [*layers, *(each for layer in layers for each in layers_in(layer))]


def metadata(model: dict[str, Any], shapes: Mapping[str, Sequence[int | None]] | None = None) -> bytes:
    """Return keras_metadata.pb; ``shapes`` are those for which layers were built."""
    parts = []
    for number, each in enumerate([model, *layers_in(model)]):
        shape = (shapes or {}).get(each["config"].get("name", ""))
        built = {"build_input_shape": wrapped(list(shape), "TensorShape")} if shape else {}
        text = {"name": each["config"].get("name"), **wrapped(each), **built}
        place = _whole(2, number) if number else b""  # a 0 is not written
        parts.append(message(1, place + message(3, b"root") + message(4, _kind(number)) + message(5, _json(text))))
    return b"".join(parts)


def graph(model: dict[str, Any], weights: Mapping[str, Weights], inside: bool = False) -> bytes:
    """Return saved_model.pb with the variables of layers by name, and the descriptions in it if they are ``inside``."""
    layers = [model, *layers_in(model)]
    objects: list[bytes] = [b""] * len(layers)
    for number, each in enumerate(layers):
        own = weights.get(each["config"].get("name", ""), {})
        listed = len(objects)
        objects.append(b"".join(_child(listed + 1 + place, str(place)) for place in range(len(own))))
        objects += [message(7, message(2, b"".join(message(2, _whole(1, side)) for side in shape)))
                    for shape in own.values()]  # fmt: skip
        text = _json({"name": each["config"].get("name"), **wrapped(each)}) if inside else b""
        objects[number] = _child(listed, "variables") + message(4, message(1, _kind(number)) + message(3, text))
    return _whole(1, 1) + message(2, message(7, b"".join(message(1, each) for each in objects)))


def packed(files: Mapping[str, bytes], folder: str = "") -> bytes:
    """Return a zip of files, in a folder if one is named."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        for name, data in files.items():
            file.writestr(f"{folder}{name}", data)
    return made.getvalue()


def _child(number: int, name: str) -> bytes:
    return message(1, _whole(1, number) + message(2, name.encode()))


def _whole(field: int, value: int) -> bytes:
    found = bytearray([field << 3])
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes([*found, value])


def _kind(number: int) -> bytes:
    return b"_tf_keras_layer" if number else b"_tf_keras_network"


def _json(value: object) -> bytes:
    return json.dumps(value).encode()
