"""Notices and written arithmetic of the bench "Pooling"."""

import re
from fractions import Fraction

import numpy as np
import pytest
from written import value

from cnnlab.convolution import pooling as work
from cnnlab.data.photographs import tiny
from cnnlab.ui.convolution import pooling


@pytest.mark.parametrize(
    ("image", "size", "stride", "padding", "sentence"),
    [
        (((5.0,) * 4,) * 4, 2, 1, "same", "The largest number, 5, is kept."),
        (pooling.COURSE_4X4, 2, 2, "valid", "The largest number, 9, is kept."),
        (pooling.COURSE_4X4, 2, 1, "valid", "The largest number, 9, is kept, 4 times: the windows overlap."),
        (((9.0, 0.0, 0.0), (0.0, 0.0, 0.0), (0.0, 0.0, 9.0)), 2, 1, "valid", "The largest number, 9, is kept."),
        (((0.0, 0.0), (0.0, 9.0)), 1, 2, "valid", "The largest number is lost: no window covers it."),
    ],
)
def test_the_notice_on_the_largest_number(
    image: tuple[tuple[float, ...], ...], size: int, stride: int, padding: str, sentence: str
) -> None:
    rows, _ = work.sides(np.array(image), size, stride, padding)  # type: ignore[arg-type]
    assert pooling._notice(image, "max", rows).endswith(sentence)


@pytest.mark.parametrize(
    ("size", "stride", "sentence"),
    [
        (2, 2, "The largest number fell from 9 to 3.75: an average smooths."),
        (1, 2, "The largest number fell from 9 to 2: no window reaches it."),
        (2, 3, "The largest number fell from 9 to 3.75: an average smooths."),
        (1, 1, "it has **0 parameters**."),
    ],
)
def test_the_notice_says_why_the_largest_number_fell(size: int, stride: int, sentence: str) -> None:
    rows, _ = work.sides(np.array(pooling.COURSE_4X4), size, stride, "valid")
    assert pooling._notice(pooling.COURSE_4X4, "average", rows).endswith(sentence)


@pytest.mark.parametrize("kind", ["max", "average"])
@pytest.mark.parametrize(
    ("size", "stride", "padding"), [(2, 2, "valid"), (3, 1, "same"), (3, 2, "same"), (1, 1, "valid")]
)
def test_every_written_step_is_right(kind: work.Kind, size: int, stride: int, padding: str) -> None:
    image = np.round(np.random.default_rng(2).uniform(-9, 9, (5, 5)), 3)
    rows, _ = work.sides(image, size, stride, padding)  # type: ignore[arg-type]
    grid = tuple(map(tuple, image.tolist()))
    for text in pooling._animation(grid, kind, rows)[1]:
        *parts, sign, result = re.fullmatch(
            r"Row .*?: (.*?)(?: = (.*?))? ([=≈]) <b>(.*?)</b>.*",
            text,
        ).groups()  # type: ignore[union-attr]
        found = [value(part) for part in parts if part]
        assert len(set(found)) == 1
        assert (
            (found[0] == value(result)) if sign == "=" else 0 < abs(found[0] - value(result)) <= Fraction(1, 2_000_000)
        )


@pytest.mark.parametrize("name", ["cameraman", "horse", "coins"])
def test_maxima_are_brighter_by_the_written_number(name: str) -> None:
    image = tiny(name, pooling.PHOTOGRAPH)
    blocks = image.reshape(60, 2, 60, 2).max(axis=(1, 3))
    html = pooling._photograph(name, "max", 2, 2, "valid")
    brighter = round(float(blocks.mean() - image.mean()))
    assert brighter > 0
    assert f"brighter, by {brighter} grey levels" in html
