"""A data set as a value: images with class numbers, split for training and for testing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.uploads.images import Pixels

Labels = NDArray[np.int64]
Triple = tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class Split:
    """``images``: N × height × width × 3 of 0…255. ``labels``: N numbers of classes. Both become read only."""

    images: Pixels
    labels: Labels

    def __post_init__(self) -> None:
        shape = self.images.shape
        if len(shape) != 4 or shape[3] != 3 or self.images.dtype != np.uint8:
            raise ValueError(f"images must be N × height × width × 3 of uint8, not {self.images.dtype} {shape}")
        if self.labels.shape != shape[:1]:
            raise ValueError(f"{self.labels.shape} labels for {shape[0]} images")
        self.images.flags.writeable = self.labels.flags.writeable = False

    def __len__(self) -> int:
        return len(self.labels)

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.__post_init__()  # pickling loses that an array is read only

    def sample(self, per_class: int, seed: int = 0) -> "Split":
        """Return at most ``per_class`` images of each class, drawn and shuffled by ``seed``.

        A larger draw contains the smaller ones, so that runs on 10 and on 25 images can be compared.
        """
        random = np.random.default_rng(seed)
        order = random.permutation(len(self))
        place = np.argsort(random.random(len(self)))  # independent of the draw: added images mix with the others
        chosen = [order[self.labels[order] == label][:per_class] for label in np.unique(self.labels)]
        found = np.concatenate(chosen) if chosen else order
        found = found[np.argsort(place[found])]
        return Split(self.images[found], self.labels[found])

    def of_classes(self, labels: Sequence[int]) -> "Split":
        """Return the images of these classes, numbered from 0 in the order given."""
        kept = np.isin(self.labels, labels)
        numbers = np.full(max((*labels, *self.labels.tolist()), default=0) + 1, -1, dtype=np.int64)
        numbers[list(labels)] = range(len(labels))
        return Split(self.images[kept], numbers[self.labels[kept]])


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images of ``classes``, whose numbers are their indices. ``about``: a sentence on the data set, with its source.

    ``validation``: images for validation if training images are too similar for holding out a part of them; None
    otherwise.
    """

    name: str
    title: str
    about: str
    classes: tuple[str, ...]
    train: Split
    test: Split
    validation: Split | None = None

    def pair(self, first: str, second: str, name: str, title: str) -> "Dataset":
        """Return two of its classes, for a sigmoid and ROC: ``second`` is the positive one. Raises ``ValueError``."""
        numbers = [self.classes.index(each) for each in (first, second)]
        about = f"Two classes of “{self.title}”: {first} (0) and {second} (1). Of the whole set: {self.about}"
        aside = self.validation and self.validation.of_classes(numbers)
        train, test = (split.of_classes(numbers) for split in (self.train, self.test))
        return Dataset(name, title, about, (first, second), train, test, aside)


@dataclass(frozen=True)
class Statistics:
    """The ``mean`` and 3 × 3 ``covariance`` of red, green and blue, from 0 to 1."""

    mean: Triple
    covariance: tuple[Triple, Triple, Triple]


def statistics(images: Pixels) -> Statistics:
    """Return the statistics of all pixels of one image or many, last axis red, green, blue from 0 to 255.

    The covariance divides by one less than the number of pixels, as ``numpy.cov`` does. Raises ``ValueError`` for fewer
    than two pixels.

    >>> statistics(np.array([[0, 0, 0], [255, 255, 0]], dtype=np.uint8))
    Statistics(mean=(0.5, 0.5, 0.0), covariance=((0.5, 0.5, 0.0), (0.5, 0.5, 0.0), (0.0, 0.0, 0.0)))
    """
    if images.ndim < 2 or images.shape[-1] != 3 or images.dtype != np.uint8:
        raise ValueError(f"pixels must be … × 3 of uint8, not {images.dtype} {images.shape}")
    pixels = images.reshape(-1, 3)
    count = len(pixels)
    if count < 2:
        raise ValueError(f"{count} pixels have no covariance; give at least two")
    sums, products = np.zeros(3), np.zeros((3, 3))
    for begin in range(0, count, 1 << 20):  # floats of a whole data set would take eight times its memory
        part = pixels[begin : begin + (1 << 20)].astype(float)
        sums += part.sum(axis=0)
        products += part.T @ part
    # Whole numbers below 2⁵³, so that everything is exact up to here, and in Python's integers up to the division.
    total, squared = [int(each) for each in sums], [[int(each) for each in row] for row in products]

    def covariance(row: int, column: int) -> float:
        return (count * squared[row][column] - total[row] * total[column]) / (count * (count - 1) * 255**2)

    def triple(row: int) -> Triple:
        return covariance(row, 0), covariance(row, 1), covariance(row, 2)

    mean = (total[0] / (255 * count), total[1] / (255 * count), total[2] / (255 * count))
    return Statistics(mean, (triple(0), triple(1), triple(2)))
