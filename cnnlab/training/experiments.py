"""Experiments: runs whose specs differ in one thing, and a conclusion in words that is drawn from their tests.

>>> [each.name for each in experiments(Spec())]
['transfer', 'depth', 'augmentation', 'dropout', 'seeds']
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.augment import Pipeline, step
from cnnlab.augment.pipeline import MOST_SEED
from cnnlab.training import evaluation_notices
from cnnlab.training.evaluation import TEST, score
from cnnlab.training.run_folder import Run
from cnnlab.training.spec import KNOBS, SCRATCH, Spec
from cnnlab.units import count, interval, points, share

DROPOUT = 0.5  # the course's usual share
USUAL = Pipeline.of(step("mirror"), step("translation"), step("zoom", amount=0.1))


@dataclass(frozen=True)
class Experiment:
    """An experiment: ``specs`` by name; ``asks`` is the question, ``explained`` its background."""

    name: str
    title: str
    asks: str
    explained: str
    specs: Mapping[str, Spec]


def experiments(spec: Spec) -> tuple[Experiment, ...]:
    """Return the experiments that can be made of a run: all on its images and its seed, but for the one on depth."""
    if spec.network or spec.weights == SCRATCH:
        found: tuple[Experiment, ...] = ()
    else:
        both = replace(spec, head_epochs=spec.head_epochs or 20, tuning_epochs=spec.tuning_epochs or 10)
        scratch = from_scratch(both)
        found = (
            Experiment(
                "transfer",
                "Transfer, frozen, from scratch",
                "How much does a pretrained backbone help?",
                "Three runs on the same images: the head and then the last stages; the head alone; and the same "
                f"network with random weights, all trained for {count(scratch.epochs, 'epoch')} at their own learning "
                "rate.",
                {
                    "transfer": both,
                    "frozen": replace(both, tuning_epochs=0),
                    "from scratch": scratch,
                },
            ),
        )
    augmented = replace(spec, augmentation=spec.augmentation if spec.augmentation.active else USUAL)
    steps = ", ".join(each.kind.title.lower() for each in augmented.augmentation.active)
    dropped = replace(spec, dropout=spec.dropout or DROPOUT)
    return (
        *found,
        depth(spec.seed),
        Experiment(
            "augmentation",
            "With and without augmentation",
            "Does it help to change the images a little in each epoch?",
            f"The same run twice, once with {steps}. Features of changing images cannot be computed once, so that run "
            f"takes longer.",
            {"with augmentation": augmented, "without augmentation": replace(spec, augmentation=Pipeline())},
        ),
        Experiment(
            "dropout",
            "With and without dropout",
            "Does it help to drop features at random during training?",
            f"The same run twice, once with {100 * dropped.dropout:g} % of the features dropped before the last layer.",
            {"with dropout": dropped, "without dropout": replace(spec, dropout=0.0)},
        ),
        Experiment(
            "seeds",
            "Three seeds, and their average",
            "How much of a difference is chance?",
            "The same run with three seeds: other images are drawn, and other initial weights. Then the three "
            "networks' probabilities for each test image are averaged: an ensemble.",
            {f"seed {seed}": replace(spec, seed=seed) for seed in _seeds(spec.seed)},
        ),
    )


def _seeds(first: int) -> list[int]:
    return [(first + more) % (MOST_SEED + 1) for more in range(3)]


def find_experiment(name: str, specs: Sequence[Spec]) -> Experiment | None:
    """Return the experiment that runs of these specs were made for; None if there is none."""
    found = next((each for each in experiments(specs[0]) if each.name == name), None) if specs else None
    return found if found and list(found.specs.values()) == list(specs) else None


def from_scratch(spec: Spec) -> Spec:
    """Return the spec with random weights: the same images, seed, network and, up to the limit, epochs."""
    other = ("network", "weights", "head_epochs", "tuning_epochs", "tuning_rate", "unfreeze")
    same = {each.name: getattr(spec, each.name) for each in fields(Spec) if each.name not in other}
    most = KNOBS["tuning_epochs"].limits
    assert most
    return Spec.from_scratch(**same, tuning_epochs=min(spec.epochs, int(most.high)))


def depth(seed: int = 0) -> Experiment:
    """Return Plain-56 against ResNet-56, as small as they still differ: about half a minute each on two cores.

    He 2015, section 4.2, has the two on CIFAR-10 with widths 16, 32 and 64.
    """
    alike: dict[str, Any] = {
        "data": "digits",
        "per_class": 0,
        "input_size": 16,
        "optimiser": "sgd",
        "tuning_rate": 0.02,
        "tuning_epochs": 4,
        "seed": seed,
    }
    return Experiment(
        "depth",
        "Plain-56 against ResNet-56",
        "What do skip connections change in a deep network?",
        "Two networks of 56 layers with 8, 16 and 32 filters, one with skips and one without, on handwritten digits of "
        "16×16 pixels: about a minute for both on two cores. No learning rate was tuned for either.",
        {
            "plain-56": Spec.from_scratch("plain56_cifar?width=8", **alike),
            "ResNet-56": Spec.from_scratch("resnet56_cifar?width=8", **alike),
        },
    )


def conclusion(name: str, reports: Mapping[str, Mapping[str, Any]], losses: Mapping[str, float] | None = None) -> str:
    """Return a sentence on the result. ``reports``: of runs that are done, by their names in the experiment.

    ``losses``: of the training images in each run's last epoch.
    """
    tests = {label: report["test"] for label, report in reports.items()}
    if any(test is None for test in tests.values()):
        return "There are no test images, so there is no conclusion."
    against = next((report["baseline"] for report in reports.values() if report.get("baseline")), None)
    baseline = ""
    if against:
        baseline = f" The baseline is {share(against['accuracy'])} ({evaluation_notices.baseline_caption(against)})."
    if name == "seeds":
        return _spread(list(tests.values())) + baseline
    first, *others = tests
    sentences = [_comparison(first, tests[first], other, tests[other]) for other in others]
    if name == "depth" and losses:
        plain, residual = losses["plain-56"], losses["ResNet-56"]
        text = f"The training loss ends at {plain:.2f} without skips and at {residual:.2f} with them"
        harder = "without them it is harder to optimise within the same budget"
        sentences.append(f"{text}: {harder}." if plain > 2 * residual else f"{text}.")
    return " ".join(sentences) + baseline


def _spread(tests: Sequence[Mapping[str, Any]]) -> str:
    """Return the spread of three seeds, and which differences of accuracies may be chance."""
    found = sorted(test["accuracy"] for test in tests)
    spread = points(found[-1], found[0])
    half = max(test["interval"][1] - test["interval"][0] for test in tests) / 2
    ends = (
        f"Test accuracies from {share(found[0])} to {share(found[-1])}, mean {share(sum(found) / len(found))}, each "
        f"with a 95 % interval of about ±{100 * half:.1f} points"
    )
    if not spread:
        return f"{ends}: only the seed differs, and the accuracies are equal. Other seeds may differ."
    return (
        f"{ends}: only the seed differs, and the accuracies differ by {spread:.1f} points. So a gain of {spread:.1f} "
        f"points or less may be chance, and three seeds cannot show that a larger one is not."
    )


def _comparison(first: str, one: Mapping[str, Any], second: str, other: Mapping[str, Any]) -> str:
    ahead = points(one["accuracy"], other["accuracy"])
    more = "higher" if ahead > 0 else "lower"
    text = f"**{first}** {_with_interval(one)}, **{second}** {_with_interval(other)}: "
    apart = one["interval"][0] > other["interval"][1] or other["interval"][0] > one["interval"][1]
    if apart:
        return f"{text}{abs(ahead):.1f} points {more}, and the 95 % intervals do not overlap."
    return f"{text}a difference of {abs(ahead):.1f} points, and the 95 % intervals overlap: it may be chance."


def _with_interval(test: Mapping[str, Any]) -> str:
    return f"{share(test['accuracy'])} ({interval(*test['interval'])})"


def ensemble(runs: Sequence[Run]) -> dict[str, Any] | None:
    """Return the accuracy of several networks' mean prediction on their test images; None if these differ.

    Raises ``ValueError`` with a sentence where a run's file is missing or damaged.
    """
    predictions, labels = zip(*map(_test_predictions, runs), strict=True)
    if any(each.shape != predictions[0].shape for each in predictions) or any(
        (each != labels[0]).any() for each in labels
    ):
        return None
    mean: NDArray[np.float32] = np.mean(predictions, axis=0)
    return score(mean, labels[0])


def _test_predictions(run: Run) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    try:
        data = (run.folder / TEST).read_bytes()
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            predictions, labels = file["predictions"], file["labels"]
        if predictions.ndim != 2 or labels.shape != predictions.shape[:1]:
            raise ValueError
    except Exception:  # NumPy and zipfile have many ways to say that bytes are damaged
        raise ValueError(f"{TEST} of the run {run.name} is missing or damaged; train it again") from None
    return predictions, labels
