"""A run's images as batches: shuffled again in each epoch, and augmented if the spec asks for it.

CNN Lab trains with this very file, and ships it with a run's script. It needs Keras, NumPy and TensorFlow. The order of
an epoch's images follows from seed and epoch, so that a training that goes on after a kill sees what it would have
seen. What an augmentation draws begins again then, and with each phase.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

PIXELS = 2_000_000  # pixels in one batch of inference: VGG-16's largest feature map takes 0.5 GB then


def set_seeds(seed: int) -> None:
    """Set every seed to ``seed``, and make TensorFlow deterministic."""
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()


def at_once(size: int) -> int:
    """Return the number of images of size × size in one batch of inference.

    >>> at_once(48), at_once(224), at_once(1024)
    (256, 39, 8)
    """
    return min(256, max(8, PIXELS // size**2))


def encode_labels(labels: Any, classes: int) -> Any:
    """Return labels as N × 1 of 0 and 1 for two classes, as N × classes with a single 1 for more."""
    if classes == 2:
        return labels[:, None].astype(np.float32)
    return np.eye(classes, dtype=np.float32)[labels]


@dataclass(frozen=True)
class Batches:
    """Images N × side × side × 3 of 0…255 and the numbers of their classes, to learn from and to validate with.

    ``augmentation`` makes the layers that change images, new for each phase: one that changes each image alone, or
    None, and those that mix a batch. Images to learn from may be larger than ``spec.input_size`` where it crops them.
    """

    spec: Any
    classes: int
    images: Any
    labels: Any
    validation_images: Any = None
    validation_labels: Any = None
    augmentation: Callable[[], tuple[Any, Sequence[Any]]] | None = None

    @property
    def augmented(self) -> bool:
        """Return whether images are changed again in every epoch."""
        return self.augmentation is not None

    def training(self, first: int, last: int, features: Any = None) -> Any:
        """Return the batches of epochs ``first`` + 1 to ``last``, one epoch after another, without a pause.

        They hold ``features`` where these are given, one for each image, and augmented images otherwise.
        """
        seed, batch = self.spec.seed, self.spec.batch
        single: Any
        single, mixing = self.augmentation() if self.augmentation and features is None else (None, ())
        # Constants would be copied into the graph of every epoch's dataset.
        inputs = tf.convert_to_tensor(self.images if features is None else features)
        labels = tf.convert_to_tensor(encode_labels(self.labels, self.classes))

        def taken(places: Any) -> Any:
            return tf.cast(tf.gather(inputs, places), tf.float32), tf.gather(labels, places)

        def changed(place: Any) -> Any:
            image, label = taken(place)
            return single(image, training=True), label

        def mixed(images: Any, labels: Any) -> Any:
            found = {"images": images, "labels": labels}
            for layer in mixing:
                found = layer(found, training=True)
            return found["images"], found["labels"]

        def epoch(number: Any) -> Any:
            seeds = tf.stack([tf.constant(seed, tf.int64), number])
            shuffled = tf.random.experimental.stateless_shuffle(tf.range(len(inputs)), seeds)
            places = tf.data.Dataset.from_tensor_slices(shuffled)
            # Image by image: some of Keras' layers draw once for a batch.
            found = places.map(changed).batch(batch) if single is not None else places.batch(batch).map(taken)
            return found.map(mixed) if mixing else found

        return tf.data.Dataset.range(first, last).flat_map(epoch).prefetch(2)

    def validation(self, features: Any = None) -> Any:
        """Return the batches to validate with, of ``features`` where these are given; None where there are none."""
        if self.validation_images is None:
            return None
        inputs = self.validation_images if features is None else features
        labels = encode_labels(self.validation_labels, self.classes)
        found = tf.data.Dataset.from_tensor_slices((inputs, labels)).batch(at_once(self.spec.input_size))
        return found.map(lambda images, labels: (tf.cast(images, tf.float32), labels)).cache()
