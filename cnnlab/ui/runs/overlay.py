"""Overlay of several runs: their curves in one chart for each measure, and their results in a table."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import streamlit as st

from cnnlab.figures.gradients import Layers
from cnnlab.figures.learning import overlaid
from cnnlab.figures.palette import SERIES, SYMBOLS
from cnnlab.training import notices, runs
from cnnlab.training.run_folder import Run
from cnnlab.training.runs import RunSummary
from cnnlab.training.spec import Spec
from cnnlab.ui import html
from cnnlab.ui.runs import cached_readers
from cnnlab.ui.runs import labels as naming
from cnnlab.ui.runs.result import draw_while_live, gradient_charts
from cnnlab.units import duration, share

HEAD = ("run", "best epoch", "validation then", "last epoch", "training", "validation", "test", "baseline", "time")


def watched(
    several: Sequence[Run],
    key: str,
    notice: bool = True,
    unfolded: bool = False,
    labels: Mapping[str, str] | None = None,
) -> None:
    """Draw curves and table, which refresh themselves while a run is live, and then the gradients, folded or not.

    Without ``notice`` no sentence is shown: the page has its own. ``labels`` are what the page calls the runs, by their
    names.
    """
    draw_while_live(several, lambda: curves(several, key, notice, labels))
    _gradients(several, key, unfolded, labels)


def curves(several: Sequence[Run], key: str, notice: bool = True, given: Mapping[str, str] | None = None) -> None:
    """Draw accuracy and loss of all runs, the table, and a notice."""
    summaries = [runs.summary(run) for run in several]
    labels = naming.labels(summaries) | dict(given or {})
    short = naming.short(labels)
    histories = {run.name: cached_readers.events(run).history for run in several}
    tests = {run.name: cached_readers.accuracy(run) for run in several}
    data = {summary.spec.data for summary in summaries if summary.spec}
    text = notices.together(labels, histories, tests, data, any(map(cached_readers.has_test, several)))
    if notice:
        st.html(html.prose(text, "cnnlab-notice"))
    named = {short[name]: history for name, history in histories.items()}
    phases = Spec().phases
    total = max((cached_readers.events(summary.run).total for summary in summaries if summary.live), default=0)
    for column, measure in zip(st.columns(2, gap="medium"), ("accuracy", "loss"), strict=True):
        figure = overlaid(named, measure, phases, total)  # type: ignore[arg-type]
        alt = f"{measure} of {len(several)} runs over the epochs, training and validation. {text.replace('**', '')}"
        with column:
            st.plotly_chart(figure, key=f"{key}.{measure}", config=html.STILL, alt=alt)
    rows = [_row(place, summary, labels, histories, tests) for place, summary in enumerate(summaries)]
    saved = " The weights of the epoch beside the test were tested and saved." if any(tests.values()) else ""
    st.html(
        html.table(HEAD, rows, "The chosen runs")
        + html.prose(
            "Solid lines are training, dashed lines validation. A ring marks the epoch with the smallest validation "
            f"loss, a diamond the first epoch of fine-tuning.{saved}",
            "cnnlab-aside",
        )
    )


def _row(
    place: int, summary: RunSummary, labels: Mapping[str, str], histories: Mapping[str, Any], tests: Mapping[str, Any]
) -> tuple[str, ...]:
    history, test = histories[summary.name], tests[summary.name]
    best = notices.best_epoch(history)
    at_best: Mapping[str, Any] = next((row for row in history if row["epoch"] == best), {})
    last = history[-1] if history else {}
    mark = f'<b aria-hidden="true" style="color:{SERIES[place % len(SERIES)]}">{SYMBOLS[place % len(SYMBOLS)][1]}</b> '
    return (
        html.Html(mark + escape(labels[summary.name])),
        str(best or ""),
        share(at_best.get("val_accuracy")),
        str(last.get("epoch", "")),
        share(last.get("accuracy")),
        share(last.get("val_accuracy")),
        _tested(test, cached_readers.saved_epoch(summary.run)) if test else _untested(summary),
        test.baseline_text if test else "",
        duration(naming.seconds(summary)),
    )


def _untested(summary: RunSummary) -> str:
    """Return why a run has no test accuracy: how far it is, or that there are no test images."""
    return "none" if summary.phase == "done" and not cached_readers.has_test(summary.run) else summary.phase


def _tested(test: cached_readers.Accuracy, epoch: int | None) -> str:
    text = f"**{share(test.value)}** ({test.interval})"
    return text + (f", epoch {epoch}" if epoch is not None else "")


def _gradients(several: Sequence[Run], key: str, unfolded: bool, given: Mapping[str, str] | None) -> None:
    """Draw the gradients if at least two runs have them."""
    found: dict[str, Mapping[str, Layers]] = {}
    labels = naming.short(naming.labels([runs.summary(run) for run in several]) | dict(given or {}))
    for run in several:
        times = _measured(run)
        if times:
            found[labels[run.name]] = times
    if len(found) < 2:
        return
    with st.expander(notices.GRADIENTS_HEAD, expanded=unfolded, key=f"{key}.more", on_change="rerun") as opened:
        if not opened.open:
            return
        lines = [f"{name}: {notices.gradients(times['start'], times['end'])}" for name, times in found.items()]
        text = " ".join(lines)
        st.html("".join(map(html.prose, lines)) + html.prose(notices.GRADIENTS, "cnnlab-aside"))
        gradient_charts(found, f"{key}.gradients", text)


def _measured(run: Run) -> Mapping[str, Layers]:
    """Return a run's gradients, empty if they cannot be drawn."""
    try:
        times = (cached_readers.report(run) or {})["gradients"]
        good = {
            when: [
                {"layer": str(each["layer"]), "gradient": float(each["gradient"]), "weights": float(each["weights"])}
                for each in times[when]
            ]
            for when in ("start", "end")
        }
    except (ValueError, KeyError, TypeError):
        return {}
    return good if good["start"] or good["end"] else {}
