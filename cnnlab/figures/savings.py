"""Charts of the savings of a trick or a rewrite.

Each is plain data; see ``plain`` for why.
"""

from itertools import accumulate
from typing import Any

import pandas as pd

from cnnlab.figures.palette import MACS, OTHER, PARAMS, SERIES
from cnnlab.figures.plain import LEGEND, PlainFigure, axis, chart, counts, vertical_line

MORE, LESS = PARAMS, SERIES[2]
"""The colours of a stage that costs more, and of one that costs less."""


def cost_curve(
    rows: pd.DataFrame, titles: tuple[str, str], knob: str, here: object, even: float | None = None
) -> PlainFigure:
    """Draw the MACs of the standard way and of the cheaper way along one knob.

    ``rows`` has ``x``, ``before`` and ``after``; ``titles`` are the names of the two ways. ``here`` is the value that
    is set now, ``even`` the one at which both ways cost the same. Values that are words make bars.
    """
    words = not pd.api.types.is_numeric_dtype(rows["x"])
    traces: list[dict[str, Any]] = []
    for column, title, colour in zip(("before", "after"), titles, (OTHER, MACS), strict=True):
        hover = [f"{knob} {x}<br>{title}: {value:,} MACs" for x, value in zip(rows["x"], rows[column], strict=True)]
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
            shapes.append(vertical_line(even, PARAMS, "dash"))
            notes.append(
                {
                    "x": even, "y": 0.04, "yref": "paper", "yanchor": "bottom", "xanchor": "right", "showarrow": False,
                    "text": f"break-even: {even:.4g} ", "font": {"color": PARAMS, "size": 13},
                }
            )  # fmt: skip
    return chart(
        traces,
        320,
        axis(knob, **({"type": "category"} if words else {})),
        counts("MACs", [*rows["before"], *rows["after"]]),
        barmode="group",
        legend=LEGEND,
        shapes=shapes,
        annotations=notes,
    )


def waterfall(rows: pd.DataFrame, noun: str) -> PlainFigure:
    """Draw the way from one total to another, stage by stage.

    ``rows`` has ``label``, ``value`` and ``text``; the first and the last row are totals, those between differences.
    """
    labels, texts = rows["label"].tolist(), rows["text"].tolist()
    steps = {
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
    return chart(
        [steps],
        340,
        axis(type="category"),
        counts(noun, accumulate(rows["value"].tolist()[:-1])),
        margin={"r": 0, "t": 28},
        showlegend=False,
    )
