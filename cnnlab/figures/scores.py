"""Test results of a trained network: accuracy of each class with its interval, and the ROC curve of two classes.

Each is plain data; see ``plain`` for why.
"""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from cnnlab.figures.confusion import short
from cnnlab.figures.palette import MACS, OTHER, rgba
from cnnlab.figures.plain import LEGEND, PlainFigure, axis, chart, vertical_line
from cnnlab.units import interval, share


def per_class(rows: Sequence[Mapping[str, Any]], all_classes: float) -> PlainFigure:
    """Draw the accuracy of each class with its interval, the best on top; the accuracy of all as a dotted line.

    Each row has ``class``, ``count``, ``correct``, ``accuracy`` and ``interval`` (low, high); shares from 0 to 1.
    """
    rows = sorted(rows, key=lambda row: row["accuracy"])
    names = [escape(str(row["class"]), quote=False) for row in rows]
    values = [row["accuracy"] for row in rows]
    lows, highs = zip(*(row["interval"] for row in rows), strict=True)
    hover = [
        f"{name}<br>{row['correct']:,} of {row['count']:,} images, {share(row['accuracy'])}"
        f"<br>95 % interval {interval(*row['interval'])}"
        for name, row in zip(names, rows, strict=True)
    ]
    crowded = len(rows) > 24
    bars = {
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
    label = {
        "x": all_classes, "y": 1, "yref": "paper", "yanchor": "bottom", "showarrow": False,
        "text": f"all: {share(all_classes)}", "font": {"size": 12},
    }  # fmt: skip
    classes = axis(
        tickvals=list(range(len(rows))),
        ticktext=[escape(short(str(row["class"]), 20), quote=False) for row in rows],
        tickfont={"size": 9 if crowded else 13},
        showgrid=False,
    )
    return chart(
        [bars],
        70 + (13 if crowded else 26) * max(len(rows), 2),
        axis(range=[0, 1], tickformat=".0%"),
        classes,
        margin={"r": 26, "t": 22},
        bargap=0.3,
        showlegend=False,
        shapes=[vertical_line(all_classes, OTHER, "dot")],
        annotations=[label],
    )


def roc(
    false_positives: Sequence[float], true_positives: Sequence[float], thresholds: Sequence[float], area: float,
    positive: str,
) -> PlainFigure:  # fmt: skip
    """Draw the share of ``positive`` found against the share of the other class taken for it, at each threshold.

    The area below it is shaded; guessing is the diagonal.
    """
    name = escape(positive, quote=False)
    hover = [
        f"{name} from {threshold:.2f}<br>{share(true)} of them found<br>{share(false)} of the others predicted as it"
        for false, true, threshold in zip(false_positives, true_positives, thresholds, strict=True)
    ]
    network = {
        "type": "scatter",
        "mode": "lines",
        "name": f"the network: area {area:.3f}",
        "x": list(false_positives),
        "y": list(true_positives),
        "fill": "tozeroy",
        "fillcolor": rgba(MACS, 0.15),
        "line": {"color": MACS, "width": 3},
        "hovertext": hover,
        "hoverinfo": "text",
    }
    guessing = {
        "type": "scatter",
        "mode": "lines",
        "name": "guessing: area 0.5",
        "x": [0, 1],
        "y": [0, 1],
        "line": {"color": OTHER, "width": 2, "dash": "dot"},
        "hoverinfo": "skip",
    }
    return chart(
        [network, guessing],
        380,
        axis(f"others predicted as {name}", range=[0, 1], tickformat=".0%"),
        axis(f"{name} found", range=[0, 1.02], tickformat=".0%"),
        legend=LEGEND,
    )
