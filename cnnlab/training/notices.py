"""Notices: a sentence on what each chart of a training shows, computed from its data."""

from collections.abc import Collection, Mapping, Sequence
from math import sqrt
from typing import Any

from cnnlab.figures.confusion import confusions
from cnnlab.figures.gradients import norm, ratio
from cnnlab.figures.learning import changes
from cnnlab.figures.overfitting import History, Judged, judged, numbers
from cnnlab.units import count, factor, full, interval, points, share

Report = Mapping[str, Any]
FEW_NAMES = 4
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
        epochs = sorted(len(histories[name]) for name in tested)
        if epochs[0] < epochs[-1]:
            proof += f" They trained for {epochs[0]} to {epochs[-1]} epochs."
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


def confusion(counts: Sequence[Sequence[int]], classes: Sequence[str]) -> str:
    """Name the most frequent confusion."""
    most = confusions(counts)
    if not most:
        return "**No class is confused with another:** every test image is right."
    count, total, row, column = most[0]
    if count == 1:
        wrong = sum(map(sum, counts)) - sum(counts[place][place] for place in range(len(counts)))
        images = "1 test image is" if wrong == 1 else f"{full(wrong)} test images are"
        return f"**No class is predicted as the same other class more than once:** {images} wrong in total."
    back = counts[column][row]
    text = (
        f"**The most frequent mistake: “{classes[row]}” is predicted as “{classes[column]}”,** in {count:,} of "
        f"{total:,} images"
    )
    off = (each for place, line in enumerate(counts) for other, each in enumerate(line) if other != place)
    alike = sum(each == count for each in off) - 1
    more = f" {full(alike)} more {'pair is' if alike == 1 else 'pairs are'} confused as often." if alike else ""
    return f"{text}, {share(count / total)}; the reverse: {'none' if not back else f'{back:,}'}.{more}"


def baseline(test: Mapping[str, Any], against: Mapping[str, Any]) -> str:
    """Compare a test accuracy with predicting the most frequent class for every image; both as in a run's report."""
    only, constant = (
        against["always"],
        f"Predicting “{against['class']}” for every image gets {share(against['accuracy'])}",
    )
    if only is not None:
        return f"The network predicts “{only}” for every test image. {constant}."
    if test["correct"] <= against["correct"]:
        return f"That is no better than the baseline: {constant[:1].lower()}{constant[1:]}."
    if test["interval"][0] <= against["accuracy"]:
        return f"{constant}. This test does not show that the network is better."
    return f"{constant}."


def baseline_caption(against: Mapping[str, Any]) -> str:
    """Return what is below a baseline's accuracy: the answer, its interval, and what a guess gets."""
    limits = interval(*against["interval"])
    return (
        f"“{against['class']}” for every image, 95 % interval {limits}; a random guess gets {share(against['guess'])}"
    )


DRAWS = 2000  # of the accuracies that classes would have if all were equally hard


TOO_OFTEN = 0.25  # share of the images that are predicted as a class beyond the number of that class's own images


def each_class(report: Report) -> str:
    """Name the easiest and the hardest class of a tested run, if its predictions show which those are.

    They do not where the network is not shown to be better than the baseline, and where it predicts a class for many
    images of the others: that class then seems easy, and the others hard.
    """
    test, against, counts = report["test"], report["baseline"], report["confusion"]
    if against["always"] is not None:
        return (
            f"**The network predicts “{against['always']}” for every test image.** So the accuracies do not show which "
            f"class is easy."
        )
    true, found = [sum(row) for row in counts], [sum(column) for column in zip(*counts, strict=True)]
    beyond = [max(0, many - own) for many, own in zip(found, true, strict=True)]
    if sum(beyond) >= TOO_OFTEN * test["count"]:
        often = beyond.index(max(beyond))
        own = f"{count(true[often], 'image')} {'is' if true[often] == 1 else 'are'}"
        return (
            f"**The network predicts “{report['classes'][often]}” too often: for {full(found[often])} of "
            f"{full(test['count'])} test images, but {own} of that class.** So the accuracies do not show which class "
            f"is easy."
        )
    if test["interval"][0] <= against["accuracy"]:
        return (
            "**The test does not show that the network is better than the baseline.** So the accuracies do not show "
            "which class is easy."
        )
    return per_class(report["per_class"])


def per_class(rows: Sequence[Mapping[str, Any]]) -> str:
    """Name the easiest and the hardest class, if they differ by more than the extremes of equally hard classes do.

    ``rows`` has class, correct, count and accuracy of each.
    """
    low, high = (pick(rows, key=lambda row: row["accuracy"]) for pick in (min, max))
    if low["accuracy"] == high["accuracy"]:
        return f"**All classes have the same accuracy**, {share(low['accuracy'])}."
    chance = _chance_of_difference(rows)
    if chance > 0.05:
        return (
            f"**The differences between the classes may be chance.** Accuracies go from {share(low['accuracy'])} to "
            f"{share(high['accuracy'])}. If all classes were equally "
            f"hard, the best and the worst of {len(rows)} would differ as much or more in {share(chance)} of tests."
        )
    easiest, hardest = ([row for row in rows if row["accuracy"] == each["accuracy"]] for each in (high, low))
    return (
        f"**{_names(easiest)} easiest with {share(high['accuracy'])}, {_names(hardest)} hardest with "
        f"{share(low['accuracy'])}.** If all classes were equally hard, the best and the worst would differ as "
        f"much or more in {'less than 0.1 %' if chance < 0.001 else share(chance)} of tests."
    )


def _chance_of_difference(rows: Sequence[Mapping[str, Any]]) -> float:
    """Return how often the best and the worst of equally hard classes differ as much as these.

    It is a permutation test: the right answers are distributed at random over the images of all classes.
    """
    import numpy as np

    counts, right = (np.array([int(row[name]) for row in rows]) for name in ("count", "correct"))
    accuracies = right / counts
    draws = (
        np.random.default_rng(0).multivariate_hypergeometric(counts, right.sum(), DRAWS, method="marginals") / counts
    )
    spread = draws.max(axis=1) - draws.min(axis=1)
    return float((spread >= accuracies.max() - accuracies.min() - 1e-12).mean())


def _names(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return classes that are equal, with their verb."""
    *names, last = [f"“{row['class']}”" for row in rows]
    if not names:
        return f"{last} is"
    return f"{len(rows)} classes are" if len(rows) > FEW_NAMES else f"{', '.join(names)} and {last} are"


def roc(area: float, positive: str, other: str) -> str:
    """Explain the area below the ROC curve."""
    return (
        f"**The area is {area:.3f}:** of all pairs of an image of “{positive}” and one of “{other}”, the network gives "
        f"the first the higher probability of “{positive}” in {share(area)}."
    )


def wrong(first: Mapping[str, Any], classes: Sequence[str], count: int) -> str:
    """Name the image whose true class the network thought least likely."""
    text = (
        f"**Test image {first['index'] + 1:,} has the lowest probability for its true class:** it is "
        f"“{classes[first['label']]}”, and the prediction is “{classes[first['predicted']]}” with "
        f"{share(first['probability'])}."
    )
    return text + (f" The {count} worst mistakes follow." if count > 1 else "")


def crops(found: Mapping[str, Any], test: Mapping[str, Any]) -> str:
    """Compare ten crops with one, and with the whole image; ``found`` are the report's crops."""
    one, ten, whole = found["one"], found["ten"], found.get("whole")
    more = ten["correct"] - one["correct"]
    spoiled = count(found["spoiled"], "other") if found["spoiled"] else "no other"
    rest = f" The ten crops correct {count(found['repaired'], 'mistake')} of the one crop and make {spoiled}."
    if whole:
        rest += f" The whole image gets {share(whole['accuracy'])} of the same images right."
    else:
        rest += f" The whole image gets {share(test['accuracy'])} of all {full(test['count'])} images right."
    part = one["count"] < test["count"]
    these = f"{full(one['count'])} of {full(test['count'])} test images, drawn"
    if not more:
        which = f", of {these}" if part else ""
        return f"**Ten crops get as many right as one:** {share(one['accuracy'])}{which}, for ten times the work.{rest}"
    word = "more" if more > 0 else "fewer"
    which = f"right (of {these})" if part else f"of {full(one['count'])} test images right"
    return (
        f"**Ten crops get {abs(more):,} {word} {which}:** {share(ten['accuracy'])} instead of "
        f"{share(one['accuracy'])}, for ten times the work.{rest}"
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
