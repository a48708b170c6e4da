"""A run's images: some split off for validation, all resized for the network."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.data import Dataset, Split
from cnnlab.training.spec import Spec
from cnnlab.uploads.images import Pixels

PART = 256  # images resized at once


@dataclass(frozen=True)
class RunImages:
    """The images of a run, N × side × side × 3: ``train`` is larger than the input size if the augmentation crops."""

    classes: tuple[str, ...]
    train: Split
    validation: Split | None
    test: Split

    @property
    def counts(self) -> dict[str, int]:
        """Return how many images there are to learn from, to validate with and to test on."""
        aside = len(self.validation) if self.validation else 0
        return {"train": len(self.train), "validation": aside, "test": len(self.test)}


def prepare_images(spec: Spec, data: Dataset) -> RunImages:
    """Return a run's images; the same spec and data give the same ones in the same order.

    Raises ``ValueError`` if there are too few.
    """
    size = spec.input_size
    input_side = spec.augmentation.input_side(size)
    train, validation = _split_validation(data, spec.validation, spec.seed)
    if len(data.classes) < 2 or not len(train):
        raise ValueError("there are not enough images to learn from; a run needs some of at least two classes")
    return RunImages(
        data.classes,
        _resize_split(train, input_side),
        validation and crop_middle(_resize_split(validation, input_side), size),
        crop_middle(_resize_split(data.test, input_side), size),
    )


def _split_validation(data: Dataset, share: float, seed: int) -> tuple[Split, Split | None]:
    """Split off a share of each class for validation, never a whole class.

    If the data set has validation images of its own, as many of those stand in for the share, which is left out.
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
        return _where(split, ~aside), data.validation.sample(most, seed)
    return _where(split, ~aside), _where(split, aside)


def _where(split: Split, mask: NDArray[np.bool_]) -> Split:
    return Split(split.images[mask], split.labels[mask])


def _resize_split(split: Split, size: int) -> Split:
    if split.images.shape[1:3] == (size, size) or not len(split):
        return split
    return Split(resize(split.images, size), split.labels)


def resize(images: Pixels, size: int) -> Pixels:
    """Stretch N × height × width × 3 to N × size × size × 3: bilinear, with antialiasing."""
    import tensorflow as tf

    found = np.empty((len(images), size, size, 3), dtype=np.uint8)
    for begin in range(0, len(images), PART):
        part: Any = tf.image.resize(images[begin : begin + PART], (size, size), antialias=True)
        found[begin : begin + PART] = np.rint(part.numpy()).clip(0, 255)
    return found


def crop_middle(split: Split, size: int) -> Split:
    """Cut out the window in the middle, as random crops do outside training."""
    side = split.images.shape[1]
    if side == size:
        return split
    begin = (side - size) // 2
    return Split(split.images[:, begin : begin + size, begin : begin + size].copy(), split.labels)
