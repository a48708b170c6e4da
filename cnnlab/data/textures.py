"""Patches of eight photographs of scikit-image: which surface is it?

Training patches lie in the left 43 % of each photograph, test patches in the right 43 %, and those for validation
between them: patches of the whole would overlap, and a network could know the test by heart.
"""

from collections.abc import Iterator, Mapping
from importlib.resources import as_file, files
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnnlab.data.dataset import Dataset, Split
from cnnlab.uploads.images import Pixels, gray

PHOTOGRAPHS: Mapping[str, str] = MappingProxyType(
    {
        "brick": "brick.png",
        "grass": "grass.png",
        "gravel": "gravel.png",
        "stained tissue": "ihc.png",
        "galaxies": "hubble_deep_field.jpg",
        "coins": "coins.png",
        "coffee cup": "coffee.png",
        "motorcycle": "motorcycle_left.png",
    }
)
"""Classes and their files. Only files that lie in the package: ``skimage.data`` would download others."""
SIZE = 48  # pixels of a side; the backbone that comes along was trained at this size
PART = 0.43  # of a photograph's width, for each of training and test; of the narrowest, 54 pixels are left between them
TRAIN, VALIDATION, TEST = 200, 100, 100  # patches a class
SPREAD = 48.0  # standard deviation of a patch, in steps of 255; 2.7 of them fit on either side of the middle
FAINTEST = 4.0  # standard deviation below which a patch is left fainter: in black sky there is only the camera's noise

ABOUT = (
    "Patches of 48×48 pixels, grey, with equal contrast where possible, from eight photographs included in "
    "scikit-image: brick, grass, gravel and coffee cup are CC0, stained tissue and coins without known restrictions, "
    "galaxies are NASA's and in the public domain, the motorcycle is from the Middlebury 2014 stereo benchmark; "
    "training and test patches come from opposite sides of each photograph, and those for validation from between "
    "them. Patches of one photograph overlap, so test accuracies are less certain than their intervals, which count "
    "each patch as independent."
)


def load(seed: int = 0) -> Dataset:
    """Return eight classes, 200 patches each for training, 100 for validation, 100 for the test, drawn by ``seed``."""
    random = np.random.default_rng(seed)
    pieces = [patches(photograph(file), random) for file in PHOTOGRAPHS.values()]
    train, validation, test = (_split([part[at] for part in pieces]) for at in range(3))
    return Dataset("textures", "Textures", ABOUT, tuple(PHOTOGRAPHS), train, test, validation)


def photograph(file: str) -> Pixels:
    """Return a file of scikit-image in grey, height × width."""
    with as_file(files("skimage") / "data" / file) as path, Image.open(path) as image:
        return gray(np.asarray(image.convert("RGB")))


def patches(photo: NDArray[Any], random: np.random.Generator) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return squares of ``SIZE`` pixels for training, validation and test, from parts that share no pixel."""
    width = int(photo.shape[1] * PART)
    return tuple(
        np.stack([part[y : y + SIZE, x : x + SIZE] for y, x in _corners(part.shape, count, random)])
        for part, count in ((photo[:, :width], TRAIN), (photo[:, width:-width], VALIDATION), (photo[:, -width:], TEST))
    )  # type: ignore[return-value]


def _corners(shape: tuple[int, ...], count: int, random: np.random.Generator) -> Iterator[tuple[int, int]]:
    """Yield upper left corners, no two the same."""
    rows, columns = shape[0] - SIZE + 1, shape[1] - SIZE + 1
    for place in random.choice(rows * columns, count, replace=False):
        yield int(place) // columns, int(place) % columns


def _split(patches: list[Pixels]) -> Split:
    labels = np.repeat(np.arange(len(patches)), [len(each) for each in patches])
    return Split(_coloured(equalise(np.concatenate(patches))), labels.astype(np.int64))


def equalise(images: NDArray[Any]) -> Pixels:
    """Equalise the contrast of N × height × width: a photograph's brightness must not reveal its class."""
    values = images.astype(float)
    mean = values.mean(axis=(1, 2), keepdims=True)
    spread = np.maximum(values.std(axis=(1, 2), keepdims=True), FAINTEST)
    found: Pixels = np.rint((values - mean) / spread * SPREAD + 127.5).clip(0, 255).astype(np.uint8)
    return found


def _coloured(images: Pixels) -> Pixels:
    found: Pixels = np.repeat(images[..., None], 3, axis=3)
    return found


def like(pixels: Pixels) -> Pixels:
    """Treat any image, height × width × 3, as this data set does: a grey patch of ``SIZE``, of equal contrast."""
    small = Image.fromarray(pixels).resize((SIZE, SIZE), Image.Resampling.BILINEAR)
    found: Pixels = _coloured(equalise(gray(np.asarray(small))[None]))[0]
    return found
