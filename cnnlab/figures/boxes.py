"""Volumes as boxes, all to one scale: height upwards, channels to the right, width into the drawing."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from cnnlab.figures.number_grid import INK, svg_text
from cnnlab.figures.palette import MACS

IN, UP = 0.42, 0.34  # how far a step into the drawing goes to the right and upwards
LINES = 5.0  # pixels of a unit from which on the single numbers are outlined
TOP, GAP, BELOW = 8.0, 34.0, 44.0
LETTER = 6.2  # pixels of an average letter at 13 px


@dataclass(frozen=True, slots=True)
class Solid:
    """A volume (height, width, channels). ``colours``: one a channel, the last for all that follow."""

    shape: tuple[int, int, int]
    colours: tuple[str, ...] = (MACS,)

    def extent(self, unit: float) -> tuple[float, float]:
        """Return width and height in the drawing."""
        height, width, channels = self.shape
        return unit * (channels + IN * width), unit * (height + UP * width)


@dataclass(frozen=True, slots=True)
class Column:
    """Boxes above each other with two lines below; ``sign`` is in front: ∗, =, →."""

    solids: tuple[Solid, ...]
    label: str
    detail: str = ""
    sign: str = ""


def boxes(columns: Sequence[Column], title: str, room: float = 225.0, tallest: float = 170.0) -> str:
    """Draw the columns, with the largest unit at which all boxes side by side take ``room`` pixels at most."""
    wide = sum(max(solid.extent(1)[0] for solid in column.solids) for column in columns)
    high = max(sum(solid.extent(1)[1] for solid in column.solids) for column in columns)
    unit = min(room / wide, tallest / high)
    most = unit * high + 10 * max(len(column.solids) - 1 for column in columns)
    x, parts = 6.0, []
    for column in columns:
        if column.sign:
            parts.append(_text(x + GAP / 2, TOP + most / 2 + 6, column.sign, 19))
            x += GAP
        across = max(solid.extent(unit)[0] for solid in column.solids)
        lines = max(len(column.label) * 1.08, len(column.detail)) * LETTER
        span = max(across, lines)
        sizes = [solid.extent(unit)[1] for solid in column.solids]
        y = TOP + (most - sum(sizes) - 10 * (len(sizes) - 1)) / 2
        for solid, size in zip(column.solids, sizes, strict=True):
            parts.append(_solid(solid, x + (span - across) / 2, y, unit))
            y += size + 10
        parts.append(_text(x + span / 2, TOP + most + 20, column.label, 13, ' font-weight="600"'))
        parts.append(_text(x + span / 2, TOP + most + 37, column.detail, 12))
        x += span
    return svg_text(x + 6, TOP + most + BELOW, title, *parts)


def _text(x: float, y: float, text: str, size: int, more: str = "") -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="middle" font-size="{size}"'
    return f'<text {place} fill="{INK}"{more}>{escape(text)}</text>'


def _solid(solid: Solid, x: float, y: float, unit: float) -> str:
    """Draw the three faces that are seen, channel by channel."""
    height, width, channels = solid.shape
    right, up = unit * IN * width, unit * UP * width
    top, tall = y + up, unit * height
    parts = []
    for start, end, colour in _runs(solid):
        left, across = x + start * unit, (end - start) * unit
        parts.append(
            f'<g fill="{colour}" stroke="{colour}" stroke-width="1" stroke-linejoin="round">'
            f'<rect x="{left:.1f}" y="{top:.1f}" width="{across:.1f}" height="{tall:.1f}" fill-opacity=".5"/>'
            f'<path d="M{left:.1f} {top:.1f}l{right:.1f} {-up:.1f}h{across:.1f}l{-right:.1f} {up:.1f}z" '
            'fill-opacity=".25"/>'
            "</g>"
        )
        if end == channels:
            parts.append(
                f'<path d="M{left + across:.1f} {top:.1f}l{right:.1f} {-up:.1f}v{tall:.1f}l{-right:.1f} {up:.1f}z" '
                f'fill="{colour}" stroke="{colour}" stroke-linejoin="round" fill-opacity=".75"/>'
            )
    if unit >= LINES:
        across, deep = channels * unit, ""
        deep += "".join(f"M{x + c * unit:.1f} {top:.1f}v{tall:.1f}" for c in range(1, channels))
        deep += "".join(f"M{x:.1f} {top + r * unit:.1f}h{across:.1f}" for r in range(1, height))
        deep += "".join(f"M{x + c * unit:.1f} {top:.1f}l{right:.1f} {-up:.1f}" for c in range(1, channels))
        deep += "".join(f"M{x + across:.1f} {top + r * unit:.1f}l{right:.1f} {-up:.1f}" for r in range(1, height))
        deep += "".join(
            f"M{x + w * unit * IN:.1f} {top - w * unit * UP:.1f}h{across:.1f}v{tall:.1f}" for w in range(1, width)
        )
        parts.append(f'<path d="{deep}" fill="none" stroke="{INK}" stroke-opacity=".3" stroke-width=".7"/>')
    return "".join(parts)


def _runs(solid: Solid) -> list[tuple[int, int, str]]:
    """Return first channel, channel behind the last, and colour of neighbours that have one colour."""
    channels, colours = solid.shape[2], solid.colours
    runs = [(place, place + 1, colour) for place, colour in enumerate(colours[:channels])]
    if channels > len(colours):
        runs[-1] = (len(colours) - 1, channels, colours[-1])
    return runs
