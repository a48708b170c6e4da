"""What charts of a training are said to show: no more than they do."""

from typing import Any

from cnnlab.training import notices

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


def test_each_phase_is_judged_and_undecidable_ones_are_named() -> None:
    calm = [(0.5 + place / 50, 0.5 + place / 60) for place in range(10)]
    opening = [(0.5 + place / 20, 0.5) for place in range(10)]
    text = notices.learning(epochs(("head", opening), ("tuning", calm[:4])), PHASES, 400, tested=14)
    assert "**The head overfits from epoch" in text
    assert "Whether fine-tuning overfits cannot be told: 6 epochs are the fewest" in text
    assert "Nothing shows" not in text
    text = notices.learning(epochs(("head", calm)), PHASES, 400)
    assert "Nothing shows that the head overfits" in text
    assert "Tested" not in text


def test_tested_and_best_epoch_stand_together() -> None:
    rows = epochs(("head", [(0.5, 0.5), (0.6, 0.7), (0.7, 0.6)]))
    assert "smallest in epoch 2, with 70.0 % right.** Tested and saved are the weights of epoch 3." in notices.learning(
        rows, PHASES, 40, tested=3
    )
    assert "Its weights were tested and saved." in notices.learning(rows, PHASES, 40, tested=2)


def test_a_gain_of_one_picture_in_forty_is_not_claimed() -> None:
    rows = epochs(("head", [(0.9, 0.875)]), ("tuning", [(0.9, 0.9)]))
    text = notices.learning(rows, PHASES, 40)
    assert "took its best from 35 to 36 of 40 validation pictures, no more than chance does." in text
    assert "chance" not in notices.learning(epochs(("head", [(0.5, 0.5)]), ("tuning", [(0.9, 0.9)])), PHASES, 40)


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


def test_crops_on_other_pictures_are_named() -> None:
    def score(correct: int, count: int) -> dict[str, Any]:
        return {"correct": correct, "count": count, "accuracy": correct / count, "interval": [0.0, 1.0]}

    found = {"one": score(70, 100), "ten": score(75, 100)}
    text = notices.crops(found, score(1000, 2000))
    assert "Ten crops get 5 more right (of 100 of 2,000 test pictures, drawn):" in text
    assert "gives 50.0 %, of all 2,000 pictures." in text
    text = notices.crops({**found, "whole": score(72, 100)}, score(1000, 2000))
    assert "gives 72.0 % of the same pictures." in text
    assert "drawn" not in notices.crops(found, score(70, 100))
    assert "70.0 %, of 100 of 2,000 test pictures, drawn, for" in notices.crops(
        {"one": score(70, 100), "ten": score(70, 100)}, score(1000, 2000)
    )


def test_a_class_of_one_picture_is_not_the_most_frequent_confusion() -> None:
    classes = ("a", "b", "c")
    text = notices.confusion([[0, 1, 0], [0, 80, 20], [0, 0, 50]], classes)
    assert "“b” is taken for “c”:** 20 of 100 pictures" in text
    assert "more than once:** 1 test picture is wrong" in notices.confusion([[0, 1, 0], [0, 9, 0], [0, 0, 9]], classes)
    twos = [[2 if row != column else 5 for column in range(30)] for row in range(30)]
    assert "869 more pairs are confused as often." in notices.confusion(twos, [str(place) for place in range(30)])
    assert "1 more pair is confused as often." in notices.confusion([[5, 3, 0], [0, 5, 2], [3, 0, 7]], classes)


def test_classes_that_are_equal_are_named_together() -> None:
    def row(name: str, correct: int) -> dict[str, Any]:
        return {"class": name, "accuracy": correct / 10, "interval": [correct / 10 - 0.1, correct / 10 + 0.1]}

    rows = [row("a", 10), row("b", 10), row("c", 10), row("d", 5)]
    assert "“a”, “b” and “c” are easiest with 100.0 %, “d” is hardest with 50.0 %." in notices.per_class(rows)
    assert "6 classes are easiest" in notices.per_class([*rows, row("e", 10), row("f", 10), row("g", 10)])
