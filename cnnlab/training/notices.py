"""Notices: a sentence on what each chart of a training shows, computed from its data."""

from collections.abc import Collection, Mapping, Sequence
from math import sqrt
from typing import Any

from cnnlab.figures.gradients import norm, ratio
from cnnlab.figures.learning import changes
from cnnlab.figures.overfitting import History, Judged, judged, numbers
from cnnlab.units import factor, full, points, share

Report = Mapping[str, Any]
CLOSE = 0.05  # gap of the accuracies that is not worth a word


def best_epoch(history: History) -> int | None:
    """Return the epoch of the smallest validation loss; None without a validation."""
    found = [
        (value, int(row["epoch"]))
        for value, row in zip(numbers(history, "val_loss"), history, strict=True)
        if value is not None
    ]
    return min(found)[1] if found else None


def learning(
    history: History,
    phases: Mapping[str, str],
    images: int = 0,
    saved_epoch: int | None = None,
    has_test: bool = True,
) -> tuple[str, ...]:
    """Describe one run's curves in sentences, the most important first.

    ``saved_epoch`` is the one whose weights were saved, if known, and tested, unless there are no test images.
    """
    if not history:
        return ("The first points appear after the first epoch.",)
    last, best = history[-1], best_epoch(history)
    what = "were tested and saved" if has_test else "were saved"
    saved = [f"The weights of epoch {saved_epoch} {what}."] if saved_epoch is not None else []
    if best is None:
        return (
            f"**After epoch {last['epoch']}, {share(last.get('accuracy'))} of the training images are right.**",
            "There are no validation images: only the test shows whether that holds for other images."
            if has_test
            else "There are no validation or test images: nothing shows whether that holds for other images.",
            *saved,
        )
    at_best = next(row for row in history if row["epoch"] == best)
    if saved_epoch == best:
        saved = [f"Its weights {what}."]
    every = judged(history, images)
    lines = [line for each in every if each.answer == "yes" for line in _judgement(each, history, phases)]
    lowest = f"The validation loss is smallest in epoch {best}, with {share(at_best.get('val_accuracy'))} right."
    lines += [lowest if lines else f"**{lowest}**", *saved]
    lines += [line for each in every if each.answer != "yes" for line in _judgement(each, history, phases)]
    return tuple(filter(None, [*lines, _gained(history, phases, images)]))


def _judgement(judged: Judged, history: History, phases: Mapping[str, str]) -> list[str]:
    """Return in sentences whether a phase overfits: yes, no, or why that is undecidable."""
    name = "the head" if judged.phase == "head" else phases.get(judged.phase, judged.phase)
    if judged.answer == "open":
        return [f"It is open whether {name} overfits: {judged.why}."]
    last = next(row for row in history if row["epoch"] == judged.last)
    right, seen = last["accuracy"], last["val_accuracy"]
    if judged.begin is not None:
        sign = (
            "the gap between training and validation accuracy has grown."
            if judged.sign == "gap"
            else "the validation loss has risen since then, while the training loss has fallen."
        )
        return [
            f"**{name[:1].upper()}{name[1:]} overfits from epoch {judged.begin} on:** {sign}",
            f"In epoch {judged.last}, {share(right)} of the training images are right, and {share(seen)} of the "
            f"validation images.",
        ]
    gap = right - seen
    if abs(gap) <= CLOSE:
        how = "training and validation accuracy are close"
    elif gap > 0:
        how = f"training accuracy is {100 * gap:.0f} points above validation accuracy"
    else:
        how = (
            "validation accuracy is above training accuracy, which is measured during the epoch, with dropout and "
            "augmentation on"
        )
    return [f"Nothing shows that {name} overfits: at its end {how}."]


def _gained(history: History, phases: Mapping[str, str], images: int) -> str:
    """Describe the gain of the second phase on the validation, in images if their number is known."""
    for epoch, phase in changes(history)[:1]:
        before = [row for row in history if row["epoch"] < epoch and isinstance(row.get("val_accuracy"), float | int)]
        after = [row for row in history if row["epoch"] >= epoch and isinstance(row.get("val_accuracy"), float | int)]
        if before and after:
            most, then = (max(row["val_accuracy"] for row in rows) for rows in (before, after))
            name = phases.get(phase, phase)
            name = name[:1].upper() + name[1:]
            if then - most < 0.0005:
                return f"{name} did not raise the best validation accuracy."
            if not images:
                return f"{name} raised the best validation accuracy from {share(most)} to {share(then)}."
            counts = f"from {most * images:.0f} to {then * images:.0f} of {full(images)} images"
            chance = then - most <= sqrt(max(most * (1 - most), 0.0) / images)
            return f"{name} raised the best validation accuracy {counts}{', which may be chance' if chance else ''}."
    return ""


def cached(plan: Mapping[str, Any], features: Mapping[str, Any]) -> str:
    """Explain whether the frozen backbone's features are computed once, in a run that trains the head alone."""
    if not plan.get("cached"):
        why = plan.get("why_not")
        return f"Features are not computed once: {why}" if isinstance(why, str) else ""
    if features.get("kept"):
        return "The frozen backbone’s features were computed before and kept: the head trains on them directly."
    spared = features.get("spared")
    each = (
        f", which saves {spared:.2g} s in each epoch of the head" if isinstance(spared, int | float) and spared else ""
    )
    return f"The frozen backbone’s features are computed once, and the head trains on them{each}."


def saved(features: Mapping[str, Any]) -> str:
    """Report the measured time that cached features saved."""
    cached, plain, count = features["cached_epoch"], features["plain_epoch"], full(features["images"])
    if features.get("kept") or not plain or not cached:
        there = "were computed before and kept" if features.get("kept") else "were computed once"
        text = f"Frozen features of {count} images {there}"
        return text + (f": an epoch of the head took {cached:.2g} s." if cached else ".")
    epochs = features["epochs"]
    gained = epochs * (plain - cached) - features["seconds"]
    text = (
        f"Frozen features of {count} images were computed once in {features['seconds']:.2g} s: an epoch of the head "
        f"took {cached:.2g} s instead of {plain:.2g} s"
    )
    return text + (f", and all {epochs} of them {gained:.2g} s less." if gained > 0 and epochs > 1 else ".")


def together(
    labels: Mapping[str, str],
    histories: Mapping[str, History],
    tests: Mapping[str, Any],
    data: Collection[str],
    has_test: bool = True,
) -> str:
    """Describe several runs' curves; ``tests`` has (accuracy, low, high) of those that were tested, by name.

    ``data`` are the names of what they learn; ``has_test`` is False where that has no test images.
    """
    if len(data) > 1:
        ends = [f"“{labels[name]}” {share(test[0])}" for name, test in tests.items() if test]
        own_tests = f" Each on its own test images: {', '.join(ends)}." if ends else ""
        return (
            f"**They have different training images:** compare the shapes of the curves, not their heights.{own_tests}"
        )
    tested = {name: tests[name] for name in labels if tests.get(name)}
    if len(tested) > 1:
        first, *_, last = sorted(tested, key=lambda name: -tested[name][0])
        ahead = points(tested[first][0], tested[last][0])
        apart = tested[first][1] > tested[last][2]
        proof = (
            "Their 95 % intervals do not overlap. Still, each is a single run with one seed."
            if apart
            else "Their 95 % intervals overlap: the difference may be chance. Repeat with other seeds."
        )
        epochs = [len(histories[name]) for name in (first, *_, last)]
        if len(epochs) == 2 and epochs[0] != epochs[1]:
            proof += f" They trained for {epochs[0]} and {epochs[1]} epochs."
        elif min(epochs) < max(epochs):
            proof += f" They trained for {min(epochs)} to {max(epochs)} epochs."
        if ahead < 0.05:
            return f"**All {len(tested)} tested runs get {share(tested[first][0])} of the test images right.**"
        return (
            f"**“{labels[first]}” gets {share(tested[first][0])} of the test images right, {ahead:.1f} points more "
            f"than “{labels[last]}”.** {proof}"
        )
    bests = {}
    for name, history in histories.items():
        seen = [value for value in numbers(history, "val_accuracy") if value is not None]
        if seen:
            bests[name] = max(seen)
    if len(bests) < 2:
        return "Fewer than two of these runs have a validation or a test result: there is little to compare."
    first, *_, last = sorted(bests, key=lambda name: -bests[name])
    fair = (
        "The test at the end of each run is the fair comparison."
        if has_test
        else "There are no test images, so nothing shows whether that holds for other images."
    )
    return (
        f"**So far “{labels[first]}” is best on the validation with {share(bests[first])}, “{labels[last]}” last with "
        f"{share(bests[last])}.** {fair}"
    )


GRADIENTS_HEAD = "Gradient of each layer, and gradient ÷ weights"
GRADIENTS = (
    "Measured on one batch, also for frozen layers: it shows how steep the loss is in a layer’s weights, not how far "
    "they move. A frozen layer does not move, and Adam and RMSprop divide each gradient by its usual size."
)
"""An explanation of the norms."""


def gradients(start: Sequence[Mapping[str, Any]], end: Sequence[Mapping[str, Any]]) -> str:
    """Describe how even gradient ÷ weights is over the layers, and how it changed."""
    time, layers = ("end", end) if end else ("start", start)
    now = [(each["layer"], ratio(each), norm(each)) for each in layers]
    steep = [(name, value, size) for name, value, size in now if value and size]
    if len(steep) < 2:
        return "Fewer than two layers have a gradient: there is nothing to compare."
    (weakest, low, _), (strongest, high, _) = (pick(steep, key=lambda each: each[1]) for pick in (min, max))
    sizes = [size for _, _, size in steep]
    text = (
        f"**At the {time} the gradient of {strongest} is {factor(high / low)} times that of {weakest}, each divided by "
        f"the size of its weights**; the norms themselves are {min(sizes):.2g} to {max(sizes):.2g}"
    )
    both = [(a, b) for a, b in zip(map(ratio, start), map(ratio, end), strict=False) if a and b]
    if end and both:
        middle = sorted(b / a for a, b in both)[len(both) // 2]
        then = f"{factor(middle)} times what it was" if middle >= 1 else f"1/{factor(1 / middle)} of what it was"
        text += f". Over the training, gradient ÷ weights has become {then} (median of the layers)"
    still = len(now) - len(steep)
    none = f" {still} {'layer has' if still == 1 else 'layers have'} no gradient on this batch." if still else ""
    return f"{text}.{none}"
