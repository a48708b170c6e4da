"""Augment: the very images, colours and labels that it orders to be drawn, and what it tells of them."""

import json
import re
from collections.abc import Iterator

import apptest
import numpy as np
import pytest
from apptest import html, text
from numpy.typing import NDArray
from streamlit.testing.v1 import AppTest

from cnnlab import data
from cnnlab.augment import KINDS, Pipeline, step
from cnnlab.augmenting import Augmented, Request
from cnnlab.augmenting.jobs import LANE
from cnnlab.data.photographs import PHOTOGRAPHS, coloured
from cnnlab.ui.augment import image_source
from cnnlab.workers import Job, State

PAGE = "augment"
Pixels = NDArray[np.uint8]


class StandIn:
    """Answers at once, and remembers the orders."""

    def __init__(self) -> None:
        self.requests: list[Request] = []

    def ask(self, _: str, job: Job[Augmented], patience: float = 0.0) -> State[Augmented]:
        if job.key == (LANE.name, "warm"):
            return State("failed")
        (request,) = job.run.args
        self.requests.append(request)
        labels = tuple(tuple(np.eye(request.classes)[each]) for each in request.labels)
        count = 1 + len(request.pipeline.per_image) if request.view == "steps" else len(labels) or request.count
        return State("done", result=Augmented(("data:image/png;base64,AAAA",) * count, 8, labels, request.count))


@pytest.fixture(autouse=True)
def requests(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Request]]:
    stand_in = StandIn()
    monkeypatch.setattr("cnnlab.ui.queue.queue", lambda: stand_in)
    yield stand_in.requests
    image_source.album.clear()


def opened(**params: str) -> AppTest:
    return apptest.opened(PAGE, **params)


def noise(*shape: int, seed: int = 0) -> Pixels:
    return np.random.default_rng(seed).integers(0, 256, (*shape, 3), dtype=np.uint8)


def of_class(name: str, label: str) -> Pixels:
    split = data.load(name).train
    found: Pixels = split.images[split.labels == data.load(name).classes.index(label)]
    return found


def most_usual(digit: int) -> Pixels:
    """The digit that is nearest to the mean of its class."""
    images = of_class("digits", str(digit)).astype(float)
    distances = [np.linalg.norm(each - images.mean(axis=0)) for each in images]
    return of_class("digits", str(digit))[np.argsort(distances)[0]]


def test_covariance_is_computed_from_all_images_of_the_set() -> None:
    mine = noise(30, 50) // np.array([1, 2, 5], np.uint8)
    among = {
        "cat": np.stack([image_source.square(coloured(each), 64) for each in PHOTOGRAPHS]),
        "digits:6": data.load("digits").train.images,
        f"own:{image_source.album().put(mine)}": mine,
    }
    for name, pixels in among.items():
        picked = image_source.load_image(name, 1)
        assert picked
        wanted = np.cov(pixels.reshape(-1, 3).T / 255)
        np.testing.assert_allclose(picked.covariance, wanted, rtol=1e-3, atol=1e-6, err_msg=name)


def test_the_number_chooses_the_first_image(requests: list[Request]) -> None:
    at = opened(image="digits:6", number="3", size="28", steps="pca_colour")
    third = image_source.square(of_class("digits", "6")[2], 28)
    picked = image_source.load_image("digits:6", 3)
    assert picked
    np.testing.assert_array_equal(requests[-1].images.pixels, third[None])
    assert 'alt="6, number 3, draw 1"' in html(at)
    assert 'class="cnnlab-draws exact"' in html(at)
    at.segmented_control(key="augment.view").set_value("batch").run()
    np.testing.assert_array_equal(requests[-1].images.pixels[0], third)
    assert 'class="cnnlab-draws batch exact"' in html(at)
    at.segmented_control(key="augment.view").set_value("steps").run()
    assert 'class="cnnlab-draws stages exact"' in html(at)
    assert {request.covariance for request in requests} == {picked.covariance}
    at.selectbox(key="augment.size").set_value(224).run()
    assert 'class="cnnlab-draws stages"' in html(at)


def test_a_batch_has_the_chosen_image_first_and_each_its_own_label() -> None:
    mine = noise(20, 20)
    own = f"own:{image_source.album().put(mine)}"
    grass = of_class("textures", "grass")
    for name, chosen in ((own, mine), ("coffee", coloured("coffee")), ("textures:grass", grass[4])):
        pixels, labels, classes = image_source.batch(name, 5)
        np.testing.assert_array_equal(pixels[0], chosen)
        assert len(pixels) == len(labels) > 5
        for each, label in zip(pixels, labels, strict=True):
            title = classes[label]
            if name == "textures:grass":
                among = of_class("textures", title)
            else:
                among = (mine if title == "yours" else coloured(title))[None]
            assert (among == each).all(axis=(1, 2, 3)).any(), title


def test_the_pipeline_gets_the_middle_of_an_image() -> None:
    for wide, middle in ((noise(10, 30), np.s_[:, 10:20]), (noise(31, 9), np.s_[11:20])):
        side = min(wide.shape[:2])
        np.testing.assert_array_equal(image_source.square(wide, side), wide[middle])


def test_the_album_keeps_images_used_last() -> None:
    album = image_source.Album()
    every = [noise(2, 2, seed=number) for number in range(image_source.KEPT + 2)]
    names = [album.put(each) for each in every[: image_source.KEPT]]
    album.get(names[0])
    album.put(every[1])
    names += [album.put(each) for each in every[image_source.KEPT :]]
    assert [album.get(name) is None for name in names[:5]] == [False, False, True, True, False]


def test_examples_are_usual_digits_at_their_own_settings(requests: list[Request]) -> None:
    at = opened(steps="rotation;mixup")
    at.session_state["augment.labels"] = True
    at.run()
    turned, mixed = requests[-2:]
    for request, kind in ((turned, KINDS["rotation"]), (mixed, KINDS["mixup"])):
        example = kind.example
        assert request.pipeline == Pipeline.of(step(kind.name, **example.knobs), seed=example.seed)
        assert f"A {example.digit}: {example.caption}." in text(at)
    wanted = [image_source.square(most_usual(digit), mixed.images.shape[1]) for digit in mixed.labels]
    np.testing.assert_array_equal(mixed.images.pixels, wanted)
    assert mixed.labels[0] == KINDS["mixup"].example.digit
    assert len(set(mixed.labels)) == len(mixed.labels)
    np.testing.assert_array_equal(turned.images.pixels[0], image_source.square(most_usual(6), turned.images.shape[1]))
    for alt in ("a 6, the original", "a 6 after Rotation, draw 1", "image 1 of the batch: “3”"):
        assert f'alt="{alt}"' in html(at)


def test_steps_that_cannot_move_have_no_button_for_it() -> None:
    at = opened(steps="mirror;noise;mixup")
    heads = [json.loads(each.proto.json).get("html", "") for each in at.get("bidi_component")]
    off = [re.findall(r'data-act="(\w+)"[^>]* disabled>', head) for head in heads if "cnnlab-step-head" in head]
    assert off == [["up"], ["down"], ["up", "down"]]
