"""A filter's numbers while it learns: a frame for each moment of the descent, for a player."""

import itertools
from collections.abc import Sequence
from math import log10

import numpy as np
from numpy.typing import NDArray

from cnnlab.figures.number_grid import BORDER, CELL, INK, svg_text
from cnnlab.figures.palette import NEGATIVE, POSITIVE

LEAST = 1e-12  # a loss that counts as none
TOP = 28.0  # where the grids begin
LINE, HEIGHT = 280.0, 96.0  # of the loss


def descent(
    filters: NDArray[np.float64], target: Sequence[Sequence[float]], losses: Sequence[float]
) -> tuple[str, list[tuple[float, float]]]:
    """Return an SVG whose parts carry their frame in ``data-at`` and ``data-from``, and the places of the dot."""
    side, across = len(target), len(target[0])
    cell = CELL * 1.25
    wide, below = across * cell, TOP + side * cell + 34
    most = max(float(np.abs(target).max()), 1e-9)
    places = _places(losses, below)
    frames = "".join(f'<g data-at="{at}">{_numbers(frame, cell, most)}</g>' for at, frame in enumerate(filters))
    steps = "".join(
        f'<path data-from="{at + 1}" d="M{x0:.1f} {y0:.1f}L{x1:.1f} {y1:.1f}" stroke="{POSITIVE}" stroke-width="2.5"/>'
        for at, ((x0, y0), (x1, y1)) in enumerate(itertools.pairwise(places))
    )
    copied = f'<g transform="translate({wide + 24:.0f} 0)">'
    svg = svg_text(
        max(2 * wide + 24, LINE) + 12,
        below + HEIGHT + 8,
        "The learned filter, the kernel it should equal, and the loss",
        f'<g font-size="14" fill="{INK}"><text x="6" y="{TOP - 9:.0f}">learned</text>',
        f'<text x="{wide + 30:.0f}" y="{TOP - 9:.0f}">target</text>',
        f'<text x="6" y="{below - 9:.0f}">loss, logarithmic: each line is a factor of 100</text></g>',
        f'<g font-size="14" text-anchor="middle" fill="{INK}">{frames}',
        f"{copied}{_numbers(np.asarray(target, dtype=float), cell, most)}</g></g>",
        f"{_lines(side, across, cell)}{copied}{_lines(side, across, cell)}</g>",
        _ruled(losses, below),
        steps,
        f'<g data-move="dot"><circle r="4.5" fill="{POSITIVE}"/></g>',
    )
    return svg, places


def _lines(side: int, across: int, cell: float) -> str:
    ends = [f"M6 {TOP + k * cell:.1f}h{across * cell:.1f}" for k in range(side + 1)]
    ends += [f"M{6 + k * cell:.1f} {TOP:.0f}v{side * cell:.1f}" for k in range(across + 1)]
    return f'<path d="{"".join(ends)}" stroke="{BORDER}" fill="none"/>'


def _numbers(values: NDArray[np.float64], cell: float, most: float) -> str:
    return "".join(
        f'<rect x="{6 + column * cell:.1f}" y="{TOP + row * cell:.1f}" width="{cell:.1f}" height="{cell:.1f}" '
        f'fill="{POSITIVE if value >= 0 else NEGATIVE}" fill-opacity="{0.55 * min(abs(value) / most, 1):.2f}"/>'
        f'<text x="{6 + (column + 0.5) * cell:.1f}" y="{TOP + (row + 0.5) * cell + 5:.1f}">'
        f"{rounded(value, most)}</text>"
        for row, line in enumerate(values)
        for column, value in enumerate(line.tolist())
    )


def rounded(value: float, most: float) -> str:
    """Format with as many digits as the size needs: «0.98» beside ones, «0.062» beside tenths, «50.3» beside tens."""
    digits = 3 if most < 0.5 else 2 if most < 20 else 1 if most < 100 else 0
    return f"{round(value, digits) + 0.0:.{digits}f}".replace("-", "−")


def _levels(losses: Sequence[float]) -> tuple[list[float], float, float]:
    """Return the losses as powers of ten, the highest, and how far down they go."""
    levels = [log10(max(loss, LEAST)) for loss in losses]
    return levels, max(levels), max(levels) - min(levels) or 1.0


def _places(losses: Sequence[float], top: float) -> list[tuple[float, float]]:
    levels, high, span = _levels(losses)
    last = max(len(levels) - 1, 1)
    return [(6 + at / last * LINE, top + (high - level) / span * HEIGHT) for at, level in enumerate(levels)]


def _ruled(losses: Sequence[float], top: float) -> str:
    """Draw a pale line for each factor of 100."""
    _, _, span = _levels(losses)
    ends = [f"M6 {top + down / span * HEIGHT:.1f}h{LINE:.0f}" for down in np.arange(0.0, span + 0.01, 2.0).tolist()]
    return f'<path d="{"".join(ends)}" stroke="{BORDER}" fill="none"/>'
