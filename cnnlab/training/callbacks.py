"""Keras callbacks of a run: they report progress, hand over checkpoints, and end a run that was cancelled.

Import it only where Keras is used.
"""

import math
import time
from typing import Any

import keras

from cnnlab.training.checkpoint import Notes, packed
from cnnlab.training.events import Emitter
from cnnlab.training.loop import AT_ONCE, StateTracker

LONG = 0.2  # seconds that a checkpoint may take in every epoch …
RARELY = 5  # … and how many times as long no other is made after one that took longer


class Reporter(keras.callbacks.Callback):
    """Emits steps and epochs, the latter with a checkpoint; an error of ``emit`` ends the training.

    ``count``: images whose features are computed. ``looked``: how many of them were, after each batch, and when.
    """

    def __init__(self, tracker: StateTracker, notes: Notes, emit: Emitter, count: int) -> None:
        super().__init__()
        self.looked: list[tuple[int, float]] = []
        self._tracker, self._notes, self._emit, self._count = tracker, notes, emit, count
        self._cost = self._at = 0.0

    @property
    def forward(self) -> float:
        """Return the seconds that the backbone took for an image; 0 where they were not measured.

        Full batches alone are measured, after the first: for each new shape of a batch, such as that of a smaller last
        one, TensorFlow prepares itself, which takes a hundred times as long as an image.
        """
        full = [(done, ended) for done, ended in self.looked if done % AT_ONCE == 0]
        if len(full) < 2:
            return 0.0
        (first, began), (last, ended) = full[0], full[-1]
        return (ended - began) / (last - first)

    def on_predict_batch_begin(self, batch: int, logs: Any = None) -> None:
        self._emit.check()

    def on_predict_batch_end(self, batch: int, logs: Any = None) -> None:
        done = min((batch + 1) * AT_ONCE, self._count)
        self.looked.append((done, time.perf_counter()))
        self._emit("features", done=done, of=self._count)

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        self._emit.check()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        values: dict[str, Any] = {}
        values |= {name: float(logs[name]) for name in ("loss", "accuracy") if math.isfinite(logs[name])}
        values |= {"phase": self._tracker.phase.name, "epoch": self._tracker.state.epoch + 1}
        self._emit("step", **values, step=batch + 1, of=self.params["steps"])

    def on_test_batch_begin(self, batch: int, logs: Any = None) -> None:
        self._emit.check()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        phase, state = self._tracker.phase, self._tracker.state
        began = time.perf_counter()
        data = packed(state, self._notes, self._tracker.arrays()) if self._due() else None
        values = {name: float(value) for name, value in logs.items()}
        seconds = state.took[phase.name][-1]
        self._emit("epoch", data, phase=phase.name, epoch=epoch + 1, **values, rate=phase.rate, seconds=seconds)
        if data:
            self._at = time.perf_counter()
            self._cost = self._at - began

    def _due(self) -> bool:
        """Return False where the last checkpoint, of a large network, took long and was just now."""
        state = self._tracker.state
        last = bool(state.ended) or state.epoch == self._tracker.phase.last
        return last or self._cost <= LONG or time.perf_counter() - self._at >= RARELY * self._cost
