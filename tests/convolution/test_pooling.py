"""Pooling against scikit-image and Keras, and against a plain loop."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.measure import block_reduce

from cnnlab.convolution import pooling
from cnnlab.convolution.windows import Padding

COURSE = np.array([[1, 3, 2, 1], [2, 9, 1, 1], [1, 3, 2, 3], [5, 6, 1, 2]], dtype=float)
REDUCE = {"max": np.max, "average": np.mean}


@pytest.mark.parametrize(("kind", "expected"), [("max", [[9, 2], [6, 3]]), ("average", [[3.75, 1.25], [3.75, 2]])])
def test_the_courses_example(kind: pooling.Kind, expected: list[list[float]]) -> None:
    assert pooling.pool(COURSE, kind, *pooling.sides(COURSE, 2, 2, "valid")).tolist() == expected


@given(st.sampled_from(["max", "average"]), st.integers(1, 5), st.integers(1, 4), st.integers(0, 99))
def test_pooled_blocks_are_scikit_images(kind: pooling.Kind, size: int, many: int, seed: int) -> None:
    image = np.random.default_rng(seed).integers(-50, 50, (size * many, size * many)).astype(float)
    found = pooling.pool(image, kind, *pooling.sides(image, size, size, "valid"))
    np.testing.assert_allclose(found, block_reduce(image, (size, size), REDUCE[kind]))


@given(
    st.sampled_from(["max", "average"]), st.integers(1, 9), st.integers(1, 6), st.integers(1, 6),
    st.sampled_from(["valid", "same"]), st.integers(0, 99),
)  # fmt: skip
def test_every_window_by_a_loop(
    kind: pooling.Kind, n: int, size: int, stride: int, padding: Padding, seed: int
) -> None:
    image = np.random.default_rng(seed).integers(-50, 0, (n, n)).astype(float)  # zeros around would win
    rows, columns = pooling.sides(image, size, stride, padding)
    if padding == "valid" and size > n:
        with pytest.raises(ValueError, match="does not fit"):
            pooling.pool(image, kind, rows, columns)
        return
    found = pooling.pool(image, kind, rows, columns)
    assert found.shape == (rows.out, columns.out)
    for y in range(rows.out):
        for x in range(columns.out):
            top, left = y * stride - rows.before, x * stride - columns.before
            seen = [image[i, j] for i in range(max(top, 0), min(top + size, n))
                    for j in range(max(left, 0), min(left + size, n))]  # fmt: skip
            assert found[y, x] == pytest.approx(REDUCE[kind](seen))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["max", "average"])
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_pooling_is_kerass(kind: pooling.Kind, padding: Padding) -> None:
    from keras import layers

    layer = {"max": layers.MaxPooling2D, "average": layers.AveragePooling2D}[kind]
    random = np.random.default_rng(0)
    for n, size, stride in ((4, 2, 2), (5, 3, 1), (5, 3, 2), (7, 2, 3), (6, 5, 4), (9, 4, 3), (3, 3, 6)):
        image = random.integers(-50, 0, (n, n)).astype(float)
        found = pooling.pool(image, kind, *pooling.sides(image, size, stride, padding))
        theirs = np.asarray(layer(size, stride, padding)(image[None, ..., None]))[0, ..., 0]
        np.testing.assert_allclose(found, theirs, rtol=1e-6)
