"""What stands beside Keras' ``fit``: it tells of steps and epochs, keeps the best weights, and stops where it is time.

Import it only where Keras is used.
"""

import math
import time
from dataclasses import replace
from typing import Any

import keras

from cnnlab.training.checkpoint import State, packed
from cnnlab.training.phase import PHASES, Phase, Tell
from cnnlab.training.spec import Spec

LONG = 0.2  # seconds that a checkpoint may take in every epoch …
RARELY = 5  # … and how many times as long nothing is told after one that took longer


class Watch(keras.callbacks.Callback):  # type: ignore[misc]  # Keras brings no types for it
    """``state`` is how far the training is, ``best`` the values of ``variables`` at the best epoch of this phase."""

    def __init__(self, phase: Phase, spec: Spec, tell: Tell, state: State, variables: list[Any]) -> None:
        super().__init__()
        self.state, self.variables = state, variables
        self.best: list[Any] = []
        self._phase, self._spec, self._tell = phase, spec, tell
        self._since = self._cost = self._at = 0.0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._since = time.perf_counter()

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        self._tell.check()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        told: dict[str, Any] = {name: float(logs[name]) for name in ("loss", "accuracy") if math.isfinite(logs[name])}
        told |= {"phase": self._phase.name, "epoch": self.state.epoch + 1}
        self._tell("step", **told, step=batch + 1, of=self.params["steps"])

    def on_test_batch_begin(self, batch: int, logs: Any = None) -> None:
        self._tell.check()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        begin = time.perf_counter()
        seconds = begin - self._since
        told = {name: float(value) for name, value in logs.items()}
        if not all(map(math.isfinite, told.values())):
            raise ValueError(
                f"in epoch {epoch + 1} the loss grew beyond all numbers: the learning rate of {self._phase.rate:g} is "
                "too high for this network; choose a lower one"
            )
        self._advance(epoch + 1, told, seconds)
        data = self._checkpoint()
        row = {"phase": self._phase.name, "epoch": epoch + 1, **told, "rate": self._phase.rate}
        self._tell("epoch", data, **row, seconds=round(seconds, 4))
        if data:
            self._cost, self._at = time.perf_counter() - begin, time.perf_counter()
        self.model.stop_training = bool(self.state.ended)

    def _checkpoint(self) -> bytes | None:
        """None where the last one, of a large network, took long and was just now."""
        last = self.state.ended or self.state.epoch == self._phase.last
        if not last and self._cost > LONG and time.perf_counter() - self._at < RARELY * self._cost:
            return None
        return packed(
            self.state,
            weights=[each.numpy() for each in self.variables],
            optimiser=[each.numpy() for each in self.model.optimizer.variables],
            best=self.best,
        )

    def _advance(self, epoch: int, told: dict[str, float], seconds: float) -> None:
        name, spec, value = self._phase.name, self._spec, told.get("val_loss")
        took = {**self.state.took, name: [*self.state.took.get(name, ()), round(seconds, 4)]}
        now = replace(self.state.spent(name, seconds), phase=name, epoch=epoch, took=took)
        if not spec.patience:
            now = replace(now, kept=epoch)
        if value is not None:
            if value < now.best.get("val_loss", math.inf):
                now = replace(now, best={"epoch": epoch, "val_loss": value, "val_accuracy": told["val_accuracy"]})
            better = value < now.lowest
            now = replace(now, waited=0 if better else now.waited + 1, lowest=min(value, now.lowest))
            if spec.patience and better:
                now = replace(now, kept=epoch)
                self.best = [each.numpy() for each in self.variables]
            if spec.patience and now.waited >= spec.patience:
                epochs = "epoch" if spec.patience == 1 else f"{spec.patience} epochs"
                now = replace(
                    now,
                    ended=f"In the {PHASES[name]} the validation loss had not fallen for {epochs}; the weights of "
                    f"epoch {now.kept} were kept.",
                )
        if spec.stop_at and told.get("val_accuracy", told["accuracy"]) >= spec.stop_at:
            now = replace(
                now,
                ended=f"The wished accuracy of {100 * spec.stop_at:g} % was reached in epoch {epoch}.",
                over=True,
                kept=epoch,
            )
            self.best = []  # what reached it is kept
        self.state = now
