"""The sections of a run's HTML report, in order. Each raises what reading a damaged report raises."""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from html import escape
from typing import Any

from cnnlab.augment import Pipeline
from cnnlab.figures.confusion import MOST as MOST_CLASSES
from cnnlab.figures.confusion import confusions, matrix
from cnnlab.figures.gradients import gradients
from cnnlab.figures.learning import curves
from cnnlab.figures.plain import PlainFigure
from cnnlab.figures.scores import per_class, roc
from cnnlab.training.defaults import default_fields_for
from cnnlab.training.export.report.sentences import sentences
from cnnlab.training.spec import KNOBS, Spec
from cnnlab.units import full, share


@dataclass(frozen=True)
class RunData:
    """What a report is made of. ``created``: seconds since 1970, or 0."""

    name: str
    spec: Spec
    report: Mapping[str, Any]
    history: Sequence[Mapping[str, Any]]
    created: float = 0.0


@dataclass(frozen=True)
class Part:
    """A section: HTML, figures with what they show in words, and HTML below them."""

    title: str = ""
    html: str = ""
    figures: tuple[tuple[Mapping[str, Any], str], ...] = ()
    below: str = ""


def _prose(text: str, kind: str = "") -> str:
    return f'<p class="{kind}">{escape(text)}</p>' if kind else f"<p>{escape(text)}</p>"


def _figure(figure: PlainFigure, alt: str) -> tuple[Mapping[str, Any], str]:
    return figure.to_dict(), alt


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


def opening(run: RunData) -> Part:
    """Return title, headline sentence and headline numbers."""
    report = run.report
    made = f", made {time.strftime('%d %B %Y, %H:%M', time.localtime(run.created))}" if run.created else ""
    html = [f"<h1>{escape(run.spec.title)}</h1>", _prose(f"Run {run.name} of CNN Lab{made}.", "aside")]
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
            ("right", f"{full(test['correct'])} of {full(test['count'])}", "test pictures"),
        ]
    pictures = report["pictures"]
    aside = f"pictures; {full(pictures['validation'])} more kept aside to watch with"
    cells += [
        ("learned from", full(pictures["train"]), aside),
        ("parameters", full(report["params"]), "weights and biases of the whole network"),
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
    return Part(html="".join(html))


def _weights_of(report: Mapping[str, Any]) -> str:
    epoch = report.get("weights_of")
    return f"; tested and saved: epoch {epoch}" if isinstance(epoch, int) else ""


def settings(run: RunData) -> Part:
    """Return the spec in words and as a table, in which settings other than the defaults are marked."""
    spec = run.spec
    standing = Spec()
    usual = default_fields_for(spec) | {name: getattr(standing, name) for name in ("network", "backbone", "weights")}
    rows, marked = [], []
    for number, each in enumerate(fields(Spec)):
        value = getattr(spec, each.name)
        explained = KNOBS[each.name].help if each.name in KNOBS else AUGMENTATION
        rows.append((each.name.replace("_", " "), _value(value), explained))
        if value != usual[each.name]:
            marked.append(number)
    body = table(("setting", "value", "what it is"), rows, 3, marked)
    html = "".join(_prose(each) for each in sentences(spec, run.report))
    return Part("What was trained", f"{html}<details><summary>All settings</summary>{body}</details>")


AUGMENTATION = "How pictures are changed while they are learned from."


def _value(value: object) -> str:
    if isinstance(value, Pipeline):
        return f"{value.to_text()} (seed {value.seed})" if value.active else "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


def learning(run: RunData) -> Part:
    """Return the curves of accuracy and loss."""
    if not run.history:
        return Part()
    names, best = run.spec.phases, (run.report.get("best") or {}).get("epoch")
    tested = run.report.get("weights_of")
    watched = int(run.report["pictures"]["validation"])
    found = [
        _figure(
            curves(run.history, measure, names, best, 0, watched, tested),
            f"{measure} of training and validation over {len(run.history)} epochs",
        )
        for measure in ("accuracy", "loss")
    ]
    text = (
        "The training's numbers are means over an epoch, in which the network changes; the validation's are of its end."
    )
    return Part("How it learned", figures=tuple(found), below=_prose(text, "aside"))


def classes(run: RunData) -> Part:
    """Return the confusions, and the accuracy of each class."""
    report = run.report
    if not report.get("test"):
        return Part()
    names, counts, rows = [str(name) for name in report["classes"]], report["confusion"], report["per_class"]
    below = table(
        ("class", "right", "95 % interval", "pictures"),
        [(str(row["class"]), *_score(row)) for row in rows],
    )
    found: tuple[tuple[Mapping[str, Any], str], ...] = ()
    shown = ""
    if len(names) <= MOST_CLASSES:
        found = (
            _figure(matrix(counts, names), "Confusion matrix: rows are the true classes, columns what was said"),
            _figure(per_class(rows, report["test"]["accuracy"]), "Accuracy of each class with its 95 % interval"),
        )
        text = (
            "A row of the matrix is a true class, a column what the network said; the bars are the share that is right."
        )
    else:
        text = "There are too many classes for a matrix. The most frequent confusions:"
        most = [
            (names[row], names[column], f"{full(count)} of {full(total)}")
            for count, total, row, column in confusions(counts)
        ]
        shown = table(("true class", "taken for", "how often"), most, 2)
    return Part(
        "The classes",
        _prose(text) + shown,
        found,
        f"<details><summary>Each class as a table</summary>{below}</details>",
    )


def thresholds(run: RunData) -> Part:
    """Return the ROC curve of two classes."""
    curve = run.report.get("roc")
    if not curve:
        return Part()
    positive = str(curve["positive"])
    figure = roc(curve["false_positives"], curve["true_positives"], curve["thresholds"], curve["area"], positive)
    text = (
        f"The area is {curve['area']:.3f}: of two pictures, one of “{positive}” and one of the other class, the "
        f"network finds the first likelier to be “{positive}” in {share(curve['area'])} of all pairs."
    )
    return Part("Every threshold at once (ROC)", _prose(text), (_figure(figure, f"ROC curve. {text}"),))


def crops(run: RunData) -> Part:
    """Return the comparison of ten crops with one."""
    found = run.report.get("crops")
    if not found:
        return Part()
    rows = [
        (name, *_score(each))
        for name, each in (
            ("one crop, the middle", found["one"]),
            ("ten crops averaged", found["ten"]),
            *([("the whole picture", found["whole"])] if "whole" in found else ()),
        )
    ]
    side, many, all_of = int(found["side"]), int(found["one"]["count"]), int(run.report["test"]["count"])
    which = f"{full(many)} of {full(all_of)} test pictures, drawn, " if many < all_of else "The test pictures "
    text = (
        f"{which}enlarged to {side}×{side}: the middle alone, and the middle, four corners and their mirror "
        "images averaged."
    )
    head = ("looked at", "right", "95 % interval", "pictures")
    return Part("Ten crops against one", _prose(text) + table(head, rows))


def wrong(run: RunData) -> Part:
    """Return the images whose prediction was most wrong."""
    rows, names = run.report.get("wrong") or (), [str(name) for name in run.report["classes"]]
    pictures = []
    for row in rows:
        data = str(row["picture"])
        if not re.fullmatch(r"[A-Za-z0-9+/=]+", data):
            raise ValueError("a picture is no base64")
        label, said, sure = names[row["label"]], names[row["predicted"]], share(row["probability"])
        pictures.append(
            f'<figure><img alt="{escape(label)}, taken for {escape(said)}" src="data:image/png;base64,{data}">'
            f"<figcaption>{escape(label)}<br>→ {escape(said)} {sure}<br>"
            f"test picture {int(row['index']) + 1:,}</figcaption></figure>"
        )
    if not pictures:
        return Part()
    text = "Those whose true class it thought least likely come first; below each what it said instead, and how sure."
    return Part("The most wrong pictures", f'{_prose(text)}<div class="wrong">{"".join(pictures)}</div>')


def pulls(run: RunData) -> Part:
    """Return the norms of each layer's gradient."""
    times = run.report.get("gradients")
    if not times or not (times["start"] or times["end"]):
        return Part()
    text = (
        "Norms of the gradients of one batch’s loss, and the same by the size of the layer’s weights, at the start and "
        "at the end. Layers that were frozen have them, too: they tell how steep the loss is there, not how far a "
        "layer went."
    )
    figures = (
        _figure(gradients({"run": times}, "norm"), f"Norm of each layer’s gradient. {text}"),
        _figure(gradients({"run": times}), f"Gradient of each layer by the size of its weights. {text}"),
    )
    return Part("Gradients", _prose(text), figures)


def saved(run: RunData) -> Part:
    """Return what computing frozen features once saved."""
    found = run.report.get("features")
    if not found:
        return Part()
    begin = f"What the frozen backbone says of {full(found['pictures'])} pictures was "
    begin += (
        "kept from an earlier run"
        if found["kept"]
        else f"computed once, in {found['seconds']:.2g} s, instead of in every epoch"
    )
    cached, plain = found["cached_epoch"], found["plain_epoch"]
    end = f": an epoch of the head took {cached:.2g} s"
    if plain:
        end += f", and {plain:.2g} s ({plain / cached:.1f} times as long) it would have been otherwise"
    return Part("What frozen features saved", _prose(f"{begin}{end}."))


def epochs(run: RunData) -> Part:
    """Return the history as a table."""
    if not run.history:
        return Part()
    columns = list(dict.fromkeys(name for row in run.history for name in row))
    names = run.spec.phases
    rows = [[_cell(name, row.get(name, ""), names) for name in columns] for row in run.history]
    head = [name.replace("val_", "validation ") for name in columns]
    body = table(head, rows)
    return Part("Each epoch", f"<details><summary>{len(rows)} epochs</summary>{body}</details>")


def _cell(name: str, value: object, names: Mapping[str, str]) -> str:
    if name == "phase":
        return names.get(str(value), str(value))
    if "accuracy" in name:
        return share(value)
    if isinstance(value, float):
        return f"{value:g}" if name == "rate" else f"{value:.3f}"
    return str(value)


def closing(run: RunData) -> Part:
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
    return Part("Time and versions", html + _prose(f"Trained with {versions}.", "aside"))


ALL: tuple[Callable[[RunData], Part], ...] = (
    opening,
    settings,
    learning,
    classes,
    thresholds,
    crops,
    wrong,
    pulls,
    saved,
    epochs,
    closing,
)
