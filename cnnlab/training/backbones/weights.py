"""Weights from a file that anybody may have made: numbers only, for one network, and nothing in it is ever executed.

Read are what Keras writes: ``.weights.h5``, ``.keras`` (its weights alone) and the older ``.h5``. Every shape is held
against the network before a number is read, so that memory is bounded by the network and not by what a file claims, and
no weight is set before all of them were found good. ``backends.hdf5`` does it, in the process of ``reader_process``.
"""

import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.backends.hdf5 import LARGEST, Wanted, snake_case
from cnnlab.backends.reader_process import read_at
from cnnlab.uploads.documents import DAMAGED

__all__ = ["LARGEST", "WeightsError", "load"]

READER = "cnnlab.backends.hdf5"


class WeightsError(ValueError):
    """Raised with a sentence where a file's weights are refused."""


def load(model: Any, path: Path, title: str) -> None:
    """Set all weights of a Keras model, freshly made, from a file. ``title`` is the network's name in sentences.

    Layers behind the model's last one, a head, are left out. Raises ``WeightsError`` if the file is another
    network's, is damaged, or is no weights file; the model is as before then. Raises ``OSError`` if it is not there.
    """
    path.stat()
    layers = wanted(model)
    numbers = _numbers(path, title, layers)
    if len(numbers) != sum(int(np.prod(shape)) for each in layers for shape in each.shapes):
        raise WeightsError(DAMAGED)
    for layer in model.layers:
        if not layer.weights:
            continue
        values = []
        for weight in layer.weights:
            length = int(np.prod(weight.shape))
            values.append(numbers[:length].reshape(weight.shape))
            numbers = numbers[length:]
        layer.set_weights(values)
        if hasattr(layer, "finalize_state"):  # a Normalization keeps copies
            layer.finalize_state()


def wanted(model: Any) -> list[Wanted]:
    """Return the shapes that a Keras model expects of a file."""
    keys = dict(_keys(model))
    return [
        Wanted(layer.name, keys[layer], tuple(tuple(weight.shape) for weight in layer.weights))
        for layer in model.layers
        if layer.weights
    ]


def _numbers(path: Path, title: str, layers: list[Wanted]) -> NDArray[np.float32]:
    """Return all numbers, one weight after another. Raises ``WeightsError``."""
    with tempfile.TemporaryDirectory() as folder:
        into = Path(folder, "numbers")
        asked = [(each.name, each.key, each.shapes) for each in layers]
        try:
            read_at(path, READER, title=title, layers=asked, into=str(into))
        except ValueError as error:
            raise WeightsError(str(error)) from None
        return np.fromfile(into, dtype=np.float32)


def _keys(model: Any) -> Iterator[tuple[Any, str]]:
    """Yield each layer's name in Keras 3's format: conv2d, conv2d_1 …, see ``saving_lib._save_container_state``."""
    used: Counter[str] = Counter()
    for layer in model.layers:
        name = snake_case(type(layer).__name__)
        yield layer, f"{name}_{used[name]}" if used[name] else name
        used[name] += 1
