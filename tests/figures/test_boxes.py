"""Volumes as boxes: all to one scale, a colour a channel."""

import re

import pytest

from cnnlab.figures.boxes import Column, Solid, boxes


def test_boxes_are_to_scale() -> None:
    drawn = boxes(
        (Column((Solid((4, 4, 2)), Solid((4, 4, 2))), "a < b"), Column((Solid((8, 8, 4)),), "c", "d", "=")), "t"
    )
    assert "a &lt; b" in drawn
    fronts = [part.split('"') for part in drawn.split("<rect ")[1:]]
    sizes = [(float(part[5]), float(part[7])) for part in fronts]
    assert sizes[0] == sizes[1]
    assert sizes[2] == pytest.approx((2 * sizes[0][0], 2 * sizes[0][1]), abs=0.2)


def test_channels_have_their_colours_and_their_width() -> None:
    drawn = boxes((Column((Solid((6, 6, 5), ("#111111", "#222222", "#333333")),), "6×6×5"),), "t")
    fronts = re.findall(r'<g fill="(#\d+)".*?<rect x="([\d.]+)" y="[\d.]+" width="([\d.]+)"', drawn)
    colours, lefts, widths = zip(*fronts, strict=True)
    assert colours == ("#111111", "#222222", "#333333")
    one, two, rest = map(float, widths)
    assert one == pytest.approx(two, abs=0.1)
    assert rest == pytest.approx(3 * one, abs=0.2)  # the last colour is that of all that follow
    assert float(lefts[1]) == pytest.approx(float(lefts[0]) + one, abs=0.1)


def test_columns_stand_in_their_order_with_signs_between() -> None:
    drawn = boxes((Column((Solid((2, 2, 1)),), "a", "b"), Column((Solid((2, 2, 1)),), "c", "d", "→")), "t")
    assert re.findall(r">([^<]+)</text>", drawn) == ["a", "b", "→", "c", "d"]
    places = [float(x) for x in re.findall(r'<text x="([\d.]+)"', drawn)]
    assert places[0] == places[1] < places[2] < places[3] == places[4]


def test_a_tall_stack_stays_within_its_height() -> None:
    drawn = boxes((Column(tuple(Solid((40, 40, 3)) for _ in range(3)), "a"),), "t", tallest=170)
    height = re.search(r'viewBox="0 0 \d+ (\d+)"', drawn)
    assert height
    assert int(height[1]) <= 8 + 170 + 20 + 45
