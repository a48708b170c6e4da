"""All that a training needs to go on after its last epoch, as bytes that hold no code."""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = Sequence[NDArray[Any]]


@dataclass(frozen=True)
class State:
    """How far a training is, and what it has to remember until its end.

    ``epoch``: the last finished one, counted through both phases; ``kept``: the one whose weights the phase ends with.
    ``best``: the one with the lowest validation loss of all, or empty; ``waited``: epochs of this phase since its own
    best. ``ended``: why the phase, or the whole run (``over``), ends before its last epoch; ``ends``: the same of
    phases that are over. ``took``: seconds of each epoch by phase. ``notes``: what the report tells of the start.
    """

    phase: str = ""
    epoch: int = 0
    kept: int = 0
    best: Mapping[str, float] = field(default_factory=dict)
    waited: int = 0
    lowest: float = float("inf")
    ended: str = ""
    ends: Sequence[str] = ()
    over: bool = False
    seconds: Mapping[str, float] = field(default_factory=dict)
    took: Mapping[str, Sequence[float]] = field(default_factory=dict)
    notes: Mapping[str, Any] = field(default_factory=dict)

    def spent(self, what: str, seconds: float) -> "State":
        """With some seconds more."""
        return replace(self, seconds={**self.seconds, what: self.seconds.get(what, 0.0) + seconds})

    def noted(self, **notes: Any) -> "State":
        """With something more for the report."""
        return replace(self, notes={**self.notes, **notes})


def packed(state: State, **arrays: Arrays) -> bytes:
    """State and lists of arrays under their names."""
    out = io.BytesIO()
    told = {**asdict(state), "lowest": None if state.lowest == float("inf") else state.lowest}
    found = {f"{name}/{number}": value for name, values in arrays.items() for number, value in enumerate(values)}
    np.savez(out, state=np.frombuffer(json.dumps(told).encode(), dtype=np.uint8), **found)  # type: ignore[arg-type]
    return out.getvalue()


def unpacked(data: bytes) -> tuple[State, dict[str, list[NDArray[Any]]]]:
    """What ``packed`` made. Raises ``ValueError`` with a sentence where it is damaged."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            told = json.loads(file["state"].tobytes())
            arrays: dict[str, list[NDArray[Any]]] = {}
            for key in file.files:  # in the order they were written
                name, found, _ = key.partition("/")
                if found:
                    arrays.setdefault(name, []).append(file[key])
        lowest = told.pop("lowest")
        return State(**told, lowest=float("inf") if lowest is None else lowest), arrays
    except Exception as error:  # NumPy and zipfile have many ways to say that bytes are damaged
        raise ValueError(f"the checkpoint of this run is damaged ({error}); duplicate the run to begin anew") from None
