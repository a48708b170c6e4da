"""Norms of signals and gradients along the depth, on a logarithmic axis."""

from collections.abc import Sequence
from math import ceil, log10
from typing import Any

from cnnlab.figures.charts import AXIS, FONT, LOG
from cnnlab.figures.palette import MACS, PARAMS
from cnnlab.figures.plain import Sent

TICKS = 6


def lengths(layers: Sequence[int], plain: Sequence[float], skips: Sequence[float], noun: str) -> Sent:
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
    return Sent(
        data=traces,
        layout={
            "height": 300,
            "margin": {"l": 0, "r": 8, "t": 8, "b": 0},
            "font": FONT,
            "dragmode": False,
            "hovermode": "closest",
            "legend": {"orientation": "h", "y": 1, "yanchor": "bottom", "x": 0},
            "xaxis": AXIS | {"title": {"text": "layer"}, "automargin": True, "rangemode": "tozero"},
            "yaxis": AXIS
            | LOG
            | {
                "title": {"text": noun},
                "dtick": ceil((high - low) / TICKS),
                "minor": {},
                "exponentformat": "power",
                "range": [low - 0.3, high + 0.3],
                "automargin": True,
            },
        },
    )
