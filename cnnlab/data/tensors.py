"""Data sets as ``tf.data.Dataset``."""

from typing import Any

import numpy as np

from cnnlab.data.dataset import Split


def to_tf(split: Split, size: int | None = None, batch: int = 32, seed: int = 0, shuffle: bool = False) -> Any:
    """Return a ``tf.data.Dataset`` of batches: float32 images batch × size × size × 3 of 0…255, and int32 labels.

    That is what ``keras.utils.image_dataset_from_directory`` gives. Images of another size are stretched bilinearly,
    and smoothed when reduced. With ``shuffle`` every epoch has another order, all drawn by ``seed``.
    """
    import tensorflow as tf

    images = tf.constant(split.images)
    labels = tf.constant(split.labels.astype(np.int32))
    found = tf.data.Dataset.range(len(split))  # indices are shuffled, and images copied once
    if shuffle and len(split):
        found = found.shuffle(len(split), seed=seed, reshuffle_each_iteration=True)

    def taken(places: Any) -> tuple[Any, Any]:
        chosen = tf.cast(tf.gather(images, places), tf.float32)
        if size and tuple(images.shape[1:3]) != (size, size):
            chosen = tf.image.resize(chosen, (size, size), antialias=True)
        return chosen, tf.gather(labels, places)

    return found.batch(batch).map(taken, num_parallel_calls=tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)
