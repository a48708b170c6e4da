"""Sentences on a test: its baseline, its classes, its mistakes and its ten crops, each computed from the result."""

from collections.abc import Mapping, Sequence
from typing import Any

from cnnlab.figures.confusion import confusions
from cnnlab.units import count, full, interval, share

Report = Mapping[str, Any]
FEW_NAMES = 4
DRAWS = 2000  # of the accuracies that classes would have if all were equally hard
TOO_OFTEN = 0.25  # share of the images that are predicted as a class beyond the number of that class's own images


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
