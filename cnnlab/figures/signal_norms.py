"""Norms of signals and gradients along the depth, on a logarithmic axis."""

from collections.abc import Mapping, Sequence
from math import ceil, log10
from typing import Any

from cnnlab.figures.palette import SERIES
from cnnlab.figures.plain import LEGEND, LOG, PlainFigure, axis, chart

TICKS = 6
DASHES = ("dash", "dot", "dashdot", "solid")


def lengths(layers: Sequence[int], lines: Mapping[str, Sequence[float]], noun: str) -> PlainFigure:
    """Draw up to four lines by their names; a zero, which this axis cannot show, leaves a gap."""
    shown = [log10(value) for values in lines.values() for value in values if value > 0]
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
        for (name, values), colour, dash in zip(lines.items(), SERIES, DASHES, strict=False)
    ]
    ticks = {"dtick": ceil((high - low) / TICKS), "minor": {}, "exponentformat": "power"}
    return chart(
        traces,
        300,
        axis("layer", rangemode="tozero"),
        axis(noun, range=[low - 0.3, high + 0.3], **LOG | ticks),
        legend=LEGEND,
    )
