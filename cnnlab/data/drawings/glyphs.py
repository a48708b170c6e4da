"""Twenty-four made-up characters of two to four curved strokes, each written a little differently every time."""

import numpy as np
from PIL import ImageDraw

from cnnlab.data.drawings.strokes import FINER, Floats, covered, listed, moved

COUNT = 24
GLYPHS = tuple(f"character {number:02}" for number in range(1, COUNT + 1))
ALPHABET = 8  # seed of the characters themselves, which are the same whatever seed images are drawn by
POINTS = 12  # of a stroke


def _bezier(controls: Floats) -> Floats:
    """Return … × ``POINTS`` × 2 points on the cubic curve of … × 4 × 2 control points."""
    t = np.linspace(0, 1, POINTS)[:, None]
    weights = np.concatenate([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3], axis=1)
    found: Floats = weights @ controls
    return found


def controls(name: str) -> Floats:
    """Return the control points of a character, strokes × 4 × 2, from −1 to 1."""
    random = np.random.default_rng((ALPHABET, GLYPHS.index(name)))
    strokes = random.integers(2, 5)
    found = random.uniform(-1, 1, (strokes, 4, 2))
    for number in range(1, strokes):  # most strokes begin on another one, as in writing
        if random.random() < 0.7:
            found[number, 0] = _bezier(found[number - 1])[random.integers(POINTS)]
    found -= (found.max(axis=(0, 1)) + found.min(axis=(0, 1))) / 2
    whole: Floats = found / np.abs(found).max()
    return whole


def masks(name: str, count: int, random: np.random.Generator) -> Floats:
    """Draw the character, ``count`` × side × side of 0…1."""
    own = controls(name)
    written = _bezier(own + random.normal(0, 0.06, (count, *own.shape)))
    placed = moved(written.reshape(count, -1, 2), random, count, 0.3, 0.5, 0.95)
    lines = placed.reshape(count, len(own), POINTS, 2)
    width = random.integers(2, 6, count)

    def draw(number: int, canvas: ImageDraw.ImageDraw) -> None:
        for line in lines[number]:
            canvas.line(listed(line), fill=255, width=int(width[number]) * FINER, joint="curve")

    return covered(count, draw)
