"""Ledger of a run: the trainable and frozen parameters of each stage, and the time of an epoch."""

from math import ceil

import streamlit as st

from cnnlab.figures import trainable_stages as figure
from cnnlab.figures.trainable_stages import Row
from cnnlab.inference import CountRequest, Counts, Pace, PaceRequest, StageCounts, job, warm
from cnnlab.training.features import why_not_cached
from cnnlab.training.spec import Spec
from cnnlab.ui import html as parts
from cnnlab.ui import queue
from cnnlab.units import full

BATCH_NORMS = (
    "Batch norms stay frozen in trainable stages, too: they keep the means, variances, scales and shifts of "
    "pretraining."
)
THOUSAND = 1000  # images that times are estimated for if their number is unknown


def draw(spec: Spec, classes: int, images: int = 0) -> None:
    """Draw the stages of a run on data of so many classes, and its time.

    ``images`` is how many training images there are, validation included; 0 if that is unknown.
    """
    awaited, ready = queue.Awaited(), warm(queue.queue())
    counting = awaited.ask("ledger.counts", job(CountRequest(spec, classes)))
    if counts := counting.result:
        st.html(_counted(counts, spec))
        timing = awaited.ask("ledger.pace", job(PaceRequest(spec, classes)))
        if timing.result:
            st.html(_times(counts, timing.result, spec, classes, images))
        elif timing.live:
            _waiting("Measuring one step of each phase…", timing.text)
    elif counting.live:
        _waiting("Counting…", "" if ready else "Loading TensorFlow, about five seconds.", counting.text)
    awaited.watch()


def _waiting(*sentences: str) -> None:
    st.html(f'<p class="cnnlab-aside" role="status">{" ".join(filter(None, sentences))}</p>')


def _counted(counts: Counts, spec: Spec) -> str:
    """Return the notice and the stages, as HTML."""
    rows = _rows(counts, spec)
    html = parts.prose(_notice(counts, spec), "cnnlab-notice") + figure.ledger(rows)
    if not counts.scratch and any(0 < row.trained < row.params for row in rows):
        html += parts.prose(BATCH_NORMS, "cnnlab-aside")
    return html


def _notice(counts: Counts, spec: Spec) -> str:
    last = len(counts.stages)
    if not spec.tuning_epochs:
        rest = counts.whole - counts.head
        return (
            f"**Only the head is trained: {full(counts.head)} of {full(counts.whole)} parameters.** The other "
            f"{full(rest)} stay frozen."
        )
    trained = counts.trained(spec.unfreeze)
    if counts.scratch:
        kept = counts.whole - trained
        return f"**From scratch, all weights are trained: {full(trained)} parameters.**" + (
            f" The other {full(kept)} are running statistics of the batch norms." if kept else ""
        )
    depth = counts.depth(spec.unfreeze)
    what = "the head alone" if not depth else "the head and " + _stages(depth, last)
    first = f"First the head alone, **{full(counts.head)}** parameters; then " if spec.head_epochs else ""
    text = f"{what}, **{full(trained)} of {full(counts.whole)}**. The other {full(counts.whole - trained)} stay frozen."
    return first + (text if first else text[:1].upper() + text[1:])


def _stages(depth: int, last: int) -> str:
    if depth == last:
        return f"all {last} stages" if last > 1 else "the one stage"
    return f"the last {depth} of {last} stages" if depth > 1 else f"the last of {last} stages"


def _rows(counts: Counts, spec: Spec) -> list[Row]:
    """Return a row for each stage and one for the head."""
    last = len(counts.stages)
    depth = counts.depth(spec.unfreeze) if spec.tuning_epochs else 0
    rows = []
    for number, stage in enumerate(counts.stages, 1):
        here = last - number + 1  # the depth at which this stage begins to train
        trained = 0 if here > depth else stage.trained
        upto = "" if counts.scratch else f"unfreeze {here}: {full(counts.head + counts.depths[here])} trainable"
        rows.append(
            Row(f"stage {number}", _layers(stage), stage.params, trained, upto, here == depth and not counts.scratch)
        )
    upto = "" if counts.scratch else f"unfreeze 0: {full(counts.head)} trainable"
    return [*rows, Row("head", "new, for these classes", counts.head, counts.head, upto, depth == 0)]


def _layers(stage: StageCounts) -> str:
    return f"{stage.side}×{stage.side}, {stage.first} to {stage.last}"


def _times(counts: Counts, pace: Pace, spec: Spec, classes: int, images: int) -> str:
    """Return the time of an epoch of each phase and of all phases, as HTML."""
    count = images or spec.per_class * classes or THOUSAND  # a class may have fewer than the spec takes
    aside = round(spec.validation * count)
    steps, more = ceil((count - aside) / spec.batch), ceil(aside / spec.batch)
    looked = pace.forward * (steps + more)
    reason = why_not_cached(spec.augmentation)
    rows, total = [], 0.0
    if spec.head_epochs:
        plain, cached = pace.head * steps + looked, pace.head * steps
        if reason is None:
            rows.append(("features, once", "", _seconds(looked), _seconds(looked)))
            epoch_text, total = f"{_seconds(cached)} (without kept features {_seconds(plain)})", looked
        else:
            epoch_text, cached = _seconds(plain), plain
        total += cached * spec.head_epochs
        rows.append(_row("head", spec.head_epochs, counts.head, epoch_text, cached))
    if spec.tuning_epochs:
        epoch = pace.tuning * steps + pace.forward * more
        name = "training from scratch" if counts.scratch else "fine-tuning"
        rows.append(_row(name, spec.tuning_epochs, counts.trained(spec.unfreeze), _seconds(epoch), epoch))
        total += epoch * spec.tuning_epochs
    if pace.ready:
        rows.append(("preparing TensorFlow", "", "", _seconds(pace.ready)))
        total += pace.ready
    table = parts.table(("phase", "trained", "an epoch takes", "all of them"), rows, "Estimated time of each phase")
    lines = [
        f"**About {_seconds(total)} in total**, estimated for {full(count)} images"
        + ("" if spec.per_class or images else ", as an example")
        + (": one step of each phase was" if pace.measured else ": the forward pass of one batch was")
        + " just measured here, on random images"
        + ("." if pace.measured else "; a step of training takes about three times as long.")
    ]
    if reason:
        lines.append(f"Features are not kept: {reason}. The time of the augmentation itself comes on top.")
    return table + parts.prose(" ".join(lines), "cnnlab-aside")


def _row(name: str, epochs: int, params: int, epoch_text: str, seconds: float) -> tuple[str, str, str, str]:
    plural = "epoch" if epochs == 1 else "epochs"
    return f"{name}, {epochs} {plural}", f"{full(params)} parameters", epoch_text, _seconds(epochs * seconds)


def _seconds(value: float) -> str:
    """Return a duration with two digits: an estimate has no more."""
    if value >= 3600:
        return f"{value / 3600:.2g} h"
    if value >= 100:
        return f"{value / 60:.2g} min"
    return f"{value:.2g} s" if value >= 0.01 else "under 0.01 s"
