"""Notices and written arithmetic of the bench "Skip", for every scale and depth."""

import re

import numpy as np
import pytest

from cnnlab.convolution.skips import block, norms
from cnnlab.ui.convolution import skip


@pytest.mark.parametrize(
    ("scale", "layers", "plain", "normalised", "skips"),
    [
        (0.0, 100, "vanishes", "vanishes", "neither vanishes nor explodes"),
        (0.5, 100, "vanishes", "explodes", "neither vanishes nor explodes"),
        (1.0, 100, "neither vanishes nor explodes", "explodes", "explodes"),
        (1.0, 10, *["neither vanishes nor explodes"] * 3),
        (2.0, 10, "explodes", "neither vanishes nor explodes", "explodes"),
    ],
)
def test_what_becomes_of_the_gradient(scale: float, layers: int, plain: str, normalised: str, skips: str) -> None:
    notice, resnet = " ".join(skip.notice(norms(0, layers, scale))), "neither vanishes nor explodes"
    assert notice.startswith(
        f"**The gradient at the input {plain} in the plain network, {normalised} with batch norm, {skips} with skips, "
        f"and {resnet} with both.** "
    )
    assert "nan" not in notice
    assert "inf" not in notice


def test_weights_of_zero_do_not_learn() -> None:
    """Their gradients, by differences, are 0 with skips too; of the signal it is not."""
    x, end = np.array([3.0, 1.0, 0.0, 2.0]), np.array([1.0, -2.0, 0.5, 1.0])
    zero, tiny = np.zeros((4, 4)), 1e-4
    for place in np.ndindex(4, 4):
        step = zero.copy()
        step[place] = tiny
        for first, second in ((step, zero), (zero, step)):
            change = end @ (block(x, first, second).skip - block(x, -first, -second).skip)
            assert change == 0
    assert "no weight of the block gets a gradient" in skip.identity(0.0, block(x, zero, zero))


def test_the_last_gamma_of_zero_learns() -> None:
    """A block whose last batch norm has γ = 0 returns its input, and γ has a gradient (Goyal et al. 2017)."""
    random = np.random.default_rng(0)
    x, end = np.abs(random.normal(size=(4, 6))), random.normal(size=(4, 6))
    branch = skip.SECOND @ np.maximum(skip.FIRST @ x, 0)
    normal = (branch - branch.mean(1, keepdims=True)) / branch.std(1, keepdims=True)

    def loss(gamma: float) -> float:
        return float((end * np.maximum(gamma * normal + x, 0)).sum())

    assert loss(0) == float((end * x).sum())
    assert abs(loss(1e-6) - loss(-1e-6)) / 2e-6 > 0.1


@pytest.mark.parametrize(
    ("ratio", "text"),
    [
        (0, "0"),
        (1.0, "1"),
        (15.13, "15.1"),
        (8.2e-31, "8.2 × 10⁻³¹"),
        (999.4, "999"),
        (999.6, "1.0 × 10³"),
        (12_345.0, "1.2 × 10⁴"),
    ],
)
def test_ratios_as_factors(ratio: float, text: str) -> None:
    assert skip.as_factor(ratio) == text


@pytest.mark.parametrize("step", range(41))
def test_the_written_sums_are_exact_on_every_step_of_the_slider(step: int) -> None:
    scale = round(0.05 * step, 2)
    small = block(skip.X, scale * skip.FIRST, scale * skip.SECOND)
    lines = re.findall(r"<dd>(.*?) = <b>(.*?)</b>", skip.arithmetic(scale, small))
    assert len(lines) == 4
    for work, result in lines:
        code = work.replace("ReLU", "relu").replace("×", "*").replace("−", "-")
        found = eval(code, {"relu": lambda value: max(value, 0.0)})
        assert found == pytest.approx(float(result.replace("−", "-")), abs=1e-12)


def test_a_scale_between_the_steps_is_refused() -> None:
    with pytest.raises(ValueError, match=r"scale must be a number from 0 to 2 in steps of 0\.05, not 0\.123456"):
        skip.SCALE.parse("0.123456")
    assert [skip.SCALE.parse(text) for text in ("0", "0.05", "0.15", "1.95", "2")] == [0, 0.05, 0.15, 1.95, 2]


def test_the_notice_on_the_identity() -> None:
    small = block(skip.X, 0 * skip.FIRST, 0 * skip.SECOND)
    assert "returns **x itself**" in skip.identity(0.0, small)
    half = block(skip.X, 0.5 * skip.FIRST, 0.5 * skip.SECOND)
    away = np.linalg.norm(half.skip - skip.X) / np.linalg.norm(skip.X)
    assert f"differs from x by **{100 * away:.0f} %**" in skip.identity(0.5, half)
