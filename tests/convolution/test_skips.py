"""Residual blocks: the identity at weights of 0, and gradients against finite differences."""

import numpy as np
import pytest

from cnnlab.convolution.skips import EPSILON, WIDTH, block, norms, propagate, relu, weights
from cnnlab.ui.convolution import skip


def test_weights_of_zero_give_the_identity_with_a_skip_and_zero_without() -> None:
    small = block(skip.X, 0 * skip.FIRST, 0 * skip.SECOND)
    assert small.skip.tolist() == skip.X.tolist()
    assert small.plain.tolist() == [0.0] * 4
    plain, normalised, skips, resnet = norms(0, 100, 0.0)
    assert plain.signal[-1] == plain.gradient[0] == normalised.signal[-1] == normalised.gradient[0] == 0
    assert skips.signal[-1] == skips.gradient[0] == resnet.signal[-1] == resnet.gradient[0] == 1


def test_one_block_matches_arithmetic_by_hand() -> None:
    small = block(skip.X, 0.5 * skip.FIRST, 0.5 * skip.SECOND)
    assert small.hidden.tolist() == [1, 0, 2.5, 1]
    assert small.branch.tolist() == [-0.25, 0.75, 1.5, -2]
    assert small.skip.tolist() == [2.75, 1.75, 1.5, 0]
    assert small.plain.tolist() == [0, 0.75, 1.5, 0]


@pytest.mark.parametrize("normalised", [False, True])
@pytest.mark.parametrize("skips", [False, True])
@pytest.mark.parametrize("layers", [1, 2, 7])
def test_gradients_match_numerical_ones(layers: int, skips: bool, normalised: bool) -> None:
    random = np.random.default_rng(3)
    matrices = weights(3, layers, 1.0, width=8)
    start, end = np.abs(random.normal(size=(8, 5))), random.normal(size=(8, 5))

    def linear(matrix: np.ndarray, x: np.ndarray) -> np.ndarray:
        z = matrix @ x
        return (z - z.mean(1, keepdims=True)) / np.sqrt(z.var(1, keepdims=True) + EPSILON) if normalised else z

    def loss(x: np.ndarray) -> float:
        for place in range(0, layers, 2):
            pair = matrices[place : place + 2]
            hidden = relu(linear(pair[0], x)) if len(pair) > 1 else x
            x = relu(linear(pair[-1], hidden) + (x if skips else 0))
        return float((end * x).sum())

    tiny = 1e-6
    units = np.eye(40).reshape(40, 8, 5)
    slopes = [(loss(start + tiny * unit) - loss(start - tiny * unit)) / (2 * tiny) for unit in units]
    found = propagate(matrices, start, end, skips, normalised)
    assert found.gradient[0] == pytest.approx(np.linalg.norm(slopes) / np.linalg.norm(end), rel=1e-5)
    assert found.gradient[-1] == found.signal[0] == 1
    assert found.layers == {1: (0, 1), 2: (0, 2), 7: (0, 2, 4, 6, 7)}[layers]


def test_norms_after_a_hundred_layers() -> None:
    plain, normalised, skips, resnet = norms(0, 100, 0.5)
    assert plain.layers[-1] == 100
    assert plain.signal[-1] < 1e-25
    assert plain.gradient[0] < 1e-25
    assert 1 < skips.signal[-1] < 100
    assert 0.1 < skips.gradient[0] < 100
    assert norms(0, 100, 0.5) == (plain, normalised, skips, resnet)
    assert norms(1, 100, 0.5) != (plain, normalised, skips, resnet)
    assert 1 < resnet.gradient[0] < 200
    # Batch normalisation takes the scale out: a ReLU of a unit's normal numbers has half their squares.
    assert normalised.signal[-1] == pytest.approx(np.sqrt(0.5), abs=0.05)
    assert normalised.gradient[0] > 1, "it grows towards the input"
    assert norms(0, 100, 1.5).normalised.gradient[0] == pytest.approx(
        norms(0, 100, 3.0).normalised.gradient[0], rel=0.2
    )
    # A plain ReLU network is homogeneous: half the weights, 2¹⁰⁰ times less signal.
    assert norms(0, 100, 1.0).plain.signal[-1] == pytest.approx(plain.signal[-1] * 2.0**100)


def test_weights_have_the_spread_of_their_scale() -> None:
    spread = np.std(weights(0, 20, 0.5))
    assert spread == pytest.approx(0.5 * np.sqrt(2 / WIDTH), rel=0.02)
