"""The gradient of each layer, by itself and beside its weights, at the start and at the end of a training.

It tells how steep the loss is there, of frozen layers, too; how far a layer goes is another matter.

Plain data; see ``plain`` for why.
"""

from collections.abc import Mapping, Sequence
from html import escape
from math import isfinite
from typing import Any, Literal

from cnnlab.figures.palette import series_colour, series_symbol
from cnnlab.figures.plain import LEGEND, LOG, PlainFigure, axis, chart

Layers = Sequence[Mapping[str, Any]]
MOST_NAMES = 20  # layers up to which their names stand below
TIMES = (("start", "dot", "-open"), ("end", "solid", ""))
Measure = Literal["ratio", "norm"]
TITLES: Mapping[Measure, str] = {"ratio": "‖gradient‖ / ‖weights‖", "norm": "‖gradient‖"}


def ratio(layer: Mapping[str, Any]) -> float | None:
    """Return ‖gradient‖ / ‖weights‖; None where one of them is 0, which a logarithmic axis cannot show."""
    gradient, weights = layer["gradient"], layer["weights"]
    good = gradient > 0 and weights > 0 and isfinite(gradient) and isfinite(weights)
    return gradient / weights if good else None


def norm(layer: Mapping[str, Any]) -> float | None:
    """Return ‖gradient‖; None where it is 0."""
    gradient = layer["gradient"]
    return float(gradient) if gradient > 0 and isfinite(gradient) else None


def gradients(runs: Mapping[str, Mapping[str, Layers]], measure: Measure = "ratio") -> PlainFigure:
    """Draw ‖gradient‖, or its ratio to ‖weights‖, of each layer in order; the start dotted, the end as a line.

    A run has a colour and a mark, hollow at the start, and the layers of its ``start`` and ``end``, each with
    ``layer``, ``gradient`` and ``weights``.
    """
    traces: list[dict[str, Any]] = []
    for place, (run, times) in enumerate(runs.items()):
        name, colour, mark = escape(run, quote=False), series_colour(place), series_symbol(place)
        for word, dash, hollow in TIMES:
            layers = times.get(word, ())
            values = [(ratio if measure == "ratio" else norm)(layer) for layer in layers]
            traces.append(
                {
                    "type": "scatter",
                    "mode": "lines+markers",
                    "name": f"{name}, {word}" if len(runs) > 1 else f"at the {word}",
                    "x": list(range(1, len(layers) + 1)),
                    "y": values,
                    "line": {"color": colour, "width": 2, "dash": dash},
                    "marker": {"color": colour, "size": 7, "symbol": f"{mark}{hollow}"},
                    "hovertext": [
                        f"{name}, {word}<br>{escape(str(layer['layer']), quote=False)}<br>"
                        f"‖gradient‖ {layer['gradient']:.3g}, ‖weights‖ {layer['weights']:.3g}"
                        + (f"<br>ratio {value:.3g}" if (value := ratio(layer)) else "")
                        for layer in layers
                    ],
                    "hoverinfo": "text",
                }
            )
    names = _names(runs)
    labels = {"tickvals": list(range(1, len(names) + 1)), "ticktext": names, "tickangle": -45} if names else {}
    return chart(
        traces,
        340 + 40 * len(runs),  # two lines of the legend each, on a phone
        axis("layers with weights, from first to last", showgrid=False, **labels),
        axis(TITLES[measure], exponentformat="power", **LOG),
        showlegend=True,
        legend=LEGEND,
    )


def _names(runs: Mapping[str, Mapping[str, Layers]]) -> list[str]:
    """Return the layers' names where they are few and the same everywhere."""
    every = {tuple(str(layer["layer"]) for layer in layers) for times in runs.values() for layers in times.values()}
    names = [escape(name, quote=False) for name in next(iter(every), ())]
    return (
        [name if len(name) <= 18 else "…" + name[-17:] for name in names]
        if len(every) == 1 and len(names) <= MOST_NAMES
        else []
    )
