"""The frames of a descent: one for each moment, and a line that grows."""

import re

import numpy as np
import pytest

from cnnlab.figures.descent import LINE, descent, rounded


def test_a_frame_for_each_moment_and_a_line_that_falls() -> None:
    filters = np.array([[[0.5, -0.25]], [[1.0, 0.0]], [[1.0, -0.004]]])
    svg, places = descent(filters, ((1.0, 0.0),), [1.0, 0.01, 0.0])
    assert re.findall(r'data-at="(\d+)"', svg) == ["0", "1", "2"]
    assert re.findall(r'data-from="(\d+)"', svg) == ["1", "2"]
    assert re.findall(r">([\d.−]+)</text>", svg) == ["0.50", "−0.25", "1.00", "0.00", "1.00", "0.00", "1.00", "0.00"]
    across, down = zip(*places, strict=True)
    assert across[-1] - across[0] == LINE
    assert list(down) == sorted(down)


def test_a_constant_loss_is_drawn() -> None:
    svg, places = descent(np.zeros((2, 3, 3)), ((0.0,) * 3,) * 3, [0.0, 0.0])
    assert "nan" not in svg
    assert places[0][1] == places[1][1]


@pytest.mark.parametrize(
    ("value", "most", "text"),
    [(0.981, 1, "0.98"), (-0.001, 1, "0.00"), (0.0625, 0.14, "0.062"), (-9.97, 47, "−10.0"), (300.4, 999, "300")],
)
def test_digits_fit_the_largest(value: float, most: float, text: str) -> None:
    assert rounded(value, most) == text
