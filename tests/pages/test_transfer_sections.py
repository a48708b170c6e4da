"""The ledger before a run and the trial after it, without TensorFlow: a stand-in answers."""

import base64
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import runs_on_disk
from apptest import html, text
from image_archives import zipped
from PIL import Image
from streamlit.testing.v1 import AppTest

from cnnlab import data
from cnnlab.augment import Pipeline, step
from cnnlab.data import uploaded
from cnnlab.data.bundled import TREATMENTS
from cnnlab.data.photographs import coloured
from cnnlab.inference import (
    CountRequest,
    Counts,
    FeatureMap,
    LayerMaps,
    Pace,
    PaceRequest,
    Prediction,
    PredictRequest,
    Request,
    StageCounts,
)
from cnnlab.inference.jobs import LANE
from cnnlab.training import Spec
from cnnlab.training.evaluation import SHOWN
from cnnlab.training.run_folder import REPORT, Run
from cnnlab.ui.transfer import try_model
from cnnlab.workers import Job, State

STAGES = (StageCounts("input", "relu1", 24, 5_232, 5_040), StageCounts("conv2", "relu2", 12, 14_720, 14_336))
COUNTS = Counts(STAGES, (0, 14_336, 19_376), 1_032, 20_984, 0)
CLASSES = tuple(data.load("textures").classes)


class StandIn:
    """Answers at once, and remembers the orders."""

    def __init__(self) -> None:
        self.orders: list[Request] = []
        self.slow = False
        self.fails = ""
        self.counts = COUNTS
        self.shares = {way: np.eye(8)[place] for place, way in enumerate(try_model.WAYS)}

    def submit(self, who: str, job: Job[Any]) -> None:
        self.fails = ""

    def ask(self, who: str, job: Job[Any], patience: float = 0.0) -> State[Any]:
        if job.key == (LANE.name, "warm"):
            return State("running" if self.slow else "failed")
        (request,) = job.run.args
        self.orders.append(request)
        if self.fails:
            return State("failed", self.fails)
        if self.slow:
            return State("waiting", LANE.place(3))
        return State("done", result=self.answer(request))

    def answer(self, request: Request) -> Any:
        if isinstance(request, CountRequest):
            return self.counts
        if isinstance(request, PaceRequest):
            return Pace(0.1, 0.01, 0.5, True, 2.0)
        layer = LayerMaps("relu1", 2, 16, (FeatureMap.of(4, np.array([[0.0, 1.0], [2.0, 3.0]])),))
        seen = base64.b64encode(bytes(2 * 2 * 3)).decode()
        return Prediction(*(tuple(map(float, self.shares[way])) for way in try_model.WAYS), 2, seen, (layer,))


@pytest.fixture(autouse=True)
def stand_in(monkeypatch: pytest.MonkeyPatch) -> StandIn:
    made = StandIn()
    monkeypatch.setattr("cnnlab.ui.queue.queue", lambda: made)
    return made


def ledger(spec: Spec, classes: int = 8) -> AppTest:
    def page(spec, classes):
        from cnnlab.ui.transfer import ledger

        ledger.draw(spec, classes)

    return AppTest.from_function(page, args=(spec, classes), default_timeout=30).run()


def tried(run: Run) -> AppTest:
    def page(run):
        from cnnlab.ui.transfer import try_model

        try_model.draw(run, "t")

    return AppTest.from_function(page, args=(run,), default_timeout=30).run()


@pytest.fixture
def run(tmp_path: Path) -> Run:
    made = runs_on_disk.made(within=tmp_path, classes=CLASSES)
    report = json.loads((made.folder / REPORT).read_text())
    report["wrong"] = report["wrong"][:2]
    made.put(REPORT, json.dumps(report).encode())
    return made


def png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def widget(at: AppTest, run: Run, name: str) -> Any:
    """The widget of that key's last part."""
    key = f"t.{run.name}.{name}"
    return next(each for each in (*at.slider, *at.selectbox, *at.number_input) if each.key == key)


def test_the_ledger_counts_trained_parameters_at_every_depth() -> None:
    at = ledger(Spec(unfreeze=1))
    shown = text(at)
    assert "First the head alone, 1,032 parameters" in shown
    assert "then the head and the last of 2 stages, 15,368 of 20,984. The other 5,616 stay frozen." in shown
    for row in ("unfreeze 0: 1,032 train", "unfreeze 1: 15,368 train", "unfreeze 2: 20,408 train"):
        assert row in shown
    assert 'aria-label="5,232 frozen"' in html(at)
    assert 'aria-label="14,336 train, 384 frozen"' in html(at)
    assert html(at).count('class="chosen"') == 1
    assert "Batch norms stay frozen" in shown
    assert 'aria-label="5,040 train, 192 frozen"' in html(ledger(Spec(unfreeze=100)))
    alone = text(ledger(Spec(tuning_epochs=0)))
    assert "Only the head is trained: 1,032 of 20,984 parameters. The other 19,952 stay frozen." in alone


def test_a_training_from_scratch_trains_everything(stand_in: StandIn) -> None:
    stand_in.counts = replace(COUNTS, scratch=20_700)
    shown = text(ledger(Spec.from_scratch()))
    assert "From scratch, all weights are trained: 20,700 parameters. The other 284 are running statistics" in shown
    assert "training from scratch, 30 epochs" in shown
    assert "unfreeze" not in shown
    assert "Batch norms stay frozen" not in shown


def test_times_follow_from_the_steps_of_an_epoch() -> None:
    """200 images, 40 of them aside: 10 steps of 16, and 3 batches to look at."""
    shown = text(ledger(Spec()))
    assert "0.1 s (without kept features 1.4 s)" in shown  # 10 × 0.01, and 13 × 0.1 on top
    assert "fine-tuning, 10 epochs" in shown
    assert "5.3 s" in shown  # 10 × 0.5 + 3 × 0.1
    assert "About 58 s in total, estimated for 200 images" in shown  # 1.3 + 20 × 0.1 + 10 × 5.3 + 2
    turned = text(ledger(Spec(augmentation=Pipeline.of(step("mirror")))))
    assert "Features are not kept: the augmentation" in turned
    assert "without kept features" not in turned
    assert "estimated for 1,000 images, as an example" in text(ledger(Spec(per_class=0)))


def test_loading_and_failures_show_a_sentence(stand_in: StandIn, run: Run) -> None:
    stand_in.slow = True
    assert "Counting… Loading TensorFlow, about five seconds. 3 other questions come first." in text(ledger(Spec()))
    assert "Loading TensorFlow, about five seconds… 3 other questions come first." in text(tried(run))
    stand_in.slow, stand_in.fails = False, "The process that tries networks was killed (signal 9)."
    for at in (ledger(Spec()), tried(run)):
        assert "was killed" in at.warning[0].value
        at.button[-1].click().run()
        assert not at.warning
        stand_in.fails = "Again."
    assert not at.exception


def test_the_sliders_set_the_crop_and_the_sentence_says_what_it_changed(stand_in: StandIn, run: Run) -> None:
    at = tried(run)
    assert [each.proto.default[0] for each in at.slider] == [each.value for each in at.slider] == [70, 50, 50]
    request = stand_in.orders[-1]
    assert isinstance(request, PredictRequest)
    report = run.report()
    assert report
    index, label = report["wrong"][0]["index"], report["wrong"][0]["label"]
    test = data.load("textures").test
    np.testing.assert_array_equal(request.image.pixels, test.images[index])
    assert (request.box, request.treated) == ((7, 7, 34), "")
    widget(at, run, "size").set_value(50)
    widget(at, run, "to the right").set_value(100)
    widget(at, run, "down").set_value(0).run()
    assert stand_in.orders[-1].box == (0, 24, 24)
    assert "the copy in the report" not in text(at)
    assert "left:50.00%;width:50.00%;height:50.00%" in html(at)
    true, other = label, (label + 1) % 8
    for crop, whole, sentence in (
        (true, other, "The crop is right:"), (other, true, "The crop is wrong:"),
        (true, true, "both predictions are right."), (other, other, "both predictions are wrong:"),
    ):  # fmt: skip
        stand_in.shares = {"this crop": np.eye(8)[crop], "whole image": np.eye(8)[whole], "ten crops": np.eye(8)[2]}
        at.run()
        assert sentence in text(at)
        assert f"The average of ten crops is “{CLASSES[2]}” (100 %)." in text(at)
        assert html(at).count("the true class") == 1


def test_test_images_photographs_and_own_images_can_be_tried(stand_in: StandIn, run: Run) -> None:
    at = tried(run)
    widget(at, run, "image").set_value("test").run()
    widget(at, run, "number").set_value(450).run()
    np.testing.assert_array_equal(stand_in.orders[-1].image.pixels, data.load("textures").test.images[449])
    widget(at, run, "image").set_value("coins").run()
    assert stand_in.orders[-1].treated == "textures"
    np.testing.assert_array_equal(stand_in.orders[-1].image.pixels, coloured("coins"))
    assert TREATMENTS["textures"].about in text(at)
    assert "always predicts one of them" in text(at)
    assert "the true class" not in html(at)
    before = len(stand_in.orders)
    widget(at, run, "image").set_value("own").run()
    assert "Choose an image" in at.caption[-1].value
    assert len(stand_in.orders) == before
    mine = np.random.default_rng(1).integers(0, 256, (40, 90, 3), dtype=np.uint8)
    at.file_uploader[0].set_value(("mine.png", png(mine), "image/png")).run()
    np.testing.assert_array_equal(stand_in.orders[-1].image.pixels, mine)
    assert stand_in.orders[-1].box == (6, 31, 28)
    assert "stretched to a square" in text(at)
    at.file_uploader[0].set_value(("mine.png", b"nonsense", "image/png")).run()
    assert "was not opened" in at.warning[0].value
    assert not at.exception


def test_image_and_crop_outlive_the_section_and_are_the_same_for_each_run(stand_in: StandIn, run: Run) -> None:
    def page(several):
        import streamlit as st

        from cnnlab.ui.transfer import try_model

        for each in several:
            if each.name == st.session_state.get("open"):
                try_model.draw(each, "t")

    def shown(one: Run | None) -> AppTest:
        at.session_state["open"] = one.name if one else ""
        at.run()
        assert not at.exception
        return at

    other = runs_on_disk.made(within=run.folder.parent, classes=CLASSES)
    at = AppTest.from_function(page, args=((run, other),), default_timeout=30).run()
    widget(shown(run), run, "image").set_value("wrong:1").run()
    assert widget(shown(other), other, "image").value == "wrong:0", "it is wrong in its own way"
    assert widget(shown(run), run, "image").value == "wrong:1"
    widget(at, run, "image").set_value("own").run()
    mine = np.random.default_rng(1).integers(0, 256, (40, 90, 3), dtype=np.uint8)
    at.file_uploader[0].set_value(("mine.png", png(mine), "image/png")).run()
    widget(at, run, "size").set_value(50).run()
    request = stand_in.orders[-1]
    assert isinstance(request, PredictRequest)
    shown(None)
    for each in (run, other):
        shown(each)
        assert widget(at, each, "image").value == "own"
        assert [slider.value for slider in at.slider] == [slider.proto.default[0] for slider in at.slider]
        again = stand_in.orders[-1]
        assert isinstance(again, PredictRequest)
        assert again.box == request.box == (10, 35, 20)
        np.testing.assert_array_equal(again.image.pixels, mine)


def test_feature_maps_are_drawn_when_unfolded(stand_in: StandIn, run: Run) -> None:
    at = tried(run)
    assert "channel 5" not in html(at)
    at.session_state[f"t.{run.name}.layers"] = True
    at.run()
    assert "relu1, channel 5, at most 3" in html(at)


def test_a_damaged_run_shows_a_sentence(run: Run) -> None:
    (run.folder / "model.keras").unlink()
    assert "model of this run is missing" in tried(run).info[0].value
    run.put(REPORT, b'{"text": 5}')
    assert "no readable report" in tried(run).info[0].value


def test_a_deleted_data_set_leaves_the_reports_own_images(stand_in: StandIn, tmp_path: Path) -> None:
    spec = Spec(data="upload:0123456789abcdef")
    run = runs_on_disk.made(spec, within=tmp_path, classes=CLASSES)
    at = tried(run)
    assert not at.exception
    assert stand_in.orders[-1].image.pixels.shape == (48, 48, 3)
    assert f"the copy in the report, with sides of at most {SHOWN} pixels" in text(at)
    assert "a test image, by number" not in widget(at, run, "image").options


def test_test_images_of_an_upload_are_the_files_themselves(stand_in: StandIn, tmp_path: Path) -> None:
    """Numbered as the report numbers them, and as large as they were uploaded: there is more to crop."""
    colours = np.random.default_rng(3).integers(0, 256, (40, 3))
    images = {
        f"mine/{CLASSES[n % 2]}/{n:02}.png": png(np.full((120, 160, 3), colour, np.uint8))
        for n, colour in enumerate(colours)
    }
    reference = f"upload:{uploaded.put(io.BytesIO(zipped(images)), 'mine')}"
    test = data.dataset(reference, 48, 3, seed=5).test
    run = runs_on_disk.made(Spec(data=reference), within=tmp_path, classes=tuple(sorted(CLASSES[:2])))
    at = tried(run)
    widget(at, run, "image").set_value("test").run()
    assert widget(at, run, "number").max == len(test) == 8
    for index in range(8):
        widget(at, run, "number").set_value(index + 1).run()
        request = stand_in.orders[-1]
        assert isinstance(request, PredictRequest)
        assert request.image.pixels.shape == (120, 160, 3)
        np.testing.assert_array_equal(request.image.pixels[0, 0], test.images[index][0, 0])
        assert request.treated == ""
        assert not at.exception
