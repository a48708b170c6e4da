"""Keras layers of a pipeline. Keras is imported inside these functions, and nowhere else in ``augment``."""

from collections.abc import Sequence
from typing import Any

from cnnlab.augment.keras_calls import Call
from cnnlab.augment.pipeline import Pipeline, Step

Covariance = Sequence[Sequence[float]]
"""Covariance, 3 × 3, of red, green and blue on a scale from 0 to 1; see ``data.statistics``."""


def to_keras(pipeline: Pipeline, size: int, covariance: Covariance | None = None, name: str = "augmentation") -> Any:
    """Return a ``keras.Sequential`` of the steps that change each image by itself, for size × size × 3, 0…255.

    It takes single images (rank 3, in ``tf.data``) or batches, whichever comes first; kinds that are ``one_by_one``
    need single images. With ``training=False`` it leaves images as they are, but a crop takes the middle. Raises
    ``ValueError`` if a step needs the covariance of colours and gets none.
    """
    import keras

    layers = [layer for _, made in step_layers(pipeline, size, covariance) for layer in made]
    return keras.Sequential(layers or [keras.layers.Identity()], name=name)


def step_layers(
    pipeline: Pipeline, size: int, covariance: Covariance | None = None
) -> list[tuple[Step, tuple[Any, ...]]]:
    """Return the layers of each active step that changes images one by one, made with the step's own seeds."""
    return [
        (step, tuple(_layer(call, seed, covariance) for call, seed in calls))
        for step, calls in pipeline.planned(size)
        if not step.kind.per_batch
    ]


def batch_layers(pipeline: Pipeline) -> list[Any]:
    """Return the layers that mix a batch: each takes and returns ``{"images": …, "labels": …}``, labels as shares."""
    planned = [calls for step, calls in pipeline.planned(1) if step.kind.per_batch]  # they do not depend on the size
    return [_layer(call, seed, None) for calls in planned for call, seed in calls]


def _layer(call: Call, seed: int, covariance: Covariance | None) -> Any:
    import keras

    from cnnlab.augment import custom_layers

    return getattr(custom_layers if call.own else keras.layers, call.cls)(**call.arguments(seed, covariance))
