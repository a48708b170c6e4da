"""The training loop of a run: the head on a frozen backbone, then the last stages with it; or everything from scratch.

CNN Lab trains with this very file, and ships it with a run's script. It needs Keras and NumPy alone. ``spec`` holds the
run's settings as attributes, named as in ``spec.json``. Progress and checkpoints are callbacks of Keras, which the
caller passes in.
"""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import keras
import numpy as np

HEAD, TUNING = "head", "tuning"
PHASES = {HEAD: "head’s phase", TUNING: "fine-tuning"}
AT_ONCE = 32  # images whose features are computed at once
EXECUTION = 0.25  # seconds that Keras may train without calling back
BACKWARD = 3  # times a forward pass is what a step of training takes, roughly
HEAD_STEP = 1e-3  # seconds of a step of the head alone; what Keras does around it takes more
OPTIMISERS = {"adam": keras.optimizers.Adam, "rmsprop": keras.optimizers.RMSprop, "sgd": keras.optimizers.SGD}


@dataclass(frozen=True)
class TrainingState:
    """The state of a training after an epoch: its progress, and what it has to remember until its end.

    ``epoch``: the last finished one, counted through both phases; ``kept``: the one whose weights the phase ends with.
    ``best``: the one with the lowest validation loss of all, or empty. ``waited``: epochs since the phase's ``lowest``
    validation loss. ``ended``: why the phase, or the whole run (``over``), ends before its last epoch; ``ends``: the
    same of all finished phases. ``took``: seconds of each epoch by phase.
    """

    phase: str = ""
    epoch: int = 0
    kept: int = 0
    best: Mapping[str, float] = field(default_factory=dict)
    waited: int = 0
    lowest: float = math.inf
    ended: str = ""
    ends: Sequence[str] = ()
    over: bool = False
    took: Mapping[str, Sequence[float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Phase:
    """A phase of a training. ``last``: its last epoch, counted through both phases. ``rate``: its learning rate."""

    name: str
    last: int
    rate: float


class StateTracker(keras.callbacks.Callback):
    """Follows a training: counts its epochs, keeps the best weights of each phase, and stops early.

    ``state`` and ``arrays()`` are all that is needed to go on after the last finished epoch.
    """

    def __init__(
        self, spec: Any, state: TrainingState | None = None, arrays: Mapping[str, list[Any]] | None = None
    ) -> None:
        super().__init__()
        self.spec, self.state = spec, state or TrainingState()
        self.phase = Phase("", 0, 0.0)
        self._arrays = arrays or {}
        self._variables: list[Any] = []
        self._best: list[Any] = []
        self._began = 0.0

    def arrays(self) -> dict[str, list[Any]]:
        """Return the values of the variables that training changes, of the optimiser's, and of the best weights."""
        optimiser = [each.numpy() for each in self.model.optimizer.variables]
        return {"weights": [each.numpy() for each in self._variables], "optimiser": optimiser, "best": self._best}

    def begin(self, phase: Phase, model: Any) -> None:
        """Begin a phase of a compiled model, or go on with it. Raises ``ValueError`` for another network's arrays."""
        if self.state.phase != phase.name:
            self.state = replace(self.state, phase=phase.name, waited=0, lowest=math.inf, ended="")
        self.phase, self._variables, self._best = phase, changing_variables(model), []
        model.optimizer.build(model.trainable_variables)
        if self._arrays:
            assign(self._variables, self._arrays["weights"])
            assign(model.optimizer.variables, self._arrays["optimiser"])
            self._best, self._arrays = self._arrays.get("best", []), {}

    def end(self, model: Any) -> None:
        """Restore the best weights of the phase, where they were kept."""
        if self._best:
            states = [each.numpy() for each in random_states(model)]
            assign(self._variables, self._best)
            assign(random_states(model), states)  # they go on from where they are, as after Keras' EarlyStopping
        if self.state.ended:
            self.state = replace(self.state, ends=[*self.state.ends, self.state.ended])

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._began = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        seconds = time.perf_counter() - self._began
        values = {name: float(value) for name, value in logs.items()}
        if not all(map(math.isfinite, values.values())):
            raise ValueError(
                f"in epoch {epoch + 1} the loss became infinite or NaN at a learning rate of {self.phase.rate:g}; "
                f"choose a lower one"
            )
        name = self.phase.name
        took = {**self.state.took, name: [*self.state.took.get(name, ()), round(seconds, 4)]}
        self.state = replace(self.state, epoch=epoch + 1, took=took)
        if not self.spec.patience:
            self.state = replace(self.state, kept=epoch + 1)
        if "val_loss" in values:
            self._compare(values)
        if self.spec.stop_at and values.get("val_accuracy", values["accuracy"]) >= self.spec.stop_at:
            ended = f"The target accuracy of {100 * self.spec.stop_at:g} % was reached in epoch {epoch + 1}."
            self.state = replace(self.state, ended=ended, over=True, kept=epoch + 1)
            self._best = []  # the weights that reached it are kept
        self.model.stop_training = bool(self.state.ended)

    def _compare(self, values: Mapping[str, float]) -> None:
        """Compare an epoch's validation loss with the lowest so far, of the run and of the phase."""
        now, patience, loss = self.state, self.spec.patience, values["val_loss"]
        if loss < now.best.get("val_loss", math.inf):
            now = replace(now, best={"epoch": now.epoch, "val_loss": loss, "val_accuracy": values["val_accuracy"]})
        better = loss < now.lowest
        now = replace(now, waited=0 if better else now.waited + 1, lowest=min(loss, now.lowest))
        if patience and better:
            now = replace(now, kept=now.epoch)
            self._best = [each.numpy() for each in self._variables]
        if patience and now.waited >= patience:
            epochs = "1 epoch" if patience == 1 else f"{patience} epochs"
            both = self.spec.head_epochs and self.spec.tuning_epochs
            ended = f"In the {PHASES[self.phase.name]} the" if both else "The"
            ended = f"{ended} validation loss had not fallen for {epochs}; the weights of epoch {now.kept} were kept."
            now = replace(now, ended=ended)
        self.state = now


def features(model: Any, images: Any, callbacks: Sequence[Any] = ()) -> Any:
    """Return the pooled features of N images of the input size, in inference mode: N × units."""
    return model.predict(images, batch_size=AT_ONCE, verbose=0, callbacks=list(callbacks))


@dataclass
class Loop:
    """A training. ``network`` comes from ``head.attach``, ``batches`` is a ``batches.Batches``."""

    network: Any
    spec: Any
    batches: Any
    tracker: StateTracker
    callbacks: Sequence[Any] = ()
    verbose: int = 0

    def run(self, compute: Callable[[Any, Any, Sequence[Any]], Any] = features) -> TrainingState:
        """Train both phases, or the rest of them, so that the network ends with its last weights.

        ``compute`` returns features as ``features`` does; the caller may know them already. Raises ``ValueError`` with
        a sentence where the loss is NaN or infinite, and lets through what callbacks raise.
        """
        spec, tracker = self.spec, self.tracker
        if spec.head_epochs and tracker.state.phase != TUNING:
            self.network.freeze()
            phase = Phase(HEAD, spec.head_epochs, spec.head_rate)
            if self.batches.augmented:
                self._on_images(phase)
            else:
                self._on_features(phase, compute)
        if spec.tuning_epochs and not tracker.state.over:
            self.network.unfreeze()
            before = len(tracker.state.took.get(HEAD, ()))
            self._on_images(Phase(TUNING, before + spec.tuning_epochs, spec.tuning_rate))
        return tracker.state

    def _on_features(self, phase: Phase, compute: Callable[[Any, Any, Sequence[Any]], Any]) -> None:
        """Train the head alone, on features that the frozen backbone computes once: they are equal in every epoch."""
        images, aside = self.batches.images, self.batches.validation_images
        together = images if aside is None else np.concatenate([images, aside])
        found = compute(self.network.pooled, together, self.callbacks)
        self._learn(self.network.head, phase, found[: len(images)], found[len(images) :], HEAD_STEP)

    def _on_images(self, phase: Phase) -> None:
        """Train the unfrozen part of the network on images."""
        whole, size = self.network.whole, self.spec.input_size
        images = self.batches.images[: self.spec.batch, :size, :size].astype(np.float32)
        for _ in range(2):  # the first time takes longer
            began = time.perf_counter()
            whole(images, training=False)
            forward = (time.perf_counter() - began) / len(images)
        self._learn(whole, phase, None, None, BACKWARD * forward * self.spec.batch)

    def _learn(self, model: Any, phase: Phase, inputs: Any, aside: Any, seconds: float) -> None:
        """Train ``model`` to the phase's last epoch. ``seconds``: about how long a step takes."""
        batches, tracker = self.batches, self.tracker
        classes = max(2, model.output_shape[-1])
        steps = -(-len(batches.images) // self.spec.batch)  # the last one may be smaller
        model.compile(
            optimiser(self.spec, phase.rate),
            loss(self.spec, classes),
            metrics=[accuracy(classes)],
            steps_per_execution=steps_per_execution(steps, seconds),
        )
        tracker.begin(phase, model)
        if not tracker.state.ended and tracker.state.epoch < phase.last:
            model.fit(
                batches.training(tracker.state.epoch, phase.last, inputs),
                epochs=phase.last,
                initial_epoch=tracker.state.epoch,
                steps_per_epoch=steps,
                validation_data=batches.validation(aside),
                callbacks=[tracker, *self.callbacks],
                verbose=self.verbose,
                shuffle=False,  # done already
            )
        tracker.end(model)


def optimiser(spec: Any, rate: float) -> Any:
    """Return a fresh optimiser of Keras with this learning rate."""
    momentum = {"momentum": spec.momentum} if spec.optimiser == "sgd" else {}
    return OPTIMISERS[spec.optimiser](rate, **momentum)


def loss(spec: Any, classes: int) -> Any:
    """Return the cross-entropy: binary for two classes, whose network has one sigmoid unit, else categorical."""
    kind = keras.losses.BinaryCrossentropy if classes == 2 else keras.losses.CategoricalCrossentropy
    return kind(label_smoothing=spec.label_smoothing)


def accuracy(classes: int) -> Any:
    """Return the metric: the share of correct images; a mixed image counts as the class with the larger part."""
    if classes > 2:
        return keras.metrics.CategoricalAccuracy(name="accuracy")
    return keras.metrics.MeanMetricWrapper(_right, name="accuracy")  # BinaryAccuracy counts a label of 0.3 as wrong


def _right(labels: Any, predictions: Any) -> Any:
    return keras.ops.mean(keras.ops.equal(labels > 0.5, predictions > 0.5), axis=-1)


def steps_per_execution(count: int, seconds: float) -> int:
    """Return how many of an epoch's ``count`` steps of ``seconds`` Keras executes at once: a divisor of ``count``.

    >>> steps_per_execution(12, 0.05), steps_per_execution(13, 0.05), steps_per_execution(10, 2.0)
    (4, 1, 1)
    """
    most = max(1, int(EXECUTION / max(seconds, 1e-4)))
    return max(each for each in range(1, count + 1) if count % each == 0 and each <= most)


def changing_variables(model: Any) -> list[Any]:
    """Return the variables that training changes: weights, statistics of batch norms, states of dropouts."""
    found = list(model.trainable_variables)
    for layer in _layers(model):
        if isinstance(layer, keras.layers.BatchNormalization) and layer.trainable:
            found += layer.non_trainable_variables
    return found + random_states(model)


def random_states(model: Any) -> list[Any]:
    """Return the states of the dropouts' random numbers."""
    return [layer.seed_generator.state for layer in _layers(model) if hasattr(layer, "seed_generator")]


def _layers(model: Any) -> list[Any]:
    """Return the layers of a model and of the models in it."""
    found, waiting = [], list(reversed(model.layers))
    while waiting:
        found.append(waiting.pop())
        if isinstance(found[-1], keras.Model):
            waiting += found[-1].layers
    return found


def assign(variables: list[Any], values: list[Any]) -> None:
    """Set the values of variables. Raises ``ValueError`` for values of another network."""
    if [tuple(each.shape) for each in variables] != [each.shape for each in values]:
        raise ValueError("the checkpoint of this run is another network's; duplicate the run to train it again")
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def uncompiled(model: Any) -> Any:
    """Return the same model without optimiser, loss and metrics, which may be custom, so that it can be saved."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):  # the head, where it was trained by itself
            layer.compiled = False
    return keras.Model(model.inputs, model.outputs, name=model.name)
