"""Weights from a file that anybody may have made: numbers only, for one network, and nothing in it is ever executed.

Read are what Keras writes: ``.weights.h5``, ``.keras`` (its weights alone) and the older ``.h5``. Every shape is held
against the network before a number is read, so that memory is bounded by the network and not by what a file claims, and
no weight is set before all of them were found good. ``backends.hdf5`` does it, in a process of its own.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from cnnlab.backends.hdf5 import DAMAGED, LARGEST, OK, Wanted, snake_case

__all__ = ["LARGEST", "WeightsError", "load"]

ROOT = Path(__file__).parents[3]
READER = ("-m", "cnnlab.backends.hdf5")
TIMEOUT = 300.0  # seconds; the 59 MB of VGG-16 take one


class WeightsError(ValueError):
    """Raised with a sentence where a file's weights are refused."""


def load(model: Any, path: Path, title: str) -> None:
    """Set all weights of a Keras model, freshly made, from a file. ``title`` is the network's name in sentences.

    Layers behind the model's last one, a head, are left out. Raises ``WeightsError`` if the file is another
    network's, is damaged, or is no weights file; the model is as before then. Raises ``OSError`` if it is not there.
    """
    path.stat()
    numbers = memoryview(_answer(path, title, wanted(model)))
    for layer in model.layers:
        if not layer.weights:
            continue
        values = []
        for weight in layer.weights:
            length = 4 * int(np.prod(weight.shape))
            values.append(np.frombuffer(numbers[:length], dtype=np.float32).reshape(weight.shape))
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


def _answer(path: Path, title: str, layers: list[Wanted]) -> bytes:
    """Return the numbers. Raises ``WeightsError``."""
    request = {
        "path": str(path.absolute()),
        "title": title,
        "layers": [(each.name, each.key, each.shapes) for each in layers],
    }
    paths = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    try:
        done = subprocess.run(
            (sys.executable, *READER),
            input=json.dumps(request).encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=TIMEOUT,
            check=False,
            env=os.environ | {"PYTHONPATH": paths},
        )
    except subprocess.TimeoutExpired:
        raise WeightsError(DAMAGED) from None
    if done.returncode or not done.stdout:  # the library crashed, or the file asked for too much memory
        raise WeightsError(DAMAGED)
    if not done.stdout.startswith(OK):
        raise WeightsError(done.stdout.decode())
    length = sum(4 * int(np.prod(shape)) for each in layers for shape in each.shapes)
    if len(done.stdout) != len(OK) + length:
        raise WeightsError(DAMAGED)
    return done.stdout[len(OK) :]


def _keys(model: Any) -> Iterator[tuple[Any, str]]:
    """Yield each layer's name in Keras 3's format: conv2d, conv2d_1 …, see ``saving_lib._save_container_state``."""
    used: Counter[str] = Counter()
    for layer in model.layers:
        name = snake_case(type(layer).__name__)
        yield layer, f"{name}_{used[name]}" if used[name] else name
        used[name] += 1
