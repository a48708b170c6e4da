"""Bench "Edges" without a browser: its first numbers, every choice, uploads, links, and learning."""

import io

import apptest
import numpy as np
import pytest
from apptest import said, text
from PIL import Image
from profiles import first_with_each_push
from streamlit.testing.v1 import AppTest

from cnnlab.convolution import kernels
from cnnlab.convolution.kernels import KERNELS
from cnnlab.convolution.sample_images import DRAWN
from cnnlab.data.photographs import PHOTOGRAPHS, photograph
from cnnlab.ui.convolution import bench_state, edges
from cnnlab.ui.convolution.benches import CHOSEN
from cnnlab.ui.convolution.image_source import OWN, OWN_IMAGE
from cnnlab.ui.convolution.presets import OWN as OWN_NUMBERS
from cnnlab.ui.widgets.image_input import camera_allowed

PAGE = "convolution"


def opened(**params: str) -> AppTest:
    """The bench as a link opens it."""
    return apptest.opened(PAGE, bench="edges", **params)


def choose(at: AppTest, field: str, value: str) -> AppTest:
    at.segmented_control(key=bench_state.key("edges", field)).set_value(value).run()
    return at


def upload(at: AppTest, data: bytes, name: str = "cat.png") -> AppTest:
    at.file_uploader[0].set_value((name, data, "image/png")).run()
    return at


def png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def test_the_bench_opens_on_the_courses_numbers() -> None:
    at = opened()
    assert not at.exception
    assert said(at) == []
    assert "A row of the output is 0 30 30 0." in text(at)
    assert "No output is negative. Where the output is not 0: bright to dark from left to right." in text(at)
    assert dict(at.query_params) == {"bench": "edges"}


def test_the_mirror_answers_with_the_other_sign() -> None:
    at = choose(opened(), "image", "dark to bright")
    assert "A row of the output is 0 −30 −30 0." in text(at)
    assert "No output is positive. Where the output is not 0: dark to bright from left to right." in text(at)
    assert dict(at.query_params) == {"bench": "edges", "image": "dark to bright"}


@pytest.mark.parametrize("name", first_with_each_push(OWN_NUMBERS, *KERNELS))
def test_every_kernel(name: str) -> None:
    for image in ("diagonal", "cat"):
        at = opened(image=image, filter=name, learn="true")
        assert not at.exception
        assert said(at) == []
        if "blur" in name or name == "sharpen":
            assert f"It is {'smoother' if 'blur' in name else 'sharper'}" in text(at)
        if image == "cat":
            size = len(KERNELS.get(name, "abc")) ** 2
            assert f"steps of gradient descent find all {size} numbers" in text(at)


@pytest.mark.parametrize("name", [*first_with_each_push(*DRAWN), *first_with_each_push(*PHOTOGRAPHS)])
def test_every_image(name: str) -> None:
    at = opened(image=name)
    assert not at.exception
    assert said(at) == []
    captions = [one.value for one in at.caption]
    if name in DRAWN:
        assert f"{name}: 6×6 numbers" in captions
        assert len(at.get("bidi_component")) >= 2
    else:
        height, width = photograph(name).shape
        assert f"{name}: {width}×{height} pixels, in grey" in captions
        assert len(at.get("image")) == 2
        strongest = kernels.summarize(kernels.respond(photograph(name), KERNELS["vertical"])).strongest
        assert f"The strongest is {f'{strongest:g}'.replace('-', '−')}, in column" in text(at)


def test_a_drawn_image_does_not_determine_the_kernel() -> None:
    at = opened(learn="true")
    assert "only 3 independent equations for 9 numbers" in text(at)


def test_the_readers_numbers_are_in_the_link() -> None:
    at = opened(filter=OWN_NUMBERS, kernel="-1_0_1.-1_0_1.-1_0_1", image="bright to dark")
    assert "A row of the output is 0 −30 −30 0." in text(at)
    assert at.query_params["kernel"] == "-1_0_1.-1_0_1.-1_0_1"
    choose(at, "filter", "Sobel")
    assert "0 40 40 0" in text(at)
    assert "kernel" not in at.query_params
    choose(at, "filter", OWN_NUMBERS)  # begins with the numbers that were there
    assert "0 40 40 0" in text(at)
    assert at.query_params["kernel"] == "1_0_-1.2_0_-2.1_0_-1"


def test_a_kernel_beside_a_named_filter_is_left_out_with_a_warning() -> None:
    at = opened(filter="Sobel", kernel="9_9.9_9")
    assert said(at) == [
        "The kernel's numbers in the address were left out, since its filter is Sobel and not “own numbers”."
    ]
    assert "0 40 40 0" in text(at)
    at.run()
    assert said(at) == []
    choose(choose(at, "filter", OWN_NUMBERS), "filter", "vertical")
    assert said(at) == []


def test_a_kernel_that_does_not_cancel_out() -> None:
    at = opened(filter=OWN_NUMBERS, kernel="0_0_0.0_-1_0.0_0_0", image="cat")
    assert "the kernel's numbers add up to −1. Only one of them is not 0" in text(at)
    at = opened(filter=OWN_NUMBERS, kernel="0_0_0.0_0_0.0_0_0", image="cat", learn="true")
    assert not at.exception
    assert "The output is 0 everywhere" in text(at)


def test_a_kernel_larger_than_the_image_gets_a_warning() -> None:
    at = opened(filter=OWN_NUMBERS, kernel=".".join(["1_0_0_0_0_0_-1"] * 7))
    assert any("a 7×7 kernel does not fit on an image of 6×6 pixels" in one for one in said(at))


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"image": "nonsense"}, "Image must be one of bright to dark"),
        ({"filter": "Canny"}, "Filter must be one of vertical"),
        ({"kernel": "1_x"}, "Kernel '1_x' is not a grid of numbers"),
        ({"seed": "99"}, "Seed must be a whole number from 1 to 20"),
        ({"foo": "1"}, "This page has no setting 'foo', so it is ignored."),
    ],
)
def test_invalid_values_in_the_url(params: dict[str, str], sentence: str) -> None:
    at = opened(**params)
    assert not at.exception
    assert any(one.startswith(sentence) for one in said(at)), said(at)
    assert "0 30 30 0" in text(at)


def test_the_readers_image() -> None:
    at = choose(opened(filter="horizontal"), "image", OWN)
    assert not at.exception
    assert any("Choose an image above" in one.value for one in at.info)
    assert any("not part of the link" in one.value for one in at.caption)
    image = np.zeros((700, 900, 3), dtype=np.uint8)
    image[350:] = 255
    upload(at, png(Image.fromarray(image)))
    assert not at.exception
    assert said(at) == []
    assert "No output is positive. Where the output is not 0: dark to bright" in text(at)
    assert any("your image: 420×327 pixels, in grey" in one.value for one in at.caption)
    assert dict(at.query_params) == {"bench": "edges", "image": OWN, "filter": "horizontal"}
    upload(at, png(Image.fromarray(image))[:300], "broken.png")
    assert said(at)[0].startswith("“broken.png” was not opened: this PNG image is damaged or incomplete")
    assert said(at)[0].endswith("Nothing else has changed.")
    assert "No output is positive" in text(at)
    choose(choose(at, "image", "cat"), "image", OWN)
    assert "No output is positive" in text(at)
    assert len(at.session_state[OWN_IMAGE].data) <= 420 * 420


@pytest.mark.parametrize("size", [(1, 1), (2, 50), (3, 3), (10, 9), (13, 3), (3000, 3)])
@pytest.mark.parametrize("name", first_with_each_push("Gaussian blur", "vertical"))
def test_a_tiny_image_of_the_readers(size: tuple[int, int], name: str) -> None:
    at = opened(image=OWN, filter=name, learn="true")
    upload(at, png(Image.effect_noise(size, 90)))
    assert not at.exception
    if min(size) < len(KERNELS[name]) or max(size) > 420:
        assert "kernel does not fit on an image of" in said(at)[0]
        assert ("crop a part that is less narrow" in said(at)[0]) == (max(size) > 420)
    else:
        assert said(at) == []


def test_the_readers_image_stays_in_this_session() -> None:
    shared = [cache.shared for cache in (edges._before_and_after, edges._gray, edges._descent)]
    at = opened(image=OWN, learn="true")
    before = [cache.cache_info() for cache in shared]
    upload(at, png(Image.effect_noise((90, 70), 90)))
    choose(at, "filter", "Sobel")
    assert not at.exception
    assert any("your image: 90×70 pixels" in one.value for one in at.caption)
    assert [cache.cache_info() for cache in shared] == before
    own = [name for name in at.session_state._state.filtered_state if name.startswith("convolution.own._")]
    assert len(own) == len(shared)


def test_learning_leaves_one_entry_in_the_session() -> None:
    at = opened(image="cat", learn="true")
    for seed in range(2, 6):
        at.slider(key=bench_state.key("edges", "seed")).set_value(seed).run()
    names = [name for name in at.session_state._state.filtered_state if "player" in name]
    assert [name for name in names if name.endswith(".memory")] == ["convolution.edges.player.memory"]


def test_browsers_allow_the_camera_at_secure_addresses() -> None:
    for url in ("https://lab.example/x", "http://localhost:8501", "http://127.0.0.1:1/", "http://[::1]:8501/"):
        assert camera_allowed(url)
    for other in (None, "", "http://192.168.0.7:8501/", "http://lab.example", "http://localhost.example"):
        assert not camera_allowed(other)


def test_without_a_camera_a_sentence_offers_the_upload() -> None:
    at = opened(image=OWN)
    offered = [one.value for one in at.caption if "Browsers allow the camera only" in one.value]
    allowed = [control for control in at.segmented_control if "the camera" in control.options]
    assert bool(offered) != bool(allowed)
    assert at.file_uploader


def test_another_bench_and_back() -> None:
    at = opened(image="coins", filter="Laplacian")
    at.segmented_control(key=CHOSEN).set_value("slide").run()
    assert not at.exception
    at.segmented_control(key=CHOSEN).set_value("edges").run()
    assert dict(at.query_params) == {"bench": "edges", "image": "coins", "filter": "Laplacian"}
