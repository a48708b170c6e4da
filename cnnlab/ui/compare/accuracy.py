"""Accuracy against cost: the catalogue, the efficient frontier, and the networks chosen above."""

from functools import lru_cache
from html import escape

import pandas as pd
import streamlit as st

from cnnlab import costs
from cnnlab.figures.compare import bargains
from cnnlab.figures.plain import PlainFigure
from cnnlab.network import Network
from cnnlab.ui import html
from cnnlab.ui.compare.overview import CACHED
from cnnlab.ui.gallery.scatter import ONE_CROP, catalogue
from cnnlab.ui.study import study
from cnnlab.units import full, listed, short

COSTS = {"macs": "MACs, 1 image", "params": "parameters", "activations": "activations, 1 image"}


def accuracy(networks: tuple[Network, ...], cost: str) -> None:
    """Draw the scatter plot, and a sentence on where the chosen networks stand."""
    figure, text = _accuracy(networks, cost)
    st.html(html.heading("Accuracy against cost") + html.prose(text))
    st.plotly_chart(figure, key="compare.accuracy", config=html.STILL, alt=text)
    st.caption(
        "Published top-1 accuracy on ImageNet, one crop, of networks with default knobs. The dotted line joins the "
        "networks that no other of the catalogue beats at the same cost or less. A click on a dot opens the network."
    )


@lru_cache(maxsize=CACHED)
def _accuracy(networks: tuple[Network, ...], cost: str) -> tuple[PlainFigure, str]:
    rows = pd.concat([catalogue(), *(_row(network) for network in dict.fromkeys(networks) if network.rewrites)])
    rows = rows[rows["measured"] == ONE_CROP].reset_index(drop=True)
    front = costs.frontier(rows[cost].tolist(), rows["top1"].tolist())
    efficient = set(rows.iloc[front]["name"])
    marked: dict[str, int] = {}
    sentences, missing = [], []
    for place, network in enumerate(networks):
        name = str(network)
        if network.top1 is None or name not in set(rows["name"]):
            missing.append(network.label)
            continue
        marked.setdefault(name, place)
        row = rows[rows["name"] == name].iloc[0]
        if name in efficient:
            sentences.append(f"{network.title} is on the efficient frontier")
        else:
            better = rows[(rows[cost] <= row[cost]) & (rows["top1"] >= row["top1"]) & (rows["name"] != name)]
            best = better.loc[better["top1"].idxmax()]
            sentences.append(
                f"{best['title']} reaches {best['top1']:g} % with {short(best[cost])} {_noun(cost)}, "
                f"{network.title} {row['top1']:g} % with {short(row[cost])}"
            )
    text = "; ".join(dict.fromkeys(sentences)) + "." if sentences else ""
    if missing:
        text += f" CNN Lab has no published one-crop accuracy on ImageNet for {listed(list(dict.fromkeys(missing)))}."
    return bargains(rows, cost, COSTS[cost], front, marked), text.strip()


def _row(network: Network) -> pd.DataFrame:
    """Return a rewritten network as a row of the catalogue, no row if its accuracy is not published."""
    found = network.top1
    if found is None:
        return pd.DataFrame()
    totals = study(network).totals
    hover = f"<b>{escape(network.title)}</b><br>{full(totals.macs)} MACs<br>{found.value} % top-1 ({found.source})"
    return pd.DataFrame(
        [
            {
                "name": str(network),
                "title": network.title,
                "measured": f"{found.dataset}, {found.protocol}",
                "hover": hover,
                "params": totals.params,
                "macs": totals.macs,
                "activations": totals.activations,
                "top1": found.number,
            }
        ]
    )


def _noun(cost: str) -> str:
    return COSTS[cost].partition(",")[0]
