"""Comparison of a run with the same run from scratch: the gain of transfer."""

import streamlit as st

from cnnlab.knobs import FieldError
from cnnlab.training.experiments import from_scratch
from cnnlab.training.runs import RunSummary
from cnnlab.training.spec import SCRATCH, Spec
from cnnlab.ui import html
from cnnlab.ui.runs import cached_readers, overlay
from cnnlab.ui.runs.cached_readers import Accuracy
from cnnlab.ui.runs.progress import progress
from cnnlab.ui.runs.result import draw_while_live
from cnnlab.ui.transfer import data, form_state, train_button
from cnnlab.units import count, duration, points, share


def draw(summary: RunSummary) -> None:
    """Draw, below a finished run that began with weights, a button that trains from scratch, or both runs."""
    spec = summary.spec
    if spec is None or spec.network or spec.weights == SCRATCH or summary.phase != "done":
        return
    try:
        wanted = from_scratch(spec)
    except FieldError:
        return
    st.html(html.heading("Gain of transfer"))
    if not cached_readers.has_test(summary.run):
        st.html(html.prose("This data set has no test images, so the gain of transfer cannot be measured."))
        return
    other = _other(wanted)
    if other is None:
        text = (
            f"Not measured yet. The other run has the same images and seed, and {count(wanted.epochs, 'epoch')}. It "
            "begins with random weights and trains all of them, at its own learning rate. The difference of the two "
            "test accuracies is the gain of transfer."
        )
        before = train_button.last_duration(wanted)
        st.html(html.prose(text + (f" It took {duration(before)} the last time." if before else "")))
        st.button("Train the same from scratch", icon=":material/compare_arrows:", key="transfer.compare",
                  on_click=_submit, args=(wanted, summary.name))  # fmt: skip
        return
    if other.live:
        st.html(html.prose("The same from scratch is running:"))
        draw_while_live([other.run], lambda: progress(other.run, "transfer.scratch"))
    transfer, scratch = cached_readers.accuracy(summary.run), cached_readers.accuracy(other.run)
    measured = gained(transfer, scratch, spec) if transfer and scratch else ""
    if measured:
        st.html(html.prose(measured, "cnnlab-notice"))
    overlay.watched([summary.run, other.run], "transfer.both", notice=not measured)


def _other(wanted: Spec) -> RunSummary | None:
    """Return the newest run of that spec that is finished, running or waiting."""
    same = (each for each in cached_readers.find() if each.spec == wanted)
    return next((each for each in same if each.live or each.phase == "done"), None)


def _submit(wanted: Spec, shown: str) -> None:
    train_button.submit(wanted)
    if not form_state.URL.problems:
        form_state.show(shown)  # it shows both


def gained(transfer: Accuracy, scratch: Accuracy, spec: Spec) -> str:
    """Return a sentence on the measured difference, with both intervals."""
    ahead = points(transfer.value, scratch.value)
    change = f"{abs(ahead):.1f} points {'higher' if ahead > 0 else 'lower'} than" if ahead else "the same as"
    apart = transfer.low > scratch.high or scratch.low > transfer.high
    verdict = (
        "The intervals do not overlap. Still, it is one seed."
        if apart
        else "The intervals overlap: the difference may be chance."
    )
    against = f"; the baseline is {transfer.baseline_text}" if transfer.baseline else ""
    return (
        f"**With transfer, the test accuracy is {change} from scratch**, "
        f"with {data.amount(spec.data, spec.per_class)}: "
        f"{_share(transfer)} against {_share(scratch)}{against}. {verdict}"
    )


def _share(test: Accuracy) -> str:
    return f"{share(test.value)} (95 % interval {test.interval})"
