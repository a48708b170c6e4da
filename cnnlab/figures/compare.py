"""Charts of networks side by side.

Each is plain data; see ``plain`` for why.
"""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import pandas as pd

from cnnlab.figures.palette import OTHER, series_colour
from cnnlab.figures.plain import LEGEND, PlainFigure, axis, chart, counts, whole_ticks


def rising(lines: Mapping[str, pd.DataFrame], noun: str, shares: bool = False) -> PlainFigure:
    """Draw sums along the depth, one line a network.

    Each frame has ``depth`` (layers that multiply passed), ``sum`` (of 1 with ``shares``) and ``hover`` (the
    text on hover).
    """
    traces = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": name,
            "x": rows["depth"].tolist(),
            "y": rows["sum"].tolist(),
            "hovertext": rows["hover"].tolist(),
            "hoverinfo": "text",
            "line": {"color": series_colour(place), "width": 3, "shape": "hv"},
        }
        for place, (name, rows) in enumerate(lines.items())
    ]
    title = f"{noun} so far"
    up = counts(title, (rows["sum"].max() for rows in lines.values() if len(rows)))
    if shares:
        up = axis(title, tickformat=".0%", rangemode="tozero")
    return chart(
        traces,
        380,
        axis("layers that multiply, in order", **whole_ticks(max((len(rows) for rows in lines.values()), default=0))),
        up,
        legend=LEGEND,
    )


def by_stage(values: Mapping[str, Sequence[int]], stages: Sequence[str], noun: str) -> PlainFigure:
    """Draw the count of each stage, one bar a network; ``values`` has a number for each of the ``stages``."""
    bars = [
        {
            "type": "bar",
            "name": name,
            "x": list(stages),
            "y": list(row),
            "hovertext": [f"{name}, {stage}<br>{value:,} {noun}" for stage, value in zip(stages, row, strict=True)],
            "hoverinfo": "text",
            "marker": {"color": series_colour(place)},
        }
        for place, (name, row) in enumerate(values.items())
    ]
    return chart(
        bars,
        300,
        axis(type="category"),
        counts(noun, chain(*values.values())),
        barmode="group",
        legend=LEGEND,
    )


def bargains(
    rows: pd.DataFrame, cost: str, title: str, frontier: Sequence[int], marked: Mapping[str, int]
) -> PlainFigure:
    """Draw accuracy against a cost: the catalogue in grey, the efficient frontier as a line, the marked ones in colour.

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
        _dots(rows[rows["name"] == name], cost, "", series_colour(place), 15, named=set(rows["title"]))
        | {"showlegend": False}
        for name, place in marked.items()
        if name in set(rows["name"])
    ]
    return chart(dots, 440, counts(title, rows[cost], log=True), axis("top-1 accuracy, %"), legend=LEGEND)


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


def times(rows: pd.DataFrame, column: str, title: str) -> PlainFigure:
    """Draw measured time against a cost, one dot a network with its spread.

    ``rows`` has ``label``, ``place``, ``median``, ``low``, ``high`` (milliseconds), ``hover`` and ``column``.
    """
    dots = [
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
                "color": series_colour(row["place"]),
            },
            "marker": {"color": series_colour(row["place"]), "size": 13},
        }
        for row in rows.to_dict("records")
    ]
    return chart(
        dots,
        340,
        counts(title, rows[column]),
        axis("milliseconds, 1 image", rangemode="tozero"),
        margin={"t": 24},
        showlegend=False,
    )
