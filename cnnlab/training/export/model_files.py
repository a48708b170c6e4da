"""A run's trained model as a file of Keras and of TensorFlow Lite."""

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def model_bytes(model: Any) -> bytes:
    """Return a Keras model as a ``.keras`` file, uncompiled: the optimiser would take more room than the weights."""
    from cnnlab.training.loop import uncompiled

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        uncompiled(model).save(path)
        return path.read_bytes()


def tflite(path: Path) -> bytes:
    """Convert a run's ``model.keras`` to TensorFlow Lite: floats, pixels of 0…255 in, probabilities out.

    Raises ``ValueError`` with a sentence if the file is damaged or TensorFlow Lite lacks one of its layers.
    """
    import tensorflow as tf

    model, _ = load(path)
    try:
        found: bytes = tf.lite.TFLiteConverter.from_keras_model(model).convert()
    except Exception as error:  # MLIR's own, TypeError and others; the first line names what it lacks
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise ValueError(f"TensorFlow Lite cannot convert this network: {lines[0][:200]}") from None
    return found


def load(path: Path) -> tuple[Any, Any]:
    """Return a run's ``model.keras`` and the backbone in it; no code in it is run.

    Raises ``ValueError`` with a sentence.
    """
    import keras

    from cnnlab.backends import lrn  # noqa: F401  # a layer that some networks have, known to Keras by its name then

    try:
        model = keras.models.load_model(path, compile=False, safe_mode=True)
        return model, next(layer for layer in model.layers if isinstance(layer, keras.Model))
    except Exception:  # a damaged archive raises whatever its reader does
        raise ValueError(
            "the model of this run cannot be read; restore model.keras from a copy, or duplicate the run"
        ) from None


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Silence both outputs of the process: TensorFlow and its converter write pages to them, past Python."""
    sys.stdout.flush()
    sys.stderr.flush()
    kept = os.dup(1), os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for place, old in enumerate(kept, 1):
            os.dup2(old, place)
            os.close(old)
        os.close(nowhere)
