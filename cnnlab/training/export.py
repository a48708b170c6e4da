"""What a run leaves to take home."""

import tempfile
from pathlib import Path
from typing import Any


def model_bytes(model: Any) -> bytes:
    """A Keras model as a ``.keras`` file, without the optimiser, which takes more room than the weights."""
    import keras

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        keras.Model(model.inputs, model.outputs, name=model.name).save(path)
        return path.read_bytes()
