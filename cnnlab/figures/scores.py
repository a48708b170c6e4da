"""Test results of a trained network: accuracy of each class with its interval, and the ROC curve of two classes.

Each is plain data; see ``sent`` for why.
"""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from cnnlab.figures.charts import AXIS, FONT
from cnnlab.figures.confusion import short
from cnnlab.figures.palette import MACS, OTHER
from cnnlab.figures.plain import Sent


def per_class(rows: Sequence[Mapping[str, Any]], all_classes: float) -> Sent:
    """Accuracy of each class with its interval, the best on top; the accuracy of all as a dotted line.

    Each row has ``class``, ``count``, ``correct``, ``accuracy`` and ``interval`` (low, high); shares from 0 to 1.
    """
    rows = sorted(rows, key=lambda row: row["accuracy"])
    names = [escape(str(row["class"]), quote=False) for row in rows]
    values = [row["accuracy"] for row in rows]
    lows, highs = zip(*(row["interval"] for row in rows), strict=True)
    hover = [
        f"{name}<br>{row['correct']:,} of {row['count']:,} pictures, {100 * row['accuracy']:.1f} %"
        f"<br>95 % interval {100 * row['interval'][0]:.1f} to {100 * row['interval'][1]:.1f} %"
        for name, row in zip(names, rows, strict=True)
    ]
    crowded = len(rows) > 24
    return Sent(
        data=[
            {
                "type": "bar",
                "orientation": "h",
                "x": values,
                "y": list(range(len(rows))),
                "error_x": {
                    "type": "data",
                    "symmetric": False,
                    "array": [high - value for high, value in zip(highs, values, strict=True)],
                    "arrayminus": [value - low for low, value in zip(lows, values, strict=True)],
                    "color": OTHER,
                    "thickness": 1.5,
                    "width": 2 if crowded else 4,
                },
                "marker": {"color": MACS},
                "hovertext": hover,
                "hoverinfo": "text",
            }
        ],
        layout={
            "height": 70 + (13 if crowded else 26) * max(len(rows), 2),
            "margin": {"l": 0, "r": 26, "t": 22, "b": 0},
            "bargap": 0.3,
            "font": FONT,
            "dragmode": False,
            "hovermode": "closest",
            "showlegend": False,
            "shapes": [
                {
                    "type": "line", "x0": all_classes, "x1": all_classes, "y0": 0, "y1": 1, "yref": "paper",
                    "line": {"color": OTHER, "width": 2, "dash": "dot"},
                }
            ],
            "annotations": [
                {
                    "x": all_classes, "y": 1, "yref": "paper", "yanchor": "bottom", "showarrow": False,
                    "text": f"all: {100 * all_classes:.1f} %", "font": {"size": 12},
                }
            ],
            "xaxis": AXIS | {"range": [0, 1], "tickformat": ".0%", "automargin": True},
            "yaxis": AXIS
            | {
                "tickvals": list(range(len(rows))),
                "ticktext": [escape(short(str(row["class"]), 20), quote=False) for row in rows],
                "tickfont": {"size": 9 if crowded else 13},
                "automargin": True,
                "showgrid": False,
            },
        },
    )  # fmt: skip


def roc(
    false_positives: Sequence[float], true_positives: Sequence[float], thresholds: Sequence[float], area: float,
    positive: str,
) -> Sent:  # fmt: skip
    """The share of the other class taken for ``positive``, against the share of ``positive`` found, at each threshold.

    The area below it is shaded; guessing is the diagonal.
    """
    name = escape(positive, quote=False)
    hover = [
        f"{name} from {threshold:.2f} on<br>{100 * true:.1f} % of them found<br>"
        f"{100 * false:.1f} % of the others taken for it"
        for false, true, threshold in zip(false_positives, true_positives, thresholds, strict=True)
    ]
    red, green, blue = (int(MACS[place : place + 2], 16) for place in (1, 3, 5))
    return Sent(
        data=[
            {
                "type": "scatter",
                "mode": "lines",
                "name": f"the network: area {area:.3f}",
                "x": list(false_positives),
                "y": list(true_positives),
                "fill": "tozeroy",
                "fillcolor": f"rgba({red},{green},{blue},0.15)",
                "line": {"color": MACS, "width": 3},
                "hovertext": hover,
                "hoverinfo": "text",
            },
            {
                "type": "scatter",
                "mode": "lines",
                "name": "guessing: area 0.5",
                "x": [0, 1],
                "y": [0, 1],
                "line": {"color": OTHER, "width": 2, "dash": "dot"},
                "hoverinfo": "skip",
            },
        ],
        layout={
            "height": 380,
            "margin": {"l": 0, "r": 8, "t": 8, "b": 0},
            "font": FONT,
            "dragmode": False,
            "hovermode": "closest",
            "legend": {"orientation": "h", "y": 1, "yanchor": "bottom", "x": 0},
            "xaxis": AXIS
            | {"title": {"text": f"others taken for {name}"}, "range": [0, 1], "tickformat": ".0%", "automargin": True},
            "yaxis": AXIS
            | {"title": {"text": f"{name} found"}, "range": [0, 1.02], "tickformat": ".0%", "automargin": True},
        },
    )
