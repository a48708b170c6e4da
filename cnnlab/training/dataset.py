"""A run's pictures made ready: a part kept aside for validation, and all of the size that the network takes."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.data import Dataset, Split
from cnnlab.training.spec import Spec
from cnnlab.uploads.images import Pixels

PART = 256  # pictures resized at once


@dataclass(frozen=True)
class Prepared:
    """``validation`` and ``test`` have the network's input size. ``train`` is larger where the augmentation crops."""

    classes: tuple[str, ...]
    train: Split
    validation: Split | None
    test: Split

    @property
    def counts(self) -> dict[str, int]:
        """How many images there are to learn from, to validate with and to test on."""
        aside = len(self.validation) if self.validation else 0
        return {"train": len(self.train), "validation": aside, "test": len(self.test)}


def prepare(spec: Spec, data: Dataset) -> Prepared:
    """The pictures of a run. Raises ``ValueError`` with a sentence where they are too few.

    The same spec and data give the same pictures in the same order.
    """
    size = spec.input_size
    input_side = spec.augmentation.input_side(size)
    train, validation = _parted(data, spec.validation, spec.seed)
    if len(data.classes) < 2 or not len(train):
        raise ValueError("there are not enough pictures to learn from; a run needs some of at least two classes")
    return Prepared(
        data.classes,
        _sized(train, input_side),
        validation and middle(_sized(validation, input_side), size),
        middle(_sized(data.test, input_side), size),
    )


def _parted(data: Dataset, share: float, seed: int) -> tuple[Split, Split | None]:
    """What is learned from, and what is kept aside: of each class the same share, and not all of it.

    Where a data set has pictures of its own for validation, as many of those stand in for the share that is left out.
    """
    split = data.train
    if not share:
        return split, None
    aside = np.zeros(len(split), dtype=bool)
    random = np.random.default_rng((seed, 1))
    for label in np.unique(split.labels):
        places = random.permutation(np.flatnonzero(split.labels == label))
        aside[places[: min(max(1, round(share * len(places))), len(places) - 1)]] = True
    if not aside.any():
        return split, None
    if data.validation:
        most = int(np.bincount(split.labels[aside]).max())
        return _chosen(split, ~aside), data.validation.some(most, seed)
    return _chosen(split, ~aside), _chosen(split, aside)


def _chosen(split: Split, mask: NDArray[np.bool_]) -> Split:
    return Split(split.images[mask], split.labels[mask])


def _sized(split: Split, size: int) -> Split:
    if split.images.shape[1:3] == (size, size) or not len(split):
        return split
    return Split(resized(split.images, size), split.labels)


def resized(images: Pixels, size: int) -> Pixels:
    """N × height × width × 3 stretched to N × size × size × 3, bilinear, and smoothed where they get smaller."""
    import tensorflow as tf

    found = np.empty((len(images), size, size, 3), dtype=np.uint8)
    for begin in range(0, len(images), PART):
        part: Any = tf.image.resize(images[begin : begin + PART], (size, size), antialias=True)
        found[begin : begin + PART] = np.rint(part.numpy()).clip(0, 255)
    return found


def middle(split: Split, size: int) -> Split:
    """The window in the middle, as random crops leave it outside training."""
    side = split.images.shape[1]
    if side == size:
        return split
    begin = (side - size) // 2
    return Split(split.images[:, begin : begin + size, begin : begin + size].copy(), split.labels)
