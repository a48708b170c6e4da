"""Notices and written arithmetic of the bench "Skip", for every scale and depth."""

import re

import numpy as np
import pytest

from cnnlab.convolution.skips import block, norms
from cnnlab.ui.convolution import skip


@pytest.mark.parametrize(
    ("scale", "layers", "verdict"),
    [
        (0.0, 100, "with skips the gradient passes whole"),
        (0.05, 100, "the first layers of the plain network would learn nothing, those with skips do"),
        (0.5, 100, "the first layers of the plain network would learn nothing, those with skips do"),
        (0.7, 100, "those with skips do, though what grows so much is why real ResNets normalise"),
        (1.0, 100, "here the plain network holds, and the one with skips grows with every block unless it normalises"),
        (1.5, 100, "such large weights let both explode"),
        (2.0, 10, "such large weights let both explode"),
        (1.0, 10, "at this depth and scale both can learn"),
    ],
)
def test_the_verdict(scale: float, layers: int, verdict: str) -> None:
    notice = skip.notice(*norms(0, layers, scale), scale)
    assert verdict in notice
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
    notice = skip.notice(*norms(0, 100, 0.0), 0.0)
    assert "those with skips do" not in notice
    assert "they would stay 0" in notice


@pytest.mark.parametrize(
    ("ratio", "text"),
    [
        (0, "exactly 0"),
        (15.13, "15.1 times its length"),
        (8.2e-31, "8.2 × 10⁻³¹ times its length"),
        (999.4, "999 times its length"),
        (999.6, "1.0 × 10³ times its length"),
        (12_345.0, "1.2 × 10⁴ times its length"),
    ],
)
def test_ratios_in_words(ratio: float, text: str) -> None:
    assert skip.in_words(ratio) == text


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
    with pytest.raises(ValueError, match=r"scale must be a number from 0 to 2 in steps of 0\.05, got 0\.123456"):
        skip.SCALE.parse("0.123456")
    assert [skip.SCALE.parse(text) for text in ("0", "0.05", "0.15", "1.95", "2")] == [0, 0.05, 0.15, 1.95, 2]


def test_the_notice_on_the_identity() -> None:
    small = block(skip.X, 0 * skip.FIRST, 0 * skip.SECOND)
    assert "returns **x itself**" in skip.identity(0.0, small)
    half = block(skip.X, 0.5 * skip.FIRST, 0.5 * skip.SECOND)
    away = np.linalg.norm(half.skip - skip.X) / np.linalg.norm(skip.X)
    assert f"differs from x by **{100 * away:.0f} %**" in skip.identity(0.5, half)
