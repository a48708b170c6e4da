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
from cnnlab.units import at_least, at_most, full, ratio, short, size
from cnnlab.zoo.case import CaseStudy
from cnnlab.zoo.published import Published, top1

CACHED = 256  # comparisons; each some kilobytes of text

BARS: tuple[tuple[str, Callable[[Totals], int], Callable[[float], str]], ...] = (
    ("MACs", lambda totals: totals.macs, short),
    ("Parameters", lambda totals: totals.params, short),
    ("Activations", lambda totals: totals.activations, short),
    ("Peak memory", lambda totals: totals.peak_bytes(), size),
)
ROWS: tuple[tuple[str, Callable[[Totals], int | None], str], ...] = (
    ("Parameters", lambda totals: totals.params, ""),
    ("MACs", lambda totals: totals.macs, ""),
    ("Activations", lambda totals: totals.activations, ""),
    ("Peak memory", lambda totals: totals.peak_bytes(), " B"),
    ("Weights", lambda totals: totals.weight_bytes(), " B"),
    ("Receptive field", lambda totals: totals.receptive_field, " px"),
    ("Depth", lambda totals: totals.depth, ""),
)


def labels(networks: tuple[Network, ...]) -> list[str]:
    """Return the networks' labels on this page; equal ones are numbered."""
    names, found = [network.label for network in networks], []
    for place, label in enumerate(names):
        found.append(f"{label} ({names[: place + 1].count(label)})" if names.count(label) > 1 else label)
    return found


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
            f"<span>{escape(html.unbroken(form(measure(each))))}</span></div>"
            for place, (name, each) in enumerate(zip(names, totals, strict=True))
        )
        groups.append(f"<div><b>{html.term(word)}</b>{bars}</div>")
    return f'<div class="cnnlab-bars">{"".join(groups)}</div>'


def _table(networks: tuple[Network, ...], base: int) -> str:
    names = labels(networks)
    totals = [study(network).totals for network in networks]
    rows: list[list[str]] = []
    for word, measure, unit in ROWS:
        # Of numbers that may be bounds, a ratio would be none.
        least = word in ("Parameters", "MACs", "Weights")
        bounds = [
            each.at_least if least else word == "Receptive field" and each.receptive_field_at_most for each in totals
        ]
        baseline = measure(totals[base])
        cells = []
        for place, (each, bound) in enumerate(zip(totals, bounds, strict=True)):
            number = measure(each)
            value = at_least(full(number or 0), bound) if least else at_most(number, bound, full)
            value += unit if number is not None else ""
            change = ""
            if number is not None and baseline is not None and place != base and not (bound or bounds[base]):
                change = ratio(number, baseline)
            cells.append(f"{value} ({change})" if change else value)
        rows.append([html.Html(html.term(word)), *cells])
    rows.append([html.Html(html.term("Top-1")), *map(_accuracy, networks)])
    head = ["", *(f"{name}, baseline" if place == base else name for place, name in enumerate(names))]
    return (
        html.heading("Totals, with ratios to the baseline")
        + html.table(head, rows, "Totals of the networks")
        + html.prose(
            "For one image, in fp32. Top-1 is published, not computed; compare only one-crop values on ImageNet.",
            "cnnlab-aside",
        )
    )


def published_top1(network: Network) -> Published | None:
    """Return the published accuracy of exactly this network: at its defaults, and rewritten only if a table has it."""
    case = network.case
    return top1(str(network), case.default_size) if isinstance(case, CaseStudy) and not network.changed else None


def _accuracy(network: Network) -> str:
    found = published_top1(network)
    if found is None:
        return "none published" if not (network.changed or network.rewrites) else "none published for these settings"
    return f"{found.value} % ({found.dataset}, {found.protocol})"
