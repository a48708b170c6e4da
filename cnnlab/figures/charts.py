"""Charts as plotly figures.

Each is plain data; see ``plain`` for why.
"""

from typing import Any

import pandas as pd

from cnnlab.figures.palette import LAYERS, MACS, OTHER, PARAMS
from cnnlab.figures.plain import LEGEND, PlainFigure, axis, chart, counts, vertical_line, whole_ticks

MUTED = 0.45  # opacity of bars that are not chosen


def share_bars(
    rows: pd.DataFrame,
    left: tuple[str, str] = ("parameters", PARAMS),
    right: tuple[str, str] = ("MACs", MACS),
    chosen: str | None = None,
) -> PlainFigure:
    """Draw the shares of two measures by block, top to bottom: one to the left, the other to the right.

    ``left`` and ``right`` are their names and colours. ``rows`` has ``block`` and its ``label``, the whole numbers
    ``left`` and ``right``, and the texts ``left_text`` and ``right_text`` for hovering. Each point's ``customdata`` is
    its block.
    """
    sides = (("left", -1, left[1], left[0]), ("right", 1, right[1], right[0]))
    bars = [_side(rows, chosen, *side) for side in sides]
    # Behind the longest bar of each side is room for its text, also in a narrow column.
    reach = 1.4 * (max((abs(value) for bar in bars for value in bar["x"]), default=0) or 1)
    step = next(step for step in (1, 2, 5, 10, 25) if 5 * step >= reach or step == 25)
    ticks = [tick for tick in range(-100, 101, step) if abs(tick) <= reach]
    return chart(
        bars,
        90 + 24 * len(rows),
        axis(range=[-reach, reach], tickvals=ticks, ticktext=[f"{abs(tick)} %" for tick in ticks]),
        axis(autorange="reversed", showgrid=False),
        margin={"r": 0, "t": 34, "b": 28},
        barmode="overlay",
        bargap=0.25,
        legend=LEGEND | {"x": 0.5, "xanchor": "center"},
    )


def _side(rows: pd.DataFrame, chosen: str | None, column: str, sign: int, colour: str, title: str) -> dict[str, Any]:
    total = max(int(rows[column].sum()), 1)
    shares = [100 * int(value) / total for value in rows[column]]
    names, labels = rows["block"].tolist(), rows["label"].tolist()
    hover = zip(labels, rows[f"{column}_text"], shares, strict=True)
    return {
        "type": "bar",
        "name": title,
        "y": labels,
        "x": [sign * share for share in shares],
        "orientation": "h",
        "customdata": names,
        "text": [f"{share:.0f} %" if share >= 1 else "" for share in shares],
        "textposition": "outside",
        "cliponaxis": False,
        "hovertext": [f"{label}<br>{text} {title}, {share:.2f} %" for label, text, share in hover],
        "hoverinfo": "text",
        "marker": {"color": colour, "opacity": [1.0 if chosen in (None, name) else MUTED for name in names]},
    }


PANELS = (
    ("side", "side of the map, pixels", LAYERS["pooling"]),
    ("channels", "channels", LAYERS["convolution"]),
    ("receptive_field", "receptive field, pixels", LAYERS["joining"]),
)


def depth_lines(rows: pd.DataFrame, image: tuple[int, ...] | None, chosen: str | None = None) -> PlainFigure:
    """Draw the side of the map, channels and receptive field along the depth, each in a panel of its own.

    ``rows`` has ``layer``, ``side``, ``channels`` and ``receptive_field``, in execution order; None leaves a gap, as a
    vector has no side. A panel without a number is left out. ``side_text`` and ``receptive_field_text`` are what
    pointing at a number shows. ``image`` is height and width of the image, the larger of which is drawn into the last
    panel; None if the network takes none.
    """
    names = rows["layer"].tolist()
    panels = [each for each in PANELS if rows[each[0]].notna().any()] or PANELS[:1]
    many, step = len(panels), 1.05 / len(panels)
    last = f"y{many}" if many > 1 else "y"
    positions = list(range(1, len(names) + 1))
    lines, axes, notes = [], {}, []
    for number, (column, title, colour) in enumerate(panels, 1):
        suffix = "" if number == 1 else str(number)
        values, texts = rows[column].tolist(), rows.get(f"{column}_text", rows[column]).tolist()
        lines.append(
            {
                "type": "scatter",
                "name": title,
                "x": positions,
                "y": values,
                "yaxis": f"y{suffix}",
                "mode": "lines+markers",
                "line": {"color": colour, "width": 2, "shape": "hv"},
                "marker": {"size": 5, "color": colour},
                "customdata": names,
                "hovertext": [f"{name}<br>{title}: {text}" for name, text in zip(names, texts, strict=True)],
                "hoverinfo": "text",
            }
        )
        bottom, high = (many - number) * step, step / 1.4
        axes[f"yaxis{suffix}"] = axis(domain=[bottom, bottom + high], rangemode="tozero", nticks=4)
        notes.append(_note(title, bottom + high, "paper", 13))
    if image is not None:
        lines.append(
            {
                "type": "scatter",
                "x": [1, max(len(names), 2)],
                "y": [max(image), max(image)],
                "yaxis": last,
                "mode": "lines",
                "hoverinfo": "skip",
                "line": {"color": OTHER, "dash": "dot", "width": 1.5},
            }
        )
        size = "×".join(map(str, dict.fromkeys(image)))
        notes.append(_note(f"the image: {size}", max(image), last, 11))
    place = names.index(chosen) + 1 if chosen in names else 0
    return chart(
        lines,
        40 + 130 * many,
        axis("layers that multiply or move a window, in order", anchor=last, showgrid=False, **whole_ticks(len(names))),
        axes.pop("yaxis"),
        margin={"t": 24, "b": 36},
        showlegend=False,
        annotations=notes,
        shapes=[vertical_line(place, OTHER)] if place else [],
        **axes,
    )


def _note(text: str, y: float, yref: str, size: int) -> dict[str, Any]:
    """Return a text at the left edge, at a height."""
    place = {"x": 0, "y": y, "xref": "paper", "yref": yref, "xanchor": "left", "yanchor": "bottom"}
    return {"text": text, "showarrow": False, "font": {"size": size}} | place


def memory_steps(rows: pd.DataFrame) -> PlainFigure:
    """Draw bytes alive while each layer runs; ``rows`` has ``layer``, ``bytes`` and ``text``, in execution order."""
    names = rows["layer"].tolist()
    bars = {
        "type": "bar",
        "x": list(range(1, len(names) + 1)),
        "y": rows["bytes"].tolist(),
        "customdata": names,
        "hovertext": [f"{name}<br>{text}" for name, text in zip(names, rows["text"], strict=True)],
        "hoverinfo": "text",
        "marker": {"color": MACS, "line": {"width": 0}},
    }
    return chart(
        [bars], 260, axis("layer, in order"), counts("bytes alive", rows["bytes"]), margin={"r": 0, "b": 36}, bargap=0
    )
