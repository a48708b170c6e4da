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


def section(shown: str) -> None:
    """Draw links to all of them but ``shown``."""
    me = owner()
    own = [each for each in cached_readers.find() if each.status and each.status.owner == me and each.name != shown]
    if not own:
        return
    lines = "".join(f"<li>{_line(each)}</li>" for each in own[:MOST])
    more = links.link("runs", {"mine": "true"}, "All of them on Runs")
    st.html(
        html.heading("Runs before" if shown else "Your runs")
        + f'<ul class="cnnlab-earlier">{lines}</ul><p class="cnnlab-aside">{more}</p>'
    )


def _line(seen: RunSummary) -> str:
    changed = labels.settings(seen.spec) if seen.spec else ""
    test = cached_readers.accuracy(seen.run)
    result = f"{share(test[0])} test" if test else seen.phase
    text = ", ".join(filter(None, [changed, result, labels.when(seen)]))
    return f"{links.link('transfer', {'run': seen.name, 'keep': 'true'}, escape(runs.title(seen)))} {escape(text)}"
