"""Outlines and lines as coverage of pixels, 0…1."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Floats = NDArray[np.floating]
Line = list[tuple[float, float]]

SIDE = 48  # pixels, as the backbone that comes along takes them
FINER = 2  # as many pixels on a side while drawing, which smooths the edges


def moved(points: Floats, random: np.random.Generator, count: int, turn: float, least: float, most: float) -> Floats:
    """Return ``count`` × points × 2: turned by up to ``turn``, stretched, slanted, and placed anywhere in the image.

    A point at distance 1 from the middle comes to lie ``least`` to ``most`` of half a side from it.
    """
    angle = random.uniform(-turn, turn, count)
    scale = random.uniform(least, most, count)
    stretch = np.exp(random.normal(0, 0.08, count))
    slant = random.normal(0, 0.1, count)
    cos, sin = np.cos(angle), np.sin(angle)
    matrix = np.empty((count, 2, 2))
    matrix[:, 0, 0], matrix[:, 0, 1] = cos * stretch, (cos * slant - sin) / stretch
    matrix[:, 1, 0], matrix[:, 1, 1] = sin * stretch, (sin * slant + cos) / stretch
    middle = random.uniform(-1, 1, (count, 1, 2)) * np.maximum(0, 1 - scale)[:, None, None]
    whole = points if points.ndim == 3 else points[None]
    found: Floats = (whole @ matrix.transpose(0, 2, 1) * scale[:, None, None] + middle + 1) * (SIDE * FINER / 2)
    return found


def covered(count: int, draw: Callable[[int, ImageDraw.ImageDraw], None]) -> Floats:
    """Return ``count`` × side × side of 0…1: ``draw(number, canvas)`` paints white on black, then scaled down."""
    found = np.empty((count, SIDE, SIDE), dtype=np.float32)
    for number in range(count):
        image = Image.new("L", (SIDE * FINER, SIDE * FINER))
        draw(number, ImageDraw.Draw(image))
        found[number] = np.asarray(image.reduce(FINER))
    return found / np.float32(255)


def listed(points: Sequence[Sequence[float]] | Floats) -> Line:
    """Convert points to Pillow's form."""
    return [(float(x), float(y)) for x, y in points]
