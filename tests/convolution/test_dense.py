"""Dense layers against convolutions: counted by the project's own layers, and shifted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab import costs
from cnnlab.convolution import dense
from cnnlab.convolution.dense import LayerPair
from cnnlab.data.photographs import BOLD, tiny
from cnnlab.graph import Conv, Dense, Flatten, Input


def test_the_courses_numbers() -> None:
    pair = LayerPair(32, 3, 5, 6)
    assert (pair.side, pair.inputs, pair.outputs) == (28, 3072, 4704)
    assert pair.convolution == 456
    assert pair.dense == 14_455_392 == (3072 + 1) * 4704


@given(st.integers(8, 64), st.integers(1, 16), st.integers(1, 7), st.integers(1, 32))
def test_both_counts_are_the_layers(size: int, channels: int, kernel: int, filters: int) -> None:
    pair = LayerPair(size, channels, kernel, filters)
    image = Input((size, size, channels))()
    convolution = image >> Conv(filters, kernel, padding="valid")
    layer = image >> Flatten() >> Dense(pair.outputs)
    assert convolution.shape == (pair.side, pair.side, filters)
    assert costs.totals(convolution).params == pair.convolution
    assert costs.totals(convolution).macs == pair.outputs * pair.fan_in
    assert costs.totals(layer).params == pair.dense
    assert costs.totals(layer).macs == pair.outputs * pair.inputs


@pytest.mark.parametrize("name", BOLD)
@pytest.mark.parametrize(("right", "down"), [(1, 0), (-3, 0), (0, 5), (8, -8), (-8, 8), (2, 3)])
def test_a_convolution_moves_along_and_a_dense_layer_does_not(name: str, right: int, down: int) -> None:
    photograph = tiny(name, dense.IMAGE_SIZE + 16)
    convolution, layer = dense.shift_responses(photograph, right, down)
    assert convolution.changed_along == 0
    assert convolution.changed_in_place > 0.1
    assert layer.changed_along > 0.6
    before, after = convolution.before, convolution.after
    inner = slice(8, 20)
    moved = after[8 + down : 20 + down, 8 + right : 20 + right]
    np.testing.assert_allclose(moved, before[inner, inner], atol=1e-9)


def test_without_a_shift_nothing_changes() -> None:
    for answer in dense.shift_responses(tiny("cat", dense.IMAGE_SIZE + 16), 0, 0):
        assert (answer.changed_along, answer.changed_in_place) == (0, 0)


def test_a_shift_beyond_the_photograph_raises() -> None:
    with pytest.raises(ValueError, match="the most is 8 and 8"):
        dense.shifted_crops(tiny("cat", dense.IMAGE_SIZE + 16), 9, 0)
