"""Training, on small runs of the bundled images: a few epochs, a few seconds each."""

import io
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from training_listener import Listener

from cnnlab.augment import Pipeline, step
from cnnlab.data import Dataset, load
from cnnlab.training import Spec
from cnnlab.training.dask.payload import load as load_images
from cnnlab.training.events import CancelledError

pytestmark = pytest.mark.slow

SMALL = Spec(data="digits_3_8", input_size=32, per_class=15, head_epochs=3, tuning_epochs=2)
PAIR = load("digits_3_8")


def trained(spec: Spec, data: Dataset | None = None, resume: bytes | None = None) -> tuple[dict[str, Any], Listener]:
    from cnnlab.training.fit import train

    listener = Listener()
    report = train(spec, data or load_images(spec), resume, listener)
    json.dumps(report, allow_nan=False)
    return report, listener


def same(first: dict[str, Any], second: dict[str, Any]) -> bool:
    """Compare reports without times and what follows from them."""
    left_out = ("seconds", "features")
    return all(first[name] == second[name] for name in first if name not in left_out)


@pytest.fixture(scope="module")
def whole() -> tuple[dict[str, Any], Listener]:
    """The small run from its beginning to its end."""
    return trained(SMALL)


_FRESH = """
import sys
import keras, numpy as np

model = keras.models.load_model(sys.argv[1])
with np.load(sys.argv[2]) as file:
    said = model.predict(file["images"].astype("float32"), batch_size=50, verbose=0)[:, 0] > 0.5
    print(int((said == file["labels"]).sum()), "cnnlab" in sys.modules)
"""


def test_a_saved_model_in_a_fresh_process_has_the_reported_accuracy(
    whole: tuple[dict[str, Any], Listener], tmp_path: Path
) -> None:
    """The model's file needs nothing but Keras."""
    from cnnlab.training.dataset import prepare_images

    report, listener = whole
    (tmp_path / "model.keras").write_bytes(listener.files["model.keras"])
    test = prepare_images(SMALL, load_images(SMALL)).test
    np.savez(tmp_path / "test.npz", images=test.images, labels=test.labels)
    done = subprocess.run(
        [sys.executable, "-c", _FRESH, "model.keras", "test.npz"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        env={"TF_CPP_MIN_LOG_LEVEL": "3"},
    )
    assert done.stdout.split() == [str(report["test"]["correct"]), "False"]
    assert report["test"]["count"] == len(test) == len(PAIR.test)
    with np.load(io.BytesIO(listener.files["test.npz"])) as file:
        assert ((file["predictions"][:, 0] > 0.5) == file["labels"]).sum() == report["test"]["correct"]


def test_a_resumed_run_ends_as_one_that_was_not_interrupted(whole: tuple[dict[str, Any], Listener]) -> None:
    """From each phase's first checkpoint, and from the head's last: bit for bit."""
    report, listener = whole
    assert [each["epoch"] for each in listener.history] == [1, 2, 3, 4, 5]
    for at in (0, 2, 3):
        again, more = trained(SMALL, resume=listener.checkpoints[at])
        assert more.history == listener.history[at + 1 :], at
        assert same(again, report), at


def test_the_report_agrees_with_itself_and_with_the_plan(whole: tuple[dict[str, Any], Listener]) -> None:
    report, listener = whole
    (plan,) = listener.of("plan")
    assert plan["cached"]
    assert plan["why_not"] is None
    assert plan["images"] == report["images"] == {"train": 24, "validation": 6, "test": len(PAIR.test)}
    assert plan["phases"][0]["params"] == 128 + 1, "a sigmoid on 128 features"
    counted = np.array(report["confusion"])
    assert counted.trace() == report["test"]["correct"]
    assert counted.sum(axis=1).tolist() == [each["count"] for each in report["per_class"]]
    assert len(report["wrong"]) == min(24, report["test"]["count"] - report["test"]["correct"])
    assert report["roc"]["area"] > 0.7
    best = min(listener.history, key=lambda each: each["val_loss"])
    assert report["best"] == {name: best[name] for name in ("epoch", "val_loss", "val_accuracy")}
    start, end = report["gradients"]["start"], report["gradients"]["end"]
    assert [each["layer"] for each in start] == [each["layer"] for each in end]
    assert start[-1]["layer"] == "classes"
    # Only the last two stages and the head were trained.
    changed = [each["weights"] != other["weights"] for each, other in zip(start, end, strict=True)]
    assert changed == sorted(changed)
    assert not changed[0]
    assert changed[-1]


@pytest.mark.thorough
def test_cached_features_change_only_the_time() -> None:
    """Compare with a backbone that sees the images in every epoch, since they may be turned, by no degrees."""
    spec = replace(SMALL, tuning_epochs=0)
    looked = replace(spec, augmentation=Pipeline.of(step("rotation", degrees=0.0)))
    (once, first), (each_time, second) = trained(spec), trained(looked)
    assert once["features"]["images"] == 30
    assert each_time["features"] is None
    assert not second.of("plan")[0]["cached"]
    for one, other in zip(first.history, second.history, strict=True):
        assert one["loss"] == pytest.approx(other["loss"], rel=2e-3)
        assert one["val_loss"] == pytest.approx(other["val_loss"], rel=2e-3)


def test_crops_mixed_labels_and_other_settings() -> None:
    """Crops need larger images; MixUp needs labels that can be mixed."""
    pipeline = Pipeline.of(step("mirror"), step("random_crop", share=0.8), step("mixup"), seed=3)
    spec = replace(
        SMALL,
        data="digits",
        per_class=3,
        head_epochs=1,
        tuning_epochs=1,
        augmentation=pipeline,
        optimiser="rmsprop",
        pooling="flatten",
        head_units=8,
        dropout=0.5,
        label_smoothing=0.1,
        validation=0.0,
        unfreeze=100,
    )
    report, listener = trained(spec)
    assert report["best"] is None
    assert "val_loss" not in listener.history[0]
    assert len(report["classes"]) == len(report["confusion"]) == 10
    assert "mirroring, random crop, mixup" in listener.of("plan")[0]["why_not"]


@pytest.mark.thorough
def test_from_scratch_all_weights_change_and_checkpoints_hold_batch_norm_statistics() -> None:
    spec = Spec.from_scratch(
        "resnet20_cifar?depth=8",
        data="digits",
        input_size=16,
        per_class=20,
        tuning_epochs=3,
        optimiser="sgd",
        tuning_rate=0.05,
    )
    report, listener = trained(spec)
    assert [each["phase"] for each in listener.history] == ["tuning"] * 3
    assert listener.of("plan")[0]["phases"][0]["trains"] == "everything"
    assert listener.history[-1]["loss"] < listener.history[0]["loss"]
    assert all(first["weights"] != last["weights"] for first, last in zip(*report["gradients"].values(), strict=True))
    again, more = trained(spec, resume=listener.checkpoints[1])
    assert more.history == listener.history[2:], "batch norms' statistics are part of a checkpoint"
    assert same(again, report)


def test_a_run_that_stops_early_ends_with_its_best_weights(tmp_path: Path) -> None:
    import keras

    from cnnlab.training.dataset import prepare_images

    spec = replace(SMALL, head_epochs=30, head_rate=1.0, patience=2, tuning_epochs=0)
    report, listener = trained(spec)
    assert len(listener.history) < 30
    lowest = min(listener.history, key=lambda each: each["val_loss"])
    assert len(listener.history) == lowest["epoch"] + 2
    assert f"the weights of epoch {lowest['epoch']} were kept" in report["ended"]
    assert report["weights_of"] == lowest["epoch"]
    (tmp_path / "model.keras").write_bytes(listener.files["model.keras"])
    model = keras.models.load_model(tmp_path / "model.keras")
    model.compile(loss="binary_crossentropy")
    aside = prepare_images(spec, load_images(spec)).validation
    assert aside
    found = model.evaluate(aside.images.astype(np.float32), aside.labels[:, None].astype(np.float32), verbose=0)
    assert found == pytest.approx(lowest["val_loss"], rel=1e-4)


def follow(spec: Spec, losses: list[tuple[float, float]], state: Any = None) -> Any:
    """Return the state after a phase's epochs, each with its validation loss and accuracy, until it stops."""
    import keras

    from cnnlab.training.loop import Phase, StateTracker

    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd")
    tracker = StateTracker(spec, state)
    tracker.set_model(model)
    tracker.begin(Phase("tuning" if state else "head", 100, 9.5), model)
    for loss, accuracy in losses:
        logs = {"loss": 1.0, "accuracy": 0.1, "val_loss": loss, "val_accuracy": accuracy}
        tracker.on_epoch_end(tracker.state.epoch, logs)
        if model.stop_training:
            break
    tracker.end(model)
    return tracker.state


def test_patience_is_counted_for_each_phase_and_stop_at_ends_the_run() -> None:
    patient = replace(SMALL, patience=2)
    falling, rising = [(0.5, 0.1), (0.4, 0.2), (0.3, 0.3)], [(0.6, 0.4), (0.7, 0.5), (0.8, 0.6)]
    head = follow(patient, falling + rising)
    assert (head.epoch, head.kept, head.over, head.best["epoch"]) == (5, 3, False, 3)
    tuning = follow(patient, rising, head)
    assert (tuning.epoch, tuning.kept, tuning.best["epoch"]) == (8, 6, 3), "the next phase has its own patience"
    assert len(tuning.ends) == 2
    assert follow(SMALL, falling + rising).epoch == 6, "without patience it goes on"
    enough = follow(replace(patient, stop_at=0.3), falling)
    assert (enough.epoch, enough.kept, enough.over) == (3, 3, True)
    assert "30 %" in enough.ended
    with pytest.raises(ValueError, match=r"epoch 2 .* at a learning rate of 9.5"):
        follow(SMALL, [(0.5, 0.1), (float("nan"), 0.1)])


def test_a_mixed_label_of_two_classes_counts_as_its_larger_part() -> None:
    from cnnlab.training.loop import accuracy

    found = accuracy(2)
    found.update_state(np.array([[0.3], [0.7], [1.0], [0.0]]), np.array([[0.1], [0.9], [0.2], [0.4]]))
    assert float(found.result()) == 0.75


def test_a_cancelled_run_ends_at_its_next_step() -> None:
    from cnnlab.training.fit import train

    listener = Listener(stop_after=5)
    with pytest.raises(CancelledError):
        train(replace(SMALL, head_epochs=100), PAIR, None, listener)
    assert len(listener.of("step")) == 5


def test_an_impossible_run_raises_a_sentence(whole: tuple[dict[str, Any], Listener]) -> None:
    """None of these trains."""
    from cnnlab.training.checkpoint import unpacked
    from cnnlab.training.loop import Phase, StateTracker
    from cnnlab.training.model import assemble, check_head

    crops = replace(SMALL, augmentation=Pipeline.of(*[step("random_crop", share=0.3)] * 4))
    for words, spec in {"crops images to fewer": crops, "not of 8×8": replace(SMALL, input_size=8)}.items():
        with pytest.raises(ValueError, match=words):
            trained(spec, PAIR)
    for words, weights in {"upload their file again": 32 * "0", "cannot be read": "/nowhere.h5"}.items():
        with pytest.raises(ValueError, match=words):
            assemble(replace(SMALL, weights=f"file:{weights}"), 2)
    with pytest.raises(ValueError, match="fewer units"):
        check_head(replace(SMALL, pooling="flatten", head_units=4096), (32, 32, 128), 2)
    state, _, arrays = unpacked(whole[1].checkpoints[0])
    head = assemble(replace(SMALL, head_units=3), 2).head
    head.compile("adam")
    with pytest.raises(ValueError, match="another network"):
        StateTracker(SMALL, state, arrays).begin(Phase("head", 3, 0.1), head)
    with pytest.raises(ValueError, match="damaged"):
        unpacked(whole[1].checkpoints[0][:500])


@pytest.mark.parametrize(
    ("count", "measured"), [(20, 0.0), (32, 0.0), (40, 0.0), (64, 1 / 32), (70, 1 / 32), (200, 1 / 32)]
)
def test_only_full_batches_measure_the_backbone(count: int, measured: float) -> None:
    """A smaller last batch has a new shape, for which TensorFlow takes seconds to prepare."""
    from cnnlab.training.callbacks import Reporter
    from cnnlab.training.checkpoint import Notes
    from cnnlab.training.loop import StateTracker

    reporter = Reporter(StateTracker(Spec()), Notes(), Listener(), count)
    ends = [*range(32, count + 1, 32)]
    reporter.looked = [(done, float(number)) for number, done in enumerate(ends)]
    if count % 32:
        reporter.looked.append((count, len(ends) + 9.0))
    assert reporter.forward == measured


@pytest.mark.parametrize(("patience", "words"), [(1, "for 1 epoch;"), (2, "for 2 epochs;")])
def test_the_end_of_a_run_that_waited_names_the_epochs(patience: int, words: str) -> None:
    from cnnlab.training.loop import StateTracker

    tracker = StateTracker(replace(Spec(), patience=patience, head_epochs=0))
    for epoch in range(1 + patience):
        tracker.state = replace(tracker.state, epoch=epoch + 1)
        tracker._compare({"val_loss": 1.0 + epoch, "val_accuracy": 0.5})
    assert words in tracker.state.ended
