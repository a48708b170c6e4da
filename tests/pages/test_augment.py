"""Augment without a browser and without TensorFlow: its state, links, presets, uploads; a stand-in draws."""

import io
import json
import re
from collections.abc import Iterator
from html import escape

import apptest
import numpy as np
import pytest
from apptest import html, said, text
from golden import Golden
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from profiles import first_with_each_push
from streamlit.testing.v1 import AppTest
from transcript import transcript

from cnnlab import data
from cnnlab.augment import KINDS, MOST_STEPS, PRESETS, Pipeline, step
from cnnlab.augmenting import Augmented, Request
from cnnlab.augmenting.jobs import LANE
from cnnlab.ui.augment import image_source, page_state, steps
from cnnlab.workers import Job, State

PAGE = "augment"
PIXEL = "data:image/png;base64,AAAA"


class StandIn:
    """Answers at once with as many images as are asked for, and remembers the orders."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.readers: list[str] = []
        self.fails = self.slow = False

    def submit(self, who: str, job: Job[Augmented]) -> None:
        self.fails = False

    def ask(self, who: str, job: Job[Augmented], patience: float = 0.0) -> State[Augmented]:
        if job.key == (LANE.name, "warm"):
            return State("running" if self.slow else "failed")
        (request,) = job.run.args
        self.requests.append(request)
        self.readers.append(who)
        if self.fails:
            return State("failed", "The process that draws was killed.")
        if self.slow:
            return State("waiting", LANE.place(3))
        return State("done", result=self.draw(request))

    def draw(self, request: Request) -> Augmented:
        if request.view == "batch":
            shares = (
                np.eye(request.classes)[list(request.labels)] * 0.75
                + np.eye(request.classes)[request.labels[-1]] * 0.25
            )
            return Augmented((PIXEL,) * request.images.shape[0], 8, tuple(map(tuple, shares.tolist())), request.count)
        count = 1 + len(request.pipeline.per_image) if request.view == "steps" else request.count
        return Augmented((PIXEL,) * count, 8, different=2)


@pytest.fixture(autouse=True)
def drawing(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    stand_in = StandIn()
    monkeypatch.setattr("cnnlab.ui.queue.queue", lambda: stand_in)
    yield stand_in
    image_source.album.clear()


def opened(**params: str) -> AppTest:
    return apptest.opened(PAGE, **params)


def field(at: AppTest, label: str) -> object:
    return next(each for each in (*at.slider, *at.segmented_control) if each.label == label)


def upload(at: AppTest, name: str, data: bytes, of: str) -> AppTest:
    next(each for each in at.file_uploader if of in each.label).set_value((name, data, "image/png")).run()
    return at


def png(side: int = 60) -> bytes:
    made = io.BytesIO()
    Image.effect_noise((side, side + 20), 80).save(made, "PNG")
    return made.getvalue()


def test_the_page_opens_on_the_courses_set(drawing: StandIn) -> None:
    at = opened()
    assert not at.exception
    assert said(at) == []
    assert html(at).count("<img") == 13
    assert dict(at.query_params) == {}
    assert drawing.requests[-1].pipeline == PRESETS["course"].pipeline
    assert drawing.requests[-1].images.shape[1] == 224


@pytest.mark.parametrize("name", PRESETS)
def test_presets_set_their_steps(name: str, drawing: StandIn, golden: Golden) -> None:
    at = opened(seed="5")
    at.selectbox(key=steps.START).set_value(name).run()
    assert not at.exception
    wanted = PRESETS[name].pipeline
    assert drawing.requests[-1].pipeline.steps == wanted.steps
    assert drawing.requests[-1].pipeline.seed == 5
    golden.check(f"pages/augment-{name}", transcript(at))
    again = opened(**dict(at.query_params))
    assert drawing.requests[-1].pipeline.steps == wanted.steps
    assert html(again) == html(at)


def test_alexnets_images_arrive_larger(drawing: StandIn) -> None:
    at = opened(steps=PRESETS["alexnet"].pipeline.to_text())
    assert drawing.requests[-1].images.shape[1] == 256
    assert "Images have 256×256 pixels; after the crop the network sees 224×224." in text(at)


@pytest.mark.parametrize("name", first_with_each_push("rotation", *KINDS))
def test_every_kind_can_be_added_and_set(name: str, drawing: StandIn) -> None:
    kind = KINDS[name]
    at = opened(steps="none")
    at.selectbox(key=steps.ADD).set_value(name).run()
    assert not at.exception
    assert escape(kind.description) in json.loads(at.get("bidi_component")[0].proto.json)["html"]
    for knob in kind.knobs.values():
        value = knob.limits.high if knob.limits else knob.choices[-1]
        field(at, knob.label).set_value(knob.type(value)).run()  # type: ignore[attr-defined]
        assert drawing.requests[-1].pipeline.steps[0].values[knob.name] == value


def test_settings_stay_when_a_step_is_added(drawing: StandIn) -> None:
    at = opened(steps="rotation")
    at.slider[0].set_value(40.0).run()
    at.selectbox(key=steps.ADD).set_value("mixup").run()
    at.selectbox(key=steps.ADD).set_value("mirror").run()
    assert at.query_params["steps"] == "rotation:degrees=40.0;mirror;mixup"
    assert at.query_params["view"] == "batch"
    assert at.slider[0].value == 40.0


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["up", "down", "switch", "delete", "nonsense"]))))
def test_presses_keep_every_steps_settings(presses: list[tuple[int, str]]) -> None:
    kinds = ("mirror", "rotation", "noise", "mixup", "cutmix")
    now = tuple((number, step(kind)) for number, kind in enumerate(kinds))
    for number, word in presses:
        before, now = now, page_state.after(now, number, word)
        Pipeline.of(*(each for _, each in now))  # in an order that works
        known = dict(before)
        for other, each in now:
            flipped = (other, word) == (number, "switch")
            assert each == (step(each.name, not known[other].on) if flipped else known[other])
        assert len(before) - len(now) == (word == "delete" and number in known)


def test_crops_that_leave_too_little_are_named() -> None:
    at = opened(size="28", steps=";".join(["random_crop:share=0.3"] * 4))
    assert "The crop leaves only 5×5 of 640×640 pixels" in text(at)


def test_a_pipeline_that_mixes_opens_on_a_batch_and_others_on_draws(drawing: StandIn) -> None:
    at = opened()
    for name, view in (("batches", "batch"), ("course", "draws")):
        at.selectbox(key=steps.START).set_value(name).run()
        assert drawing.requests[-1].view == view
    at = opened(steps="mirror;mixup")
    assert "MixUp is visible in “A batch” only." in text(at)


def test_a_pipeline_that_takes_too_long_is_not_drawn(drawing: StandIn) -> None:
    at = opened(steps="rand_augment:operations=4;" * 6)
    assert "RandAugment would take about" in said(at)[0]
    assert not drawing.requests
    at = opened(steps="warping")
    assert said(at) == []


def test_only_the_view_that_is_shown_is_drawn(drawing: StandIn) -> None:
    at = opened()
    for view in ("steps", "batch"):
        at.segmented_control(key="augment.view").set_value(view).run()
    assert len(set(drawing.readers)) == 1


def test_classes_are_those_of_the_data_sets() -> None:
    for name, classes in image_source.CLASSES.items():
        assert data.load(name).classes == classes
    assert image_source.load_image("digits:6", 999).title == f"6, number {image_source.count('digits:6')}"


def test_no_more_steps_than_fit(drawing: StandIn) -> None:
    at = opened(steps=";".join(["mirror"] * MOST_STEPS))
    assert at.selectbox(key=steps.ADD).options == []
    assert not at.exception


@pytest.mark.parametrize(
    ("params", "problem"),
    [
        ({"steps": "mirorr"}, "There is no augmentation 'mirorr'"),
        (
            {"steps": "rotation:degrees=999"},
            "not 999.0. The steps of “Small changes” are shown instead.",
        ),
        ({"steps": "rotation:degrees=999"}, "otation: degrees must be a number from 0 to 180"),
        ({"steps": "rotation:angle=9"}, "Rotation has no knob 'angle'; its knobs are degrees, fill"),
        ({"steps": "mixup;mirror"}, "MixUp and CutMix must be last"),
        ({"steps": ";".join(["mirror"] * 99)}, "at most 12 steps"),
        ({"seed": "-1"}, "Seed must be a whole number"),
        ({"seed": "9" * 30}, "Seed must be a whole number"),
        ({"size": "100"}, "Size must be one of 28, 32"),
        ({"view": "film"}, "View must be one of draws, steps, batch"),
        ({"image": "../../etc"}, "There is no image"),
        ({"image": "digits:11"}, "There is no image"),
        ({"number": "0", "image": "digits:3"}, "Number must be a whole number"),
        ({"x": "1"}, "This page has no setting 'x', so it is ignored."),
    ],
)
def test_bad_links_show_a_sentence(params: dict[str, str], problem: str) -> None:
    at = opened(**params)
    assert not at.exception
    assert any(problem in sentence for sentence in said(at)), said(at)
    assert html(at).count("<img") == 13


def test_another_seed_and_back(drawing: StandIn) -> None:
    at = opened()
    at.button(key="augment.reroll").click().run()
    at.button(key="augment.reroll").click().run()
    assert at.query_params["seed"] == "2"
    assert drawing.requests[-1].pipeline.seed == 2


def test_views_and_data_sets(drawing: StandIn) -> None:
    at = opened(image="digits:6", number="3", size="32", view="steps", steps="rotation;!mirror;noise")
    captions = re.findall("<figcaption>(.*?)</figcaption>", html(at))
    assert captions == ["the original", "Rotation: no change in this draw", "Gaussian noise: no change in this draw"]
    at.segmented_control(key="augment.view").set_value("batch").run()
    assert "75 % “6” + 25 %" in text(at)
    assert drawing.requests[-1].labels[0] == 6
    assert drawing.requests[-1].classes == 10
    assert not at.exception


def test_an_own_image_outlives_a_reload(drawing: StandIn) -> None:
    at = opened(image="own")
    upload(at, "cat.png", png(), "image")
    assert not at.exception
    link = dict(at.query_params)
    assert link["image"].startswith("own:")
    mine = drawing.requests[-1].images
    upload(at, "broken.png", png()[:100], "image")
    assert said(at)[0].startswith("“broken.png” was not opened: this PNG image is damaged")
    assert drawing.requests[-1].images == mine
    opened(**link)
    assert drawing.requests[-1].images == mine
    image_source.album.clear()
    at = opened(**link)
    assert "no longer on this server" in at.info[0].value
    assert not at.exception


def test_the_album_forgets_the_oldest() -> None:
    album = image_source.Album()
    names = [album.put(np.full((2, 2, 3), shade, np.uint8)) for shade in range(image_source.KEPT + 5)]
    assert len(set(names)) == len(names)
    assert [album.get(name) is None for name in names] == [True] * 5 + [False] * image_source.KEPT


def test_an_image_of_one_pixel(drawing: StandIn) -> None:
    made = io.BytesIO()
    Image.new("RGB", (1, 1), "red").save(made, "PNG")
    at = upload(opened(image="own", steps="pca_colour"), "dot.png", made.getvalue(), "image")
    assert not at.exception
    assert drawing.requests[-1].covariance == ((0.0,) * 3,) * 3


def test_labels_and_code_are_made_when_they_are_opened(drawing: StandIn) -> None:
    at = opened(steps="mirror;rotation;cutmix")
    assert len(drawing.requests) == 1
    assert not at.code
    at.session_state["augment.labels"] = True
    at.session_state["augment.code"] = True
    at.run()
    assert not at.exception
    for kind in ("mirror", "rotation", "cutmix"):
        assert KINDS[kind].note in text(at)
    assert "image_dataset_from_directory" in at.code[0].value
    assert "RandomRotation" in at.code[0].value


@pytest.mark.parametrize(
    ("steps", "alone", "mixed"), [("mirror", True, False), ("mixup", False, True), ("mirror;cutmix", True, True)]
)
def test_the_code_says_which_images_are_changed_alone(steps: str, alone: bool, mixed: bool, drawing: StandIn) -> None:
    at = opened(steps=steps)
    at.session_state["augment.code"] = True
    at.run()
    assert ("Each image is changed alone, before batches are made." in text(at)) == alone
    assert ("The images of a batch are mixed with each other." in text(at)) == mixed


def test_a_pipeline_file(drawing: StandIn) -> None:
    at = opened(steps="mirror")
    at.session_state["augment.code"] = True
    at.run()
    wanted = Pipeline.of(step("hue", amount=0.3), seed=9)
    upload(at, "p.json", wanted.to_json().encode(), "pipeline")
    assert drawing.requests[-1].pipeline == wanted
    upload(at, "p.json", json.dumps(wanted.document() | {"version": 7}).encode(), "pipeline")
    assert "this pipeline has version 7" in said(at)[0]
    assert drawing.requests[-1].pipeline == wanted


def test_progress_and_failure_of_drawing_are_shown(drawing: StandIn) -> None:
    drawing.slow = True
    at = opened(steps="mirorr")
    assert html(at).count('class="empty"') == 12
    assert "drawing… 3 other requests come first" in html(at)
    assert "Loading TensorFlow" in at.caption[0].value
    assert "There is no augmentation 'mirorr'" in said(at)[0]
    drawing.slow = False
    at.run()
    assert html(at).count("<img") == 13
    assert "There is no augmentation 'mirorr'" in said(at)[0], "told until something is changed"
    at.button(key="augment.reroll").click().run()
    assert said(at) == []
    drawing.slow, drawing.fails = False, True
    at = opened()
    assert "The process that draws was killed." in said(at)[0]
    at.button(key="augment.images.again").click().run()
    assert html(at).count("<img") == 13


def test_no_image_is_changed_alone_where_the_steps_only_mix(drawing: StandIn) -> None:
    for mixing, words in (
        ("mixup", "A training batch: images are mixed in pairs, and so are their labels."),
        ("cutmix", "A training batch: images are mixed in pairs, and so are their labels."),
        ("mirror;mixup", "A training batch: each image is changed alone, then mixed with others."),
        ("mirror", "A training batch: each image with its label."),
        ("!mirror;mixup", "A training batch: images are mixed in pairs, and so are their labels."),
    ):
        assert words in text(opened(steps=mixing, view="batch"))
