"""One phase of a training: Keras' ``fit``, told to whoever watches, stopped where nobody does, and gone on with.

The order of an epoch's pictures follows from seed and epoch, so that a training that goes on after a kill sees what it
would have seen. What an augmentation draws begins anew then, and with each phase.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from cnnlab.training.checkpoint import State
from cnnlab.training.spec import Spec

PHASES: Mapping[str, str] = {"head": "head’s phase", "tuning": "fine-tuning"}
EXECUTION = 0.25  # seconds that Keras may go on without asking whether anybody still wants it
OPTIMISERS: Mapping[str, str] = {"adam": "Adam", "rmsprop": "RMSprop", "sgd": "SGD"}


class Tell(Protocol):
    """What ``work.Tell`` is to a training."""

    files: dict[str, bytes]

    def __call__(self, event: str, checkpoint: bytes | None = None, **fields: Any) -> None: ...

    def check(self) -> None: ...


@dataclass(frozen=True)
class Phase:
    """``last``: its last epoch, counted through both phases. ``rate``: its learning rate."""

    name: str
    last: int
    rate: float


def optimiser(spec: Spec, rate: float) -> Any:
    """A fresh Keras optimiser."""
    import keras

    momentum = {"momentum": spec.momentum} if spec.optimiser == "sgd" else {}
    return getattr(keras.optimizers, OPTIMISERS[spec.optimiser])(rate, **momentum)


def loss(spec: Spec, classes: int) -> Any:
    """Cross-entropy for labels as ``encoded`` makes them."""
    import keras

    kind = keras.losses.BinaryCrossentropy if classes == 2 else keras.losses.CategoricalCrossentropy
    return kind(label_smoothing=spec.label_smoothing)


def metric(classes: int) -> Any:
    """Share of pictures whose class is said rightly; of mixed ones, the class that there is more of."""
    import keras

    if classes > 2:
        return keras.metrics.CategoricalAccuracy(name="accuracy")
    return keras.metrics.MeanMetricWrapper(_right, name="accuracy")  # BinaryAccuracy takes a label of 0.3 for none


def _right(wanted: Any, said: Any) -> Any:
    import keras

    return keras.ops.mean(keras.ops.equal(wanted > 0.5, said > 0.5), axis=-1)


def encoded(labels: NDArray[np.int64], classes: int) -> NDArray[np.float32]:
    """N × 1 of 0 and 1 for two classes, N × classes with a single 1 for more."""
    if classes == 2:
        return labels[:, None].astype(np.float32)
    return np.eye(classes, dtype=np.float32)[labels]


def steps(pictures: int, batch: int) -> int:
    """Batches of an epoch; the last one may be smaller."""
    return -(-pictures // batch)


def together(count: int, seconds: float) -> int:
    """How many of an epoch's ``count`` steps of ``seconds`` each Keras takes at once: a divisor, so that none is short.

    >>> together(12, 0.05), together(13, 0.05), together(10, 2.0)
    (4, 1, 1)
    """
    most = max(1, int(EXECUTION / max(seconds, 1e-4)))
    return max(each for each in range(1, count + 1) if count % each == 0 and each <= most)


def ordered(count: int, seed: int, first: int, last: int, made: Callable[[Any], Any]) -> Any:
    """A ``tf.data.Dataset`` of the batches of all these epochs, one epoch after another, without end between them.

    ``made`` turns a dataset of one epoch's shuffled places, from 0 to ``count``, into its batches.
    """
    import tensorflow as tf

    def epoch(number: Any) -> Any:
        seeds = tf.stack([tf.constant(seed, tf.int64), number])
        return made(
            tf.data.Dataset.from_tensor_slices(tf.random.experimental.stateless_shuffle(tf.range(count), seeds))
        )

    return tf.data.Dataset.range(first, last).flat_map(epoch).prefetch(2)


def learn(
    model: Any, phase: Phase, spec: Spec, data: Any, count: int, validation: Any, tell: Tell, state: State,
    arrays: Mapping[str, Any], at_once: int,
) -> State:  # fmt: skip
    """Train ``model`` on ``data``, as ``ordered`` gives it, to the phase's last epoch; returns how far it came.

    ``arrays`` are those of the checkpoint to go on from, or empty; ``count`` are the pictures of an epoch, ``at_once``
    is ``together``'s. Where early stopping is on, the model ends with the best weights of the phase.
    """
    from cnnlab.training.callbacks import Watch

    classes = max(2, model.output_shape[-1])
    model.compile(
        optimiser(spec, phase.rate), loss(spec, classes), metrics=[metric(classes)], steps_per_execution=at_once
    )
    model.optimizer.build(model.trainable_variables)
    watch = Watch(phase, spec, tell, state, changing(model))
    if arrays:
        assign(watch.variables, arrays["weights"])
        assign(model.optimizer.variables, arrays["optimiser"])
        watch.best = arrays.get("best", [])
    if not state.ended and state.epoch < phase.last:
        model.fit(
            data,
            epochs=phase.last,
            initial_epoch=state.epoch,
            steps_per_epoch=steps(count, spec.batch),
            validation_data=validation,
            callbacks=[watch],
            verbose=0,
            shuffle=False,  # ``data`` is
        )
    if watch.best:
        states = [each.numpy() for each in drawing(model)]
        assign(watch.variables, watch.best)
        assign(drawing(model), states)  # they go on from where they are, as after Keras' EarlyStopping
    return watch.state


def changing(model: Any) -> list[Any]:
    """The variables that training changes: weights, statistics of batch norms in training mode, states of dropouts."""
    import keras

    found: list[Any] = list(model.trainable_variables)
    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.BatchNormalization) and layer.trainable:
            found += layer.non_trainable_variables
    return found + drawing(model)


def drawing(model: Any) -> list[Any]:
    """The states of dropouts: what they will draw next."""
    return [layer.seed_generator.state for layer in model._flatten_layers() if hasattr(layer, "seed_generator")]


def assign(variables: list[Any], values: list[NDArray[Any]]) -> None:
    """Give variables their values. Raises ``ValueError`` where they are of another network."""
    if [tuple(each.shape) for each in variables] != [each.shape for each in values]:
        raise ValueError("the checkpoint of this run is another network's; duplicate the run to begin anew")
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
