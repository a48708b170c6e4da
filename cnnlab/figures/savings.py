"""Charts of what a trick or a rewrite saves.

Each is plain data; see ``plain`` for why.
"""

from typing import Any

import pandas as pd

from cnnlab.figures.charts import AXIS, FONT
from cnnlab.figures.palette import MACS, OTHER, PARAMS, SERIES
from cnnlab.figures.plain import Sent

MORE, LESS = PARAMS, SERIES[2]
"""The colours of a stage that costs more, and of one that costs less."""


def cost_curve(rows: pd.DataFrame, titles: tuple[str, str], axis: str, here: object, even: float | None = None) -> Sent:
    """MACs of the usual way and of the thrifty way along one knob.

    ``rows`` has ``x``, ``before`` and ``after``; ``titles`` are the names of the two ways. ``here`` is the value that
    is set now, ``even`` the one at which both ways cost the same. Values that are words make bars.
    """
    words = not pd.api.types.is_numeric_dtype(rows["x"])
    traces: list[dict[str, Any]] = []
    for column, title, colour in zip(("before", "after"), titles, (OTHER, MACS), strict=True):
        hover = [f"{axis} {x}<br>{title}: {value:,} MACs" for x, value in zip(rows["x"], rows[column], strict=True)]
        style = {"type": "bar", "marker": {"color": colour}}
        if not words:
            style = {"type": "scatter", "mode": "lines", "line": {"color": colour, "width": 3}}
        traces.append(
            style
            | {
                "name": title,
                "x": rows["x"].tolist(),
                "y": rows[column].tolist(),
                "hovertext": hover,
                "hoverinfo": "text",
            }
        )
    shapes, notes = [], []
    if not words:
        now = rows[rows["x"] == here]
        for column, colour in (("before", OTHER), ("after", MACS)):
            traces.append(
                {
                    "type": "scatter",
                    "mode": "markers",
                    "x": now["x"].tolist(),
                    "y": now[column].tolist(),
                    "marker": {"color": colour, "size": 12},
                    "hoverinfo": "skip",
                    "showlegend": False,
                }
            )
        if even is not None:
            shapes.append(
                {
                    "type": "line", "x0": even, "x1": even, "y0": 0, "y1": 1, "yref": "paper",
                    "line": {"color": PARAMS, "width": 2, "dash": "dash"},
                }
            )  # fmt: skip
            notes.append(
                {
                    "x": even, "y": 0.04, "yref": "paper", "yanchor": "bottom", "xanchor": "right", "showarrow": False,
                    "text": f"break-even: {even:.4g} ", "font": {"color": PARAMS, "size": 13},
                }
            )  # fmt: skip
    return Sent(
        data=traces,
        layout={
            "height": 320,
            "margin": {"l": 0, "r": 8, "t": 8, "b": 0},
            "font": FONT,
            "dragmode": False,
            "hovermode": "closest",
            "barmode": "group",
            "legend": {"orientation": "h", "y": 1, "yanchor": "bottom", "x": 0},
            "shapes": shapes,
            "annotations": notes,
            "xaxis": AXIS | {"title": {"text": axis}, "automargin": True} | ({"type": "category"} if words else {}),
            "yaxis": AXIS | {"title": {"text": "MACs"}, "rangemode": "tozero", "tickformat": "~s", "automargin": True},
        },
    )


def waterfall(rows: pd.DataFrame, noun: str) -> Sent:
    """From one total to another, stage by stage.

    ``rows`` has ``label``, ``value`` and ``text``; the first and the last row are totals, those between differences.
    """
    labels, texts = rows["label"].tolist(), rows["text"].tolist()
    return Sent(
        data=[
            {
                "type": "waterfall",
                "x": labels,
                "y": rows["value"].tolist(),
                "measure": ["absolute", *["relative"] * (len(rows) - 2), "total"],
                "text": texts,
                "textposition": "outside",
                "cliponaxis": False,
                "hovertext": [f"{label}<br>{text} {noun}" for label, text in zip(labels, texts, strict=True)],
                "hoverinfo": "text",
                "increasing": {"marker": {"color": MORE}},
                "decreasing": {"marker": {"color": LESS}},
                "totals": {"marker": {"color": MACS}},
                "connector": {"line": {"color": OTHER, "width": 1}},
            }
        ],
        layout={
            "height": 340,
            "margin": {"l": 0, "r": 0, "t": 28, "b": 0},
            "font": FONT,
            "dragmode": False,
            "showlegend": False,
            "xaxis": AXIS | {"automargin": True, "type": "category"},
            "yaxis": AXIS | {"title": {"text": noun}, "tickformat": "~s", "rangemode": "tozero", "automargin": True},
        },
    )
