"""Recognises the files that hold a network, and returns the configuration in them: one document for every format.

Nothing in a file is executed. What may crash or take much memory is read in a process of its own.
"""

import io
import re
from collections.abc import Collection
from pathlib import PurePosixPath
from typing import Any

from cnnlab.backends.imported.channels_first import is_first
from cnnlab.backends.imported.old_keras import modern
from cnnlab.uploads.archives import open_zip
from cnnlab.uploads.documents import MOST_BYTES, MOST_DIRECTORY, TOO_LARGE, document, member

SUFFIXES = ("keras", "json", "h5", "hdf5", "zip", "onnx", "pt", "pth", "pb", "tflite")
"""The endings of files that hold networks: those that are read, and those that are refused with advice."""
KEPT = "save the model with model.save('name.keras'), or the text that model.to_json() gives"
PYTORCH = (
    "this is a PyTorch file, a pickle that may run any code and is never opened here. Export the model in two lines: "
    "model.eval(); torch.onnx.export(model, torch.zeros(1, 3, 224, 224), 'name.onnx')"
)
ONNX = "cnnlab.backends.imported.onnx_models"
"""The module that reads ONNX files in the process of ``reader_process``."""
SAVED_MODEL = "cnnlab.backends.imported.saved_models"
"""The same for a SavedModel."""
GRAPH_MODEL = "cnnlab.backends.imported.graph_models"
"""The same for a graph model of TensorFlow.js."""
REFUSED = {
    "pt": PYTORCH,
    "pth": PYTORCH,
    "tflite": f"this is a TFLite file, in which layers are fused; open the original with Keras and {KEPT}",
}
"""What is said of files that are never read, by their suffix."""
_FULL = "this archive lists far too many files; a model has a few"
_CUT = "this archive is cut or damaged; copy or download the whole file again"


def configuration(data: bytes, filename: str = "") -> dict[str, Any]:
    """Return the configuration of the model in a file, in Keras' form, with its ``format`` in ``words``.

    Read are ``.keras`` archives, the text of ``model.to_json()`` of Keras 1 to 3, whole models in HDF5, SavedModels of
    tf.keras, TensorFlow.js' ``model.json`` of layers or of a graph, archives around it, and ONNX. Raises ``ValueError``
    that says what the file is instead and how to save one that can be read.
    """
    if not data:
        raise ValueError("this file is empty; choose another, or save it again")
    if len(data) > MOST_BYTES:
        raise ValueError(TOO_LARGE)
    if filename.lower().endswith((".pt", ".pth")):
        raise ValueError(PYTORCH)
    if data.startswith(b"\x89HDF"):
        from cnnlab.backends.hdf5_models import model_in

        found: Any = model_in(data)
    elif filename.lower().endswith(".onnx"):
        return _apart(data, ONNX)
    elif filename.lower().endswith(".pb"):
        found = _apart(data, SAVED_MODEL)
    elif data.startswith(b"PK"):
        found = _archived(data)
    elif data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        found = document(data)
    else:
        raise ValueError(_refusal(data, filename))
    return _apart(data, GRAPH_MODEL) if _is_graph(found) else _model(found)


def _apart(data: bytes, module: str) -> dict[str, Any]:
    """Return what a module reads in a process of its own."""
    from cnnlab.backends.reader_process import read_bytes

    return dict(read_bytes(data, module))


def _archived(data: bytes) -> Any:
    """Return the document in an archive."""
    names = set(open_zip(io.BytesIO(data), MOST_DIRECTORY, _FULL, _CUT).NameToInfo)
    if path := described_in(names):
        found = document(member(data, path))
        if path == "config.json" and isinstance(found, dict) and "model.weights.h5" in names:
            from cnnlab.backends.hdf5_models import with_stored_weights

            found = with_stored_weights(found, data)
        return found
    if any(name.endswith("data.pkl") for name in names):
        raise ValueError(PYTORCH)
    if any(PurePosixPath(name).name in ("keras_metadata.pb", "saved_model.pb") for name in names):
        return _apart(data, SAVED_MODEL)
    raise ValueError(f"this archive has neither config.json nor model.json, so it is not a Keras model; {KEPT}")


def described_in(names: Collection[str]) -> str | None:
    """Return the path of the file in an archive that describes the layers, None if there is none.

    >>> described_in(["weights.bin", "metadata.json", "my-model/model.json"])  # Teachable Machine's
    'my-model/model.json'
    """
    if "config.json" in names:
        return "config.json"
    return next((name for name in sorted(names, key=len) if re.fullmatch(r"(?:[^/]+/)?model\.json", name)), None)


def _is_graph(found: Any) -> bool:
    """Return whether a document is a TensorFlow.js graph model, whose layers are taken apart."""
    inside = found.get("modelTopology", found) if isinstance(found, dict) else None
    return isinstance(inside, dict) and isinstance(inside.get("node"), list)


def _refusal(data: bytes, filename: str) -> str:
    kind = filename.lower().rpartition(".")[2]
    if data[:1] == b"\x80" and data[1:2] in b"\x02\x03\x04\x05":  # a pickle, whatever its name
        kind = "pth"
    elif data[4:8] == b"TFL3":
        kind = "tflite"
    return REFUSED.get(kind, f"this is no network that can be read: no file of Keras, TensorFlow.js or ONNX; {KEPT}")


def _model(found: Any) -> dict[str, Any]:
    """Return the model of a parsed document, in today's form. Raises ``ValueError`` if it describes none."""
    for key in ("modelTopology", "model_config"):
        if isinstance(found, dict) and isinstance(found.get(key), str):
            found = found | {key: document(found[key].encode("utf-8", "replace"))}
        if isinstance(found, dict) and isinstance(found.get(key), dict):
            found = found[key]
    if isinstance(found, dict) and {"weightsManifest", "format"} & set(found) and "class_name" not in found:
        raise ValueError("this TensorFlow.js file has no topology; convert the original Keras file again")
    if not isinstance(found, dict) or "class_name" not in found or not isinstance(found.get("config"), dict | list):
        raise ValueError(f"this JSON describes no Keras model; {KEPT}")
    made = modern(found)
    first = is_first(made)
    notes = ["The file has channels first; here they are last. The counts are the same."] if first else []
    # A file may not say these three itself.
    return made | {"format": "keras", "notes": notes, "channels_first": first}
