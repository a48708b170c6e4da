"""The page's body: the list, and below it what is chosen."""

from contextlib import suppress
from dataclasses import fields

import streamlit as st

from cnnlab.training import runs
from cnnlab.training.runs import RunSummary
from cnnlab.training.spec import KNOBS, Spec
from cnnlab.ui import html, links
from cnnlab.ui.runs import buttons, cached_readers, cluster, labels, listing, overlay, page_state, result
from cnnlab.ui.runs.downloads import downloads
from cnnlab.units import duration


def body() -> None:
    """Everything below the heading."""
    cluster.cluster()  # tends to what has not ended, from now on
    chosen = _chosen()
    listing.toolbar()
    page_state.URL.show_problems()
    listing.listing()
    if len(chosen) == 1:
        _one(chosen[0])
    elif chosen:
        st.html(html.heading(f"{len(chosen)} runs"))
        overlay.watched([seen.run for seen in chosen], "runs.several")
        buttons.acting(chosen)
    elif cached_readers.find():
        st.html(html.prose("Press a run to see its curves and its test; press several, and they are overlaid."))
    page_state.write_url()


def _chosen() -> list[RunSummary]:
    """The chosen runs; those that are gone are let go, with a sentence."""
    found = []
    for name in page_state.current().chosen:
        with suppress(ValueError):
            found.append(runs.summary(runs.get(name)))
    page_state.keep(seen.name for seen in found)
    return found


def _one(seen: RunSummary) -> None:
    st.html(html.heading(runs.title(seen)) + _below(seen))
    result.watched(seen.run, "runs.one")
    st.html(html.heading("Take it home, or train it again"))
    downloads(seen.run)
    st.html(links.link("transfer", {"run": seen.name, "keep": "true"}, "Show it on Transfer"))
    buttons.acting([seen])
    if seen.spec:
        _settings(seen.spec)


def _below(seen: RunSummary) -> str:
    parts = [labels.settings(seen.spec)] if seen.spec else []
    took = duration(labels.seconds(seen))
    parts += [f"made {labels.when(seen)}", f"{took} of training" if took and not seen.live else "", seen.name]
    return html.prose(" · ".join(each for each in parts if each), "cnnlab-aside")


def _settings(spec: Spec) -> None:
    """Folded: every field, what it was set to, and what it does."""
    with st.expander("Every setting", key="runs.settings", icon=":material/tune:", on_change="rerun") as opened:
        if not opened.open:
            return
        rows = []
        for each in fields(Spec):
            value = getattr(spec, each.name)
            if each.name == "augmentation":
                text = labels.setting(each.name, value)
            else:
                text = f"{value:g}" if isinstance(value, float) else str(value)
            rows.append(
                (each.name.replace("_", " "), text or "none", KNOBS[each.name].help if each.name in KNOBS else "")
            )
        st.html(html.table(("setting", "value", "what it does"), rows, "Every setting of this run"))
