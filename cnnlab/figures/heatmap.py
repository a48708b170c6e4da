"""A measure over a grid of networks: colour for one of two knobs each, a line where there is one knob."""

from collections.abc import Mapping, Sequence
from math import ceil, floor, log10
from typing import Any

import pandas as pd

from cnnlab.figures.labels import AROUND, BESIDE, PHONE, place_labels
from cnnlab.figures.palette import MACS, OTHER, SKIP
from cnnlab.figures.plain import PlainFigure, axis, chart, tick_text

# Cividis (Nuñez, Anderton, Renslow 2018): read alike with and without colour blindness, and lightness alone tells the
# order. Its ends are cut, so that neither is lost on a dark page nor on a white one.
SCALE = ("#123570", "#3B496C", "#575D6D", "#707173", "#8A8678", "#A59C74", "#C3B369", "#E1CC55", "#F6E04A")
DIMMED = 0.28  # opacity of what does not fit
EDGE = "#D55E00"


def heatmap(
    rows: pd.DataFrame,
    x: str,
    y: str | None,
    value: str,
    titles: Mapping[str, str],
    points: pd.DataFrame,
    fits: Sequence[bool] | None = None,
) -> PlainFigure:
    """Draw one cell a network: ``value`` as colour, on a scale that goes up by factors; a line where ``y`` is None.

    ``rows`` has the columns ``x``, ``y`` and ``value``, ``network`` (each cell's ``customdata``) and ``hover`` (HTML on
    hover). Cells stand side by side, equally wide whatever their values. ``titles`` are texts by column. ``points`` has
    the same columns, ``label`` and ``exact``: where that is False the network is not the cell's, and its dot is dark
    on the map, hollow on the line. ``fits`` says of each row whether it keeps to a budget: the others are dimmed, and a
    border goes around what fits. Raises ``ValueError`` where ``fits`` is not as long as ``rows``.
    """
    fits = [True] * len(rows) if fits is None else list(fits)
    if len(fits) != len(rows):
        raise ValueError(f"fits has {len(fits)} values for {len(rows)} rows; give one per row")
    if y is None:
        return _curve(rows, x, value, titles, points, fits)
    across, up = (sorted(rows[column].unique().tolist()) for column in (x, y))
    places = [(across.index(a), up.index(b)) for a, b in zip(rows[x], rows[y], strict=True)]
    good = {place for place, fit in zip(places, fits, strict=True) if fit}
    marks = points[points[x].isin(across) & points[y].isin(up)]
    at = [(across.index(a), up.index(b)) for a, b in zip(marks[x], marks[y], strict=True)]
    traces = [_cells(rows, value, places, (len(across), len(up)), good, fit) for fit in (False, True)]
    if 0 < len(good) < len(places):
        traces += _border(good, set(places))
    traces.append(_points(marks, at, (len(across), len(up))))
    return chart(
        traces,
        460,
        _axis(across, titles[x], set(marks[x]), 9),
        _axis(up, titles[y], set(marks[y]), 14),
        margin={"t": 10},
        showlegend=False,
        hoverdistance=8,  # pixels: with the usual 20 a point takes the clicks of the cells around it
        coloraxis=_colours(rows[value].tolist(), titles[value]),
    )


def _cells(
    rows: pd.DataFrame,
    value: str,
    places: list[tuple[int, int]],
    shape: tuple[int, int],
    good: set[tuple[int, int]],
    fit: bool,
) -> dict[str, Any]:
    """Return the cells that fit, or those that do not: one trace has one opacity."""
    wide, high = shape
    z: list[list[float | None]] = [[None] * wide for _ in range(high)]
    network: list[list[str | None]] = [[None] * wide for _ in range(high)]
    hover: list[list[str | None]] = [[None] * wide for _ in range(high)]
    for place, number, name, text in zip(places, rows[value], rows["network"], rows["hover"], strict=True):
        if (place in good) == fit:
            column, row = place
            z[row][column] = log10(max(number, 1))
            network[row][column], hover[row][column] = name, text
    return {
        "type": "heatmap",
        "name": "fits" if fit else "does not fit",
        "x": list(range(wide)),
        "y": list(range(high)),
        "z": z,
        "customdata": network,
        "hovertext": hover,
        "hoverinfo": "text",
        "hoverongaps": False,
        "coloraxis": "coloraxis",
        "opacity": 1 if fit else DIMMED,
    }


def _border(good: set[tuple[int, int]], every: set[tuple[int, int]]) -> list[dict[str, Any]]:
    """Return the border of the cells that fit, dark on a bright line, to be seen on any colour."""
    xs: list[float | None] = []
    ys: list[float | None] = []
    for column, row in sorted(good):
        for right, above in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            other = (column + right, row + above)
            if other in every and other not in good:
                middle = (column + right / 2, row + above / 2)
                xs += [middle[0] - above / 2, middle[0] + above / 2, None]
                ys += [middle[1] - right / 2, middle[1] + right / 2, None]
    line = {"type": "scatter", "mode": "lines", "x": xs, "y": ys, "hoverinfo": "skip", "name": "budget"}
    return [line | {"line": {"color": colour, "width": width}} for colour, width in (("#FFFFFF", 5), (EDGE, 2.5))]


def _points(marks: pd.DataFrame, at: list[tuple[int, int]], shape: tuple[int, int]) -> dict[str, Any]:
    """Return the paper's own points; white with a dark halo, since they stand on every colour."""
    labels = marks["label"].tolist()
    pixels = [((column + 0.5) * PHONE[0] / shape[0], (row + 0.5) * PHONE[1] / shape[1]) for column, row in at]
    placed = place_labels(labels, pixels, AROUND)
    return {
        "type": "scatter",
        "mode": "markers+text",
        "name": "the paper's",
        "x": [column for column, _ in at],
        "y": [row for _, row in at],
        "customdata": marks["network"].tolist(),
        "hovertext": marks["hover"].tolist(),
        "hoverinfo": "text",
        "text": [label if place else "" for label, place in zip(labels, placed, strict=True)],
        "textposition": [place or "top center" for place in placed],
        "textfont": {"size": 11, "color": "#FFFFFF", "shadow": ", ".join(["0 0 2px #000000"] * 4)},
        "cliponaxis": False,
        "marker": {
            "size": 8,
            # Fill and outline are opposites: one of the two stands out on any cell, dimmed or not.
            "color": ["#FFFFFF" if exact else "#222222" for exact in marks["exact"]],
            "line": {"width": 1.5, "color": ["#000000" if exact else "#FFFFFF" for exact in marks["exact"]]},
        },
    }


def _axis(values: list[float], title: str, marked: set[float], most: int) -> dict[str, Any]:
    """Return an axis of equal steps, whatever the values, with ticks at marked values first, then evenly."""
    apart = len(values) / most
    wanted = sorted(range(len(values)), key=lambda place: (values[place] not in marked, place))
    ticks: list[int] = []
    for place in wanted:
        if all(abs(place - other) >= apart for other in ticks):
            ticks.append(place)
    ticks.sort()
    return axis(
        title,
        showgrid=False,
        zeroline=False,
        range=[-0.5, len(values) - 0.5],
        tickvals=ticks,
        ticktext=[f"{values[place]:g}" for place in ticks],
    )


def _colours(values: list[float], title: str) -> dict[str, Any]:
    low, high = (log10(max(pick(values, default=1), 1)) for pick in (min, max))
    ticks = _ticks(low, high)
    return {
        "cmin": low,
        "cmax": max(high, low + 1e-6),
        "colorscale": [[place / (len(SCALE) - 1), colour] for place, colour in enumerate(SCALE)],
        "colorbar": {
            "orientation": "h",
            "x": 0.5,
            "xanchor": "center",
            "y": 1.02,
            "yanchor": "bottom",
            "len": 1,
            "thickness": 12,
            "outlinewidth": 0,
            "title": {"text": title, "side": "top"},
            "tickvals": [log10(tick) for tick in ticks],
            "ticktext": list(map(tick_text, ticks)),
            "tickangle": 0,
            "ticks": "outside",
        },
    }


def _ticks(low: float, high: float) -> list[float]:
    """Return round numbers between two powers of ten: 1, 2 and 5 of each, or fewer where there are many."""
    for heads in ((1, 2, 5), (1, 3), (1,)):
        ticks = [head * 10.0**power for power in range(floor(low), ceil(high) + 1) for head in heads]
        ticks = [tick for tick in ticks if low - 1e-9 <= log10(tick) <= high + 1e-9]
        if len(ticks) <= 6:
            break
    return ticks


def _curve(
    rows: pd.DataFrame, x: str, value: str, titles: Mapping[str, str], points: pd.DataFrame, fits: Sequence[bool]
) -> PlainFigure:
    """Draw one knob: the value along it, by factors; listed networks at their own values."""
    numbers = [*rows[value], *points[value]]
    low, high = (log10(max(pick(numbers, default=1), 1)) for pick in (min, max))
    reach = 0.08 * (high - low) + 0.05
    places = [*rows[x], *points[x]]
    left, right = min(places, default=0), max(places, default=1)
    wide, tall = (right - left) or 1, high - low + 2 * reach
    pixels = [
        (
            PHONE[0] * (0.06 + 0.88 * (place - left) / wide),
            PHONE[1] * (log10(max(number, 1)) - low + reach) / tall,
        )
        for place, number in zip(points[x], points[value], strict=True)
    ]
    labels = points["label"].tolist()
    placed = place_labels(labels, pixels, BESIDE)
    line = {
        "type": "scatter",
        "mode": "lines+markers",
        "name": titles[value],
        "x": rows[x].tolist(),
        "y": rows[value].tolist(),
        "customdata": rows["network"].tolist(),
        "hovertext": rows["hover"].tolist(),
        "hoverinfo": "text",
        "line": {"color": MACS, "width": 2},
        "marker": {"size": 8, "color": MACS, "opacity": [1 if fit else DIMMED for fit in fits]},
    }
    if not all(fits):
        line["line"] = {"color": OTHER, "width": 1}  # through dimmed points a full line would deny it
    marks = {
        "type": "scatter",
        "mode": "markers+text",
        "name": "the paper's",
        "x": points[x].tolist(),
        "y": points[value].tolist(),
        "customdata": points["network"].tolist(),
        "hovertext": points["hover"].tolist(),
        "hoverinfo": "text",
        "text": [label if place else "" for label, place in zip(labels, placed, strict=True)],
        "textposition": [place or "top center" for place in placed],
        "textfont": {"size": 12},
        "cliponaxis": False,
        "marker": {
            "size": 11,
            "color": SKIP,
            "symbol": ["circle" if exact else "circle-open" for exact in points["exact"]],
            "line": {"width": 2.5, "color": SKIP},
        },
    }
    ticks = _ticks(low - reach, high + reach)
    return chart(
        [line, marks],
        400,
        axis(
            title={"text": titles[x], "standoff": 8},
            range=[left - 0.06 * wide, right + 0.06 * wide],
            showgrid=False,
            zeroline=False,
        ),
        axis(
            title={"text": titles[value], "standoff": 8},
            type="log",
            range=[low - reach, high + reach],
            showgrid=True,
            zeroline=False,
            tickvals=ticks,
            ticktext=list(map(tick_text, ticks)),
        ),
        margin={"t": 10},
        showlegend=False,
    )
