"""Responses of the named kernels against the course's numbers, SciPy and scikit-image, and their summaries."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import correlate2d
from skimage import filters

from cnnlab.convolution.kernels import DIRECTIONS, KERNELS, direction, keeps_brightness, respond, summarize
from cnnlab.convolution.sample_images import DRAWN
from cnnlab.convolution.windows import convolve, side
from cnnlab.data.photographs import photograph


@pytest.mark.parametrize(("name", "row"), [("bright to dark", [0, 30, 30, 0]), ("dark to bright", [0, -30, -30, 0])])
def test_the_courses_numbers(name: str, row: list[float]) -> None:
    assert respond(DRAWN[name], KERNELS["vertical"]).tolist() == [row] * 4
    assert not respond(DRAWN[name], KERNELS["horizontal"]).any()


@pytest.mark.parametrize("name", KERNELS)
def test_responses_are_scipys_and_the_sliding_windows(name: str) -> None:
    image, kernel = photograph("coins").astype(float), np.array(KERNELS[name], dtype=float)
    found = respond(image, kernel)
    assert np.allclose(found, correlate2d(image, kernel, mode="valid"))
    part = image[:30, :40]
    rows, columns = (side(n, len(kernel)) for n in part.shape)
    assert np.allclose(respond(part, kernel), convolve(part, kernel, rows, columns))


@given(st.integers(1, 7), st.integers(1, 7), st.integers(0, 4), st.integers(0, 4), st.integers(0, 999))
def test_kernels_of_any_sides(height: int, width: int, more: int, wider: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    kernel, image = random.normal(size=(height, width)), random.normal(size=(height + more, width + wider))
    assert np.allclose(respond(image, kernel), correlate2d(image, kernel, mode="valid"), atol=1e-6)


@pytest.mark.parametrize(
    ("name", "theirs", "scale"),
    [
        ("vertical", filters.prewitt_v, 3),
        ("horizontal", filters.prewitt_h, 3),
        ("Sobel", filters.sobel_v, 4),
        ("Scharr", filters.scharr_v, 16),
        ("Laplacian", lambda image: filters.laplace(image, 3), -1),
    ],
)
def test_responses_are_scikit_images(name: str, theirs: object, scale: float) -> None:
    """Theirs are flipped, as mathematicians convolve, and divided by the sum of one half of the kernel."""
    image = photograph("cameraman").astype(float)
    expected = theirs(image)[1:-1, 1:-1] * scale  # type: ignore[operator]
    found = respond(image, KERNELS[name])
    assert np.allclose(found, expected if name == "Laplacian" else -expected)


def test_blurs_keep_brightness_and_the_rest_cancels_out() -> None:
    for name, kernel in KERNELS.items():
        whole = sum(map(sum, kernel))
        assert keeps_brightness(kernel) == ("blur" in name or name == "sharpen")
        assert whole == pytest.approx(float(keeps_brightness(kernel)), abs=0.002)


@given(st.floats(-50, 50), st.floats(-50, 50), st.sampled_from(list(KERNELS)))
def test_direction_points_to_growing_brightness(right: float, down: float, name: str) -> None:
    ramp = np.add.outer(down * np.arange(9), right * np.arange(9))
    found, way = respond(ramp, KERNELS[name])[2, 2], direction(KERNELS[name])
    if way is None or keeps_brightness(KERNELS[name]):
        return
    angle = way * np.pi / 4
    along = right * np.cos(angle) + down * np.sin(angle)
    assert np.sign(round(found, 6)) == np.sign(round(along, 6)) or abs(along) < 1e-3


def test_directions_in_words() -> None:
    assert DIRECTIONS[direction(KERNELS["vertical"]) or 0] == "from right to left"
    assert DIRECTIONS[direction(KERNELS["horizontal"]) or 0] == "from bottom to top"
    assert DIRECTIONS[direction(KERNELS["45°"]) or 0] == "from the lower right to the upper left"
    assert direction(KERNELS["Laplacian"]) is None


def test_summary_of_a_response() -> None:
    summary = summarize(np.array([[0.0, 1, -3], [0, 0, 0]]))
    assert (summary.positive, summary.strongest, summary.at, summary.silent) == (0.25, -3.0, (0, 2), False)
    assert summarize(np.zeros((2, 2))).silent


def test_a_kernel_larger_than_the_image_raises() -> None:
    with pytest.raises(ValueError, match="a 3×3 kernel does not fit on an image of 1×2 pixels"):
        respond(np.ones((2, 1)), KERNELS["vertical"])
