"""Any measure of the catalogue against any other; a click on a dot opens Inspect."""

from functools import lru_cache
from html import escape

import pandas as pd
import streamlit as st

from cnnlab import zoo
from cnnlab.figures.scatter import dots
from cnnlab.network import Network
from cnnlab.ui import parts
from cnnlab.ui.links import PAGES
from cnnlab.ui.study import study
from cnnlab.units import full, short
from cnnlab.zoo import FAMILIES
from cnnlab.zoo.published import top1

AXES = {
    "params": "parameters",
    "macs": "MACs, 1 image",
    "activations": "activations, 1 image",
    "year": "year",
    "top1": "top-1 accuracy, %",
}
COSTS = ("params", "macs", "activations")
USUAL = {"x": "macs", "y": "top1"}
ONE_CROP = "ImageNet, one crop"


@st.fragment
def scatter() -> None:
    """The choice of axes, the sentence of what to notice, and the dots."""
    for problem in _problems():
        st.warning(parts.plain(problem), icon=":material/info:")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        y, x = (_axis(key, label) for key, label in (("y", "vertical axis"), ("x", "horizontal axis")))
        log = st.toggle("logarithmic costs", True, key="log", bind="query-params", help="Each step is a factor of ten.")
    rows = catalogue()
    rows = rows[rows[[x, y]].notna().all(axis=1)]
    usual = ONE_CROP
    if "top1" not in (x, y):
        usual = "computed"
        rows = rows.assign(measured=usual)
    st.html(parts.prose(_noticed(rows, x, y), "cnnlab-notice"))
    event = st.plotly_chart(
        dots(rows, x, y, AXES, FAMILIES, usual, COSTS if log else ()),
        key="dots",
        on_select="rerun",
        selection_mode="points",
        config=parts.STILL,
        alt=f"{len(rows)} networks: {AXES[y]} against {AXES[x]}.",
    )
    _aside(rows, x, y)
    points = event.selection.points
    if points:
        data = points[0]["customdata"]
        st.switch_page(PAGES["inspect"], query_params={"network": data[0] if isinstance(data, list) else data})


def _axis(key: str, label: str) -> str:
    return st.selectbox(
        label,
        AXES,
        index=list(AXES).index(USUAL[key]),
        format_func=lambda name: AXES[name],
        key=key,
        bind="query-params",
        width=210,
    )


def _problems() -> list[str]:
    """Sentences on what the address asks for and no axis has; Streamlit drops such values without a word."""
    asked = {key: st.query_params.get(key) for key in ("x", "y")}
    return [
        f"There is no measure {value[:40]!r} for the {key} axis; {AXES[USUAL[key]]} is shown. The measures are "
        f"{', '.join(AXES)}."
        for key, value in asked.items()
        if value is not None and value not in AXES and value not in AXES.values()
    ]


@lru_cache(maxsize=1)
def catalogue() -> pd.DataFrame:
    """One row a case study with what the axes show. Shared: never change it."""
    rows = []
    for case in zoo.CASES.values():
        totals, accuracy = study(Network.of(case.name)).totals, top1(case.name)
        measured = f"{accuracy.dataset}, {accuracy.protocol}" if accuracy else ""
        told = [f"<b>{escape(case.title)}</b>, {case.paper.year}", f"{full(totals.params)} parameters"]
        told += [f"{full(totals.macs)} MACs", f"{full(totals.activations)} activations"]
        told += [f"{accuracy.value} % top-1 ({measured}; {accuracy.source})"] if accuracy else []
        rows.append(
            {
                "name": case.name,
                "title": case.title,
                "family": case.family,
                "measured": measured,
                "told": "<br>".join([*told, "click: open in Inspect"]),
                "params": totals.params,
                "macs": totals.macs,
                "activations": totals.activations,
                "year": case.paper.year,
                "top1": accuracy.number if accuracy else None,
            }
        )
    return pd.DataFrame(rows)


def _noticed(rows: pd.DataFrame, x: str, y: str) -> str:
    """What stands out on these axes, as a sentence."""
    cost = next((name for name in (x, y) if name in COSTS), None)
    if "top1" in (x, y) and cost:
        fair = rows[rows["measured"] == ONE_CROP]
        dear = fair.loc[fair[cost].idxmax()]
        modest = fair[fair["top1"] <= fair["top1"].max()]
        pairs = [
            (big[cost] / small[cost], small, big)
            for _, big in modest.iterrows()
            for _, small in modest.iterrows()
            if small["top1"] >= big["top1"] and small[cost] < big[cost]
        ]
        if pairs:
            ratio, small, big = max(pairs, key=lambda pair: pair[0])
            return (
                f"{small['title']} reaches {small['top1']:g} % top-1 with {short(small[cost])} {_noun(cost)}, "
                f"{big['title']} {big['top1']:g} % with {short(big[cost])}: {ratio:.0f} times as many."
            )
        return f"{dear['title']} costs most: {short(dear[cost])} {_noun(cost)}."
    if cost:
        least, most = rows.loc[rows[cost].idxmin()], rows.loc[rows[cost].idxmax()]
        return (
            f"{most['title']} ({most['year']}) has {most[cost] / least[cost]:,.0f} times as many {_noun(cost)} as "
            f"{least['title']} ({least['year']})."
        )
    if {x, y} == {"year", "top1"}:
        fair = rows[rows["measured"] == ONE_CROP]
        first, last = fair.loc[fair["year"].idxmin()], fair.loc[fair["top1"].idxmax()]
        return (
            f"From {first['title']} in {first['year']} to {last['title']} in {last['year']}, top-1 accuracy rose from "
            f"{first['top1']:g} to {last['top1']:g} %."
        )
    return f"Both axes show the {AXES[x].split(',')[0]}: choose another for one of them."


def _noun(cost: str) -> str:
    return AXES[cost].partition(",")[0]


def _aside(rows: pd.DataFrame, x: str, y: str) -> None:
    """What is missing, and what may not be compared."""
    if "top1" not in (x, y):
        st.caption("A click on a dot opens the network.")
        return
    missing = [title for title in catalogue()["title"] if title not in set(rows["title"])]
    st.caption(
        "A click on a dot opens the network. Accuracies are published, not computed, and only full dots may be "
        "compared with each other: a 10-crop value averages ten views of each picture and is a point or two higher, "
        f"CIFAR-10 has ten classes and small pictures. No published value at hand: {', '.join(missing)}."
    )
