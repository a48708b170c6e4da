"""Charts as plotly figures, built with ``graph_objects``: ``plotly.express`` takes ten times as long."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from cnnlab.figures.palette import MACS, PARAMS

MUTED = 0.45  # opacity of bars that are not chosen
FONT = 13


def share_bars(rows: pd.DataFrame, chosen: str | None = None) -> go.Figure:
    """Where the parameters live, to the left, and where the MACs live, to the right: one row a block, top to bottom.

    ``rows`` has ``block``, ``params``, ``macs`` and the texts ``params_text`` and ``macs_text`` for hovering. Each
    point's ``customdata`` is its block.
    """
    figure = go.Figure()
    names = rows["block"].tolist()
    opacity = [1.0 if chosen in (None, name) else MUTED for name in names]
    for column, sign, colour, title in (("params", -1, PARAMS, "parameters"), ("macs", 1, MACS, "MACs")):
        total = max(int(rows[column].sum()), 1)
        shares = [100 * int(value) / total for value in rows[column]]
        figure.add_bar(
            name=title,
            y=names,
            x=[sign * share for share in shares],
            orientation="h",
            customdata=names,
            text=[f"{share:.0f} %" if share >= 1 else "" for share in shares],
            textposition="outside",
            cliponaxis=False,
            hovertext=[
                f"{name}<br>{text} {title}, {share:.2f} %"
                for name, text, share in zip(names, rows[f"{column}_text"], shares, strict=True)
            ],
            hoverinfo="text",
            marker={"color": colour, "opacity": opacity},
            # What is chosen is drawn anew; plotly's own dimming would come on top, and it stumbles over text without.
            selected={"marker": {"opacity": 1}, "textfont": {"color": colour}},
            unselected={"marker": {"opacity": MUTED}, "textfont": {"color": colour}},
        )
    most = max((abs(value) for trace in figure.data for value in trace.x), default=1) or 1
    figure.update_layout(
        barmode="overlay",
        bargap=0.25,
        height=90 + 24 * len(names),
        margin={"l": 0, "r": 0, "t": 34, "b": 28},
        legend={"orientation": "h", "y": 1, "yanchor": "bottom", "x": 0.5, "xanchor": "center"},
        font={"size": FONT},
        dragmode=False,
    )
    ticks = [tick for tick in (-100, -75, -50, -25, 0, 25, 50, 75, 100) if abs(tick) <= most * 1.2]
    figure.update_xaxes(
        range=[-most * 1.2, most * 1.2],
        tickvals=ticks,
        ticktext=[f"{abs(tick)} %" for tick in ticks],
        zeroline=True,
        fixedrange=True,
    )
    figure.update_yaxes(autorange="reversed", automargin=True, fixedrange=True, showgrid=False)
    return figure


def depth_lines(rows: pd.DataFrame, image: int, chosen: str | None = None) -> go.Figure:
    """Side of the map, channels and receptive field along the depth, three panels with one horizontal axis.

    ``rows`` has ``layer``, ``side``, ``channels`` and ``receptive_field``, in execution order; None leaves
    a gap, as a vector has no side.
    """
    figure = go.Figure()
    panels: Sequence[tuple[str, str, str]] = (
        ("side", "side of the map, pixels", "#009E73"),
        ("channels", "channels", "#0072B2"),
        ("receptive_field", "receptive field, pixels", "#E69F00"),
    )
    names, positions = rows["layer"].tolist(), list(range(1, len(rows) + 1))
    annotations = []
    for number, (column, title, colour) in enumerate(panels, 1):
        suffix = "" if number == 1 else str(number)
        values = rows[column].tolist()
        figure.add_scatter(
            name=title,
            x=positions,
            y=values,
            yaxis=f"y{suffix}",
            mode="lines+markers",
            line={"color": colour, "width": 2, "shape": "hv"},
            marker={"size": 5, "color": colour},
            customdata=names,
            hovertext=[f"{name}<br>{title}: {value}" for name, value in zip(names, values, strict=True)],
            hoverinfo="text",
            selected={"marker": {"opacity": 1}},
            unselected={"marker": {"opacity": 1}},
        )
        bottom = (3 - number) * 0.35
        figure.update_layout(
            {
                f"yaxis{suffix}": {
                    "domain": [bottom, bottom + 0.25],
                    "rangemode": "tozero",
                    "fixedrange": True,
                    "nticks": 4,
                }
            }
        )
        annotations.append(
            {"text": title, "x": 0, "y": bottom + 0.25, "xref": "paper", "yref": "paper", "xanchor": "left",
             "yanchor": "bottom", "showarrow": False}
        )  # fmt: skip
    figure.add_scatter(
        x=[1, max(len(rows), 2)], y=[image, image], yaxis="y3", mode="lines", hoverinfo="skip",
        line={"color": "#8A8F98", "dash": "dot", "width": 1.5},
    )  # fmt: skip
    annotations.append(
        {"text": f"the image: {image}", "x": 0, "y": image, "xref": "paper", "yref": "y3", "xanchor": "left",
         "yanchor": "bottom", "showarrow": False, "font": {"size": 11}}
    )  # fmt: skip
    if chosen in names:
        figure.add_vline(x=names.index(chosen) + 1, line={"color": "#8A8F98", "width": 2})
    figure.update_layout(
        height=430,
        margin={"l": 0, "r": 8, "t": 24, "b": 36},
        showlegend=False,
        annotations=annotations,
        font={"size": FONT},
        dragmode=False,
        hovermode="closest",
    )
    figure.update_xaxes(title="layer, in order", fixedrange=True, anchor="y3", showgrid=False)
    return figure


def memory_steps(rows: pd.DataFrame, chosen: str | None = None) -> go.Figure:
    """Bytes alive while each layer runs; ``rows`` has ``layer``, ``bytes`` and ``text``, in execution order."""
    names = rows["layer"].tolist()
    figure = go.Figure()
    figure.add_bar(
        x=list(range(1, len(names) + 1)),
        y=rows["bytes"].tolist(),
        customdata=names,
        hovertext=[f"{name}<br>{text}" for name, text in zip(names, rows["text"], strict=True)],
        hoverinfo="text",
        marker={
            "color": MACS,
            "line": {"width": 0},
            "opacity": [1.0 if chosen in (None, name) else MUTED for name in names],
        },
    )
    figure.update_layout(
        height=260, margin={"l": 0, "r": 0, "t": 8, "b": 36}, bargap=0, font={"size": FONT}, dragmode=False
    )
    figure.update_xaxes(title="layer, in order", fixedrange=True)
    figure.update_yaxes(title="bytes alive", fixedrange=True, tickformat="~s")
    return figure
