"""Norms of signals and gradients along the depth, on a logarithmic axis."""

from collections.abc import Sequence
from math import ceil, log10
from typing import Any

from cnnlab.figures.palette import MACS, PARAMS
from cnnlab.figures.plain import LEGEND, LOG, PlainFigure, axis, chart

TICKS = 6


def lengths(layers: Sequence[int], plain: Sequence[float], skips: Sequence[float], noun: str) -> PlainFigure:
    """Draw two lines, without and with skips; a zero, which this axis cannot show, leaves a gap."""
    shown = [log10(value) for value in (*plain, *skips) if value > 0]
    low, high = min([*shown, -1.0]), max([*shown, 1.0])
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": name if min(values) > 0 else f"{name}: 0, below this axis",
            "x": list(layers),
            "y": [value if value > 0 else None for value in values],
            "line": {"color": colour, "width": 2.5, "dash": dash},
            "marker": {"color": colour, "size": 5},
            "hovertext": [f"layer {x}<br>{noun}, {name}: {y:.3g}" for x, y in zip(layers, values, strict=True)],
            "hoverinfo": "text",
        }
        for name, values, colour, dash in (
            ("without skips", plain, PARAMS, "dash"),
            ("with skips", skips, MACS, "solid"),
        )
    ]
    ticks = {"dtick": ceil((high - low) / TICKS), "minor": {}, "exponentformat": "power"}
    return chart(
        traces,
        300,
        axis("layer", rangemode="tozero"),
        axis(noun, range=[low - 0.3, high + 0.3], **LOG | ticks),
        legend=LEGEND,
    )
