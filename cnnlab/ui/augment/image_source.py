"""The image that is augmented: a photograph, one of a data set or the reader's own; and the images of a batch.

In the URL a photograph is its name, a class of a data set ``digits:6``, the reader's own image ``own:`` and its name.
"""

import hashlib
import threading
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import streamlit as st
from cachetools import LRUCache
from PIL import Image

from cnnlab import data
from cnnlab.data import Dataset, textures
from cnnlab.data.photographs import PHOTOGRAPHS, coloured
from cnnlab.uploads.images import Pixels

FIRST = "cat"
OWN = "own"
MOST = 999  # the highest number of a data set's image
KEPT = 100  # images in the server's memory, each 0.5 MB at most
BATCH = 12
Covariance = tuple[tuple[float, ...], ...]


@dataclass(frozen=True, eq=False)
class Picked:
    """The chosen image, height × width × 3, with its title.

    ``covariance`` is that of the colours of the images in ``among``, on a scale from 0 to 1.
    """

    pixels: Pixels
    title: str
    covariance: Covariance
    among: str


class Album:
    """The last ``KEPT`` images that readers brought, by a name that only those who have the image's link know."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._images: LRUCache[str, Pixels] = LRUCache(KEPT)

    def put(self, pixels: Pixels) -> str:
        """Store an image; return its name."""
        name = hashlib.sha256(repr(pixels.shape).encode() + pixels.tobytes()).hexdigest()[:24]
        with self._lock:
            self._images[name] = pixels
        return name

    def get(self, name: str) -> Pixels | None:
        """Return the image of that name; None if it is deleted."""
        with self._lock:
            return self._images.get(name)


@st.cache_resource(show_spinner=False)
def album() -> Album:
    """Return the server's album, shared by all sessions."""
    return Album()


CLASSES = {"digits": tuple("0123456789"), "textures": tuple(textures.PHOTOGRAPHS)}
"""The classes of each data set, known without loading it."""
TITLES = {"digits": "handwritten digit", "textures": "texture"}


@lru_cache(maxsize=1)
def image_titles() -> dict[str, str]:
    """Return the titles of the program's own images, by their names in the URL."""
    found = {name: f"photograph: {name}" for name in PHOTOGRAPHS}
    return found | {f"{of}:{label}": f"{TITLES[of]}: {label}" for of, labels in CLASSES.items() for label in labels}


def check(text: str) -> str:
    """Return the name if it can be an image's. Raises ``ValueError`` with a sentence."""
    if text in image_titles() or text == OWN or text.startswith(f"{OWN}:"):
        return text
    raise ValueError(
        f"there is no image {text[:40]!r}; there are photographs such as {FIRST}, and digits:6 or textures:grass"
    )


def load_image(name: str, number: int) -> Picked | None:
    """Return the image of that name; None if it was a reader's own and is deleted."""
    if name.startswith(OWN):
        pixels = album().get(name.removeprefix(f"{OWN}:"))
        return None if pixels is None else Picked(pixels, "your image", _covariance_of(pixels), "your image")
    if name in PHOTOGRAPHS:
        return Picked(coloured(name), name, _photographs_covariance(), "the photographs")
    dataset, label = dataset_and_class(name)
    images = dataset.train.images[dataset.train.labels == dataset.classes.index(label)]
    place = min(number, len(images)) - 1
    return Picked(
        images[place], f"{label}, number {place + 1}", dataset_covariance(dataset.name), dataset.title.lower()
    )


def dataset_and_class(name: str) -> tuple[Dataset, str]:
    """Return data set and class of a name such as ``digits:6``."""
    of, _, label = name.partition(":")
    return data.load(of), label


def count(name: str) -> int:
    """Return how many images a class of a data set has; 1 for other names."""
    if name in PHOTOGRAPHS or name.startswith(OWN):
        return 1
    dataset, label = dataset_and_class(name)
    return int((dataset.train.labels == dataset.classes.index(label)).sum())


def batch(name: str, number: int) -> tuple[list[Pixels], tuple[int, ...], tuple[str, ...]]:
    """Return images of different classes, the chosen one first, their labels, and the names of the classes."""
    first = load_image(name, number)
    if first is None or name in PHOTOGRAPHS or name.startswith(OWN):
        classes = tuple(PHOTOGRAPHS) if name in PHOTOGRAPHS else ("yours", *PHOTOGRAPHS)
        order = [name, *(each for each in PHOTOGRAPHS if each != name)] if name in PHOTOGRAPHS else list(PHOTOGRAPHS)
        pixels = [coloured(each) for each in order]
        labels = [classes.index(each) for each in order]
        if first is not None and name not in PHOTOGRAPHS:
            pixels, labels = [first.pixels, *pixels], [0, *labels]
        return pixels[:BATCH], tuple(labels[:BATCH]), classes
    dataset, label = dataset_and_class(name)
    some = dataset.train.sample(2, seed=number)
    pixels = [first.pixels, *some.images][:BATCH]
    return pixels, (dataset.classes.index(label), *some.labels.tolist())[:BATCH], dataset.classes


def square(pixels: Pixels, side: int) -> Pixels:
    """Return the middle of an image, side × side × 3, as the pipeline gets it."""
    height, width = pixels.shape[:2]
    short = min(height, width)
    top, left = (height - short) // 2, (width - short) // 2
    cut = Image.fromarray(pixels[top : top + short, left : left + short])
    return np.array(cut.resize((side, side), Image.Resampling.BICUBIC, reducing_gap=3.0))


def _rounded(covariance: object) -> Covariance:
    """Return the matrix with six digits, for source code."""
    return tuple(tuple(round(float(value), 6) for value in row) for row in np.asarray(covariance))


def _covariance_of(pixels: Pixels) -> Covariance:
    if pixels.shape[0] * pixels.shape[1] < 2:  # one pixel does not vary
        return ((0.0,) * 3,) * 3
    return _rounded(data.statistics(pixels).covariance)


@lru_cache(maxsize=1)
def _photographs_covariance() -> Covariance:
    return _covariance_of(np.concatenate([square(coloured(name), 64).reshape(-1, 1, 3) for name in PHOTOGRAPHS]))


@lru_cache(maxsize=8)
def dataset_covariance(name: str) -> Covariance:
    """Return the covariance of the colours in a data set's training images."""
    return _covariance_of(data.load(name).train.images.reshape(-1, 1, 3))


def stacked(pixels: list[Pixels], side: int) -> Pixels:
    """Return images of any sizes as count × side × side × 3."""
    return np.stack([square(each, side) for each in pixels])
