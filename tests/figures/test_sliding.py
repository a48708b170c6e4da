"""The window: a frame on every number it takes, as far apart as the dilation says."""

import re

import pytest

from cnnlab.figures.number_grid import CELL
from cnnlab.figures.sliding import empty, panel, place, row, window


def frames(svg: str) -> list[tuple[float, float]]:
    """Row and column of each framed cell."""
    found = re.findall(r'<rect x="([\d.]+)" y="([\d.]+)" width="34.0" height="34.0" fill="none"', svg)
    return [(float(y) / CELL, float(x) / CELL) for x, y in found]


@pytest.mark.parametrize("apart", [1, 2, 4])
def test_the_frames_are_as_far_apart_as_the_numbers(apart: int) -> None:
    assert frames(window(2, 3, apart)) == [(i * apart, j * apart) for i in range(2) for j in range(3)]


def test_each_frame_carries_its_weight() -> None:
    svg = window(1, 3, weights=[["1", "−1", "0.125"]])
    assert re.findall(r">([^<]+)</text>", svg) == ["1", "−1"], "what would cover the number is left out"
    assert svg.startswith('<g data-move="window">')


def test_places_are_those_of_the_cells() -> None:
    svg = empty(2, 3)
    left, top = place(0, 0)
    assert place(2, 3) == (left + 3 * CELL, top + 2 * CELL)
    assert f"M{left} {top}h{3 * CELL}" in svg
    assert svg.count("M") == 3 + 4


def test_panels_stand_side_by_side_with_their_signs() -> None:
    one = panel(1, 1, "a long title of a small grid")
    assert row(one, "∗", one) == f'<div class="panels">{one}<span>∗</span>{one}</div>'
    width = re.search(r'width="(\d+)"', one)
    assert width
    assert int(width[1]) > 6 * len("a long title of a small grid")
