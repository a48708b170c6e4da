"""Grids of numbers as SVG: a cell a number, coloured by its value."""

from collections.abc import Callable, Sequence
from html import escape

from cnnlab.figures.palette import NEGATIVE, POSITIVE

CELL = 34.0  # pixels of a cell's side
BORDER = "var(--st-border-color,#c9d4de)"
INK = "var(--st-text-color,#17212b)"


def grid(
    values: Sequence[Sequence[float]],
    x: float,
    y: float,
    title: str = "",
    cell: float = CELL,
    attributes: Callable[[int, int], str] = lambda row, column: "",
    white: float = 0,
) -> str:
    """Return SVG of a grid with its upper left corner at (x, y), and its title above.

    Positive numbers are blue and negative ones orange, the stronger the larger. ``attributes`` gives each cell's group
    more attributes, such as those of a player. An image's numbers are painted grey from 0 to ``white``, where given.
    """
    most = max((abs(value) for row in values for value in row), default=0) or 1
    parts = [f'<text x="{x:.1f}" y="{y - 8:.1f}" font-size="13" fill="{INK}">{escape(title)}</text>'] if title else []
    for row, line in enumerate(values):
        for column, value in enumerate(line):
            text = number(value)
            size = min(13.0, (cell - 3) / (0.56 * len(text)))  # long numbers stay within their cell
            if white:
                level = round(255 * min(max(value / white, 0), 1))
                paint, ink = f'fill="rgb({level},{level},{level})"', "#000" if level > 127 else "#fff"
            else:
                paint = f'fill="{POSITIVE if value >= 0 else NEGATIVE}" fill-opacity="{0.55 * abs(value) / most:.2f}"'
                ink = INK
            parts.append(
                f'<g transform="translate({x + column * cell:.1f} {y + row * cell:.1f})" {attributes(row, column)}>'
                f'<rect width="{cell:.1f}" height="{cell:.1f}" stroke="{BORDER}" {paint}/>'
                f'<text x="{cell / 2:.1f}" y="{cell / 2 + 0.35 * size:.1f}" text-anchor="middle" '
                f'font-size="{size:.1f}" fill="{ink}">{text}</text></g>'
            )
    return "".join(parts)


def number(value: float, digits: int = 3) -> str:
    """Format a number as short as possible: «3», «−0.25»; at most so many digits behind the point.

    >>> number(3.0), number(-0.25), number(48902049), number(0.0390625), number(0.0390625, 6), number(1e-6, 6)
    ('3', '−0.25', '48902049', '0.039', '0.039062', '0.000001')
    """
    text = f"{round(value, digits) + 0.0:.{digits}f}".replace("-", "−")
    return text.rstrip("0").removesuffix(".") if "." in text else text


def factor(value: float, digits: int = 3) -> str:
    """Format a number behind a sign: negative ones in brackets.

    >>> factor(2.0), factor(-0.5)
    ('2', '(−0.5)')
    """
    return number(value, digits) if value >= 0 else f"({number(value, digits)})"


def svg_text(width: float, height: float, title: str, *parts: str) -> str:
    """Return the SVG around its parts; ``title`` is read out by screen readers."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        f'role="img" aria-label="{escape(title)}" font-family="var(--st-font,sans-serif)">{"".join(parts)}</svg>'
    )
