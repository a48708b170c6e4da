"""Checkpoint of a training: all that it needs to go on after its last epoch, as bytes that hold no code.

Import it only where Keras is used.
"""

import io
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.training.loop import TrainingState

Arrays = Mapping[str, Sequence[NDArray[Any]]]


@dataclass
class Notes:
    """Notes on a run's beginning for its report: seconds by purpose, gradient norms, and its features."""

    seconds: dict[str, float] = field(default_factory=dict)
    gradients: list[dict[str, Any]] = field(default_factory=list)
    features: dict[str, Any] | None = None


def packed(state: TrainingState, notes: Notes, arrays: Arrays) -> bytes:
    """Return state, notes and lists of arrays under their names as bytes."""
    out = io.BytesIO()
    text = json.dumps(
        {
            **asdict(state),
            "lowest": None if state.lowest == math.inf else state.lowest,
            "seconds": notes.seconds,
            "notes": {"gradients": notes.gradients, "features": notes.features},
        }
    )
    found = {f"{name}/{number}": value for name, values in arrays.items() for number, value in enumerate(values)}
    np.savez(out, state=np.frombuffer(text.encode(), dtype=np.uint8), **found)  # type: ignore[arg-type]
    return out.getvalue()


def unpacked(data: bytes) -> tuple[TrainingState, Notes, dict[str, list[NDArray[Any]]]]:
    """Read the bytes that ``packed`` wrote. Raises ``ValueError`` with a sentence if they are damaged."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            text = json.loads(file["state"].tobytes())
            arrays: dict[str, list[NDArray[Any]]] = {}
            for key in file.files:  # in the order they were written
                name, found, _ = key.partition("/")
                if found:
                    arrays.setdefault(name, []).append(file[key])
        noted = text.pop("notes")
        notes = Notes(text.pop("seconds"), noted["gradients"], noted.get("features"))
        lowest = text.pop("lowest")
        return TrainingState(**text, lowest=math.inf if lowest is None else lowest), notes, arrays
    except Exception as error:  # NumPy and zipfile have many ways to say that bytes are damaged
        raise ValueError(
            f"the checkpoint of this run is damaged ({error}); duplicate the run to train it again"
        ) from None
