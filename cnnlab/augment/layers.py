"""Makes Keras layers of a pipeline. Keras is imported where it is needed, and nowhere else in ``augment``."""

from collections.abc import Sequence
from typing import Any

from cnnlab.augment.kinds import Call
from cnnlab.augment.pipeline import Pipeline, Step

Covariance = Sequence[Sequence[float]]
"""3 × 3, of red, green and blue on a scale from 0 to 1; see ``data.statistics``."""


def to_keras(pipeline: Pipeline, size: int, covariance: Covariance | None = None, name: str = "augmentation") -> Any:
    """A ``keras.Sequential`` of the steps that change each picture by itself, for pictures of size × size × 3, 0…255.

    It takes one picture (rank 3, in ``tf.data``) or a batch, and with ``training=False`` leaves them as they are, but
    for a crop, which then takes the middle. Raises ``ValueError`` where PCA colours are asked for without covariance.
    """
    import keras

    layers = [layer for _, made in step_layers(pipeline, size, covariance) for layer in made]
    return keras.Sequential(layers or [keras.layers.Identity()], name=name)


def step_layers(
    pipeline: Pipeline, size: int, covariance: Covariance | None = None
) -> list[tuple[Step, tuple[Any, ...]]]:
    """The layers of each active step that changes pictures one by one, with the step's own seed."""
    found = []
    for place, step in enumerate(pipeline.steps):
        if not step.on or step.row.on_batches:
            continue
        calls = step.calls(size)
        seeds = _seeds(pipeline.seed_of(place), len(calls))
        found.append((step, tuple(_layer(call, seed, covariance) for call, seed in zip(calls, seeds, strict=True))))
        size = next((int(dict(call.kwargs)["height"]) for call in calls if call.cls == "RandomCrop"), size)
    return found


def batch_layers(pipeline: Pipeline) -> list[Any]:
    """The layers that mix a batch: each takes and returns ``{"images": …, "labels": …}``, labels one-hot or mixed."""
    return [
        _layer(call, pipeline.seed_of(place), None)
        for place, step in enumerate(pipeline.steps)
        if step.on and step.row.on_batches
        for call in step.calls(0)
    ]


def _seeds(seed: int, count: int) -> range:
    """A seed for each layer of a step; several blurs in a row must not draw alike."""
    return range(seed, seed + count)


def _layer(call: Call, seed: int, covariance: Covariance | None) -> Any:
    import keras

    from cnnlab.augment import own

    kwargs = dict(call.kwargs) | ({"seed": seed} if call.seeded else {})
    if call.covariance:
        if covariance is None:
            raise ValueError("PCA colours need the colour covariance of the data set")
        kwargs["covariance"] = [[float(number) for number in row] for row in covariance]
    return getattr(own if call.own else keras.layers, call.cls)(**kwargs)
