"""What a page asks for, and what it is told."""

from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

Task = Literal["network", "layers", "file"]
"""Time the network, time each of its layers, or save it as a Keras file."""

Phase = Literal["idle", "waiting", "running", "done", "refused", "failed"]
Result = TypeVar("Result", covariant=True)


@dataclass(frozen=True, slots=True)
class State(Generic[Result]):
    """How far it is: a sentence to show, the share that is done (0 to 1), and the result once there."""

    phase: Phase = "idle"
    text: str = ""
    share: float = 0.0
    result: Result | None = None

    @property
    def live(self) -> bool:
        """It waits or runs: ask again in half a second."""
        return self.phase in ("waiting", "running")
