"""The catalogue as dots: any measure against any other."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from math import log10
from typing import Any

import pandas as pd

from cnnlab.figures.palette import series_colour
from cnnlab.figures.plain import LOG, PlainFigure, axis, chart, counts

SYMBOLS = ("circle", "diamond-open", "x-thin-open", "square-open", "triangle-up-open", "star-open")
LETTER, LINE = 0.0095, 0.042  # width of a letter and height of a line of labels, as shares of the plot


def dots(
    rows: pd.DataFrame,
    x: str,
    y: str,
    titles: Mapping[str, str],
    families: Sequence[str],
    usual: str,
    log: Collection[str] = (),
) -> PlainFigure:
    """Draw one dot a network, a colour a family, a symbol a kind of measurement.

    ``rows`` has ``name`` (each dot's ``customdata``), ``title``, ``family`` (one of ``families``), ``measured`` (a full
    dot where it is ``usual``; at most six kinds), ``hover`` (the text on hover), and the columns ``x`` and ``y``.
    ``titles`` are the axes' titles by column; ``log`` names the columns that go up by factors. Names stand where they
    leave each other room, all the others on hover.
    """
    ways = [usual, *dict.fromkeys(rows["measured"][rows["measured"] != usual])]
    named = _room(rows, x, y, log)
    traces: list[dict[str, Any]] = []
    for (family, way), group in rows.groupby(["family", "measured"], sort=False):
        traces.append(
            {
                "type": "scatter",
                "mode": "markers+text",
                "name": family if way == usual else f"{family}: {way}",
                "x": group[x].tolist(),
                "y": group[y].tolist(),
                "customdata": group["name"].tolist(),
                "text": [title if title in named else "" for title in group["title"]],
                "textposition": "top center",
                "textfont": {"size": 12},
                "cliponaxis": False,
                "hovertext": group["hover"].tolist(),
                "hoverinfo": "text",
                "marker": {
                    "size": 11,
                    "color": series_colour(families.index(family)),
                    "symbol": SYMBOLS[ways.index(way)],
                    "line": {"width": 0 if way == usual else 2},
                },
            }
        )
    return chart(
        traces,
        460,
        _axis(x, rows[x], titles, log),
        _axis(y, rows[y], titles, log),
        margin={"t": 10},
        legend={"orientation": "h", "y": -0.2, "yanchor": "top", "x": 0},
    )


def _axis(column: str, values: Iterable[float], titles: Mapping[str, str], log: Collection[str]) -> dict[str, Any]:
    if column in ("year", "top1"):
        return axis(titles[column], **(LOG if column in log else {}))
    return counts(titles[column], values, log=column in log)


def _room(rows: pd.DataFrame, x: str, y: str, log: Collection[str]) -> set[str]:
    """Return the titles that can stand above their dots without touching another title or dot, the outermost first."""
    if rows.empty:
        return set()
    across, up = _share(rows[x], x in log), _share(rows[y], y in log)
    places = dict(zip(rows["title"], zip(across, up, strict=True), strict=True))
    named: dict[str, tuple[float, float, float]] = {}
    for title in sorted(places, key=lambda title: sum(min(share, 1 - share) for share in places[title])):
        middle, level = places[title]
        half, level = len(title) * LETTER / 2, level + LINE
        beside = (
            abs(middle - other) < half + room and abs(level - height) < LINE for other, height, room in named.values()
        )
        over = (
            name != title and abs(middle - other) < half and abs(level - height) < 0.7 * LINE
            for name, (other, height) in places.items()
        )
        if not any(beside) and not any(over):
            named[title] = (middle, level, half)
    return set(named)


def _share(values: "pd.Series[float]", log: bool) -> list[float]:
    """Return each value's position on the axis, from 0 to 1."""
    numbers = [log10(value) if log else float(value) for value in values]
    low, high = min(numbers), max(numbers)
    return [(number - low) / ((high - low) or 1) for number in numbers]
