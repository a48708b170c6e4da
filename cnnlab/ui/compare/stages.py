"""The difference between networks: stages aligned by resolution, and sums along the depth."""

from functools import lru_cache

import pandas as pd
import streamlit as st

from cnnlab import costs
from cnnlab.figures.compare import by_stage, rising
from cnnlab.figures.plain import PlainFigure
from cnnlab.graph import times
from cnnlab.network import Network
from cnnlab.ui import html
from cnnlab.ui.compare.overview import CACHED, labels
from cnnlab.ui.compare.page_state import MEASURE, MEASURES, SHARES
from cnnlab.ui.study import study
from cnnlab.ui.widgets.session_value import index
from cnnlab.units import at_least, capitalised, full, listed, percent, short

AGAINST = "compare.against"
LOWER_BOUNDS = "macs", "params"
"""The measures of which a layer that is not understood makes a total a lower bound."""
MOST_DIFFERENCES = 2  # columns; of more networks one difference is chosen


def measure() -> str:
    """Draw the choice of a measure; return it."""
    return str(
        st.segmented_control(
            "counted",
            MEASURES,
            default=st.session_state.get(MEASURE),
            format_func=MEASURES.__getitem__,
            key=MEASURE,
            required=True,
            persist_state="session",
            width="content",
        )
    )


def stages(networks: tuple[Network, ...], base: int, measured: str) -> None:
    """Draw a figure, then a table of stages and networks, with the difference to the baseline."""
    noun = MEASURES[measured]
    figure, alt = _bars(networks, base, measured)
    st.html(html.heading(f"{capitalised(noun)}, stage by stage") + html.prose(alt))
    st.plotly_chart(figure, key="compare.stages", config=html.STILL, alt=alt)
    others = [place for place in range(len(networks)) if place != base]
    if len(others) > MOST_DIFFERENCES:
        names = labels(networks)
        st.session_state[AGAINST] = place = st.session_state.get(AGAINST, others[0])
        if place not in others:
            st.session_state[AGAINST] = others[0]
        chosen = st.selectbox(
            f"difference to {names[base]}",
            others,
            index(AGAINST, others),
            format_func=names.__getitem__,
            key=AGAINST,
            width=330,
        )
        others = [int(chosen)]
    st.html(_stages(networks, base, measured, tuple(others)))


@lru_cache(maxsize=CACHED)
def _bars(networks: tuple[Network, ...], base: int, measured: str) -> tuple[PlainFigure, str]:
    """Return a figure of the stages, a bar for each network, and a sentence on the largest difference."""
    names, noun = labels(networks), MEASURES[measured]
    words, values = _counts(networks, measured)
    figure = by_stage(dict(zip(names, values, strict=True)), words, noun)
    vague = [name for name, network in zip(names, networks, strict=True) if _is_bound(network, measured)]
    if vague:
        has = "has" if len(vague) == 1 else "have"
        return figure, f"{listed(vague)} {has} layers that are not understood, so these {noun} are the least."
    gaps = [
        (abs(value - usual), value - usual, name, word)
        for name, row in zip(names, values, strict=True)
        for value, usual, word in zip(row, values[base], words, strict=True)
    ]
    return figure, _notice(gaps, names[base], noun)


@lru_cache(maxsize=CACHED)
def _stages(networks: tuple[Network, ...], base: int, measured: str, others: tuple[int, ...]) -> str:
    names, noun = labels(networks), MEASURES[measured]
    words, values = _counts(networks, measured)
    if any(_is_bound(network, measured) for network in networks):
        others = ()  # a difference of numbers that may be bounds would be neither
    counts = [*zip(*values, strict=True), tuple(map(sum, values))]
    rows = [
        [word, *map(full, row), *(_difference(row[place] - row[base]) for place in others)]
        for word, row in zip([*words, "total"], counts, strict=True)
    ]
    for place, network in enumerate(networks, 1):
        rows[-1][place] = _bounded(rows[-1][place], network, measured)
    head = ["stage", *names, *(f"{names[place]} − {names[base]}" for place in others)]
    return html.table(head, rows, f"{noun} of each stage", marked=len(words)) + html.prose(
        "A stage is all layers whose output maps have one resolution: the image halved once, twice, and so on. "
        "Networks with other image sizes are aligned by the number of halvings. “head” is all layers after the last "
        "map.",
        "cnnlab-aside",
    )


def _counts(networks: tuple[Network, ...], measured: str) -> tuple[list[str], list[list[int]]]:
    """Return the names of all stages, and for each network its count in each of them."""
    tables = [costs.stage_table(study(network).root, study(network).layers).set_index("stage") for network in networks]
    order = costs.stages([table.reset_index() for table in tables])
    counts = [[int(table[measured].get(stage, 0)) for stage in order] for table in tables]
    return [_stage(stage, tables) for stage in order], counts


def _notice(gaps: list[tuple[int, int, str, str]], base: str, noun: str) -> str:
    gap, change, name, stage = max(gaps)
    if not gap:
        return f"No stage differs in {noun}."
    return (
        f"The largest difference is in stage {stage}: {name} has {short(gap)} {'more' if change > 0 else 'fewer'} "
        f"{noun} there than {base}."
    )


def _stage(stage: object, tables: list[pd.DataFrame]) -> str:
    """Return «56×56», or both sizes if the networks differ."""
    if stage == costs.HEAD:
        return costs.HEAD
    sides = {min(table["sides"][stage]) for table in tables if stage in table.index and table["sides"][stage]}
    return " / ".join(map(times, sorted(sides, reverse=True)))


def _difference(value: int) -> str:
    return "0" if not value else f"{'+' if value > 0 else '−'}{full(abs(value))}"


def depth(networks: tuple[Network, ...], measured: str) -> None:
    """Draw all networks' sums along their depth in one plot."""
    noun = MEASURES[measured]
    st.html(html.heading(f"{capitalised(noun)} so far, along the depth"))
    shares = st.toggle("as a share of each network's own total", key=SHARES)
    figure, alt = _depth(networks, measured, shares)
    st.html(html.prose(alt))
    st.plotly_chart(figure, key="compare.depth", config=html.STILL, alt=alt)


@lru_cache(maxsize=CACHED)
def _depth(networks: tuple[Network, ...], measured: str, shares: bool) -> tuple[PlainFigure, str]:
    lines, sentences = {}, []
    for network, name in zip(networks, labels(networks), strict=True):
        layers = study(network).layers
        sums = layers[measured].cumsum()
        # One point for each layer with weights, at the sum of all layers up to it.
        weighted = layers["macs"] > 0
        found = sums[weighted].to_numpy()
        total = max(int(sums.iloc[-1]), 1)
        half = int((found >= total / 2).sum())
        if half:
            at = len(found) - half + 1
            depth = study(network).totals.depth
            aside = f" (its depth, along the longest path, is {depth})" if depth != len(found) else ""
            all_of_it = _bounded(short(total), network, measured)
            sentences.append(f"{name} reaches half of its {all_of_it} at layer {at} of {len(found)}{aside}")
        else:
            sentences.append(f"{name} has no layer that multiplies")
        lines[name] = pd.DataFrame(
            {
                "depth": range(1, len(found) + 1),
                "sum": found / total if shares else found,
                "hover": [
                    f"{name}<br>{layer}: {short(int(value))}, {percent(int(value), total)}"
                    for layer, value in zip(layers["layer"][weighted], found, strict=True)
                ],
            }
        )
    return rising(lines, MEASURES[measured], shares), f"{'; '.join(sentences)}. A layer here is one that multiplies."


def _bounded(text: str, network: Network, measured: str) -> str:
    """Return a network's total as text, with «at least» where it may be more."""
    return at_least(text, _is_bound(network, measured))


def _is_bound(network: Network, measured: str) -> bool:
    return measured in LOWER_BOUNDS and study(network).totals.at_least
