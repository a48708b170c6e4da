"""Charts of trainings, read by their traces."""

from typing import Any

import plotly.graph_objects as go
import pytest
import runs_on_disk

from cnnlab.figures.confusion import matrix
from cnnlab.figures.gradients import gradients
from cnnlab.figures.learning import curves, overlaid
from cnnlab.figures.overfitting import judged
from cnnlab.figures.plain import PlainFigure
from cnnlab.figures.scores import per_class, roc
from cnnlab.training.spec import Spec

PHASES = {"head": "head", "tuning": "fine-tuning"}
Row = dict[str, Any]


def checked(figure: PlainFigure) -> go.Figure:
    """The figure as plotly reads it; raises for anything plotly does not know."""
    return go.Figure(figure.to_dict())


def named(figure: go.Figure, name: str) -> Any:
    return next(trace for trace in figure.data if trace.name == name)


def history(count: int, train: Any, seen: Any, phase: str = "tuning", first: int = 1) -> list[Row]:
    """Losses and accuracies, (loss, accuracy) of train and validation at each epoch."""
    rows = []
    for epoch in range(first, first + count):
        (loss, right), (val_loss, val_right) = train(epoch), seen(epoch)
        rows.append(
            {"epoch": epoch, "phase": phase, "loss": loss, "accuracy": right, "val_loss": val_loss,
             "val_accuracy": val_right}
        )  # fmt: skip
    return rows


def answers(rows: list[Row], images: int = 0) -> list[int | str | None]:
    """Of each phase the epoch from which on it overfits, or the answer that it has instead."""
    return [each.begin or each.answer for each in judged(rows, images)]


def test_overfitting_is_named_only_where_it_is() -> None:
    def falling(epoch: int) -> tuple[float, float]:
        return 2 / epoch, 1 - 0.5 / epoch

    together = history(20, falling, lambda epoch: (2.2 / epoch, 0.98 - 0.5 / epoch))
    assert answers(together) == ["no"]
    # The validation loss turns at the eighth epoch.
    rising = history(20, falling, lambda epoch: (1 + 0.1 * abs(epoch - 8), 1 - 0.5 / epoch))
    assert answers(rising) == [9]
    # ... but where the training loss rises with it, nothing is learned by heart.
    both = history(20, lambda epoch: (1 + 0.1 * abs(epoch - 8), 0.6), lambda epoch: (1 + 0.1 * abs(epoch - 8), 0.6))
    assert answers(both) == ["no"]
    # The gap of the accuracies opens from the eleventh epoch on; the losses keep falling.
    opening = history(20, falling, lambda epoch: (2.2 / epoch, 1 - 0.5 / epoch - (0.2 if epoch > 10 else 0.0)))
    assert answers(opening) == [11]
    # A gap that is there from the beginning and does not grow is another matter.
    assert answers(history(20, falling, lambda epoch: (2.2 / epoch, 0.8 - 0.5 / epoch))) == ["no"]
    # Each phase is judged by itself: what the head overfitted, fine-tuning may have corrected.
    corrected = rising + history(10, falling, lambda epoch: (0.5, 1 - 0.5 / epoch), "other", 21)
    assert answers(corrected) == [9, "no"]


def test_undecidable_overfitting_is_not_a_no() -> None:
    opening = history(
        20,
        lambda epoch: (2 / epoch, 1 - 0.5 / epoch),
        lambda epoch: (2.2 / epoch, 1 - 0.5 / epoch - (0.2 if epoch > 10 else 0.0)),
    )
    untold = "open"
    assert answers(opening, images=400) == [11]
    assert answers(opening, images=10) == answers(opening[:5]) == [untold]
    assert answers([row | {"val_loss": None, "val_accuracy": None} for row in opening]) == [untold]
    noise = [row | {"val_accuracy": 0.5 - row["epoch"] / 200} for row in opening]  # half are right: ±22 points
    noise = [row | {"accuracy": 0.5 + row["epoch"] / 200} for row in noise]
    assert answers(noise, images=20) == [untold]
    assert "chance" in judged(noise, 20)[0].why
    assert answers(noise, images=400) != [untold]


def test_curves_of_one_run() -> None:
    rows = [each for each in runs_on_disk.events(Spec(), overfits=True) if each["event"] == "epoch"]
    figure = checked(curves(rows, "loss", PHASES, best=18, total=40, saved=30))
    begins = [each.begin for each in judged(rows)]
    assert all(begins)
    assert named(figure, "train").y == tuple(row["loss"] for row in rows)
    assert named(figure, "validation").line.dash == "dash"
    # Coloured from where the head overfits to the head's end, and from where the tuning does to its own.
    coloured = named(figure, "overfitting").x
    hole = coloured.index(None)
    parts = coloured[:hole], coloured[hole + 1 :]
    assert [(min(part), max(part)) for part in parts] == [(begins[0], 20), (begins[1], 30)]
    assert max(x for x in named(figure, "gap").x if x) == begins[1]
    assert figure.layout.xaxis.range == (0.5, 40.5)
    assert [(shape.x0, shape.line.dash) for shape in figure.layout.shapes] == [
        (20.5, "solid"), (18, "dot"), (30, "dash")
    ]  # fmt: skip
    assert [note.text.strip() for note in figure.layout.annotations] == [
        "head", "fine-tuning", "best: 18", "tested and saved: 30"
    ]  # fmt: skip
    one = checked(curves(rows, "loss", PHASES, best=18, saved=18)).layout
    assert [note.text.strip() for note in one.annotations][2:] == ["best, tested and saved: 18"]
    untested = checked(curves(rows, "loss", PHASES, best=18, saved=30, has_test=False)).layout
    assert [note.text.strip() for note in untested.annotations][2:] == ["best: 18", "saved: 30"]
    calm = [row | {"val_loss": row["loss"], "val_accuracy": row["accuracy"]} for row in rows]
    assert "overfitting" not in [trace.name for trace in checked(curves(calm, "accuracy", PHASES)).data]


def test_curves_without_validation_of_one_epoch_and_of_none() -> None:
    rows = [{"epoch": 1, "phase": "tuning", "loss": float("nan"), "accuracy": 0.5}]
    figure = checked(curves(rows, "accuracy", PHASES))
    assert [trace.name for trace in figure.data] == ["train"]
    assert figure.data[0].mode == "lines+markers"
    assert figure.layout.yaxis.maxallowed == 1.01, "plotly's own range of equal values ends at 150 %"
    assert checked(curves(rows, "loss", PHASES)).data == ()
    assert checked(curves([], "loss", PHASES, total=30)).layout.xaxis.range == (0.5, 30.5)
    assert checked(overlaid({"a": [], "b": rows}, "loss", PHASES)).data


def test_runs_overlaid_have_a_colour_each() -> None:
    lines = {}
    for name, spec in (("transfer", Spec()), ("from <scratch>", Spec.from_scratch())):
        lines[name] = [each for each in runs_on_disk.events(spec) if each["event"] == "epoch"]
    figure = checked(overlaid(lines, "accuracy", PHASES))
    drawn = [trace for trace in figure.data if trace.mode == "lines+markers"]
    assert [trace.name for trace in drawn if trace.showlegend] == ["transfer", "from &lt;scratch&gt;"]
    assert [trace.line.dash for trace in drawn] == ["solid", "dash"] * 2
    assert len({trace.line.color for trace in drawn}) == 2
    assert [trace.marker.symbol for trace in drawn] == ["circle"] * 2 + ["square"] * 2, "not by colour alone"
    # One changes its phase and the other does not: a diamond instead of a line across both.
    assert not figure.layout.shapes
    assert named(figure, "transfer: fine-tuning begins").x == (21,)
    assert checked(overlaid({"a": lines["transfer"], "b": lines["transfer"]}, "loss", PHASES)).layout.shapes


@pytest.mark.parametrize("many", [2, 8, 10, 60])
def test_confusion_matrices_are_drawn(many: int) -> None:
    classes = tuple(f"class <{number}>" for number in range(many))
    counts = runs_on_disk.report(Spec(), classes)["confusion"]
    figure = checked(matrix(counts, classes))
    right, wrong = figure.data[:2]
    for row in range(many):
        for column in range(many):
            cell = (right if row == column else wrong).z[row][column]
            assert (cell is not None and cell > 0) == (counts[row][column] > 0)
            assert (wrong if row == column else right).z[row][column] is None
    assert f"{counts[0][1]:,} of 100 images" in wrong.hovertext[0][1]
    assert "&lt;0&gt;" in wrong.hovertext[0][1]
    texts = sum(len(trace.text) for trace in figure.data[2:])
    assert texts == (sum(count > 0 for row in counts for count in row) if many <= 12 else 0)
    assert len(figure.layout.yaxis.ticktext) == many
    assert figure.layout.height <= 1000
    assert matrix([[0, 0], [0, 0]], classes[:2])


def test_scores_are_drawn() -> None:
    found = runs_on_disk.report(Spec(), ("no", "yes"))
    bars = checked(per_class(found["per_class"], found["test"]["accuracy"])).data[0]
    for place, value in enumerate(bars.x):
        row = next(row for row in found["per_class"] if row["accuracy"] == value)
        assert bars.x[place] - bars.error_x.arrayminus[place] == pytest.approx(row["interval"][0])
        assert bars.x[place] + bars.error_x.array[place] == pytest.approx(row["interval"][1])
    curve = checked(roc(**found["roc"])).data
    assert curve[0].name == "the network: area 0.833"
    assert curve[0].x[-1] == curve[0].y[-1] == 1


def test_gradients_of_two_runs() -> None:
    plain, residual = (runs_on_disk.report(Spec(seed=seed))["gradients"] for seed in (1, 2))
    plain["start"][3]["gradient"] = 0.0  # frozen
    figure = checked(gradients({"plain": plain, "residual": residual}))
    assert figure.layout.yaxis.type == "log"
    first = named(figure, "plain, start")
    assert first.y[3] is None
    assert first.y[0] == plain["start"][0]["gradient"] / plain["start"][0]["weights"]
    norms = named(checked(gradients({"plain": plain, "residual": residual}, "norm")), "plain, end")
    assert norms.y == tuple(each["gradient"] for each in plain["end"])
    assert first.line.color == named(figure, "plain, end").line.color != named(figure, "residual, end").line.color
    assert first.marker.symbol == "circle-open"
    assert named(figure, "residual, end").marker.symbol == "square"
    assert figure.layout.xaxis.ticktext[0] == "stage1.conv1"
    assert [trace.name for trace in checked(gradients({"one": plain})).data] == ["at the start", "at the end"]
