"""Makes Keras layers of a pipeline. Keras is imported where it is needed, and nowhere else in ``augment``."""

from collections.abc import Sequence
from typing import Any

from cnnlab.augment.keras_calls import Call
from cnnlab.augment.pipeline import Pipeline, Step

Covariance = Sequence[Sequence[float]]
"""3 × 3, of red, green and blue on a scale from 0 to 1; see ``data.statistics``."""


def to_keras(pipeline: Pipeline, size: int, covariance: Covariance | None = None, name: str = "augmentation") -> Any:
    """A ``keras.Sequential`` of the steps that change each picture by itself, for pictures of size × size × 3, 0…255.

    It takes single pictures (rank 3, in ``tf.data``) or batches, whichever comes first. Batches do for kinds that are
    not ``alike``. With ``training=False`` it leaves pictures as they are, but for a crop, which then takes the middle.
    Raises ``ValueError`` where PCA colours are asked for without covariance.
    """
    import keras

    layers = [layer for _, made in step_layers(pipeline, size, covariance) for layer in made]
    return keras.Sequential(layers or [keras.layers.Identity()], name=name)


def step_layers(
    pipeline: Pipeline, size: int, covariance: Covariance | None = None
) -> list[tuple[Step, tuple[Any, ...]]]:
    """The layers of each active step that changes pictures one by one, with the step's own seed."""
    return [
        (step, tuple(_layer(call, seed, covariance) for call, seed in calls))
        for step, calls in pipeline.planned(size)
        if not step.kind.on_batches
    ]


def batch_layers(pipeline: Pipeline) -> list[Any]:
    """The layers that mix a batch: each takes and returns ``{"images": …, "labels": …}``, labels one-hot or mixed."""
    planned = [calls for step, calls in pipeline.planned(1) if step.kind.on_batches]  # their size plays no part
    return [_layer(call, seed, None) for calls in planned for call, seed in calls]


def _layer(call: Call, seed: int, covariance: Covariance | None) -> Any:
    import keras

    from cnnlab.augment import custom_layers

    return getattr(custom_layers if call.own else keras.layers, call.cls)(**call.arguments(seed, covariance))
