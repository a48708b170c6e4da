"""A network's silhouette for a card: a bar a layer or block, height by channels, width by the side of the map.

Roots instead of true lengths, since a card has 50 pixels for 3 to 4,096 channels: it is a drawing to tell networks
apart by, the diagram on Inspect is the one drawn to scale.
"""

from collections.abc import Sequence
from html import escape
from math import sqrt
from typing import NamedTuple
from urllib.parse import quote

from cnnlab.figures.palette import LAYERS, SKIP

TALL, WIDE = 46.0, 9.0  # pixels of the deepest map's height, and of the largest map's width
LONGEST = 160.0  # pixels of a drawing; deeper networks get narrower bars
LEAST = 2.2  # pixels of a bar
GAP = 0.25  # of a bar's width
ABOVE = 4.0  # room for the line that stands for skips


class Bar(NamedTuple):
    """A layer or block: the shape of its output, and whether a skip goes around it.

    ``drawn_as`` is the colour's name in ``palette.LAYERS``.
    """

    drawn_as: str
    shape: tuple[int, ...]
    skipped: bool


def thumbnail(bars: Sequence[Bar], title: str) -> str:
    """Return HTML of the drawing, an SVG with a path for each colour; ``title`` is read out by screen readers."""
    maps: list[tuple[int, ...]] = [bar.shape for bar in bars if len(bar.shape) == 3]
    side = max((shape[1] for shape in maps), default=1)
    # A vector longer than the deepest map is cut off.
    channels = max((shape[-1] for shape in maps or [bar.shape for bar in bars]), default=1)
    widths = [max(LEAST, WIDE * sqrt(bar.shape[1] / side)) if len(bar.shape) == 3 else LEAST for bar in bars]
    squeeze = min(1.0, LONGEST / (sum(widths) * (1 + GAP)))
    paths: dict[str, str] = {}
    x = 0.0
    for bar, full_width in zip(bars, widths, strict=True):
        width = squeeze * full_width
        height = max(LEAST, TALL * min(1.0, sqrt(bar.shape[-1] / channels)))
        top = ABOVE + (TALL - height) / 2
        fill = LAYERS[bar.drawn_as]
        paths[fill] = paths.get(fill, "") + f"M{x:.1f} {top:.1f}h{width:.2f}v{height:.1f}h-{width:.2f}z"
        step = width * (1 + GAP)
        if bar.skipped:
            paths[SKIP] = paths.get(SKIP, "") + f"M{x:.1f} 0h{step:.2f}v1.6h-{step:.2f}z"
        x += step
    drawn = "".join(f'<path fill="{fill}" d="{path}"/>' for fill, path in paths.items())
    size = f'width="{x:.0f}" height="{ABOVE + TALL:.0f}"'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {x:.0f} {ABOVE + TALL:.0f}" {size}>{drawn}</svg>'
    # An image of its own: Streamlit cleans SVG elements out of a page's HTML.
    return f'<img class="cnnlab-thumbnail" {size} alt="{escape(title)}" src="data:image/svg+xml,{quote(svg)}">'
