"""Every kernel is learned from every image that determines it, from any random start, and quickly."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import correlate2d

from cnnlab.convolution.kernels import KERNELS, respond
from cnnlab.convolution.learning import FRAMES, learn
from cnnlab.convolution.sample_images import DRAWN
from cnnlab.data.photographs import PHOTOGRAPHS, photograph


@given(st.sampled_from(list(PHOTOGRAPHS)), st.sampled_from(list(KERNELS)), st.integers(0, 10_000))
def test_every_kernel_from_every_photograph(image: str, name: str, seed: int) -> None:
    kernel = np.array(KERNELS[name], dtype=float)
    begin = time.process_time()
    found = learn(photograph(image), kernel, seed)
    assert time.process_time() - begin < 5  # 0.05 s of work; processor time, whatever else runs
    assert found.rank == kernel.size
    assert len(found.steps) == len(found.filters) == len(found.losses) <= FRAMES
    assert found.steps[0] == 0
    assert np.abs(found.filters[-1] - kernel).max() < 1e-3 * np.abs(kernel).max()
    assert np.abs(found.filters[0] - kernel).max() > 0.1 * np.abs(kernel).max()
    assert (np.diff(found.losses) <= 1e-12).all()


def test_learning_is_gradient_descent() -> None:
    """The same numbers as from a loop over every window's error."""
    random = np.random.default_rng(3)
    image, kernel = random.normal(size=(20, 20)), np.array(KERNELS["Sobel"], dtype=float)
    found = learn(image, kernel, 5)
    pixels = (image - image.mean()) / image.std()
    windows = np.lib.stride_tricks.sliding_window_view(pixels, (3, 3))
    rate = 1 / np.linalg.eigvalsh(np.einsum("yxij,yxkl->ijkl", windows, windows).reshape(9, 9) / 18**2)[-1]
    weights = found.filters[0].copy()
    for step in range(found.steps[-1] + 1):
        wrong = correlate2d(pixels, weights - kernel, mode="valid")
        if step in found.steps:
            frame = found.steps.index(step)
            assert np.allclose(weights, found.filters[frame])
            assert found.losses[frame] == pytest.approx((wrong**2).mean(), abs=1e-12)
        weights -= rate * np.einsum("yx,yxij->ij", wrong, windows) / wrong.size


@pytest.mark.parametrize("name", DRAWN)
@pytest.mark.parametrize("seed", range(5))
def test_a_drawn_image_does_not_determine_the_filter(name: str, seed: int) -> None:
    kernel = np.array(KERNELS["vertical"], dtype=float)
    found = learn(DRAWN[name], kernel, seed)
    assert 0 < found.rank < 9
    assert found.losses[-1] < 1e-6
    centred = DRAWN[name] - DRAWN[name].mean()
    assert np.allclose(respond(centred, found.filters[-1]), respond(centred, kernel), atol=0.01)
    assert np.abs(found.filters[-1] - kernel).max() > 0.1


@pytest.mark.parametrize("shape", [(3, 3), (9, 9), (3, 40)])
def test_a_constant_image_leaves_the_weights_unchanged(shape: tuple[int, int]) -> None:
    found = learn(np.full(shape, 7.0), KERNELS["vertical"])
    assert found.rank == 0
    assert np.array_equal(found.filters[0], found.filters[-1])
    assert np.isfinite(found.losses).all()


@given(st.integers(3, 9), st.integers(3, 9), st.integers(0, 1000), st.sampled_from([0, 1, 2, 255]))
def test_any_small_image_can_be_learned_from(height: int, width: int, seed: int, most: int) -> None:
    image = np.random.default_rng(seed).integers(0, most + 1, (height, width))
    found = learn(image, KERNELS["Laplacian"], seed)
    assert np.isfinite(found.filters).all()
    assert len(found.steps) <= FRAMES
    assert found.losses[-1] <= found.losses[0] + 1e-9


def test_a_kernel_of_zeros_is_learned() -> None:
    found = learn(photograph("moon"), np.zeros((3, 3)))
    assert np.abs(found.filters[-1]).max() < 1e-3
