"""Grids side by side over which a window moves, for the player: each its own SVG, below each other on a phone."""

from collections.abc import Sequence

from cnnlab.figures.number_grid import BORDER, CELL, INK, grid, svg_text
from cnnlab.figures.palette import MARK

LEFT, TOP = CORNER = (2.0, 26.0)
"""The corner of a panel's grid; the title is above it."""
TAG = "#A84A00"  # the mark's colour, dark enough for small white letters
FRAME = f'width="{CELL}" height="{CELL}" fill="none" stroke="{MARK}" stroke-width="3"'
RING = f'cx="{CELL / 2}" cy="{CELL / 2}" r="{CELL / 2 - 5}" fill="none" stroke="{INK}" stroke-width="2.5"'


def place(row: float, column: float) -> tuple[float, float]:
    """Return a cell's upper left corner on its panel."""
    return LEFT + column * CELL, TOP + row * CELL


def panel(rows: int, columns: int, title: str, *parts: str) -> str:
    """Return an SVG that holds a grid of so many cells, and whatever moves on it."""
    # At least as wide as its title.
    width = max(columns * CELL, 6.9 * len(title)) + 2 * LEFT
    return svg_text(width, TOP + rows * CELL + LEFT, title, *parts)


def empty(rows: int, columns: int) -> str:
    """Draw the empty cells of a grid that is filled later."""
    across = "".join(f"M{LEFT} {TOP + i * CELL}h{columns * CELL}" for i in range(rows + 1))
    down = "".join(f"M{LEFT + j * CELL} {TOP}v{rows * CELL}" for j in range(columns + 1))
    return f'<path d="{across}{down}" fill="none" stroke="{BORDER}" stroke-dasharray="3 3"/>'


def border(before: int, side: int) -> str:
    """Draw a line around an image's cells, which its padding resembles."""
    x, y = place(before, before)
    sides = f'width="{side * CELL}" height="{side * CELL}"'
    return f'<rect class="border" x="{x}" y="{y}" {sides} fill="none" stroke="{INK}" stroke-dasharray="5 4"/>'


def filled(values: Sequence[Sequence[float]], title: str, white: float = 0) -> str:
    """Draw a panel whose cells appear one a frame, row by row, with a frame that moves as ``result``."""
    rows, columns = len(values), len(values[0])

    def when(row: int, column: int) -> str:
        return f'data-from="{row * columns + column}"'

    shown = grid(values, *CORNER, title, attributes=when, white=white)
    mark = f'<g data-move="result"><rect {FRAME}/></g>'
    return panel(rows, columns, title, empty(rows, columns), shown, mark)


def window(rows: int, columns: int, apart: int = 1, weights: Sequence[Sequence[str]] = ()) -> str:
    """Draw the moving window: a frame around each number, ``apart`` cells from the next, its weight in the corner."""
    parts = []
    for i in range(rows):
        for j in range(columns):
            x, y = j * apart * CELL, i * apart * CELL
            parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" {FRAME}/>')
            if weights and len(weights[i][j]) < 5:  # longer ones would cover the number
                parts.append(
                    f'<rect x="{x + CELL - 4 - 5 * len(weights[i][j]):.1f}" y="{y + CELL - 11:.1f}" '
                    f'width="{4 + 5 * len(weights[i][j])}" height="11" fill="{TAG}"/>'
                    f'<text x="{x + CELL - 2:.1f}" y="{y + CELL - 2:.1f}" text-anchor="end" font-size="9" fill="#fff">'
                    f"{weights[i][j]}</text>"
                )
    return f'<g data-move="window">{"".join(parts)}</g>'


def row(*panels: str) -> str:
    """Return HTML of panels and the signs between them, as many beside each other as fit."""
    signs = (each if each.startswith("<svg") else f"<span>{each}</span>" for each in panels)
    return f'<div class="panels">{"".join(signs)}</div>'
