"""A listener for training runs without a worker: records events, files and checkpoints."""

from typing import Any

from cnnlab.training.events import CancelledError


class Listener:
    """Keeps what it is told. ``stop_after``: at that many steps of training, nobody wants the run any more."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.files: dict[str, bytes] = {}
        self.events: list[dict[str, Any]] = []
        self.checkpoints: list[bytes] = []
        self._left = stop_after

    def __call__(self, event: str, checkpoint: bytes | None = None, **fields: Any) -> None:
        self.events.append({"event": event, **fields})
        if checkpoint is not None:
            self.checkpoints.append(checkpoint)
        if event == "step" and self._left is not None:
            self._left -= 1
        self.check()

    def check(self) -> None:
        if self._left is not None and self._left <= 0:
            raise CancelledError

    def of(self, event: str) -> list[dict[str, Any]]:
        return [each for each in self.events if each["event"] == event]

    @property
    def history(self) -> list[dict[str, Any]]:
        """Epochs without the time they took."""
        return [{name: value for name, value in each.items() if name != "seconds"} for each in self.of("epoch")]
