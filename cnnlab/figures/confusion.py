"""The confusion matrix: counts and shares of predictions for each true class.

Plain data; see ``plain`` for why.
"""

from collections.abc import Sequence
from html import escape
from typing import Any

from cnnlab.figures.palette import MACS, PARAMS, rgba
from cnnlab.figures.plain import PlainFigure, axis, chart
from cnnlab.units import percent, share

RIGHT, WRONG = MACS, PARAMS
MOST_TEXTS = 12  # classes up to which numbers fit into their cells
MOST_NAMES = 24  # classes up to which every name stands below, too
MOST = 60  # classes up to which a matrix is more than a grey square; of 1,000 it would be 127 MB
STRONG = 0.8  # share from which white is read better than a dark ink
PALE = 0.12  # strength of the smallest share: one image of a hundred must still be seen


def matrix(counts: Sequence[Sequence[int]], classes: Sequence[str]) -> PlainFigure:
    """Draw a row for each true class and a column for each prediction; right ones blue, wrong ones orange.

    The stronger the colour, the larger the share of its row, which also stands in the cell below the count, as long as
    there are few classes; every cell tells both on hover.
    """
    names, labels = ([escape(name, quote=False) for name in some] for some in (classes, map(short, classes)))
    many = len(names)
    totals = [sum(row) for row in counts]
    shares = [[count / total if total else 0.0 for count in row] for row, total in zip(counts, totals, strict=True)]
    texts = many <= MOST_TEXTS
    traces = [_cells(counts, shares, totals, names, right) for right in (True, False)]
    if texts:
        traces += [_texts(counts, shares, dark) for dark in (True, False)]
    size = 13 if many <= MOST_TEXTS else 11 if many <= MOST_NAMES else 9
    places = list(range(many))
    cells = {"showgrid": False, "zeroline": False, "tickfont": {"size": size}}
    named = {"tickvals": places, "ticktext": labels}
    below = named | {"tickangle": -45 if many > 2 else 0} if many <= MOST_NAMES else {"showticklabels": False}
    predicted = "prediction" + ("" if many <= MOST_NAMES else ", in the same order")
    return chart(
        traces,
        120 + (46 if texts else 22 if many <= MOST_NAMES else 12) * max(many, 3),
        axis(predicted, range=[-0.5, many - 0.5], **cells, **below),
        axis("true class", range=[many - 0.5, -0.5], **cells, **named),
        margin={"r": 0},
        showlegend=False,
    )


def confusions(counts: Sequence[Sequence[int]], most: int = 20) -> list[tuple[int, int, int, int]]:
    """Return the most frequent confusions: images, images of the true class, its place, the prediction's place.

    By their number and then by their share: one image of one is no more than one of a hundred.
    """
    found = [
        (count, sum(line), row, column)
        for row, line in enumerate(counts)
        for column, count in enumerate(line)
        if row != column and count
    ]
    return sorted(found, key=lambda each: (-each[0], each[1], each[2:]))[:most]


def short(name: str, most: int = 16) -> str:
    """Shorten a name in the middle: names that begin alike often end differently."""
    return name if len(name) <= most else f"{name[: most // 2]}…{name[-(most // 2 - 1) :]}"


def _cells(
    counts: Sequence[Sequence[int]],
    shares: Sequence[Sequence[float]],
    totals: Sequence[int],
    names: Sequence[str],
    right: bool,
) -> dict[str, Any]:
    """Return the coloured cells of one kind; the others, and those with no image, are left out."""
    colour = RIGHT if right else WRONG
    many = range(len(names))
    shown = [[(row == column) == right and (right or counts[row][column] > 0) for column in many] for row in many]
    strength = [
        [
            PALE + (1 - PALE) * shares[row][column] if shown[row][column] and counts[row][column] else 0.0
            for column in many
        ]
        for row in many
    ]
    hover = [
        [
            f"{names[row]} predicted as {names[column]}<br>" * (not right) + f"{names[row]} known<br>" * right
            + f"{counts[row][column]:,} of {totals[row]:,} images, {share(shares[row][column])}"
            for column in many
        ]
        for row in many
    ]  # fmt: skip
    return {
        "type": "heatmap",
        "name": "right" if right else "wrong",
        "x": list(many),
        "y": list(many),
        "z": [[strength[row][column] if shown[row][column] else None for column in many] for row in many],
        "zmin": 0,
        "zmax": 1,
        "xgap": 1,
        "ygap": 1,
        # From nothing to the full colour, so that the page's own colour shines through in both themes.
        "colorscale": [[0, rgba(colour, 0)], [1, rgba(colour, 1)]],
        "showscale": False,
        "hoverongaps": False,
        "hovertext": hover,
        "hoverinfo": "text",
    }


def _texts(counts: Sequence[Sequence[int]], shares: Sequence[Sequence[float]], dark: bool) -> dict[str, Any]:
    """Return count and share of each cell but the empty ones: white on strong colours, the page's ink on pale ones."""
    cells = [
        (column, row, f"<b>{count:,}</b><br>{percent(shares[row][column], 1)}")
        for row, line in enumerate(counts)
        for column, count in enumerate(line)
        if count and (shares[row][column] > STRONG) == dark
    ]
    return {
        "type": "scatter",
        "mode": "text",
        "x": [column for column, _, _ in cells],
        "y": [row for _, row, _ in cells],
        "text": [text for _, _, text in cells],
        "textfont": {"size": 12} | ({"color": "#fff"} if dark else {}),
        "hoverinfo": "skip",
    }
