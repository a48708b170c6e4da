"""Charts of networks side by side.

Each is plain data; see ``sent`` for why.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from cnnlab.figures.charts import AXIS, FONT, LOG
from cnnlab.figures.palette import OTHER, SERIES
from cnnlab.figures.plain import Sent

LEGEND = {"orientation": "h", "y": 1, "yanchor": "bottom", "x": 0}


def colour(place: int) -> str:
    """The colour of the network at a place in the list."""
    return SERIES[place % len(SERIES)]


def rising(lines: Mapping[str, pd.DataFrame], noun: str, shares: bool = False) -> Sent:
    """Draw sums along the depth, one line a network.

    Each frame has ``depth`` (convolutions and dense layers passed), ``sum`` (of 1 with ``shares``) and ``hover`` (the
    text on hover).
    """
    return Sent(
        data=[
            {
                "type": "scatter",
                "mode": "lines",
                "name": name,
                "x": rows["depth"].tolist(),
                "y": rows["sum"].tolist(),
                "hovertext": rows["hover"].tolist(),
                "hoverinfo": "text",
                "line": {"color": colour(place), "width": 3, "shape": "hv"},
            }
            for place, (name, rows) in enumerate(lines.items())
        ],
        layout={
            "height": 380,
            "margin": {"l": 0, "r": 8, "t": 8, "b": 0},
            "font": FONT,
            "dragmode": False,
            "hovermode": "closest",
            "legend": LEGEND,
            "xaxis": AXIS | {"title": {"text": "convolutions and dense layers, in order"}, "automargin": True},
            "yaxis": AXIS
            | {
                "title": {"text": f"{noun} so far"},
                "tickformat": ".0%" if shares else "~s",
                "rangemode": "tozero",
                "automargin": True,
            },
        },
    )


def by_stage(values: Mapping[str, Sequence[int]], stages: Sequence[str], noun: str) -> Sent:
    """Draw the count of each stage, one bar a network; ``values`` has a number for each of the ``stages``."""
    return Sent(
        data=[
            {
                "type": "bar",
                "name": name,
                "x": list(stages),
                "y": list(row),
                "hovertext": [f"{name}, {stage}<br>{value:,} {noun}" for stage, value in zip(stages, row, strict=True)],
                "hoverinfo": "text",
                "marker": {"color": colour(place)},
            }
            for place, (name, row) in enumerate(values.items())
        ],
        layout={
            "height": 300,
            "margin": {"l": 0, "r": 8, "t": 8, "b": 0},
            "font": FONT,
            "dragmode": False,
            "barmode": "group",
            "hovermode": "closest",
            "legend": LEGEND,
            "xaxis": AXIS | {"type": "category", "automargin": True},
            "yaxis": AXIS | {"title": {"text": noun}, "tickformat": "~s", "rangemode": "tozero", "automargin": True},
        },
    )


def bargains(rows: pd.DataFrame, cost: str, title: str, frontier: Sequence[int], marked: Mapping[str, int]) -> Sent:
    """Accuracy against a cost: the catalogue in grey, the efficient frontier as a line, the marked ones in colour.

    ``rows`` has ``name`` (each dot's ``customdata``), ``title``, ``top1``, ``hover`` and the column ``cost``;
    ``frontier`` are the places of the efficient ones by rising cost; ``marked`` gives a network's place in the list.
    """
    along = rows.iloc[list(frontier)]
    dots: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": "efficient frontier",
            "x": along[cost].tolist(),
            "y": along["top1"].tolist(),
            "line": {"color": OTHER, "width": 2, "shape": "hv", "dash": "dot"},
            "hoverinfo": "skip",
        },
        _dots(rows[~rows["name"].isin(list(marked))], cost, "the catalogue", OTHER, 9, named=set(along["title"])),
    ]
    dots += [
        _dots(rows[rows["name"] == name], cost, "", colour(place), 15, named=set(rows["title"])) | {"showlegend": False}
        for name, place in marked.items()
        if name in set(rows["name"])
    ]
    return Sent(
        data=dots,
        layout={
            "height": 440,
            "margin": {"l": 0, "r": 8, "t": 8, "b": 0},
            "font": FONT,
            "dragmode": False,
            "hovermode": "closest",
            "legend": LEGEND,
            "xaxis": AXIS | {"title": {"text": title}, "tickformat": "~s", "automargin": True} | LOG,
            "yaxis": AXIS | {"title": {"text": "top-1 accuracy, %"}, "automargin": True},
        },
    )


def _dots(rows: pd.DataFrame, cost: str, name: str, fill: str, size: int, named: set[str]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers+text",
        "name": name,
        "x": rows[cost].tolist(),
        "y": rows["top1"].tolist(),
        "customdata": rows["name"].tolist(),
        "text": [title if title in named else "" for title in rows["title"]],
        "textposition": "top center",
        "textfont": {"size": 12},
        "cliponaxis": False,
        "hovertext": rows["hover"].tolist(),
        "hoverinfo": "text",
        "marker": {"color": fill, "size": size},
    }


def times(rows: pd.DataFrame, column: str, title: str) -> Sent:
    """Measured time against a cost, one dot a network with its spread.

    ``rows`` has ``label``, ``place``, ``median``, ``low``, ``high`` (milliseconds), ``hover`` and ``column``.
    """
    return Sent(
        data=[
            {
                "type": "scatter",
                "mode": "markers+text",
                "name": row["label"],
                "x": [row[column]],
                "y": [row["median"]],
                "text": [f"  {row['label']}  "],
                "textposition": "middle right" if row[column] < rows[column].max() / 2 else "middle left",
                "cliponaxis": False,
                "hovertext": [row["hover"]],
                "hoverinfo": "text",
                "error_y": {
                    "type": "data",
                    "symmetric": False,
                    "array": [row["high"] - row["median"]],
                    "arrayminus": [row["median"] - row["low"]],
                    "color": colour(row["place"]),
                },
                "marker": {"color": colour(row["place"]), "size": 13},
            }
            for row in rows.to_dict("records")
        ],
        layout={
            "height": 340,
            "margin": {"l": 0, "r": 8, "t": 24, "b": 0},
            "font": FONT,
            "dragmode": False,
            "showlegend": False,
            "hovermode": "closest",
            "xaxis": AXIS | {"title": {"text": title}, "tickformat": "~s", "rangemode": "tozero", "automargin": True},
            "yaxis": AXIS | {"title": {"text": "milliseconds, 1 image"}, "rangemode": "tozero", "automargin": True},
        },
    )
