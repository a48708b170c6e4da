"""The newest runs that were started from this browser."""

from html import escape

import streamlit as st

from cnnlab.training import runs
from cnnlab.training.runs import RunSummary
from cnnlab.ui import html, links
from cnnlab.ui.runs import cached_readers, labels
from cnnlab.ui.runs.owner import owner
from cnnlab.units import share

MOST = 5


def draw(shown: str) -> None:
    """Draw links to this browser's newest runs, ``shown`` left out."""
    own = [each for each in cached_readers.find(owner=owner()) if each.name != shown]
    if not own:
        return
    lines = "".join(f"<li>{_line(each)}</li>" for each in own[:MOST])
    more = links.link("runs", {"mine": "true"}, "All of them on Runs")
    st.html(
        html.heading("Runs before" if shown else "Your runs")
        + f'<ul class="cnnlab-earlier">{lines}</ul><p class="cnnlab-aside">{more}</p>'
    )


def _line(summary: RunSummary) -> str:
    changed = labels.settings(summary.spec) if summary.spec else ""
    test = cached_readers.accuracy(summary.run)
    result = f"{share(test.value)} test" if test else summary.phase
    if summary.phase == "done" and not cached_readers.has_test(summary.run):
        result = "no test images"
    if test and test.baseline:
        result += f" (baseline {share(test.baseline['accuracy'])})"
    text = ", ".join(filter(None, [changed, result, labels.when(summary)]))
    return (
        f"{links.link('transfer', {'run': summary.name, 'keep': 'true'}, escape(runs.title(summary)))} {escape(text)}"
    )
