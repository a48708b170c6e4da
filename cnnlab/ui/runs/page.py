"""Body of the page: the list, and below it the chosen runs."""

from contextlib import suppress

import streamlit as st

from cnnlab.training import runs
from cnnlab.training.export.report.sentences import SETTINGS_HEAD, setting_rows
from cnnlab.training.runs import RunSummary
from cnnlab.training.spec import Spec
from cnnlab.ui import html, links
from cnnlab.ui.runs import buttons, cluster, labels, listing, overlay, page_state, result
from cnnlab.ui.runs.downloads import downloads
from cnnlab.units import duration


def body() -> None:
    """Draw everything below the heading."""
    cluster.cluster()  # tends to what has not ended, from now on
    chosen = _chosen()
    listing.toolbar()
    page_state.URL.show_problems()
    listing.listing()
    if len(chosen) == 1:
        _one(chosen[0])
    elif chosen:
        st.html(html.heading(f"{len(chosen)} runs"))
        overlay.watched([summary.run for summary in chosen], "runs.several")
        buttons.draw_buttons(chosen)
    elif listing.found(page_state.current()):
        st.html(html.prose("Click a run to see its curves and its test; click several to overlay them."))
    page_state.write_url()


def _chosen() -> list[RunSummary]:
    """Return the chosen runs; deselect deleted ones, with a sentence."""
    found = []
    for name in page_state.current().chosen:
        with suppress(ValueError):
            found.append(runs.summary(runs.get(name)))
    page_state.keep(summary.name for summary in found)
    return found


def _one(summary: RunSummary) -> None:
    st.html(html.heading(runs.title(summary)) + _below(summary))
    result.draw_live_run(summary.run, "runs.one")
    st.html(html.heading("Downloads, and a new run like this"))
    downloads(summary.run)
    st.html(links.link("transfer", {"run": summary.name, "keep": "true"}, "Open it on Transfer"))
    buttons.draw_buttons([summary])
    if summary.spec:
        _settings(summary.spec)


def _below(summary: RunSummary) -> str:
    parts = [labels.settings(summary.spec)] if summary.spec else []
    took = duration(labels.seconds(summary))
    parts += [
        f"made {labels.when(summary)}",
        f"{took} from start to end" if took and not summary.live else "",
        summary.name,
    ]
    return html.prose(" · ".join(each for each in parts if each), "cnnlab-aside")


def _settings(spec: Spec) -> None:
    """Draw every field with its value and its help, folded."""
    with st.expander("Every setting", key="runs.settings", icon=":material/tune:", on_change="rerun") as opened:
        if opened.open:
            st.html(html.table(SETTINGS_HEAD, setting_rows(spec), "Every setting of this run"))
