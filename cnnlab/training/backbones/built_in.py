"""The built-in backbone: a small residual network that was trained to classify the project's own drawings.

``python -m cnnlab.training.pretrain`` made the weights; the record beside them says how, and how well they do. They are
halves (fp16) in an archive of plain arrays, which holds no code and is read from the package: nothing is downloaded or
written.
"""

import hashlib
import io
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.graph import Node
from cnnlab.network import Network
from cnnlab.recipe import Recipe, row
from cnnlab.training.backbones.graphs import cut_head, prepared

SIZE = 48  # pixels of a side: what it was trained on
CLASSES = 60  # of the drawings
WIDTHS = (16, 32, 64, 128)
FILE = Path(__file__).parents[3] / "assets" / "backbones" / "drawings.npz"
RECORD = FILE.with_suffix(".json")

Arrays = Mapping[str, NDArray[np.float16]]


def network(input_size: int = SIZE) -> Network:
    """Return the whole network, with its head for the drawings: a recipe, so that every page can show it.

    >>> network().graph().shape
    (60,)
    """
    # Plain 3×3: on a CPU depthwise convolutions train several times slower per MAC.
    rows = (
        row("conv", filters=WIDTHS[0], stride=2, bias=False, batch_norm=True),
        *(row("residual_basic", filters=width, stride=2 if place else 1) for place, width in enumerate(WIDTHS)),
        row("global_pool"),
        row("dense", units=CLASSES, activation="softmax"),
    )
    return Network.assembled(Recipe(input_size=input_size, rows=rows))


def whole(input_size: int = SIZE) -> Node:
    """Return the graph of the built-in network as it was trained, from pixels of 0…255 to the 60 classes."""
    return prepared(network(input_size).graph())


def body(input_size: int = SIZE) -> Node:
    """Return the graph without its head: the last map has 128 channels and a sixteenth of the input's sides."""
    return cut_head(whole(input_size)).root


@cache
def arrays() -> Arrays:
    """Return the weights by ``layer/number``. Raises ``OSError`` if the file is missing or damaged."""
    data = FILE.read_bytes()
    if hashlib.sha256(data).hexdigest() != record()["sha256"]:
        raise OSError(f"{FILE.name} is damaged: it differs from its record; install CNN Lab again")
    with np.load(io.BytesIO(data), allow_pickle=False) as file:
        return MappingProxyType({name: file[name] for name in file.files})


@cache
def record() -> Mapping[str, Any]:
    """Return the record of the weights: data, seed, epochs, accuracy, versions, time. Raises ``OSError``."""
    found: dict[str, Any] = json.loads(RECORD.read_text(encoding="utf-8"))
    return MappingProxyType(found)


def fill(model: Any) -> None:
    """Set the weights of a Keras model of ``whole`` or ``body``."""
    found = arrays()
    for layer in model.layers:
        if layer.weights:
            layer.set_weights([found[f"{layer.name}/{number}"] for number in range(len(layer.weights))])


def packed(model: Any) -> bytes:
    """Return the weights of a Keras model of ``whole`` as a file; the same weights give the same bytes."""
    found = {
        f"{layer.name}/{number}": value.astype(np.float16)
        for layer in model.layers
        for number, value in enumerate(layer.get_weights())
    }
    file = io.BytesIO()
    np.savez_compressed(file, **found)  # dated 1980, whenever it is written
    return file.getvalue()
