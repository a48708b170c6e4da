"""Architecture diagrams as SVG, drawn to scale: height by channels, width by the side of the map.

A diagram is boxes in columns and lanes, joined by links. The drawing carries its own style, so that a saved file looks
as it does on the page; on the page Streamlit's theme variables replace the text colour.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

from cnnlab.figures.palette import LAYERS, SKIP
from cnnlab.figures.text_width import text_width

TALLEST, WIDEST = 132.0, 58.0  # pixels of the deepest map's height, and of the largest map's width
LEAST = 5.0  # pixels, so that a thin map can still be seen and clicked
SIZES = {"": 11.0, "detail": 10.0}  # type sizes in pixels, by the class of a text
GAP = 14.0  # between columns
LABELS = 34.0  # height of the two lines under a box
ARC = 20.0  # how far an arc rises over the boxes it passes
MARGIN = 10.0

Style = Literal["line", "skip", "projection"]


@dataclass(frozen=True, slots=True)
class Box:
    """A feature map (height, width, channels) or a vector (units,), with its place in the diagram.

    ``name`` is what a click chooses (empty: nothing can be clicked), ``label`` and ``detail`` stand below, ``tooltip``
    shows on hover. ``drawn_as`` is the colour's name in ``palette.LAYERS``. ``count`` above 1 draws a ×N button that
    unfolds; ``folds`` draws one that folds again. ``group`` is the bracket it stands under.
    """

    name: str
    label: str
    detail: str
    tooltip: str
    drawn_as: str
    shape: tuple[int, ...]
    column: int
    lane: int = 0
    count: int = 1
    folds: str = ""
    group: str = ""
    chosen: bool = False
    ghost: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """A link from one box to another, by their places in the list; to itself it is a skip around the box's inside."""

    start: int
    end: int
    style: Style = "line"


@dataclass(frozen=True, slots=True)
class _Place:
    left: float
    middle: float
    width: float
    height: float
    column_left: float
    column_width: float

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def top(self) -> float:
        return self.middle - self.height / 2


def scale(boxes: Sequence[Box]) -> tuple[int, int]:
    """Return the side of the largest map and the channels of the deepest, the scale of a drawing of these boxes."""
    maps = [box.shape for box in boxes if len(box.shape) == 3 and box.shape[:2] != (1, 1)]
    side = max((shape[1] for shape in maps), default=1)
    return side, max((shape[2] for shape in maps), default=max(box.shape[-1] for box in boxes))


def diagram(
    boxes: Sequence[Box],
    links: Sequence[Link],
    title: str,
    to: tuple[int, int] | None = None,
    least: float = 0,
    room: float = 1.0,
) -> str:
    """Return the drawing as SVG text. ``title`` is read out by screen readers.

    It is drawn to the scale of its own maps, or ``to`` another one, so that two drawings can be compared; drawings that
    are enlarged alike must be equally wide, which ``least`` pixels make them. ``room`` is how much wider than usual the
    letters of its texts may be without touching.
    """
    side, channels = to or scale(boxes)
    places, width, height = _layout(boxes, links, side, channels, room)
    width = max(width, least)
    parts = [_link(link, places, boxes) for link in links]
    parts += [_box(box, place, channels) for box, place in zip(boxes, places, strict=True)]
    parts += _groups(boxes, places, height)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="cnnlab-diagram" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" role="group" aria-label="{escape(title)}">'
        f"<title>{escape(title)}</title><style>{STYLE}</style>{''.join(parts)}</svg>"
    )


STYLE = (
    ".cnnlab-diagram{font-family:var(--st-font,'Source Sans',sans-serif);font-size:11px}"
    ".cnnlab-diagram text{fill:var(--st-text-color,#1f2933);text-anchor:middle}"
    ".cnnlab-diagram .detail{font-size:10px;opacity:.75}"
    ".cnnlab-diagram .link{fill:none;stroke:var(--st-text-color,#1f2933);stroke-opacity:.45;stroke-width:1.2}"
    f".cnnlab-diagram .skip,.cnnlab-diagram .projection{{fill:none;stroke:{SKIP};stroke-width:2.2}}"
    ".cnnlab-diagram .projection{stroke-dasharray:5 3}"
    ".cnnlab-diagram .cut{stroke:var(--st-background-color,#fff);stroke-width:3}"
    ".cnnlab-diagram .hit{fill:transparent}"
    ".cnnlab-diagram .ghost{fill:none;stroke:var(--st-text-color,#1f2933);stroke-opacity:.5;stroke-dasharray:3 2}"
    ".cnnlab-diagram .chosen .map{stroke:var(--st-text-color,#1f2933);stroke-width:2.5}"
    ".cnnlab-diagram .chosen text{font-weight:700;opacity:1}"
    ".cnnlab-diagram .bracket{stroke:var(--st-text-color,#1f2933);stroke-opacity:.35}"
    ".cnnlab-diagram .fold rect{fill:var(--st-secondary-background-color,#eef1f5);"
    "stroke:var(--st-text-color,#1f2933);stroke-opacity:.35}"
    ".cnnlab-diagram [role=button]{cursor:pointer;outline:none}"
    ".cnnlab-diagram [role=button]:hover .map,.cnnlab-diagram [role=button]:focus-visible .map"
    "{stroke:var(--st-text-color,#1f2933);stroke-width:2}"
    ".cnnlab-diagram .fold:hover rect,.cnnlab-diagram .fold:focus-visible rect{stroke-opacity:1}"
)


def extent(boxes: Sequence[Box], links: Sequence[Link], to: tuple[int, int]) -> float:
    """Return the width of a drawing in pixels."""
    return _layout(boxes, links, *to)[1]


def _size(box: Box, side: int, channels: int) -> tuple[float, float]:
    """Return width and height in pixels; a vector has no side, and is cut off if longer than the drawing is tall."""
    wide = box.shape[1] / side * WIDEST if len(box.shape) == 3 else 0
    return max(LEAST, wide), max(LEAST, min(1.0, box.shape[-1] / channels) * TALLEST)


def _text_width(box: Box) -> float:
    return max(text_width(box.label, SIZES[""]), text_width(box.detail, SIZES["detail"]))


def _column_widths(boxes: Sequence[Box], sizes: Sequence[tuple[float, float]], room: float) -> list[float]:
    """Return the width of each column: that of its widest box or text, and of the group's name below its columns."""
    wide = [0.0] * (max(box.column for box in boxes) + 1)
    for box, (width, _) in zip(boxes, sizes, strict=True):
        wide[box.column] = max(wide[box.column], width, room * _text_width(box), 26)
    for group, columns in _spans(boxes):
        lacking = room * text_width(group, SIZES[""]) - sum(wide[column] + GAP for column in columns) + GAP
        wide[columns[-1]] += max(0.0, lacking)
    return wide


def _spans(boxes: Sequence[Box]) -> list[tuple[str, list[int]]]:
    """Return each group with the columns of its neighbours."""
    spans: list[tuple[str, list[int]]] = []
    for box in boxes:
        if spans and spans[-1][0] == box.group:
            spans[-1][1].append(box.column)
        else:
            spans.append((box.group, [box.column]))
    return [(group, sorted(set(columns))) for group, columns in spans if group]


def _layout(
    boxes: Sequence[Box], links: Sequence[Link], side: int, channels: int, room: float = 1.0
) -> tuple[list[_Place], float, float]:
    sizes = [_size(box, side, channels) for box in boxes]
    wide = _column_widths(boxes, sizes, room)
    lefts = [MARGIN]
    for width in wide:
        lefts.append(lefts[-1] + width + GAP)
    lanes = max(box.lane for box in boxes) + 1
    tall = [LEAST] * lanes
    for box, (_, height) in zip(boxes, sizes, strict=True):
        tall[box.lane] = max(tall[box.lane], height)
    raised = {boxes[link.start].lane for link in links if _is_arc(link, boxes)}
    folds = any(box.count > 1 or box.folds for box in boxes)
    middles, y = [], MARGIN
    for lane in range(lanes):
        y += ARC if lane in raised else 0
        middles.append(y + tall[lane] / 2)
        y += tall[lane] + LABELS
    places = [
        _Place(
            lefts[box.column] + (wide[box.column] - width) / 2,
            middles[box.lane],
            width,
            height,
            lefts[box.column],
            wide[box.column],
        )
        for box, (width, height) in zip(boxes, sizes, strict=True)
    ]
    bottom = y + (24 if folds else 0) + (22 if any(box.group for box in boxes) else 0)
    return places, lefts[-1] - GAP + MARGIN, bottom + MARGIN / 2


def _is_arc(link: Link, boxes: Sequence[Box]) -> bool:
    """Return whether a link rises as an arc: past other boxes of its lane, or around one box's inside."""
    start, end = boxes[link.start], boxes[link.end]
    return link.start == link.end or (
        start.lane == end.lane
        and any(box.lane == start.lane and start.column < box.column < end.column for box in boxes)
    )


def _link(link: Link, places: Sequence[_Place], boxes: Sequence[Box]) -> str:
    start, end = places[link.start], places[link.end]
    style = "link" if link.style == "line" else link.style
    if not _is_arc(link, boxes):
        x0, y0, x1, y1 = start.right, start.middle, end.left, end.middle
        # A branch turns down as soon as it leaves and up just before it arrives, in the gaps between columns.
        near, far = 0.3 * GAP, 0.7 * GAP
        if y1 < y0:
            way = f"H{x1 - GAP:.1f}C{x1 - near:.1f} {y0:.1f} {x1 - far:.1f} {y1:.1f} {x1:.1f} {y1:.1f}"
        else:
            way = f"C{x0 + far:.1f} {y0:.1f} {x0 + near:.1f} {y1:.1f} {x0 + GAP:.1f} {y1:.1f}H{x1:.1f}"
        return f'<path class="{style}" d="M{x0:.1f} {y0:.1f}{way}"/>'
    if link.start == link.end:
        x0, x1 = start.left - GAP / 2, start.right + GAP / 2
        tops = [start.top]
    else:
        x0, x1 = start.right + 2, end.left - 2
        lane = boxes[link.start].lane
        tops = [
            place.top
            for box, place in zip(boxes, places, strict=True)
            if box.lane == lane and boxes[link.start].column <= box.column <= boxes[link.end].column
        ]
    # A cubic curve rises to three quarters of its handles' height.
    handle = start.middle - (start.middle - min(tops) + ARC * 0.7) / 0.75
    curve = f"C{x0:.1f} {handle:.1f} {x1:.1f} {handle:.1f} {x1:.1f} {end.middle:.1f}"
    return f'<path class="{style}" d="M{x0:.1f} {start.middle:.1f}{curve}"/>'


def _box(box: Box, place: _Place, channels: int) -> str:
    x, y = place.left, place.top
    shape = f'<rect class="map{" ghost" if box.ghost else ""}" x="{x:.1f}" y="{y:.1f}" width="{place.width:.1f}" '
    shape += f'height="{place.height:.1f}" rx="1.5"' + ("/>" if box.ghost else f' fill="{LAYERS[box.drawn_as]}"/>')
    if len(box.shape) == 1 and box.shape[0] > channels:
        # Longer than the scale allows: two strokes say that it is cut off.
        cuts = (
            f"M{x - 4:.1f} {place.middle + d + 3:.1f}L{place.right + 4:.1f} {place.middle + d - 3:.1f}" for d in (-3, 4)
        )
        shape += f'<path class="cut" d="{"".join(cuts)}"/>'
    middle = place.column_left + place.column_width / 2
    under = place.middle + place.height / 2
    labels = (
        f'<text x="{middle:.1f}" y="{under + 14:.1f}">{escape(box.label)}</text>'
        f'<text class="detail" x="{middle:.1f}" y="{under + 27:.1f}">{escape(box.detail)}</text>'
    )
    if box.ghost or not box.name:
        return f"<g><title>{escape(box.tooltip)}</title>{shape}{labels}</g>"
    hit = (
        f'<rect class="hit" x="{place.column_left:.1f}" y="{y:.1f}" width="{place.column_width:.1f}" '
        f'height="{place.height + LABELS:.1f}"/>'
    )
    chosen = ' class="chosen"' if box.chosen else ""
    return (
        f'<g{chosen} role="button" tabindex="0" data-choose="{escape(box.name)}" aria-label="{escape(box.tooltip)}" '
        f'aria-pressed="{str(box.chosen).lower()}"><title>{escape(box.tooltip)}</title>{hit}{shape}{labels}</g>'
        + _fold_button(box, middle, under + LABELS)
    )


def _fold_button(box: Box, middle: float, y: float) -> str:
    if box.count < 2 and not box.folds:
        return ""
    text, name = (f"× {box.count}", box.name) if box.count > 1 else ("fold", box.folds)
    what = f"unfold {box.count} equal blocks" if box.count > 1 else "fold these equal blocks"
    width = 11 + text_width(text, SIZES[""])
    return (
        f'<g class="fold" role="button" tabindex="0" data-fold="{escape(name)}" aria-label="{what}">'
        f"<title>{what}</title>"
        f'<rect x="{middle - width / 2:.1f}" y="{y:.1f}" width="{width:.1f}" height="18" rx="9"/>'
        f'<text x="{middle:.1f}" y="{y + 13:.1f}">{text}</text></g>'
    )


def _groups(boxes: Sequence[Box], places: Sequence[_Place], height: float) -> list[str]:
    """Draw a bracket and a name under neighbours of one group."""
    parts, y = [], height - 20
    column = {box.column: place for box, place in zip(boxes, places, strict=True)}
    for group, columns in _spans(boxes):
        first, last = column[columns[0]], column[columns[-1]]
        left, right = first.column_left, last.column_left + last.column_width
        parts.append(
            f'<path class="bracket" fill="none" d="M{left:.1f} {y - 4:.1f}v4H{right:.1f}v-4"/>'
            f'<text x="{(left + right) / 2:.1f}" y="{y + 13:.1f}">{escape(group)}</text>'
        )
    return parts
