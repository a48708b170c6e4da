"""A run's payload: the data set, weights and imported networks that a worker without this computer's disk lacks.

What comes with the program is left out.
"""

import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from cnnlab import shelf
from cnnlab.backends.imported import Imported
from cnnlab.data import Dataset, Split, dataset, names
from cnnlab.sources import IMPORTED
from cnnlab.training.backbones import uploaded
from cnnlab.training.spec import FILE, Spec

KERAS_FILES = (b"\x89HDF\r\n\x1a\n", b"PK")  # how Keras' files begin


def with_stored_weights(spec: Spec) -> Spec:
    """Return the spec with a weights file copied into the cache and named by its content, if the spec names a path.

    So the run can be repeated whatever happens to the file. Raises ``ValueError``.
    """
    named = spec.weights_file
    if named is None or uploaded.STORE.is_name(named):
        return spec
    path = Path(named)
    try:
        if not path.is_file():  # reading a pipe may never end
            raise ValueError(f"weights: there is no file {named}; name another one")
        with path.open("rb") as file:
            if not file.read(8).startswith(KERAS_FILES):
                raise ValueError(f"weights: {named} is not a Keras weights file (.weights.h5, .h5 or .keras)")
            return replace(spec, weights=FILE + uploaded.put(file))
    except OSError as error:
        raise ValueError(f"weights: {named} cannot be read ({error.strerror}); name another file") from None


def key(spec: Spec) -> str:
    """Return the payload's name on the board; empty if every worker has everything."""
    wanted: list[Any] = [*_imports(spec), *([spec.weights] if spec.weights_file else [])]
    if spec.data not in names():
        wanted += [spec.data, _side(spec), spec.per_class, spec.seed]
    return hashlib.sha256(json.dumps(wanted).encode()).hexdigest()[:16] if wanted else ""


def load(spec: Spec) -> Dataset:
    """Return a spec's data set. Raises ``ValueError`` with a sentence, and ``OSError`` if a download breaks off."""
    return dataset(spec.data, _side(spec), spec.per_class or None, spec.seed)


def pack(spec: Spec) -> bytes:
    """Return the payload as bytes without code, and without compression, which hardly shrinks photographs.

    Raises as ``load`` does.
    """
    arrays: dict[str, Any] = {}
    if spec.data not in names():
        found = load(spec)
        about = {"name": found.name, "title": found.title, "about": found.about, "classes": found.classes}
        arrays |= {
            "about": _text(about),
            "train": found.train.images, "train_labels": found.train.labels,
            "test": found.test.images, "test_labels": found.test.labels,
        }  # fmt: skip
    if spec.weights_file:
        arrays["weights"] = np.fromfile(uploaded.get(spec.weights_file), dtype=np.uint8)
    for number, name in enumerate(_imports(spec)):
        network = shelf.get(name)
        arrays[f"import{number}"] = _text({"title": network.title, "notes": network.notes, "size": network.input_size})
        arrays[f"import{number}_packed"] = np.frombuffer(network.packed, dtype=np.uint8)
    out = io.BytesIO()
    np.savez(out, **arrays)
    return out.getvalue()


def unpack(spec: Spec, data: bytes) -> Dataset:
    """Return the data set, and store weights and imports where ``model`` finds them. Raises as ``load`` does."""
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        if "weights" in arrays:
            uploaded.put(io.BytesIO(arrays["weights"].tobytes()))
        for number, _ in enumerate(_imports(spec)):
            about = json.loads(arrays[f"import{number}"].tobytes())
            binary = arrays[f"import{number}_packed"].tobytes()
            shelf.put(Imported(about["title"], tuple(about["notes"]), binary, about["size"]))
    return load(spec) if spec.data in names() else _images(data)


@lru_cache(maxsize=1)
def _images(data: bytes) -> Dataset:
    """Return a payload's data set; the last one is kept for the next run on it."""
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        about = json.loads(arrays["about"].tobytes())
        return Dataset(
            about["name"], about["title"], about["about"], tuple(about["classes"]),
            Split(arrays["train"], arrays["train_labels"]), Split(arrays["test"], arrays["test_labels"]),
        )  # fmt: skip


def _text(found: dict[str, Any]) -> Any:
    return np.frombuffer(json.dumps(found).encode(), dtype=np.uint8)


def _side(spec: Spec) -> int:
    """Return the images' side: if they are cropped, it is larger than the network's input."""
    return spec.augmentation.input_side(spec.input_size)


def _imports(spec: Spec) -> Iterator[str]:
    """Yield the names of the spec's imported networks."""
    for reference in (spec.network, spec.backbone):
        if reference.startswith(IMPORTED):
            yield reference.removeprefix(IMPORTED).partition("?")[0].partition("+")[0]
