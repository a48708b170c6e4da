"""Channels under each other, with a filter's part for each, and the map that comes out: a drawing that plays."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnnlab.figures.number_grid import BORDER, INK, grid, number, svg_text
from cnnlab.figures.palette import MARK

CELL, TITLE, GAP = 24.0, 28.0, 18.0
SUM, WEIGHT = 66.0, 58.0  # room for a sum, and for a weight
PHONE = 350.0  # pixels; a wider drawing would be made smaller there, and its numbers with it
Moves = dict[str, list[tuple[float, float]]]
Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Stack:
    """Positions and sizes of the drawing's parts.

    ``volume`` is (height, width, channels), ``filter_`` (f, f, channels), ``sums`` (down, across, channels), ``out``
    (down, across). With ``weights``, one a channel, the sums are maps of their own.
    """

    volume: Numbers
    filter_: Numbers
    sums: Numbers
    out: Numbers
    weights: Numbers | None

    @property
    def channels(self) -> int:
        return int(self.volume.shape[2])

    @property
    def f(self) -> int:
        return int(self.filter_.shape[0])

    @property
    def frames(self) -> int:
        """The sums of one position: one a channel and their total; a 1×1 filter has one."""
        return self.channels + 1 if self.f > 1 else 1

    @property
    def places(self) -> list[tuple[int, int]]:
        """Every position, row by row."""
        return list(np.ndindex(*self.out.shape))

    def top(self, channel: int) -> float:
        """Return the corner of a channel's grid."""
        return TITLE + channel * (int(self.volume.shape[0]) * CELL + TITLE)

    def centre(self, channel: int) -> float:
        return self.top(channel) + int(self.volume.shape[0]) * CELL / 2

    @property
    def kernel_x(self) -> float:
        return 6 + int(self.volume.shape[1]) * CELL + GAP

    @property
    def sums_x(self) -> float:
        return self.kernel_x + self.f * CELL + GAP

    @property
    def below(self) -> bool:
        """True if the output is below the sums, because it does not fit beside them on a phone."""
        return self._beside + int(self.out.shape[1]) * CELL > PHONE

    @property
    def _beside(self) -> float:
        return self.sums_x + (SUM if self.weights is None else int(self.out.shape[1]) * CELL + WEIGHT)

    @property
    def corner(self) -> tuple[float, float]:
        """The corner of the output's grid."""
        if self.below:
            return self.sums_x, self.top(self.channels) + 6
        return self._beside, (self.top(self.channels) - self.out.shape[0] * CELL) / 2

    @property
    def size(self) -> tuple[float, float]:
        (x, y), (down, across) = self.corner, self.out.shape
        lowest = max(self.top(self.channels) - TITLE, y + down * CELL)
        return max(x + across * CELL, x + 86) + 6, lowest + 8


def stacked(stack: Stack, names: Sequence[str], title: str) -> tuple[str, Moves]:
    """Return the drawing, and the places of its moving parts."""
    (down, across), (x, y) = stack.out.shape, stack.corner
    parts = [part for channel, name in enumerate(names) for part in _channel(stack, channel, name)]
    sign = (x - 16, y + down * CELL / 2 + 5) if stack.below else (x - 12, y + down * CELL / 2 + 5)
    parts.append(_text(*sign, "Σ"))
    parts.append(_outline(x, y, across, down))
    parts.append(grid(stack.out.tolist(), x, y, f"output {down}×{across}", CELL, _first(stack, stack.frames - 1)))
    side = stack.f * CELL
    window = "".join(_frame(0, stack.top(channel), side) for channel in range(stack.channels))
    parts.append(f'<g data-move="window">{window}</g><g data-move="result">{_frame(0, 0, CELL)}</g>')
    each = [place for place in stack.places for _ in range(stack.frames)]
    moves = {
        "window": [(6 + column * CELL, row * CELL) for row, column in each],
        "result": [(x + column * CELL, y + row * CELL) for row, column in each],
    }
    return svg_text(*stack.size, title, *parts), moves


def _channel(stack: Stack, channel: int, name: str) -> list[str]:
    """Draw a channel, its part of the filter, and their sum."""
    high, wide, _ = stack.volume.shape
    centre, side, f = stack.centre(channel), stack.f * CELL, stack.f
    kernel_y = centre - side / 2
    parts = [
        grid(stack.volume[:, :, channel].tolist(), 6, stack.top(channel), f"{name} {high}×{wide}", CELL),
        _text(stack.kernel_x - GAP / 2, centre + 5, "∗"),
        grid(stack.filter_[:, :, channel].tolist(), stack.kernel_x, kernel_y, f"{f}×{f}" if f > 1 else "", CELL),
        _text(stack.sums_x - GAP / 2, centre + 5, "="),
    ]
    if stack.frames > 1:
        at = ",".join(str(place * stack.frames + channel) for place in range(len(stack.places)))
        parts.append(_frame(stack.kernel_x, kernel_y, side, f'data-at="{at}" '))
    return parts + (_numbers(stack, channel) if stack.weights is None else _map(stack, channel, stack.weights))


def _numbers(stack: Stack, channel: int) -> list[str]:
    """Draw a channel's sum at each position, one at a time, until the position's total is shown."""
    parts, frames = [], stack.frames
    for place, (row, column) in enumerate(stack.places):
        shown = range(place * frames + (channel if frames > 1 else 0), (place + 1) * frames)
        text = number(float(stack.sums[row, column, channel]))
        parts.append(_text(stack.sums_x + 4, stack.centre(channel) + 5, text, ",".join(map(str, shown)), "start"))
    return parts


def _map(stack: Stack, channel: int, weights: Numbers) -> list[str]:
    """Draw a channel's sums as a map, and its weight in the total."""
    down, across = stack.out.shape
    x, y = stack.sums_x, stack.centre(channel) - down * CELL / 2
    weight = f"× {number(float(weights[channel]))}"
    # Below the map where the output stands below as well, and beside it else.
    place = (
        (x + across * CELL / 2, y + down * CELL + 17) if stack.below else (x + across * CELL + 24, y + down * CELL / 2)
    )
    return [
        _outline(x, y, across, down),
        grid(stack.sums[:, :, channel].tolist(), x, y, "", CELL, _first(stack, channel)),
        _text(*place, weight),
    ]


def _first(stack: Stack, at: int) -> Callable[[int, int], str]:
    """Return the attribute that shows a cell from its first frame on."""
    across = stack.out.shape[1]
    return lambda row, column: f'data-from="{(row * across + column) * stack.frames + at}"'


def _frame(x: float, y: float, side: float, when: str = "") -> str:
    place = f'x="{x:g}" y="{y:g}" width="{side:g}" height="{side:g}"'
    return f'<rect {when}{place} fill="none" stroke="{MARK}" stroke-width="2.5"/>'


def _outline(x: float, y: float, across: int, down: int) -> str:
    """Draw the empty frame of a map."""
    size = f'width="{across * CELL}" height="{down * CELL}"'
    return f'<rect x="{x:.1f}" y="{y:.1f}" {size} fill="none" stroke="{BORDER}" stroke-dasharray="3 3"/>'


def _text(x: float, y: float, text: str, at: str = "", anchor: str = "middle") -> str:
    when = f'data-at="{at}" ' if at else ""
    return f'<text {when}x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="14" fill="{INK}">{text}</text>'
