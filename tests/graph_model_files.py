"""TensorFlow.js graph models made for tests: from lists of operations, and by TensorFlow from Keras models."""

import base64
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

Constants = Mapping[str, Any]
"""By name: an array, or the shape of a weight."""


def node(op: str, name: str, *inputs: str, **settings: Any) -> dict[str, Any]:
    """Return an operation; words are written in base 64 and whole numbers as text, as the converter writes them."""
    return {
        "name": name,
        "op": op,
        "input": list(inputs),
        "attr": {key: _value(each) for key, each in settings.items()},
    }


def _value(value: Any) -> dict[str, Any]:
    match value:
        case bool():
            return {"b": value}
        case int():
            return {"i": str(value)}
        case float():
            return {"f": value}
        case str():
            return {"s": base64.b64encode(value.encode()).decode()}
        case tuple():
            return {"shape": {"dim": [{"size": str(side)} for side in value]}}
        case [str(), *_]:
            return {"list": {"s": [base64.b64encode(each.encode()).decode() for each in value]}}
    return {"list": {"i": [str(each) for each in value]}}


def document(nodes: Sequence[dict[str, Any]], constants: Constants, **more: Any) -> tuple[dict[str, Any], bytes]:
    """Return model.json, and the weight file beside it."""
    weights, packed = [], b""
    listed = list(nodes)
    for name, each in constants.items():
        array = np.zeros(each, np.float32) if isinstance(each, tuple) else np.asarray(each)
        array = array.astype(np.int32 if array.dtype.kind in "iub" else np.float32)
        weights.append({"name": name, "shape": list(array.shape), "dtype": array.dtype.name})
        packed += array.tobytes()
        if all(name != known["name"] for known in listed):
            listed.append(node("Const", name))
    half = len(packed) // 2
    files = {"one.bin": packed[:half], "two.bin": packed[half:]}
    manifest = [{"paths": list(files), "weights": weights}]
    topology = {"node": listed, "library": {}, "versions": {}}
    return {"format": "graph-model", "modelTopology": topology, "weightsManifest": manifest, **more}, packed


def archive(found: Mapping[str, Any], packed: bytes, folder: str = "") -> bytes:
    """Return a zip of model.json with its weights in two files."""
    made, half = io.BytesIO(), len(packed) // 2
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(f"{folder}model.json", json.dumps(found))
        file.writestr(f"{folder}one.bin", packed[:half])
        file.writestr(f"{folder}two.bin", packed[half:])
    return made.getvalue()


def of_keras(model: Any, optimised: bool = False) -> tuple[dict[str, Any], bytes]:
    """Return a Keras model as TensorFlow writes its graph, with variables as constants; whole numbers come first."""
    import tensorflow as tf
    from google.protobuf.json_format import MessageToDict
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    specs = [tf.TensorSpec(each.shape, each.dtype) for each in model.inputs]
    function = tf.function(lambda *x: model(list(x) if len(x) > 1 else x[0], training=False))
    graph = convert_variables_to_constants_v2(function.get_concrete_function(*specs)).graph.as_graph_def()
    constants = {}
    for each in graph.node:
        if each.op == "Const":
            constants[each.name] = tf.make_ndarray(each.attr["value"].tensor)
            each.attr["value"].tensor.ClearField("tensor_content")
    whole = [name for name, each in constants.items() if each.dtype.kind == "i"]
    return document(MessageToDict(graph)["node"], {name: constants[name] for name in (*whole, *constants)})
