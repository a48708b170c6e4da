"""Learning curves: loss and accuracy over the epochs, of one run or of several.

Each is plain data; see ``plain`` for why. A history is a list of epochs in order, each with ``epoch``, ``phase``,
``loss``, ``accuracy`` and, where there is a validation, ``val_loss`` and ``val_accuracy``.
"""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from itertools import pairwise
from typing import Any, Literal

from cnnlab.figures.overfitting import History, Judged, judged, numbers
from cnnlab.figures.palette import MACS, OTHER, PARAMS, rgba, series_colour, series_symbol
from cnnlab.figures.plain import PlainFigure, axis, chart, vertical_line
from cnnlab.units import share

Measure = Literal["loss", "accuracy"]
TRAIN, VALIDATION = MACS, PARAMS
FEW_MARKS = 7  # on a line: enough to follow it, and the line is still seen


def curves(
    history: History,
    measure: Measure,
    phases: Mapping[str, str],
    best: int | None = None,
    total: int = 0,
    images: int = 0,
    saved: int | None = None,
    has_test: bool = True,
) -> PlainFigure:
    """Draw training and validation of one run, with the gap between them, coloured where a phase overfits.

    ``phases`` names the phases; ``best`` is the epoch of the smallest validation loss, dotted; ``saved`` the one whose
    weights were saved, and tested unless there are no test images, dashed, which is another one unless early stopping
    took the best; ``total`` the number of epochs the run is planned for, which a run that is under way grows into;
    ``images`` those of the validation.
    """
    epochs = [row["epoch"] for row in history]
    train, seen = numbers(history, measure), numbers(history, f"val_{measure}")
    traces = _gap(epochs, train, seen, judged(history, images))
    for name, values, colour, dash in (("train", train, TRAIN, "solid"), ("validation", seen, VALIDATION, "dash")):
        if any(value is not None for value in values):
            hover = [f"epoch {epoch}, {name}<br>{_hover(value, measure)}" for epoch, value in _pairs(epochs, values)]
            line = {"color": colour, "width": 3, "dash": dash}
            traces.append(_line(name, epochs, values, hover, line))
    shapes, notes = _phases([history], phases)
    what = "tested and saved" if has_test else "saved"
    marks = [(best, "dot", VALIDATION, f"best: {best}"), (saved, "dash", OTHER, f"{what}: {saved}")]
    if best == saved:
        marks = [(best, "dot", VALIDATION, f"best, {what}: {best}")]
    for place, (epoch, dash, colour, text) in enumerate(marks):
        if epoch is not None and epoch in epochs:
            shapes.append(vertical_line(epoch, colour, dash))
            side = "right" if epoch > max(epochs[-1], total) / 2 else "left"
            notes.append(_above(epoch, text, side, 0.08 * place))  # one above the other: they may be neighbours
    return _chart(traces, 320, measure, max(epochs[-1] if epochs else 1, total), bool(epochs), shapes, notes)


def overlaid(
    histories: Mapping[str, History], measure: Measure, phases: Mapping[str, str], total: int = 0
) -> PlainFigure:
    """Draw several runs, a colour and a mark each: train as a line, validation dashed, a ring around the best epoch.

    The best epoch is that of the smallest validation loss. Where runs change their phase at different epochs, a diamond
    stands on each line at its first epoch of the new phase. ``total`` epochs are planned, where some are under way.
    """
    traces: list[dict[str, Any]] = []
    shown = [history for history in histories.values() if history]
    shapes, notes = _phases(shown, phases)
    for place, (name, history) in enumerate(histories.items()):
        colour, epochs, name = series_colour(place), [row["epoch"] for row in history], escape(name, quote=False)
        columns = numbers(history, measure), numbers(history, f"val_{measure}")
        for word, values, dash in (("train", columns[0], "solid"), ("validation", columns[1], "dash")):
            hover = [
                f"{name}<br>epoch {epoch}, {word}: {_hover(value, measure)}" for epoch, value in _pairs(epochs, values)
            ]
            line = {"color": colour, "width": 2.5 if word == "validation" else 1.8, "dash": dash}
            marker = {"color": colour, "size": 7, "symbol": series_symbol(place), "maxdisplayed": FEW_MARKS}
            traces.append(
                _line(name, epochs, values, hover, line)
                | {"legendgroup": name, "showlegend": word == "train", "mode": "lines+markers", "marker": marker}
            )
        marks = [(_best(history), columns[1], "circle-open", "best epoch")]
        if len(shown) > 1 and not shapes:
            marks += [(epoch, columns[0], "diamond-open", f"{phases.get(phase, phase)} begins")
                      for epoch, phase in changes(history)]  # fmt: skip
        for epoch, values, symbol, label in marks:
            if epoch is not None and values[epochs.index(epoch)] is not None:
                traces.append(
                    {
                        "type": "scatter",
                        "mode": "markers",
                        "name": f"{name}: {label}",
                        "x": [epoch],
                        "y": [values[epochs.index(epoch)]],
                        "marker": {"color": colour, "size": 12, "symbol": symbol, "line": {"width": 2}},
                        "hovertext": [f"{name}<br>{label}: {epoch}"],
                        "hoverinfo": "text",
                        "showlegend": False,
                    }
                )
    last = max((row["epoch"] for history in shown for row in history), default=1)
    return _chart(traces, 300 + 20 * len(histories), measure, max(last, total), bool(shown), shapes, notes)


def _best(history: History) -> int | None:
    """Return the epoch of the smallest validation loss."""
    found = [(value, row["epoch"]) for value, row in zip(numbers(history, "val_loss"), history, strict=True)]
    return min(((value, epoch) for value, epoch in found if value is not None), default=(0.0, None))[1]


def changes(history: History) -> list[tuple[int, str]]:
    """Return the first epoch of each phase but the first, and its name."""
    return [(now["epoch"], str(now["phase"])) for before, now in pairwise(history) if before["phase"] != now["phase"]]


def _pairs(epochs: Sequence[int], values: Sequence[float | None]) -> list[tuple[int, float | None]]:
    return list(zip(epochs, values, strict=True))


def _hover(value: float | None, measure: Measure) -> str:
    if value is None:
        return "no number"
    return share(value) if measure == "accuracy" else f"loss {value:.4g}"


def _line(
    name: str, epochs: Sequence[int], values: Sequence[float | None], hover: list[str], line: dict[str, Any]
) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines+markers" if len(epochs) < 2 else "lines",  # a line of one point is nothing to see
        "name": name,
        "x": list(epochs),
        "y": list(values),
        "line": line,
        "marker": {"color": line["color"], "size": 7},
        "hovertext": hover,
        "hoverinfo": "text",
    }


def _gap(
    epochs: Sequence[int], train: Sequence[float | None], seen: Sequence[float | None], phases: Iterable[Judged]
) -> list[dict[str, Any]]:
    """Fill the gap between the lines: grey, and coloured where the phase overfits."""
    both = [
        (epoch, low, high)
        for epoch, low, high in zip(epochs, train, seen, strict=True)
        if low is not None and high is not None
    ]
    if not both:
        return []
    # Neighbours share the epoch at which one becomes the other, or a strip between them would stay empty.
    stretches: dict[str, list[tuple[int, int]]] = {"gap": [], "overfitting": []}
    start = both[0][0]
    for each in phases:
        if each.begin is not None:
            stretches["gap"].append((start, each.begin))
            stretches["overfitting"].append((each.begin, each.last))
            start = each.last
    stretches["gap"].append((start, both[-1][0]))
    areas = (("gap", OTHER, 0.16), ("overfitting", VALIDATION, 0.22))
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "name": name,
            **_outline(both, stretches[name]),
            "fill": "toself",
            "fillcolor": rgba(colour, opacity),
            "line": {"width": 0, "color": rgba(colour, opacity)},
            "hoverinfo": "skip",
        }
        for name, colour, opacity in areas
        if any(last > first for first, last in stretches[name])
    ]


def _outline(
    both: Sequence[tuple[int, float, float]], stretches: Sequence[tuple[int, int]]
) -> dict[str, list[float | None]]:
    """Return the outline of all stretches of epochs: forth along one line, back along the other, a gap between two."""
    across: list[float | None] = []
    up: list[float | None] = []
    for first, last in stretches:
        points = [each for each in both if first <= each[0] <= last]
        if len(points) < 2:
            continue
        if across:
            across.append(None)
            up.append(None)
        across += [epoch for epoch, _, _ in points] + [epoch for epoch, _, _ in reversed(points)]
        up += [low for _, low, _ in points] + [high for _, _, high in reversed(points)]
    return {"x": across, "y": up}


def _phases(
    histories: Sequence[History], phases: Mapping[str, str]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Draw a line at the change of phase, with the names of both phases, if all runs share it."""
    found = {tuple(changes(history)) for history in histories}
    shapes: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    if len(found) == 1 and histories:
        before = str(histories[0][0]["phase"]) if histories[0] else ""
        for epoch, phase in found.pop():
            shapes.append(vertical_line(epoch - 0.5, OTHER, width=1))
            notes.append(_above(epoch - 0.5, phases.get(before, before) + " ", "right"))
            notes.append(_above(epoch - 0.5, " " + phases.get(phase, phase), "left"))
            before = phase
    return shapes, notes


def _above(x: float, text: str, anchor: str, y: float = 1.0) -> dict[str, Any]:
    """Return a text beside a vertical line, at its top or at its foot."""
    return {
        "x": x, "y": y, "yref": "paper", "xanchor": anchor, "yanchor": "bottom", "showarrow": False,
        "text": escape(text, quote=False), "font": {"size": 12},
    }  # fmt: skip


def _chart(
    traces: list[dict[str, Any]],
    height: int,
    measure: Measure,
    last: int,
    any_epoch: bool,
    shapes: list[dict[str, Any]],
    notes: list[dict[str, Any]],
) -> PlainFigure:
    """Return the chart of a measure over the epochs up to ``last``."""
    up: dict[str, Any] = {"tickformat": ".0%"} if measure == "accuracy" else {"rangemode": "tozero"}
    if measure == "accuracy":  # plotly's own range of equal values goes above 100 %
        up |= {"maxallowed": 1.01, "minallowed": -0.01}
    if not any_epoch:  # plotly's own range of nothing would go below zero
        up["range"] = [0, 1] if measure == "accuracy" else [0, 3]
    ticks = {"dtick": 1} if last <= 10 else {}
    return chart(
        traces,
        height,
        axis("epoch", range=[0.5, max(last, 2) + 0.5], showgrid=False, **ticks),
        axis(measure, **up),
        margin={"t": 24},
        showlegend=True,
        # At the foot of the whole figure: many names take many lines, and plotly then makes room above them.
        legend={"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom", "x": 0},
        shapes=shapes,
        annotations=notes,
    )
