"""Plotly figures as plain data, built once and shared, with the layout that all charts have."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from math import ceil, floor, log10
from typing import Any, cast

import plotly.graph_objects as go
import plotly.io as pio

# Plotly draws no lines at whole decades by default.
LOG = {"type": "log", "dtick": 1, "showgrid": True, "minor": {"showgrid": True}}
LEGEND = {"orientation": "h", "y": 1, "yanchor": "bottom", "x": 0}
"""A legend above the plot, from its left edge on."""

DECADES = {f"{head}{unit}": f"{head} {unit}" for unit in "kMG" for head in (1, 10, 100)}
"""Powers of ten as plotly writes them, and as numbers are written everywhere else."""

Data = dict[str, Any]


class PlainFigure(go.Figure):  # type: ignore[misc]  # plotly has no types
    """A plotly figure as plain data, built once and sent to many sessions. Never change it.

    A ``go.Figure`` checks every value, is thousands of objects that the garbage collector walks through, and is copied
    whole each time it is sent: together most of what a rerun took. Tests check these figures with ``go.Figure``.
    """

    def __init__(self, data: Sequence[Data], layout: Data) -> None:
        # No super(): it would build the objects.
        object.__setattr__(self, "_plain", {"data": data, "layout": {"template": _template(), **layout}})

    def __getattr__(self, name: str) -> Any:
        """Raise for anything else that plotly's own figures have."""
        raise AttributeError(f"a PlainFigure has no {name!r}: it is plain data; go.Figure(figure.to_dict()) has all")

    def to_dict(self) -> Data:
        """Return the figure as a dictionary, the same at every call."""
        return cast(Data, self._plain)


@cache
def _template() -> Data:
    """Return Streamlit's template, whose colours the browser replaces by the theme's; plotly's without Streamlit."""
    name = "streamlit" if "streamlit" in pio.templates else pio.templates.default
    return cast(Data, pio.templates[name].to_plotly_json())


def chart(
    data: Sequence[Data],
    height: float,
    x: Data,
    y: Data,
    margin: Mapping[str, float] | None = None,
    **layout: Any,
) -> PlainFigure:
    """Return a figure of these traces, ``height`` pixels high, with the axes ``x`` and ``y``.

    ``margin`` changes single sides of the usual margins, in pixels; ``layout`` has further settings of plotly's.
    """
    margins = {"l": 0, "r": 8, "t": 8, "b": 0} | dict(margin or {})
    usual = {"font": {"size": 13}, "dragmode": False, "hovermode": "closest"}
    return PlainFigure(data, {"height": height, "margin": margins, **usual, "xaxis": x, "yaxis": y, **layout})


def axis(title: str = "", /, **settings: Any) -> Data:
    """Return an axis with its title and further settings of plotly's.

    It does not zoom: a chart that zooms under a finger cannot be scrolled past on a phone.
    """
    titled = {"title": {"text": title}} if title else {}
    return {"fixedrange": True, "automargin": True, **titled, **settings}


def whole_ticks(most: int) -> Data:
    """Return settings of an axis from 1 to ``most`` whole numbers: with few of them plotly would also mark halves.

    >>> whole_ticks(3), whole_ticks(40)
    ({'dtick': 1}, {})
    """
    return {"dtick": 1} if most < 8 else {}


def tick_text(number: float) -> str:
    """Return a tick's number as numbers are written everywhere.

    >>> tick_text(100e6), tick_text(2.5e9), tick_text(500), tick_text(0)
    ('100 M', '2.5 G', '500', '0')
    """
    for unit, one in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if number >= one:
            return f"{number / one:g} {unit}"
    return f"{number:g}"


def counts(title: str, values: Iterable[float], /, log: bool = False) -> Data:
    """Return an axis for counts, from 0 or by powers of ten; plotly itself would write 100M."""
    if log:
        return axis(title, tickformat="~s", labelalias=DECADES, **LOG)
    high = max(max(values, default=1), 1)
    power = 10 ** max(0, floor(log10(high / 2)))
    step = next(head * power for head in (1, 2, 5, 10) if high <= 7 * head * power)
    ticks = [place * step for place in range(ceil(1.2 * high / step) + 1)]
    return axis(title, tickvals=ticks, ticktext=list(map(tick_text, ticks)), rangemode="tozero")


def vertical_line(x: float, colour: str, dash: str = "solid", width: float = 2) -> Data:
    """Return a line over the whole height of the plot."""
    line = {"color": colour, "width": width, "dash": dash}
    return {"type": "line", "x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "paper", "line": line}
