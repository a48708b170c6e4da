"""What charts of a training are said to show: no more than they do."""

from typing import Any

import numpy as np
import pytest

from cnnlab.training import evaluation, notices
from cnnlab.training.evaluation_notices import _chance_of_difference, baseline, confusion, crops, each_class, per_class

PHASES = {"head": "head", "tuning": "fine-tuning"}


def epochs(*phases: tuple[str, list[tuple[float, float]]]) -> list[dict[str, Any]]:
    """A history of (training accuracy, validation accuracy); the losses are what is missing of them."""
    rows: list[dict[str, Any]] = []
    for phase, accuracies in phases:
        rows += [
            {"epoch": len(rows) + place, "phase": phase, "loss": 1 - right, "accuracy": right,
             "val_loss": 1 - seen, "val_accuracy": seen}
            for place, (right, seen) in enumerate(accuracies, 1)
        ]  # fmt: skip
    return rows


def learning(*given: Any, **more: Any) -> str:
    return " ".join(notices.learning(*given, **more))


def test_each_phase_is_judged_and_undecidable_ones_are_named() -> None:
    calm = [(0.5 + place / 50, 0.5 + place / 60) for place in range(10)]
    opening = [(0.5 + place / 20, 0.5) for place in range(10)]
    text = learning(epochs(("head", opening), ("tuning", calm[:4])), PHASES, 400, 14)
    assert "**The head overfits from epoch" in text
    assert "It is open whether fine-tuning overfits: that needs at least 6 epochs" in text
    assert "Nothing shows" not in text
    text = learning(epochs(("head", calm)), PHASES, 400)
    assert "Nothing shows that the head overfits" in text
    assert "Tested" not in text


def test_tested_and_best_epoch_stand_together() -> None:
    rows = epochs(("head", [(0.5, 0.5), (0.6, 0.7), (0.7, 0.6)]))
    assert "right.** The weights of epoch 3 were tested and saved." in learning(rows, PHASES, 40, 3)
    assert "Its weights were tested and saved." in learning(rows, PHASES, 40, 2)


def test_a_gain_of_one_image_in_forty_is_not_claimed() -> None:
    rows = epochs(("head", [(0.9, 0.875)]), ("tuning", [(0.9, 0.9)]))
    text = learning(rows, PHASES, 40)
    assert "raised the best validation accuracy from 35 to 36 of 40 images, which may be chance." in text
    assert "chance" not in learning(epochs(("head", [(0.5, 0.5)]), ("tuning", [(0.9, 0.9)])), PHASES, 40)


def test_gradients_are_not_taken_for_movement_or_freezing() -> None:
    start = [{"layer": name, "gradient": 1.0, "weights": 2.0} for name in ("one", "two", "three")]
    end = [
        {"layer": name, "gradient": value, "weights": 2.0}
        for name, value in (("one", 0.1), ("two", 0.4), ("three", 0.0))
    ]
    text = notices.gradients(start, end)
    assert "gradient of two is 4.0 times that of one, each divided by the size of its weights" in text
    assert "the norms themselves are 0.1 to 0.4" in text
    assert "1 layer has no gradient on this batch" in text
    for word in ("moved", "frozen"):
        assert word not in text


def test_crops_on_other_images_are_named() -> None:
    def score(correct: int, count: int) -> dict[str, Any]:
        return {"correct": correct, "count": count, "accuracy": correct / count, "interval": [0.0, 1.0]}

    found = {"one": score(70, 100), "ten": score(75, 100), "repaired": 6, "spoiled": 1}
    text = crops(found, score(1000, 2000))
    assert "Ten crops get 5 more right (of 100 of 2,000 test images, drawn):" in text
    assert "The ten crops correct 6 mistakes of the one crop and make 1 other." in text
    assert "The whole image gets 50.0 % of all 2,000 images right." in text
    text = crops({**found, "whole": score(72, 100)}, score(1000, 2000))
    assert "The whole image gets 72.0 % of the same images right." in text
    assert "drawn" not in crops(found, score(70, 100))
    assert "70.0 %, of 100 of 2,000 test images, drawn, for" in crops(
        {**found, "ten": score(70, 100)}, score(1000, 2000)
    )


def test_a_class_of_one_image_is_not_the_most_frequent_confusion() -> None:
    classes = ("a", "b", "c")
    text = confusion([[0, 1, 0], [0, 80, 20], [0, 0, 50]], classes)
    assert "“b” is predicted as “c”,** in 20 of 100 images" in text
    assert "more than once:** 1 test image is wrong" in confusion([[0, 1, 0], [0, 9, 0], [0, 0, 9]], classes)
    twos = [[2 if row != column else 5 for column in range(30)] for row in range(30)]
    assert "869 more pairs are confused as often." in confusion(twos, [str(place) for place in range(30)])
    assert "1 more pair is confused as often." in confusion([[5, 3, 0], [0, 5, 2], [3, 0, 7]], classes)


def row(name: str, correct: int, count: int = 40) -> dict[str, Any]:
    return {"class": name, "accuracy": correct / count, "correct": correct, "count": count}


def test_classes_that_are_equal_are_named_together() -> None:
    rows = [row("a", 40), row("b", 40), row("c", 40), row("d", 20)]
    assert "“a”, “b” and “c” are easiest with 100.0 %, “d” is hardest with 50.0 %." in per_class(rows)
    assert "6 classes are easiest" in per_class([*rows, row("e", 40), row("f", 40), row("g", 40)])
    assert per_class(rows[:3]) == "**All classes have the same accuracy**, 100.0 %."


def test_extremes_of_equally_hard_classes_are_no_easy_and_hard_ones() -> None:
    """A draw of equally hard classes is called a difference in about one of twenty cases, as a 5 % test must."""
    draws, called = np.random.default_rng(1), 0
    for _ in range(200):
        rows = [row(str(number), int(correct)) for number, correct in enumerate(draws.binomial(40, 0.7, 8))]
        called += "easiest" in per_class(rows)
    assert 2 <= called <= 20
    assert "between the classes may be chance" in per_class([row("a", 1, 1), row("b", 0, 1), row("c", 1, 1)])


def test_the_chance_of_a_difference_is_fishers_for_two_classes() -> None:
    from scipy.stats import fisher_exact

    for first, second in ((30, 21), (38, 30), (25, 24)):
        exact = fisher_exact([[first, 40 - first], [second, 40 - second]]).pvalue
        assert abs(_chance_of_difference([row("a", first), row("b", second)]) - exact) < 0.03


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ([0] * 20 + [1] * 20, "Predicting “a” for every image gets 50.0 %."),
        ([0] * 40, "The network predicts “a” for every test image. Predicting “a” for every image gets 50.0 %."),
        ([1] * 40, "The network predicts “b” for every test image. Predicting “a” for every image gets 50.0 %."),
        ([1, 0] * 20, "That is no better than the baseline: predicting “a” for every image gets 50.0 %."),
        (
            [0] * 20 + [0] * 18 + [1] * 2,
            "Predicting “a” for every image gets 50.0 %. This test does not show that the network is better.",
        ),
    ],
)
def test_a_result_stands_beside_its_baseline(answers: list[int], said: str) -> None:
    labels = np.array([0] * 20 + [1] * 20)
    shares = np.eye(2, dtype=np.float32)[answers]
    against = evaluation.baseline(shares, labels, ("a", "b"))
    assert (against["correct"], against["count"], against["guess"]) == (20, 40, 0.5)
    assert baseline(evaluation.score(shares, labels), against) == said


def report_of(answers: list[int], labels: list[int], classes: tuple[str, ...]) -> dict[str, Any]:
    """Return a report's part on a test with these answers."""
    shares, truth = np.eye(len(classes), dtype=np.float32)[answers], np.array(labels)
    return {
        "classes": list(classes),
        "test": evaluation.score(shares, truth),
        "baseline": evaluation.baseline(shares, truth, classes),
        "confusion": evaluation.confusion(shares, truth).tolist(),
        "per_class": evaluation.per_class(shares, truth, classes),
    }


LABELS = [each for each in range(4) for _ in range(50)]
FOUR = ("coins", "moons", "stars", "suns")


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ([0] * 200, "**The network predicts “coins” for every test image.**"),
        (
            [0] * 50 + [1] * 30 + [0] * 120,
            "**The network predicts “coins” too often: for 170 of 200 test images, but 50 images are of that class.**",
        ),
        ([0] * 50 + [1] * 50 + [0] * 50 + [1] * 50, "“coins” too often: for 100 of 200 test images, but 50 images are"),
        (
            [0, 1, 2, 3] * 45 + [0, 1, 2, 3] * 4 + [3] * 4,
            "**The test does not show that the network is better than the baseline.**",
        ),
    ],
)
def test_accuracies_of_a_network_that_favours_a_class_make_no_class_easy(answers: list[int], words: str) -> None:
    text = each_class(report_of(answers, LABELS, FOUR))
    assert words in text
    assert "easiest" not in text
    assert text.endswith("So the accuracies do not show which class is easy.")


def test_a_class_is_easy_where_every_class_is_predicted_about_as_often_as_it_occurs() -> None:
    answers = [0] * 50 + [1] * 30 + [2] * 20 + [2] * 35 + [1] * 15 + [3] * 50
    assert "“coins” and “suns” are easiest with 100.0 %" in each_class(report_of(answers, LABELS, FOUR))


def test_nothing_is_tested_without_test_images() -> None:
    rows = epochs(("head", [(0.5, 0.5), (0.6, 0.7), (0.7, 0.6)]))
    text = learning(rows, PHASES, 40, 3, has_test=False)
    assert "The weights of epoch 3 were saved." in text
    assert "test" not in text
    assert "Its weights were saved." in learning(rows, PHASES, 40, 2, has_test=False)
    alone = [{name: row[name] for name in ("epoch", "phase", "loss", "accuracy")} for row in rows]
    text = learning(alone, PHASES, 0, 3, has_test=False)
    assert "There are no validation or test images: nothing shows whether that holds for other images." in text
    assert "only the test shows" in learning(alone, PHASES, 0, 3)
    both = {"a": rows, "b": rows}
    assert "The test at the end" in notices.together({"a": "A", "b": "B"}, both, {}, ["x"])
    assert "The test at the end" not in notices.together({"a": "A", "b": "B"}, both, {}, ["x"], has_test=False)


@pytest.mark.parametrize(
    ("epochs", "sentence"),
    [((30, 11), "They trained for 30 and 11 epochs."), ((5, 30, 11), "They trained for 5 to 30 epochs.")],
)
def test_epochs_of_runs_are_told_in_the_order_of_the_runs(epochs: tuple[int, ...], sentence: str) -> None:
    names = "abc"[: len(epochs)]
    histories = {name: [{"epoch": n + 1} for n in range(many)] for name, many in zip(names, epochs, strict=True)}
    tests = {name: (0.9 - 0.1 * place, 0.8, 0.95) for place, name in enumerate(names)}
    assert sentence in notices.together({name: name.upper() for name in names}, histories, tests, ["x"])
