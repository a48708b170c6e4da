"""Grids of numbers as SVG: a cell a number, coloured by its value."""

from collections.abc import Callable, Sequence
from html import escape

CELL = 34.0  # pixels of a cell's side
NEGATIVE, POSITIVE = "#D55E00", "#0072B2"
BORDER = "var(--st-border-color,#c9d4de)"
INK = "var(--st-text-color,#17212b)"
PAPER = "var(--st-background-color,#ffffff)"


def grid(
    values: Sequence[Sequence[float]],
    x: float,
    y: float,
    title: str = "",
    cell: float = CELL,
    attributes: Callable[[int, int], str] = lambda row, column: "",
) -> str:
    """SVG of a grid whose upper left corner is at (x, y); its title stands above it.

    Positive numbers are blue and negative ones orange, the stronger the larger. ``attributes`` gives each cell's group
    more attributes, such as those of a player.
    """
    most = max((abs(value) for row in values for value in row), default=0) or 1
    parts = [f'<text x="{x:.1f}" y="{y - 8:.1f}" font-size="13" fill="{INK}">{escape(title)}</text>'] if title else []
    for row, line in enumerate(values):
        for column, value in enumerate(line):
            parts.append(
                f'<g transform="translate({x + column * cell:.1f} {y + row * cell:.1f})" {attributes(row, column)}>'
                f'<rect width="{cell:.1f}" height="{cell:.1f}" fill="{PAPER}" stroke="{BORDER}"/>'
                f'<rect width="{cell:.1f}" height="{cell:.1f}" fill="{POSITIVE if value >= 0 else NEGATIVE}" '
                f'fill-opacity="{0.55 * abs(value) / most:.2f}"/>'
                f'<text x="{cell / 2:.1f}" y="{cell / 2 + 4.5:.1f}" text-anchor="middle" font-size="13" fill="{INK}">'
                f"{number(value)}</text></g>"
            )
    return "".join(parts)


def number(value: float) -> str:
    """As short as it can be: «3», «-0.25», with a true minus sign."""
    return f"{round(value, 2) + 0.0:g}".replace("-", "−")


def picture(width: float, height: float, title: str, *parts: str) -> str:
    """The SVG around its parts; ``title`` is read out by screen readers."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        f'role="img" aria-label="{escape(title)}" font-family="var(--st-font,sans-serif)">{"".join(parts)}</svg>'
    )
