"""The overview: a drawing and a sentence on the costs, then the totals with ratios to the baseline."""

from collections.abc import Callable
from functools import lru_cache
from html import escape

import streamlit as st

from cnnlab import costs
from cnnlab.costs import Totals
from cnnlab.figures.palette import series_colour
from cnnlab.network import Network
from cnnlab.ui import html
from cnnlab.ui.study import study
from cnnlab.units import at_least, short, size

CACHED = 256  # comparisons; each some kilobytes of text

BARS: tuple[tuple[str, Callable[[Totals], int], Callable[[Totals], str]], ...] = (
    ("MACs", lambda totals: totals.macs, lambda totals: at_least(short(totals.macs), totals.at_least)),
    ("Parameters", lambda totals: totals.params, lambda totals: at_least(short(totals.params), totals.at_least)),
    ("Activations", lambda totals: totals.activations, lambda totals: short(totals.activations)),
    ("Peak memory", lambda totals: totals.peak_bytes(), lambda totals: size(totals.peak_bytes())),
)
"""The bars of the overview: a word, the number that its length shows, and the text beside it."""


def labels(networks: tuple[Network, ...]) -> list[str]:
    """Return the networks' labels on this page; equal ones are numbered."""
    return costs.numbered([network.label for network in networks])


def overview(networks: tuple[Network, ...], base: int) -> None:
    """Draw the sentence, the bars and the totals."""
    st.html(_overview(networks, base))


@lru_cache(maxsize=CACHED)
def _overview(networks: tuple[Network, ...], base: int) -> str:
    totals, names = [study(network).totals for network in networks], labels(networks)
    return html.prose(costs.verdict(names, totals), "cnnlab-notice") + _bars(names, totals) + _table(networks, base)


def _bars(names: list[str], totals: list[Totals]) -> str:
    """Return HTML of bars: for each measure one a network, as long as its share of the largest."""
    groups = []
    for word, measure, form in BARS:
        most = max(map(measure, totals)) or 1
        bars = "".join(
            f'<div class="bar"><span class="name">{escape(name)}</span><span class="track">'
            f'<i style="width:{max(0.5, 100 * measure(each) / most):.1f}%;background:{series_colour(place)}"></i>'
            "</span>"
            f"<span>{escape(html.unbroken(form(each)))}</span></div>"
            for place, (name, each) in enumerate(zip(names, totals, strict=True))
        )
        groups.append(f"<div><b>{html.term(word)}</b>{bars}</div>")
    return f'<div class="cnnlab-bars">{"".join(groups)}</div>'


def _table(networks: tuple[Network, ...], base: int) -> str:
    names = labels(networks)
    totals = [study(network).totals for network in networks]
    rows: list[list[str]] = [
        [html.Html(html.term(measure.word)), *(each.text for each in costs.compare(measure, totals, base))]
        for measure in costs.MEASURES
    ]
    rows.append([html.Html(html.term("Top-1")), *(network.published for network in networks)])
    head = ["", *(f"{name}, baseline" if place == base else name for place, name in enumerate(names))]
    return (
        html.heading("Totals, with ratios to the baseline")
        + html.table(head, rows, "Totals of the networks")
        + html.prose(
            f"For {_one([study(network).example for network in networks])}, in fp32. Top-1 is published, not computed; "
            "compare only one-crop values on ImageNet.",
            "cnnlab-aside",
        )
    )


def _one(examples: list[str]) -> str:
    """Return what each network takes once, in words: «one image», or «one input» if one takes something else."""
    return "one image" if all(each.startswith("1 image,") for each in examples) else "one input"
