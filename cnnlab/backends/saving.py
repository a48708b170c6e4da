"""Saves a network as a Keras file: the architecture and fresh random weights. TensorFlow is loaded when called."""

from dataclasses import dataclass
from pathlib import Path

from cnnlab.backends.keras import to_keras
from cnnlab.backends.timing import Report
from cnnlab.graph import Node


@dataclass(frozen=True, slots=True)
class KerasFile:
    """A saved file: its path and its length."""

    path: str
    bytes: int


def save_keras(root: Node, path: str, report: Report) -> KerasFile:
    """Write ``path``, which ends in ``.keras``; ``keras.models.load_model`` reads it. Raises ``OSError``."""
    report(0, "starting TensorFlow")
    import keras

    report(0.5, "creating the weights")
    try:
        model = to_keras(root)
        report(0.8, "writing the file")
        model.save(path)
    finally:
        keras.backend.clear_session()
    return KerasFile(path, Path(path).stat().st_size)
