"""Events of a training while it runs. CONTRIBUTING lists them and their fields under “Files of a run”."""

import json
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

STEPS = 0.5  # seconds between two steps that are sent: 30 hours of them take 32 MB of a run's history


class CancelledError(Exception):
    """Raised in a training whose run was cancelled."""


class Emitter:
    """Sends a training's events to the board, with ``ask``. Sent events survive the worker.

    ``emit("epoch", checkpoint, phase="head", epoch=1, loss=…, accuracy=…)`` after each epoch, with all that is needed
    to go on from there; ``emit("step", …)`` any number of times, of which two a second are sent; ``emit.check()``
    before each step. All of them raise ``CancelledError``, which the training lets through.
    ``emit.files["model.keras"]`` is stored beside the report.
    """

    def __init__(self, ask: Callable[..., Any], assignment: dict[str, Any]) -> None:
        self.files: dict[str, bytes] = {}
        self._ask, self._name = ask, {"run": assignment["run"], "token": assignment["token"]}
        self._stopped = threading.Event()
        self._step: list[dict[str, Any]] = []  # the last one, if it was not sent yet
        self._sent = 0.0

    def __call__(self, event: str, checkpoint: bytes | None = None, **fields: Any) -> None:
        self.check()
        sent = {"event": event, **_plain(fields)}
        if event == "step" and checkpoint is None:
            self._step = [sent]
            if time.monotonic() - self._sent < STEPS:
                return
            self._sent = time.monotonic()
            events = self._step
        else:
            events = [*(self._step if event != "epoch" else ()), sent]  # an epoch includes its last step
        self._step = []
        self.send(events, checkpoint)
        self.check()

    def send(self, events: Sequence[dict[str, Any]], checkpoint: bytes | None = None) -> bool:
        """Send events, if any, to the board; return False if the run was cancelled."""
        if not self._ask("report", events=events, checkpoint=checkpoint, **self._name):
            self._stopped.set()
        return not self._stopped.is_set()

    def check(self) -> None:
        """Raise ``CancelledError`` if the run was cancelled; costs nothing."""
        if self._stopped.is_set():
            raise CancelledError

    def end(self, phase: str, text: str, report: dict[str, Any] | None = None) -> None:
        """Send the end of the run, with its report and files."""
        report, files = _plain(report), self.files if phase == "done" else {}
        if self._step:
            self.send(self._step)
        self._ask("end", phase=phase, text=text, report=report, files=files, **self._name)


def _plain(found: Any) -> Any:
    """Return a value as JSON has it: NumPy's numbers become Python's. Raises ``TypeError`` for other types."""
    return json.loads(json.dumps(found, default=float))
