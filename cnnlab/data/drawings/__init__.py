"""Images that the program draws itself: 20 shapes, 24 made-up characters and 16 patterns, as many as one likes.

A small network that learned to tell them apart has features that are of use on photographs, without a download. What
was tried is that recipe; the drawings are no photographs, and no replacement for ImageNet.
"""

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

import numpy as np

from cnnlab.data.dataset import Dataset, Split
from cnnlab.data.drawings import glyphs, patterns, shapes
from cnnlab.data.drawings.strokes import SIDE, Floats
from cnnlab.uploads.images import Pixels

Masks = Callable[[str, int, np.random.Generator], Floats]


def _figures(masks: Masks, name: str, count: int, random: np.random.Generator) -> Floats:
    """Draw a figure before a ground, one shaded, the other too: the edge tells more than the brightness does."""
    covered = masks(name, count, random)
    ground, figure = (patterns.shades(count, random) * random.uniform(0, 0.5, (count, 1, 1)) for _ in range(2))
    found: Floats = (ground * (1 - covered) + (figure + 2) * covered).astype(np.float32)
    return found


DRAWN: Mapping[str, Callable[[int, np.random.Generator], Floats]] = MappingProxyType(
    {
        **{name: partial(_figures, shapes.masks, name) for name in shapes.SHAPES},
        **{name: partial(_figures, glyphs.masks, name) for name in glyphs.GLYPHS},
        **patterns.PATTERNS,
    }
)
"""Functions that draw each class's brightness, ``count`` × side × side, on any scale."""
CLASSES = tuple(DRAWN)
TRAIN, TEST = 100, 20  # images a class, where none are asked for: enough to look at, drawn in seconds
COLORED = 0.5  # of all images; grey ones must be known too
ABOUT = (
    "Images of 48×48 pixels that this program draws: 20 shapes, 24 made-up characters and 16 patterns, rotated, "
    "stretched, shaded and coloured at random; the built-in backbone was trained on 48,000 of them."
)


def load(train: int = TRAIN, test: int = TEST, seed: int = 0) -> Dataset:
    """Return sixty classes; ``train`` and ``test`` images of each, of which no two are the same drawing."""
    return Dataset("drawings", "Drawings", ABOUT, CLASSES, render(train, (seed, 0)), render(test, (seed, 1)))


def render(per_class: int, seed: int | tuple[int, ...] = 0) -> Split:
    """Draw ``per_class`` images of each class, class by class; the same arguments give the same images.

    48,000 take about 24 seconds of one core and 330 MB.
    """
    images = np.empty((len(CLASSES) * per_class, SIDE, SIDE, 3), dtype=np.uint8)
    for number, draw in enumerate(DRAWN.values()):
        random = np.random.default_rng((*np.atleast_1d(seed).tolist(), number))
        images[number * per_class : (number + 1) * per_class] = _exposed(draw(per_class, random), random)
    return Split(images, np.repeat(np.arange(len(CLASSES)), per_class).astype(np.int64))


def _exposed(light: Floats, random: np.random.Generator) -> Pixels:
    """Vary as a camera might: brightness, contrast, colour and noise; dark and bright may be swapped."""
    count = len(light)
    light = light - light.mean(axis=(1, 2), keepdims=True)
    light /= np.maximum(light.std(axis=(1, 2), keepdims=True), 1e-3)
    contrast = random.uniform(25, 75, (count, 1, 1)) * random.choice((-1, 1), (count, 1, 1))
    light = light * contrast + random.normal(0, 1, light.shape) * random.uniform(0, 8, (count, 1, 1))
    colored = random.random((count, 1, 1, 1)) < COLORED
    strength = np.where(colored, random.uniform(0.3, 1.3, (count, 1, 1, 3)), 1)
    tint = np.where(colored, random.uniform(-50, 50, (count, 1, 1, 3)), 0)
    middle = random.uniform(90, 165, (count, 1, 1, 1))
    found: Pixels = np.rint(light[..., None] * strength + tint + middle).clip(0, 255).astype(np.uint8)
    return found
