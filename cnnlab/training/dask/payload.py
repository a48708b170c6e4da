"""What a run needs and a worker may not have, since it has no part of this computer's disk: pictures, weights, imports.

Whatever comes along with the program is left out.
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

WEIGHTS = (b"\x89HDF\r\n\x1a\n", b"PK")  # what files of Keras begin with


def settled(spec: Spec) -> Spec:
    """A spec whose weights, if a file's path names them, are kept with the uploaded ones, and named by what they are.

    Whatever happens to the file, the run can be repeated as long as the cache has it. Raises ``ValueError``.
    """
    named = spec.weights.removeprefix(FILE)
    if named == spec.weights or uploaded.NAME.fullmatch(named):
        return spec
    path = Path(named)
    try:
        if not path.is_file():  # a pipe would keep everybody waiting
            raise ValueError(f"weights: there is no file {named}; name another one")
        with path.open("rb") as file:
            if not file.read(8).startswith(WEIGHTS):
                raise ValueError(f"weights: {named} is no weights’ file of Keras (.weights.h5, .h5 or .keras)")
            return replace(spec, weights=FILE + uploaded.put(file, lambda path: None))
    except OSError as error:
        raise ValueError(f"weights: {named} cannot be read ({error.strerror}); name another file") from None


def key(spec: Spec) -> str:
    """What it is called on the board; empty where every worker has everything."""
    wanted: list[Any] = [*_imports(spec), *([spec.weights] if spec.weights.startswith(FILE) else [])]
    if spec.data not in names():
        wanted += [spec.data, _side(spec), spec.per_class, spec.seed]
    return hashlib.sha256(json.dumps(wanted).encode()).hexdigest()[:16] if wanted else ""


def load(spec: Spec) -> Dataset:
    """A spec's pictures. Raises ``ValueError`` with a sentence, and ``OSError`` where a download breaks off."""
    return dataset(spec.data, _side(spec), spec.per_class or None, spec.seed)


def packed(spec: Spec) -> bytes:
    """All of it, as bytes that hold no code: photographs are packed hardly smaller by compressing, so they are not.

    Raises as ``load`` does.
    """
    arrays: dict[str, Any] = {}
    if spec.data not in names():
        found = load(spec)
        told = {"name": found.name, "title": found.title, "told": found.told, "classes": found.classes}
        arrays |= {
            "told": _text(told),
            "train": found.train.images, "train_labels": found.train.labels,
            "test": found.test.images, "test_labels": found.test.labels,
        }  # fmt: skip
    if spec.weights.startswith(FILE):
        arrays["weights"] = np.fromfile(uploaded.get(spec.weights.removeprefix(FILE)), dtype=np.uint8)
    for number, name in enumerate(_imports(spec)):
        network = shelf.get(name)
        arrays[f"import{number}"] = _text({"title": network.title, "notes": network.notes, "size": network.input_size})
        arrays[f"import{number}_packed"] = np.frombuffer(network.packed, dtype=np.uint8)
    out = io.BytesIO()
    np.savez(out, **arrays)
    return out.getvalue()


def unpacked(spec: Spec, data: bytes) -> Dataset:
    """The pictures; weights and imports are put where ``assembly`` looks for them. Raises as ``load`` does."""
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        if "weights" in arrays:
            uploaded.put(io.BytesIO(arrays["weights"].tobytes()), lambda path: None)
        for number, _ in enumerate(_imports(spec)):
            told = json.loads(arrays[f"import{number}"].tobytes())
            binary = arrays[f"import{number}_packed"].tobytes()
            shelf.put(Imported(told["title"], tuple(told["notes"]), binary, told["size"]))
    return load(spec) if spec.data in names() else _pictures(data)


@lru_cache(maxsize=1)
def _pictures(data: bytes) -> Dataset:
    """The last ones are kept for the next run on them."""
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        told = json.loads(arrays["told"].tobytes())
        return Dataset(
            told["name"], told["title"], told["told"], tuple(told["classes"]),
            Split(arrays["train"], arrays["train_labels"]), Split(arrays["test"], arrays["test_labels"]),
        )  # fmt: skip


def _text(found: dict[str, Any]) -> Any:
    return np.frombuffer(json.dumps(found).encode(), dtype=np.uint8)


def _side(spec: Spec) -> int:
    """Of the pictures that have to be read: where they are cropped, they are larger than the network's."""
    return spec.augmentation.input_side(spec.input_size)


def _imports(spec: Spec) -> Iterator[str]:
    """Names on the shelf."""
    for reference in (spec.network, spec.backbone):
        if reference.startswith(IMPORTED):
            yield reference.removeprefix(IMPORTED).partition("?")[0].partition("+")[0]
