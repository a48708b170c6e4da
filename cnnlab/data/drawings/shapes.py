"""Twenty shapes, filled or as outlines, turned any way."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from PIL import ImageDraw

from cnnlab.data.drawings.strokes import FINER, Floats, Line, covered, listed, moved

OUTLINED = 0.35  # of all


def _arc(begin: float, end: float, radius: float = 1.0, count: int = 32) -> Line:
    """Return points on a circle, angles in parts of a whole turn."""
    angles = np.linspace(begin, end, count) * 2 * np.pi
    return listed(np.stack([np.cos(angles), np.sin(angles)], axis=1) * radius)


def _star(points: int, inner: float, outer: float = 1.0, flat: int = 1) -> Line:
    """Return the points of a star: ``flat`` points out, ``flat`` points in, and so on around."""
    around = np.arange(2 * points * flat) / (2 * points * flat) * 2 * np.pi
    radius = np.where(np.arange(2 * points * flat) // flat % 2, inner, outer)
    return listed(np.stack([np.sin(around), -np.cos(around)], axis=1) * radius[:, None])


def _stretched(line: Line, x: float, y: float) -> Line:
    return [(a * x, b * y) for a, b in line]


_TURN = np.linspace(0, 2 * np.pi, 40)
_HEART = listed(
    np.stack(  # https://mathworld.wolfram.com/HeartCurve.html
        [
            np.sin(_TURN) ** 3,
            -(13 * np.cos(_TURN) - 5 * np.cos(2 * _TURN) - 2 * np.cos(3 * _TURN) - np.cos(4 * _TURN)) / 16,
        ],
        axis=1,
    )
)

SHAPES: Mapping[str, tuple[Line, ...]] = MappingProxyType(
    {
        "disk": (_arc(0, 1),),
        "ellipse": (_stretched(_arc(0, 1), 1, 0.5),),
        "ring": (_arc(0, 1), _arc(0, 1, 0.55)),
        "half disk": (_arc(0, 0.5),),
        "crescent": ([*_arc(0.12, 0.88), *_stretched(_arc(0.83, 0.17), 0.6, 0.77)],),
        "disk with a slice cut out": ([(0, 0), *_arc(0.12, 0.88)],),
        "triangle": (_arc(0, 2 / 3, count=3),),
        "square": (_arc(0, 0.75, count=4),),
        "rectangle": ([(-1, -0.4), (1, -0.4), (1, 0.4), (-1, 0.4)],),
        "trapezium": ([(-0.5, -0.5), (0.5, -0.5), (1, 0.5), (-1, 0.5)],),
        "pentagon": (_arc(0, 0.8, count=5),),
        "five-pointed star": (_star(5, 0.4),),
        "four-pointed star": (_star(4, 0.35),),
        "gear": (_star(8, 0.7, flat=2),),
        "plus": ([(-1, -0.3), (-0.3, -0.3), (-0.3, -1), (0.3, -1), (0.3, -0.3), (1, -0.3),
                  (1, 0.3), (0.3, 0.3), (0.3, 1), (-0.3, 1), (-0.3, 0.3), (-1, 0.3)],),
        "angle": ([(-0.7, -0.9), (-0.2, -0.9), (-0.2, 0.4), (0.7, 0.4), (0.7, 0.9), (-0.7, 0.9)],),
        "tee": ([(-0.9, -0.8), (0.9, -0.8), (0.9, -0.3), (0.25, -0.3), (0.25, 0.9), (-0.25, 0.9), (-0.25, -0.3),
                 (-0.9, -0.3)],),
        "arrow": ([(-1, -0.2), (0.2, -0.2), (0.2, -0.6), (1, 0), (0.2, 0.6), (0.2, 0.2), (-1, 0.2)],),
        "heart": (_HEART,),
        "flash": ([(-0.2, -1), (0.5, -1), (0.1, -0.25), (0.6, -0.25), (-0.4, 1), (-0.05, 0.1), (-0.6, 0.1)],),
    }
)  # fmt: skip
"""Outlines around (0, 0) that reach as far as 1; a second one is a hole."""


def masks(name: str, count: int, random: np.random.Generator) -> Floats:
    """Draw the shape, ``count`` × side × side of 0…1."""
    lines = SHAPES[name]
    placed = moved(np.concatenate([np.array(line) for line in lines]), random, count, np.pi, 0.4, 0.95)
    outlined = random.random(count) < OUTLINED
    width = random.integers(2, 5, count)
    cut = len(lines[0])

    def draw(number: int, canvas: ImageDraw.ImageDraw) -> None:
        outer, hole = listed(placed[number, :cut]), listed(placed[number, cut:])
        if outlined[number]:
            for line in (outer, hole) if hole else (outer,):
                canvas.line([*line, *line[:2]], fill=255, width=int(width[number]) * FINER, joint="curve")
            return
        canvas.polygon(outer, fill=255)
        if hole:
            canvas.polygon(hole, fill=0)

    return covered(count, draw)
