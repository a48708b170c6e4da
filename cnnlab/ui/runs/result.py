"""A run as every page shows it: its progress, its curves, and its report."""

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

import streamlit as st

from cnnlab.figures.confusion import MOST as MOST_CLASSES
from cnnlab.figures.confusion import confusions, matrix
from cnnlab.figures.gradients import Layers, Measure, gradients
from cnnlab.figures.learning import curves as learning_curves
from cnnlab.figures.scores import per_class, roc
from cnnlab.training import evaluation_notices, notices, runs
from cnnlab.training.run_folder import Run
from cnnlab.training.spec import Spec
from cnnlab.ui import html as parts
from cnnlab.ui.runs import cached_readers
from cnnlab.ui.runs.progress import progress
from cnnlab.units import duration, full, interval, share

POLL = 1.0  # seconds between two looks at a run that is under way
MOST_WRONG = 24
HARDEST = 20  # classes that a table has where there are too many for a chart
MEASURES: Mapping[Measure, str] = {"norm": "Norm of the gradient", "ratio": "Gradient by the size of the weights"}
Report = Mapping[str, Any]
LOG = logging.getLogger("cnnlab")
Section = Callable[[Report, str], None]


def draw_live_run(run: Run, key: str) -> None:
    """Draw one run; refresh its curves while it is live."""

    def draw() -> None:
        progress(run, key)
        curves(run, key)

    if not draw_while_live([run], draw):
        report(run, key)


def draw_while_live(several: Sequence[Run], draw: Callable[[], None]) -> list[str]:
    """Draw again and again while a run is live, and the whole page when one ends; return the names of the live runs."""

    def names() -> list[str]:
        return [run.name for run in several if runs.summary(run).live]

    live = names()

    @st.fragment(run_every=POLL if live else None)
    def part() -> None:
        if names() != live:
            st.rerun()
        draw()

    part()
    return live


def curves(run: Run, key: str) -> None:
    """Draw loss and accuracy over the epochs, the gap between training and validation, and a notice."""
    events = cached_readers.events(run)
    summary = runs.summary(run)
    if not events.history and not summary.live:
        return
    phases = (summary.spec or Spec()).phases
    saved, has_test = cached_readers.saved_epoch(run), cached_readers.has_test(run)
    sentences = notices.learning(events.history, phases, events.validation, saved, has_test)
    st.html(parts.notice(*sentences))
    text = " ".join(sentences)
    best = notices.best_epoch(events.history)
    total = (events.total or (summary.spec.epochs if summary.spec else 0)) if summary.live else 0
    for column, measure in zip(st.columns(2, gap="medium"), ("accuracy", "loss"), strict=True):
        figure = learning_curves(
            events.history, measure, phases, best, total, events.validation, saved, has_test,  # type: ignore[arg-type]
        )  # fmt: skip
        with column:
            st.plotly_chart(figure, key=f"{key}.{measure}.{run.name}", config=parts.STILL, alt=_alt(measure, text))
    cached = notices.cached(events.plan, events.features) if events.planned("head") else ""
    if cached and (summary.live or not events.plan.get("cached")):  # a finished run's report has it in numbers
        st.caption(parts.plain(cached))


def _alt(measure: str, text: str) -> str:
    return f"{measure} of training and validation over the epochs. {text.replace('**', '')}"


def report(run: Run, key: str) -> None:
    """Draw the report, if there is one. A damaged part does not stop the others."""
    try:
        found = cached_readers.report(run)
    except ValueError:
        return  # ``progress`` has shown the problem
    if found is None:
        return
    key = f"{key}.{run.name}"
    broken = [_guarded(_headline, found, key)]
    for column, sections in zip(st.columns(2, gap="medium"), BESIDE, strict=True):
        with column:
            broken += [_guarded(section, found, key) for section in sections]
    broken += [_guarded(section, found, key) for section in BELOW]
    if any(broken):
        st.warning(
            "Parts of this run’s report cannot be read and are left out; duplicate the run to make it again.",
            icon=":material/broken_image:",
        )


def _guarded(section: Section, found: Report, key: str) -> bool:
    """Draw a part; return whether it is damaged."""
    try:
        section(found, key)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        LOG.warning("a report's %s: %r", section.__name__, error)
        return True
    return False


def _headline(found: Report, _: str) -> None:
    test, images, seconds = found["test"], found["images"], found.get("seconds") or {}
    cells = []
    if test is not None:
        low, high = test["interval"]
        below = f"95 % interval {interval(low, high)}"
        of = found.get("weights_of")
        below += f"; tested and saved: epoch {of}" if isinstance(of, int) else ""
        cells.append(("Test accuracy", share(test["accuracy"]), below))
        cells.append(
            ("Baseline", share(found["baseline"]["accuracy"]), evaluation_notices.baseline_caption(found["baseline"]))
        )
    cells += [
        ("Training images", full(images["train"]), f"and {full(images['validation'])} validation images"),
        ("Parameters", full(found["params"]), "in the whole network"),
    ]
    if seconds.get("all"):
        longest = ", ".join(
            f"{name} {duration(value)}" for name, value in seconds.items() if name != "all" and value >= 1
        )
        cells.append(("Computing time", duration(seconds["all"]), longest))
    html = "".join(
        f'<div class="cnnlab-number"><div class="word">{escape(word)}</div><div class="value">{escape(value)}</div>'
        f'<div class="below">{escape(below)}</div></div>'
        for word, value, below in cells
    )
    ended = found.get("ended")
    more = parts.prose(str(ended), "cnnlab-aside") if ended else ""
    st.html(parts.heading("Result") + parts.prose(str(found["text"])) + more)
    st.html(f'<div class="cnnlab-numbers">{html}</div>')
    if found.get("features"):
        st.html(parts.prose(notices.saved(found["features"]), "cnnlab-aside"))


def _untested(found: Report) -> bool:
    """Return whether there were no test images; the report's sentence says so."""
    return "test" in found and found["test"] is None


def _confusion(found: Report, key: str) -> None:
    if _untested(found):
        return
    counts, classes = found["confusion"], [str(name) for name in found["classes"]]
    text, title = evaluation_notices.confusion(counts, classes), "Which classes are confused"
    if len(classes) <= MOST_CLASSES:
        _chart(title, text, matrix(counts, classes), f"{key}.confusion", f"Confusion matrix. {text}")
        return
    head = ("true class", "taken for", "how often")
    rows = [
        (classes[row], classes[column], f"{full(count)} of {full(total)}")
        for count, total, row, column in confusions(counts)
    ]
    st.html(parts.heading(title) + parts.prose(text) + parts.table(head, rows, "The most frequent confusions"))


def _per_class(found: Report, key: str) -> None:
    if _untested(found):
        return
    rows = found["per_class"]
    text, title = evaluation_notices.each_class(found), "Each class"
    if len(rows) <= MOST_CLASSES:
        figure = per_class(rows, found["test"]["accuracy"])
        _chart(title, text, figure, f"{key}.classes", f"Accuracy of each class with its 95 % interval. {text}")
        return
    hardest = [
        (str(row["class"]), share(row["accuracy"]), f"{full(row['correct'])} of {full(row['count'])}")
        for row in sorted(rows, key=lambda row: row["accuracy"])[:HARDEST]
    ]
    table = parts.table(("class", "right", "images"), hardest, "The lowest accuracies")
    st.html(parts.heading(title) + parts.prose(f"{text} The {HARDEST} lowest:") + table)


def _roc(found: Report, key: str) -> None:
    curve = found.get("roc")
    if not curve:
        return
    positive, classes = str(curve["positive"]), [str(name) for name in found["classes"]]
    figure = roc(
        curve["false_positives"], curve["true_positives"], curve["thresholds"], curve["area"], positive
    )  # fmt: skip
    other = next((name for name in classes if name != positive), "the other")
    text = evaluation_notices.roc(curve["area"], positive, other)
    _chart("Every threshold at once (ROC)", text, figure, f"{key}.roc", f"ROC curve. {text}")


def _wrong(found: Report, _: str) -> None:
    if _untested(found):
        return
    rows, classes = found["wrong"][:MOST_WRONG], [str(name) for name in found["classes"]]
    if not rows:
        return
    images = []
    for row in rows:
        image = str(row["image"])
        if not re.fullmatch(r"[A-Za-z0-9+/=\s]+", image):
            raise ValueError("an image is not valid base64")
        predicted, label = classes[row["predicted"]], classes[row["label"]]
        alt = f"“{label}”, predicted as “{predicted}” with {share(row['probability'])}"
        images.append(
            f'<figure><img alt="{escape(alt)}" src="data:image/png;base64,{image}">'
            f"<figcaption>{escape(label)}<br>→ {escape(predicted)} {share(row['probability'])}</figcaption></figure>"
        )
    st.html(
        parts.heading("The worst mistakes")
        + parts.prose(evaluation_notices.wrong(rows[0], classes, len(rows)))
        + f'<div class="cnnlab-draws exact wrong">{"".join(images)}</div>'
    )


def _crops(found: Report, _: str) -> None:
    crops = found.get("crops")
    if not crops:
        return
    one, ten, test = crops["one"], crops["ten"], found["test"]
    name = "the whole image" if "whole" in crops else f"the whole image, of all {full(test['count'])}"
    rows = [
        (name, share(each["accuracy"]), interval(*each["interval"]),
         f"{full(each['correct'])} of {full(each['count'])}")
        for name, each in (("one crop", one), ("ten crops", ten), (name, crops.get("whole", test)))
    ]  # fmt: skip
    side = (
        f"The images are enlarged to {crops['side']}×{crops['side']}. The ten crops are the four corners, the middle "
        f"and "
    )
    st.html(
        parts.heading("Ten crops against one")
        + parts.prose(evaluation_notices.crops(crops, test))
        + parts.table(("looked at", "right", "95 % interval", "images"), rows, "Ten crops against one")
        + parts.prose(side + "their mirror images; their probabilities are averaged.", "cnnlab-aside")
    )


def _gradients(found: Report, key: str) -> None:
    times = found.get("gradients")
    if not times or not (times["start"] or times["end"]):
        return
    text = notices.gradients(times["start"], times["end"])
    st.html(
        parts.heading(notices.GRADIENTS_HEAD)
        + parts.prose(text)
        + parts.prose(notices.GRADIENTS, "cnnlab-aside")
    )  # fmt: skip
    gradient_charts({"run": times}, f"{key}.gradients", text)


def gradient_charts(runs: Mapping[str, Mapping[str, Layers]], key: str, text: str) -> None:
    """Draw the norms, and the norms divided by the size of the weights, side by side."""
    for column, measure in zip(st.columns(2, gap="medium"), MEASURES, strict=True):
        alt = f"{MEASURES[measure]} of each layer at the start and at the end. {text}".replace("**", "")
        with column:
            st.plotly_chart(gradients(runs, measure), key=f"{key}.{measure}", config=parts.STILL, alt=alt)


def _chart(title: str, text: str, figure: Any, key: str, alt: str) -> None:
    st.html(parts.heading(title) + parts.prose(text))
    st.plotly_chart(figure, key=key, config=parts.STILL, alt=alt.replace("**", ""))


BESIDE: tuple[tuple[Section, ...], ...] = ((_confusion, _roc), (_per_class, _crops))
BELOW: tuple[Section, ...] = (_wrong, _gradients)
