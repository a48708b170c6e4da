"""Sliding windows against SciPy and Keras' documentation."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import correlate2d

from cnnlab.convolution.windows import Numbers, convolve, padded, side, windows


@st.composite
def square(draw: st.DrawFn, least: int, most: int) -> Numbers:
    """A grid of small whole numbers, so that sums are exact."""
    n = draw(st.integers(least, most))
    cells = draw(st.lists(st.integers(-20, 20), min_size=n * n, max_size=n * n))
    return np.array(cells, dtype=float).reshape(n, n)


paddings = st.sampled_from(["valid", "same", 0, 1, 2, 3])


def test_the_courses_edge_example() -> None:
    image, kernel = np.array([[10, 10, 10, 0, 0, 0]] * 6), np.array([[1, 0, -1]] * 3)
    both = side(6, 3)
    assert convolve(image, kernel, both, both).tolist() == [[0, 30, 30, 0]] * 4


@given(square(1, 12), square(1, 7), paddings, st.integers(1, 5), st.integers(1, 4))
def test_every_convolution_is_scipys(
    image: Numbers, kernel: Numbers, padding: object, stride: int, dilation: int
) -> None:
    both = side(len(image), len(kernel), padding, stride, dilation)  # type: ignore[arg-type]
    spread = np.zeros((both.reach, both.reach))
    spread[::dilation, ::dilation] = kernel
    around = padded(image, both, both)
    if len(around) < both.reach:
        with pytest.raises(ValueError, match="does not fit"):
            convolve(image, kernel, both, both)
        return
    found = convolve(image, kernel, both, both)
    expected = correlate2d(around, spread, "valid")[::stride, ::stride]
    assert found.tolist() == expected.tolist()
    assert found.shape == (both.out, both.out)
    assert windows(image, both, both).shape == (both.out, both.out, len(kernel), len(kernel))


@given(st.integers(1, 64), st.integers(1, 11), st.integers(1, 6), st.integers(1, 4))
def test_sizes_are_kerass(n: int, f: int, stride: int, dilation: int) -> None:
    # https://www.tensorflow.org/api_docs/python/tf/nn#notes_on_padding_2
    reach = (f - 1) * dilation + 1
    same = side(n, f, "same", stride, dilation)
    assert same.out == math.ceil(n / stride)
    zeros = max(reach - stride, 0) if n % stride == 0 else max(reach - n % stride, 0)
    assert (same.before, same.after) == (zeros // 2, zeros - zeros // 2)
    if reach <= n:
        assert side(n, f, "valid", stride, dilation).out == math.ceil((n - reach + 1) / stride)


@given(st.integers(1, 64), st.integers(0, 5))
def test_same_at_stride_one_is_half_the_kernel(n: int, half: int) -> None:
    both = side(n, 2 * half + 1, "same")
    assert (both.before, both.after, both.out) == (half, half, n)


def test_the_error_of_a_window_that_does_not_fit_names_its_reach() -> None:
    with pytest.raises(ValueError, match="5 numbers 2 apart, which covers 9, does not fit on 6"):
        _ = side(6, 5, "valid", 1, 2).out
