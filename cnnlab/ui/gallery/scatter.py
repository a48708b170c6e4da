"""A scatter plot of the catalogue: any measure against any other. A click on a dot opens Inspect, see ``links``."""

from functools import lru_cache
from html import escape

import pandas as pd
import streamlit as st

from cnnlab import zoo
from cnnlab.figures.scatter import dots
from cnnlab.network import Network
from cnnlab.ui import html
from cnnlab.ui.gallery import axes
from cnnlab.ui.gallery.axes import AXES
from cnnlab.ui.study import study
from cnnlab.units import full, short
from cnnlab.zoo import FAMILIES
from cnnlab.zoo.published import top1

COSTS = ("params", "macs", "activations")
ONE_CROP = "ImageNet, one crop"


@st.fragment
def scatter() -> None:
    """Draw the choice of axes, the notice, and the dots."""
    chosen = axes.widgets()
    x, y = chosen.x, chosen.y
    rows = catalogue()
    rows = rows[rows[[x, y]].notna().all(axis=1)]
    usual = ONE_CROP
    if "top1" not in (x, y):
        usual = "computed"
        rows = rows.assign(measured=usual)
    st.html(html.prose(_notice(rows, x, y), "cnnlab-notice"))
    st.plotly_chart(
        dots(rows.assign(year=_side_by_side(rows["year"])), x, y, AXES, FAMILIES, usual, COSTS if chosen.log else ()),
        key="dots",
        config=html.STILL,
        alt=f"{len(rows)} networks: {AXES[y]} against {AXES[x]}.",
    )
    _aside(rows, x, y)


@lru_cache(maxsize=1)
def catalogue() -> pd.DataFrame:
    """Return one row for each case study, with the measures of the axes. Shared: never change it."""
    rows = []
    for case in zoo.CASES.values():
        totals, accuracy = study(Network.of(case.name)).totals, top1(case.name, case.default_size)
        measured = f"{accuracy.dataset}, {accuracy.protocol}" if accuracy else ""
        hover = [f"<b>{escape(case.title)}</b>, {case.paper.year}", f"{full(totals.params)} parameters"]
        hover += [f"{full(totals.macs)} MACs", f"{full(totals.activations)} activations"]
        hover += [f"{accuracy.value} % top-1 ({measured}; {accuracy.place})"] if accuracy else []
        rows.append(
            {
                "name": case.name,
                "title": case.title,
                "family": case.family,
                "measured": measured,
                "hover": "<br>".join([*hover, "click: open in Inspect"]),
                "params": totals.params,
                "macs": totals.macs,
                "activations": totals.activations,
                "year": case.paper.year,
                "top1": accuracy.number if accuracy else None,
                "form": accuracy.form if accuracy else "",
            }
        )
    return pd.DataFrame(rows)


def _side_by_side(years: "pd.Series[int]") -> "pd.Series[float]":
    """Spread networks of one year side by side: on top of each other they could be neither seen nor clicked."""
    groups = years.groupby(years)
    return years + 0.9 * ((groups.cumcount() + 0.5) / groups.transform("size") - 0.5)


def _notice(rows: pd.DataFrame, x: str, y: str) -> str:
    """Return a notice on these axes."""
    if x == y:
        return "Both axes show the same quantity: choose another for one of them."
    cost = next((name for name in (x, y) if name in COSTS), None)
    if "top1" in (x, y):
        fair = rows[rows["measured"] == ONE_CROP]
        return _largest_saving(fair, cost) if cost else _progress(fair)
    assert cost is not None  # of two measures that are not accuracy one is not the year
    least, most = rows.loc[rows[cost].idxmin()], rows.loc[rows[cost].idxmax()]
    return (
        f"{most['title']} ({most['year']}) has {most[cost] / least[cost]:,.0f} times as many {_noun(cost)} as "
        f"{least['title']} ({least['year']})."
    )


def _largest_saving(fair: pd.DataFrame, cost: str) -> str:
    """Return a sentence on the pair in which the cheaper network is at least as accurate and saves most."""
    every = [row for _, row in fair.iterrows()]
    pairs = [(big[cost] / small[cost], small, big) for big in every for small in every if small["top1"] >= big["top1"]]
    ratio, small, big = max(pairs, key=lambda pair: pair[0])
    return (
        f"{small['title']} reaches {small['top1']:g} % top-1 with {short(small[cost])} {_noun(cost)}, {big['title']} "
        f"{big['top1']:g} % with {short(big[cost])}: {ratio:.0f} times as many."
    )


def _progress(fair: pd.DataFrame) -> str:
    first, last = fair.loc[fair["year"].idxmin()], fair.loc[fair["top1"].idxmax()]
    return (
        f"From {first['title']} in {first['year']} to {last['title']} in {last['year']}, top-1 accuracy rose from "
        f"{first['top1']:g} to {last['top1']:g} %."
    )


def _noun(cost: str) -> str:
    return AXES[cost].partition(",")[0]


def _aside(rows: pd.DataFrame, x: str, y: str) -> None:
    """Draw a caption on missing values, and on values that cannot be compared."""
    if "top1" not in (x, y):
        st.caption("A click on a dot opens the network.")
        return
    missing = [title for title in catalogue()["title"] if title not in set(rows["title"])]
    others = "".join(f"{row.title}'s value is of {row.form}. " for row in rows.itertuples() if row.form)
    st.caption(
        "A click on a dot opens the network. Accuracies are published, not computed, and only filled dots are "
        "comparable with each other: a 10-crop value averages ten views of each image and is usually higher, CIFAR-10 "
        f"has ten classes and small images. {others}Not in the chart, since CNN Lab has no published accuracy of "
        f"them: {', '.join(missing)}."
    )
