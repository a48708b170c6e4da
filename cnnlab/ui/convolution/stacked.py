"""Channels under each other, with a filter's part for each, and the one map that comes out: pictures that play."""

from collections.abc import Callable, Sequence
from html import escape

import numpy as np

from cnnlab.convolution.volumes import channel_sums, products
from cnnlab.convolution.windows import Numbers
from cnnlab.figures.numbers import BORDER, INK, grid, number, picture

CELL, TITLE, GAP = 24.0, 28.0, 18.0
MARK = "#D55E00"
Drawn = tuple[str, tuple[str, ...], dict[str, list[tuple[float, float]]]]
"""The picture, a text for each frame, and the places of what moves: what a player takes."""


def stacked(
    volume: Numbers, filter_: Numbers, names: Sequence[str], title: str, weights: Numbers | None = None
) -> Drawn:
    """A filter over all channels, position by position.

    A frame for each channel's sum and one for their total. With ``weights`` the sums are a map of their own for each
    channel (depthwise), and the total weighs them (pointwise). A 1×1 filter has one frame a position.
    """
    (high, wide, channels), f = volume.shape, filter_.shape[0]
    sums = channel_sums(volume, filter_)
    out = (sums * (1.0 if weights is None else weights)).sum(axis=2)
    down, across = out.shape
    frames = channels + 1 if f > 1 else 1  # of one position
    places = [(row, column) for row in range(down) for column in range(across)]
    rows = [TITLE + channel * (high * CELL + TITLE) for channel in range(channels)]
    kernel_at = 6 + wide * CELL + GAP
    sums_at = kernel_at + f * CELL + GAP
    out_at = sums_at + (66 if weights is None else across * CELL + 58)
    middle = (rows[-1] + high * CELL + TITLE) / 2
    out_y = middle - down * CELL / 2
    parts = []
    for channel, (name, y) in enumerate(zip(names, rows, strict=True)):
        centre = y + high * CELL / 2
        kernel_y = centre - f * CELL / 2
        parts.append(grid(volume[:, :, channel].tolist(), 6, y, f"{name} {high}×{wide}", CELL))
        parts.append(_text(kernel_at - GAP / 2, centre + 5, "∗"))
        parts.append(grid(filter_[:, :, channel].tolist(), kernel_at, kernel_y, f"{f}×{f}" if f > 1 else "", CELL))
        parts.append(_text(sums_at - GAP / 2, centre + 5, "="))
        if frames > 1:
            at = ",".join(str(place * frames + channel) for place in range(len(places)))
            side = f * CELL
            parts.append(
                f'<rect data-at="{at}" x="{kernel_at}" y="{kernel_y}" width="{side}" height="{side}" {_frame()}/>'
            )
        if weights is None:
            for place, (row, column) in enumerate(places):
                shown = range(place * frames + (channel if frames > 1 else 0), (place + 1) * frames)
                when = ",".join(map(str, shown))
                parts.append(_text(sums_at + 4, centre + 5, number(float(sums[row, column, channel])), when, "start"))
        else:
            first = _first(across, frames, channel)
            parts.append(_outline(sums_at, centre - down * CELL / 2, across, down))
            parts.append(grid(sums[:, :, channel].tolist(), sums_at, centre - down * CELL / 2, "", CELL, first))
            parts.append(_text(sums_at + across * CELL + 24, centre + 5, f"× {number(float(weights[channel]))}"))
    parts.append(_text(out_at - 12, middle + 5, "Σ"))
    parts.append(_outline(out_at, out_y, across, down))
    parts.append(grid(out.tolist(), out_at, out_y, f"output {down}×{across}", CELL, _first(across, frames, frames - 1)))
    side = f * CELL
    window = "".join(f'<rect x="0" y="{y}" width="{side}" height="{side}" {_frame()}/>' for y in rows)
    parts.append(f'<g data-move="window">{window}</g>')
    parts.append(f'<g data-move="result"><rect width="{CELL}" height="{CELL}" {_frame()}/></g>')
    each = [(row, column) for row, column in places for _ in range(frames)]
    moves = {
        "window": [(6 + column * CELL, row * CELL) for row, column in each],
        "result": [(out_at + column * CELL, out_y + row * CELL) for row, column in each],
    }
    made = products(volume, filter_)
    told = []
    for row, column in places:
        numbers = volume[row : row + f, column : column + f]
        if frames > 1:
            told += [
                f"{escape(name)}: {_sum(numbers[:, :, at].ravel(), filter_[:, :, at].ravel())} = "
                f"<b>{number(float(made[row, column, :, :, at].sum()))}</b>"
                for at, name in enumerate(names)
            ]
        total = number(float(out[row, column]))
        if frames == 1:
            told.append(f"{_sum(numbers.ravel(), filter_.ravel())} = <b>{total}</b>")
        elif weights is None:
            terms = " + ".join(_signed(float(value)) for value in sums[row, column])
            told.append(f"All {channels} channels: {terms} = <b>{total}</b>")
        else:
            told.append(f"1×1 over the channels: {_sum(sums[row, column], weights)} = <b>{total}</b>")
    width = max(out_at + across * CELL, out_at + 86) + 6
    svg = picture(width, rows[-1] + high * CELL + 8, title, *parts)
    return svg, tuple(told), moves


def _first(across: int, frames: int, at: int) -> Callable[[int, int], str]:
    """Shows a cell from the frame on in which it is computed."""
    return lambda row, column: f'data-from="{(row * across + column) * frames + at}"'


def _frame() -> str:
    return f'fill="none" stroke="{MARK}" stroke-width="2.5"'


def _outline(x: float, y: float, across: int, down: int) -> str:
    """Where a map will stand."""
    size = f'width="{across * CELL}" height="{down * CELL}"'
    return f'<rect x="{x:.1f}" y="{y:.1f}" {size} fill="none" stroke="{BORDER}" stroke-dasharray="3 3"/>'


def _text(x: float, y: float, text: str, at: str = "", anchor: str = "middle") -> str:
    when = f'data-at="{at}" ' if at else ""
    return f'<text {when}x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="14" fill="{INK}">{text}</text>'


def _signed(value: float) -> str:
    return number(value) if value >= 0 else f"({number(value)})"


def _sum(values: Numbers, weights: Numbers) -> str:
    """«10 × 1 + 10 × 0 + …», negative factors in brackets."""
    pairs = zip(np.asarray(values).tolist(), np.asarray(weights).tolist(), strict=True)
    return " + ".join(f"{_signed(value)} × {_signed(weight)}" for value, weight in pairs)
