"""The image that is augmented: a photograph, one of a data set or the reader's own; and the images of a batch.

In the URL a photograph is its name, a class of a data set ``digits:6``, the reader's own image ``own:`` and its name.
"""

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import streamlit as st
from PIL import Image

from cnnlab import data
from cnnlab.data import Dataset, textures
from cnnlab.data.photographs import PHOTOGRAPHS, coloured
from cnnlab.uploads.images import Pixels

FIRST = "cat"
OWN = "own"
MOST = 999  # number of a data set's picture
KEPT = 100  # own pictures in the server's memory, each 0.5 MB at most
BATCH = 12
Covariance = tuple[tuple[float, ...], ...]


@dataclass(frozen=True, eq=False)
class Picked:
    """A picture, height × width × 3, and what a reader is told of it.

    ``covariance`` is of the colours it stands among, on a scale from 0 to 1, and ``among`` says which these are.
    """

    pixels: Pixels
    title: str
    covariance: Covariance
    among: str


class Album:
    """Own pictures of all sessions, the last ``KEPT``, by a name that only who has the picture's link knows."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pictures: OrderedDict[str, Pixels] = OrderedDict()

    def put(self, pixels: Pixels) -> str:
        """Keep one; returns its name."""
        name = hashlib.sha256(repr(pixels.shape).encode() + pixels.tobytes()).hexdigest()[:24]
        with self._lock:
            self._pictures[name] = pixels
            self._pictures.move_to_end(name)
            while len(self._pictures) > KEPT:
                self._pictures.popitem(last=False)
        return name

    def get(self, name: str) -> Pixels | None:
        """The picture of that name; None where it is not there any more."""
        with self._lock:
            if name in self._pictures:
                self._pictures.move_to_end(name)
            return self._pictures.get(name)


@st.cache_resource(show_spinner=False)
def album() -> Album:
    """The one album of this server."""
    return Album()


CLASSES = {"digits": tuple("0123456789"), "textures": tuple(textures.PHOTOGRAPHS)}
"""Of the data sets, known without loading one."""
TITLES = {"digits": "handwritten digit", "textures": "texture"}


@lru_cache(maxsize=1)
def known() -> dict[str, str]:
    """Every picture that comes along, by its name in the address, with its title."""
    found = {name: f"photograph: {name}" for name in PHOTOGRAPHS}
    return found | {f"{of}:{label}": f"{TITLES[of]}: {label}" for of, labels in CLASSES.items() for label in labels}


def check(text: str) -> str:
    """The name, where a picture has it. Raises ``ValueError`` with a sentence."""
    if text in known() or text == OWN or text.startswith(f"{OWN}:"):
        return text
    raise ValueError(
        f"there is no picture {text[:40]!r}; there are photographs such as {FIRST}, and digits:6 or textures:grass"
    )


def picked(name: str, number: int) -> Picked | None:
    """The picture of that name; None where it is an own one that is not there."""
    if name.startswith(OWN):
        pixels = album().get(name.removeprefix(f"{OWN}:"))
        return None if pixels is None else Picked(pixels, "your picture", _covariance_of(pixels), "your picture")
    if name in PHOTOGRAPHS:
        return Picked(coloured(name), name, _photographs_covariance(), "the photographs")
    dataset, label = of_set(name)
    images = dataset.train.images[dataset.train.labels == dataset.classes.index(label)]
    place = min(number, len(images)) - 1
    return Picked(images[place], f"{label}, number {place + 1}", set_covariance(dataset.name), dataset.title.lower())


def of_set(name: str) -> tuple[Dataset, str]:
    """Data set and class of a name such as ``digits:6``."""
    of, _, label = name.partition(":")
    return data.load(of), label


def count_of(name: str) -> int:
    """How many pictures there are of a data set's class; 1 for other names."""
    if name in PHOTOGRAPHS or name.startswith(OWN):
        return 1
    dataset, label = of_set(name)
    return int((dataset.train.labels == dataset.classes.index(label)).sum())


def batch(name: str, number: int) -> tuple[list[Pixels], tuple[int, ...], tuple[str, ...]]:
    """Pictures of different classes, the chosen one first, their labels, and the names of the classes."""
    first = picked(name, number)
    if first is None or name in PHOTOGRAPHS or name.startswith(OWN):
        classes = tuple(PHOTOGRAPHS) if name in PHOTOGRAPHS else ("yours", *PHOTOGRAPHS)
        order = [name, *(each for each in PHOTOGRAPHS if each != name)] if name in PHOTOGRAPHS else list(PHOTOGRAPHS)
        pixels = [coloured(each) for each in order]
        labels = [classes.index(each) for each in order]
        if first is not None and name not in PHOTOGRAPHS:
            pixels, labels = [first.pixels, *pixels], [0, *labels]
        return pixels[:BATCH], tuple(labels[:BATCH]), classes
    dataset, label = of_set(name)
    some = dataset.train.some(2, seed=number)
    pixels = [first.pixels, *some.images][:BATCH]
    return pixels, (dataset.classes.index(label), *some.labels.tolist())[:BATCH], dataset.classes


def square(pixels: Pixels, side: int) -> Pixels:
    """The middle of a picture, side × side × 3, as it arrives at the pipeline."""
    height, width = pixels.shape[:2]
    short = min(height, width)
    top, left = (height - short) // 2, (width - short) // 2
    cut = Image.fromarray(pixels[top : top + short, left : left + short])
    return np.array(cut.resize((side, side), Image.Resampling.BICUBIC, reducing_gap=3.0))


def _rounded(covariance: object) -> Covariance:
    """Six digits: they are printed into source code, and nobody needs more."""
    return tuple(tuple(round(float(value), 6) for value in row) for row in np.asarray(covariance))


def _covariance_of(pixels: Pixels) -> Covariance:
    if pixels.shape[0] * pixels.shape[1] < 2:  # one pixel does not vary
        return ((0.0,) * 3,) * 3
    return _rounded(data.statistics(pixels).covariance)


@lru_cache(maxsize=1)
def _photographs_covariance() -> Covariance:
    return _covariance_of(np.concatenate([square(coloured(name), 64).reshape(-1, 1, 3) for name in PHOTOGRAPHS]))


@lru_cache(maxsize=8)
def set_covariance(name: str) -> Covariance:
    """Of the colours of a data set's training pictures."""
    return _covariance_of(data.load(name).train.images.reshape(-1, 1, 3))


def stacked(pixels: list[Pixels], side: int) -> Pixels:
    """Pictures of any sizes as count × side × side × 3."""
    return np.stack([square(each, side) for each in pixels])
