"""Samples of a pipeline: several draws of one image, the image after each step, and a batch with its labels.

Images are arrays of count × side × side × 3, 0…255. The same pipeline gives the same pixels, in any process. Every
function raises ``ValueError`` if a step needs the covariance of colours and gets none.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.augment.layers import Covariance, batch_layers, step_layers
from cnnlab.augment.pipeline import Pipeline, Step

Pixels = NDArray[np.uint8]


def draws(pipeline: Pipeline, image: Pixels, count: int, covariance: Covariance | None = None) -> Pixels:
    """Return one image, side × side × 3, as training would see it in ``count`` epochs."""
    return singly(pipeline, _repeated(image, count), covariance)


def singly(pipeline: Pipeline, images: Pixels, covariance: Covariance | None = None) -> Pixels:
    """Return every image after the steps that change images one by one."""
    *_, (_, last) = _after_each(pipeline, images, covariance)
    return _pixels(last)


def stages(
    pipeline: Pipeline, image: Pixels, count: int, covariance: Covariance | None = None
) -> list[tuple[Step | None, Pixels]]:
    """Return the first of ``draws`` before all steps (None) and after each step, side × side × 3."""
    images = _repeated(image, count)
    return [(step, _pixels(after[0])) for step, after in _after_each(pipeline, images, covariance)]


def batch(
    pipeline: Pipeline, images: Pixels, labels: NDArray[np.float32], covariance: Covariance | None = None
) -> tuple[Pixels, NDArray[np.float32]]:
    """Return a batch and its labels (count × classes, rows adding up to 1), each image changed and then all mixed."""
    mixed: dict[str, Any] = {"images": singly(pipeline, images, covariance).astype(np.float32), "labels": labels}
    for layer in batch_layers(pipeline):
        mixed = layer(mixed, training=True)
    return _pixels(mixed["images"]), np.asarray(mixed["labels"])


def _repeated(image: Pixels, count: int) -> Pixels:
    return np.repeat(image[None], count, axis=0)


def _after_each(pipeline: Pipeline, images: Pixels, covariance: Covariance | None) -> Iterator[tuple[Step | None, Any]]:
    now: Any = images.astype(np.float32)
    yield None, now
    for step, layers in step_layers(pipeline, images.shape[1], covariance):
        for layer in layers:
            if step.kind.one_by_one:  # as in tf.data; otherwise all images would get the same change
                now = np.concatenate([np.asarray(layer(each[None], training=True)) for each in np.asarray(now)])
            else:
                now = layer(now, training=True)
        yield step, now


def _pixels(found: Any) -> Pixels:
    pixels: Pixels = np.rint(np.clip(np.asarray(found), 0, 255)).astype(np.uint8)
    return pixels
