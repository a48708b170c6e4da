"""The sections of a run's HTML report, in order. Each raises the errors of reading a damaged report."""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from html import escape
from typing import Any

from cnnlab.figures.confusion import MOST as MOST_CLASSES
from cnnlab.figures.confusion import confusions, matrix
from cnnlab.figures.gradients import gradients
from cnnlab.figures.learning import curves
from cnnlab.figures.plain import PlainFigure
from cnnlab.figures.scores import per_class, roc
from cnnlab.training import evaluation_notices, notices
from cnnlab.training.defaults import default_fields_for
from cnnlab.training.export.report.sentences import SETTINGS_HEAD, sentences, setting_rows
from cnnlab.training.runs import titled
from cnnlab.training.spec import Spec
from cnnlab.units import count, full, share


@dataclass(frozen=True)
class RunData:
    """The data of a run that its report shows. ``created``: seconds since 1970, or 0. ``plan``: its event, or empty."""

    name: str
    spec: Spec
    report: Mapping[str, Any]
    history: Sequence[Mapping[str, Any]]
    created: float = 0.0
    plan: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ReportSection:
    """A section: HTML, figures with their descriptions, and HTML below them."""

    title: str = ""
    html: str = ""
    figures: tuple[tuple[Mapping[str, Any], str], ...] = ()
    below: str = ""


def _prose(text: str, kind: str = "") -> str:
    return f'<p class="{kind}">{escape(text)}</p>' if kind else f"<p>{escape(text)}</p>"


def _notice(text: str) -> str:
    """Return a sentence of ``notices``; the words between stars are bold."""
    return "<p>" + re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", escape(text)) + "</p>"


def _figure(figure: PlainFigure, alt: str) -> tuple[Mapping[str, Any], str]:
    return figure.to_dict(), alt.replace("**", "")


def table(head: Sequence[str], rows: Sequence[Sequence[str]], text_columns: int = 1, marked: Sequence[int] = ()) -> str:
    """Return an HTML table; the columns behind the first ``text_columns`` hold numbers."""

    def cell(tag: str, place: int, text: str) -> str:
        kind = "" if place < text_columns else ' class="number"'
        return f"<{tag}{kind}>{escape(text)}</{tag}>"

    lines = [f"<tr>{''.join(cell('th', *each) for each in enumerate(head))}</tr>"]
    for number, row in enumerate(rows):
        mark = ' class="changed"' if number in marked else ""
        lines.append(f"<tr{mark}>{''.join(cell('td', *each) for each in enumerate(row))}</tr>")
    return f'<div class="scroll"><table>{"".join(lines)}</table></div>'


def _score(row: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return accuracy, its interval and the counts as the cells of a table."""
    low, high = row["interval"]
    counts = f"{full(row['correct'])} of {full(row['count'])}"
    return share(row["accuracy"]), f"{share(low)} to {share(high)}", counts


def opening(run: RunData) -> ReportSection:
    """Return title, headline sentence and headline numbers."""
    report = run.report
    made = f", made {time.strftime('%d %B %Y, %H:%M', time.localtime(run.created))}" if run.created else ""
    html = [f"<h1>{escape(titled(run.spec))}</h1>", _prose(f"Run {run.name} of CNN Lab{made}.", "aside")]
    html.append(_prose(str(report["text"]), "notice"))
    cells = []
    if test := report.get("test"):
        low, high = test["interval"]
        cells += [
            (
                "test accuracy",
                share(test["accuracy"]),
                f"95 % interval {share(low)} to {share(high)}" + _weights_of(report),
            ),
            ("right", f"{full(test['correct'])} of {full(test['count'])}", "test images"),
            (
                "baseline",
                share(report["baseline"]["accuracy"]),
                evaluation_notices.baseline_caption(report["baseline"]),
            ),
        ]
    images = report["images"]
    aside = f"and {full(images['validation'])} validation images"
    cells += [
        ("training images", full(images["train"]), aside),
        ("parameters", full(report["params"]), "in the whole network"),
    ]
    if best := report.get("best"):
        text = f"of validation loss, with {share(best['val_accuracy'])} right"
        cells.append(("best epoch", full(best["epoch"]), text))
    boxes = "".join(
        f"<div><span>{escape(word)}</span><b>{escape(value)}</b><span>{escape(below)}</span></div>"
        for word, value, below in cells
    )
    html.append(f'<div class="numbers">{boxes}</div>')
    if report.get("ended"):
        html.append(_prose(str(report["ended"])))
    return ReportSection(html="".join(html))


def _weights_of(report: Mapping[str, Any]) -> str:
    epoch = report.get("weights_of")
    return f"; tested and saved: epoch {epoch}" if isinstance(epoch, int) else ""


def settings(run: RunData) -> ReportSection:
    """Return the spec in words and as a table, in which settings other than the defaults are marked."""
    spec = run.spec
    standing = Spec()
    usual = default_fields_for(spec) | {name: getattr(standing, name) for name in ("network", "backbone", "weights")}
    marked = [place for place, each in enumerate(fields(Spec)) if getattr(spec, each.name) != usual[each.name]]
    body = table(SETTINGS_HEAD, setting_rows(spec), 3, marked)
    html = "".join(_prose(each) for each in sentences(spec, run.report, run.history, run.plan))
    return ReportSection("What was trained", f"{html}<details><summary>All settings</summary>{body}</details>")


def learning(run: RunData) -> ReportSection:
    """Return the curves of accuracy and loss."""
    if not run.history:
        return ReportSection()
    names, best = run.spec.phases, (run.report.get("best") or {}).get("epoch")
    saved, has_test = run.report.get("weights_of"), run.report.get("test", {}) is not None
    watched = int(run.report["images"]["validation"])
    found = [
        _figure(
            curves(run.history, measure, names, best, 0, watched, saved, has_test),
            f"{measure} of training and validation over {count(len(run.history), 'epoch')}",
        )
        for measure in ("accuracy", "loss")
    ]
    aside = (
        "Training values are means over the epoch, while the weights change; validation values are from the end of the "
        "epoch."
    )
    text = " ".join(notices.learning(run.history, names, watched, saved, has_test))
    return ReportSection("How it learned", _notice(text), tuple(found), _prose(aside, "aside"))


def classes(run: RunData) -> ReportSection:
    """Return the confusions, and the accuracy of each class."""
    report = run.report
    if not report.get("test"):
        return ReportSection()
    names, counts, rows = [str(name) for name in report["classes"]], report["confusion"], report["per_class"]
    body = table(
        ("class", "right", "95 % interval", "images"),
        [(str(row["class"]), *_score(row)) for row in rows],
    )
    below = f"<details><summary>Each class as a table</summary>{body}</details>"
    html = _notice(evaluation_notices.confusion(counts, names)) + _notice(evaluation_notices.each_class(report))
    if len(names) <= MOST_CLASSES:
        found = (
            _figure(matrix(counts, names), "Confusion matrix: rows are the true classes, columns the predictions"),
            _figure(per_class(rows, report["test"]["accuracy"]), "Accuracy of each class with its 95 % interval"),
        )
        html += _prose(
            "Each row of the matrix is a true class, each column a prediction; the bars are the accuracy of each class."
        )
        return ReportSection("The classes", html, found, below)
    most = [
        (names[row], names[column], f"{full(count)} of {full(total)}")
        for count, total, row, column in confusions(counts)
    ]
    html += _prose("There are too many classes for a matrix. The most frequent confusions:")
    return ReportSection("The classes", html + table(("true class", "taken for", "how often"), most, 2), below=below)


def thresholds(run: RunData) -> ReportSection:
    """Return the ROC curve of two classes."""
    curve = run.report.get("roc")
    if not curve:
        return ReportSection()
    positive = str(curve["positive"])
    figure = roc(curve["false_positives"], curve["true_positives"], curve["thresholds"], curve["area"], positive)
    other = next((str(name) for name in run.report["classes"] if name != positive), "the other")
    text = evaluation_notices.roc(curve["area"], positive, other)
    return ReportSection("Every threshold at once (ROC)", _notice(text), (_figure(figure, f"ROC curve. {text}"),))


def crops(run: RunData) -> ReportSection:
    """Return the comparison of ten crops with one."""
    found = run.report.get("crops")
    if not found:
        return ReportSection()
    rows = [
        (name, *_score(each))
        for name, each in (
            ("one crop, the middle", found["one"]),
            ("ten crops averaged", found["ten"]),
            *([("the whole image", found["whole"])] if "whole" in found else ()),
        )
    ]
    side = int(found["side"])
    aside = (
        f"Enlarged to {side}×{side}: the middle alone, and the middle, four corners and their mirror images averaged."
    )
    head = ("looked at", "right", "95 % interval", "images")
    html = _notice(evaluation_notices.crops(found, run.report["test"])) + table(head, rows)
    return ReportSection("Ten crops against one", html, below=_prose(aside, "aside"))


def wrong(run: RunData) -> ReportSection:
    """Return the images whose prediction was most wrong."""
    rows, names = run.report.get("wrong") or [], [str(name) for name in run.report["classes"]]
    images = []
    for row in rows:
        data = str(row["image"])
        if not re.fullmatch(r"[A-Za-z0-9+/=]+", data):
            raise ValueError("an image is not valid base64")
        label, predicted, sure = names[row["label"]], names[row["predicted"]], share(row["probability"])
        images.append(
            f'<figure><img alt="{escape(label)}, predicted as {escape(predicted)}" src="data:image/png;base64,{data}">'
            f"<figcaption>{escape(label)}<br>→ {escape(predicted)} {sure}<br>"
            f"test image {int(row['index']) + 1:,}</figcaption></figure>"
        )
    if not images:
        return ReportSection()
    text = evaluation_notices.wrong(rows[0], names, len(rows))
    return ReportSection("The worst mistakes", f'{_notice(text)}<div class="wrong">{"".join(images)}</div>')


def gradient_norms(run: RunData) -> ReportSection:
    """Return the norms of each layer's gradient."""
    times = run.report.get("gradients")
    if not times or not (times["start"] or times["end"]):
        return ReportSection()
    text = notices.gradients(times["start"], times["end"])
    figures = (
        _figure(gradients({"run": times}, "norm"), f"Norm of each layer’s gradient. {text}"),
        _figure(gradients({"run": times}), f"Gradient of each layer by the size of its weights. {text}"),
    )
    return ReportSection(notices.GRADIENTS_HEAD, _notice(text), figures, _prose(notices.GRADIENTS, "aside"))


def saved(run: RunData) -> ReportSection:
    """Return a sentence on the time that cached features saved."""
    found = run.report.get("features")
    if not found:
        return ReportSection()
    return ReportSection("What frozen features saved", _prose(notices.saved(found)))


def epochs(run: RunData) -> ReportSection:
    """Return the history as a table."""
    if not run.history:
        return ReportSection()
    columns = list(dict.fromkeys(name for row in run.history for name in row))
    names = run.spec.phases
    rows = [[_cell(name, row.get(name, ""), names) for name in columns] for row in run.history]
    head = [name.replace("val_", "validation ") for name in columns]
    body = table(head, rows)
    return ReportSection("Each epoch", f"<details><summary>{count(len(rows), 'epoch')}</summary>{body}</details>")


def _cell(name: str, value: object, names: Mapping[str, str]) -> str:
    if name == "phase":
        return names.get(str(value), str(value))
    if "accuracy" in name:
        return share(value)
    if isinstance(value, float):
        return f"{value:g}" if name == "rate" else f"{value:.3f}"
    return str(value)


def closing(run: RunData) -> ReportSection:
    """Return times and versions."""
    names = {
        "loading": "loading",
        "features": "features",
        "head": "the head",
        "tuning": run.spec.phases["tuning"],
        "evaluation": "evaluation",
        "all": "all",
    }
    seconds = run.report.get("seconds") or {}
    rows = [(names.get(str(name), str(name)), f"{float(value):.1f} s") for name, value in seconds.items()]
    versions = ", ".join(f"{name} {value}" for name, value in (run.report.get("versions") or {}).items())
    html = table(("time for", "seconds"), rows) if rows else ""
    return ReportSection("Time and versions", html + _prose(f"Trained with {versions}.", "aside"))


ALL: tuple[Callable[[RunData], ReportSection], ...] = (
    opening,
    settings,
    learning,
    classes,
    thresholds,
    crops,
    wrong,
    gradient_norms,
    saved,
    epochs,
    closing,
)
