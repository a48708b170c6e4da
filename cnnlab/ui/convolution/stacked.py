"""Animation of a filter over all channels, position by position."""

from collections.abc import Sequence
from html import escape

import numpy as np

from cnnlab.convolution.volumes import channel_sums
from cnnlab.convolution.windows import Numbers
from cnnlab.figures import stacked as figure
from cnnlab.figures.number_grid import factor, number
from cnnlab.figures.stacked import Moves, Stack

Animation = tuple[str, tuple[str, ...], Moves]
"""Arguments of ``player``: the SVG, a text for each frame, and the positions of its moving parts."""


def stacked(
    volume: Numbers, filter_: Numbers, names: Sequence[str], title: str, weights: Numbers | None = None
) -> Animation:
    """Return the animation of a filter (f, f, channels) over a volume (height, width, channels).

    Each position has a frame for each channel's sum and one for their total; a 1×1 filter has one frame a position.
    With ``weights``, one a channel, the sums are a feature map for each channel (depthwise), and the total weights
    them (pointwise). Raises ``ValueError`` if their channels differ or the filter does not fit.
    """
    sums = channel_sums(volume, filter_)
    out = (sums * (1.0 if weights is None else weights)).sum(axis=2)
    stack = Stack(volume, filter_, sums, out, weights)
    svg, moves = figure.stacked(stack, names, title)
    return svg, tuple(text for place in stack.places for text in _texts(stack, place, names)), moves


def _texts(stack: Stack, place: tuple[int, int], names: Sequence[str]) -> list[str]:
    """Return a text for each frame of a position."""
    row, column = place
    numbers, sums = stack.volume[row : row + stack.f, column : column + stack.f], stack.sums[place]
    total = number(float(stack.out[place]), 6)
    if stack.frames == 1:
        return [f"{_sum(numbers.ravel(), stack.filter_.ravel())} = <b>{total}</b>"]
    by_channel = [
        f"{escape(name)}: {_sum(numbers[:, :, at].ravel(), stack.filter_[:, :, at].ravel())} = "
        f"<b>{number(float(sums[at]), 6)}</b>"
        for at, name in enumerate(names)
    ]
    if stack.weights is None:
        terms = " + ".join(factor(float(value), 6) for value in sums)
        return [*by_channel, f"All {stack.channels} channels: {terms} = <b>{total}</b>"]
    return [*by_channel, f"1×1 over the channels: {_sum(sums, stack.weights)} = <b>{total}</b>"]


def _sum(values: Numbers, weights: Numbers) -> str:
    """Return «10 × 1 + 10 × 0 + …», with negative factors in brackets."""
    pairs = zip(np.asarray(values).tolist(), np.asarray(weights).tolist(), strict=True)
    return " + ".join(f"{factor(value, 6)} × {factor(weight, 6)}" for value, weight in pairs)
