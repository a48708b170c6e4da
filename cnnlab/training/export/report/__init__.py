"""The report of a run as one HTML file that opens offline: settings, learning, test, and plots.

Whatever comes from outside, names of classes for instance, is escaped. A damaged section is left out, and the report
says so.
"""

import json
from collections.abc import Sequence
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from cnnlab.training.export.report import sections
from cnnlab.training.export.report.sections import ReportSection, RunData
from cnnlab.training.run_folder import Run
from cnnlab.training.runs import titled

ASSETS = Path(__file__).parents[4] / "assets"
DAMAGED = (KeyError, TypeError, ValueError, IndexError, AttributeError, ZeroDivisionError)
"""Errors in reading a damaged report."""


def page(run: Run) -> str:
    """Return the HTML. Raises ``ValueError`` with a sentence if the run's files are damaged or it has no report."""
    report = run.report()
    if report is None:
        raise ValueError("this run has no report; a run that is done has one")
    data = RunData(run.name, run.spec(), report, run.history(), run.status().created, run.plan())
    figures: list[dict[str, Any]] = []
    body, lost = [], 0
    for section in sections.ALL:
        try:
            made = section(data)
        except DAMAGED:
            lost += 1
            continue
        if made.html or made.figures:
            body.append(_html(made, figures))
    if not body or "<h1>" not in body[0]:
        body.insert(0, f"<h1>{escape(titled(data.spec))}</h1>")
    if lost:
        text = "Parts of this run’s report cannot be read and are left out; duplicate the run to make it again."
        body.insert(1, f'<p class="warning">{text}</p>')
    return _document(titled(data.spec), "\n".join(body), figures)


def _html(section: ReportSection, figures: list[dict[str, Any]]) -> str:
    html = [f"<h2>{escape(section.title)}</h2>"] if section.title else []
    html.append(section.html)
    places = []
    for figure, alt in section.figures:
        height = int(figure["layout"].get("height", 320))
        places.append(
            f'<div class="figure" role="img" aria-label="{escape(alt)}" data-figure="{len(figures)}" '
            f'style="height:{height}px"></div>'
        )
        figures.append({"data": figure["data"], "layout": {**figure["layout"], "template": None}})
    if places:
        html.append(f'<div class="figures">{"".join(places)}</div>')
    html.append(section.below)
    return f"<section>{''.join(html)}</section>"


def _document(title: str, body: str, figures: Sequence[dict[str, Any]]) -> str:
    # In JSON inside of HTML a < could end the script.
    charts = json.dumps(figures).replace("<", "\\u003c")
    style, script = ((ASSETS / name).read_text(encoding="utf-8") for name in ("report.css", "report.js"))
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{escape(title)}</title>
<style>
{style}</style>
</head>
<body>
<main>
{body}
</main>
<noscript>The charts of this page need JavaScript.</noscript>
<script type="application/json" id="figures">{charts}</script>
<script>{_plotly()}</script>
<script>
{script}</script>
</body>
</html>
"""


@cache
def _plotly() -> str:
    """Return Plotly's own source, 5 MB, so that the file needs no network."""
    from plotly.offline import get_plotlyjs

    return str(get_plotlyjs()).replace("</script", "<\\/script")
