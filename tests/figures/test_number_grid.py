"""Grids of numbers: blue above zero, orange below, the stronger the larger."""

import re

import pytest

from cnnlab.figures.number_grid import grid, number, svg_text

BLUE, ORANGE = "#0072B2", "#D55E00"


def cells(svg: str) -> list[tuple[str, float, str]]:
    """Colour, strength and text of each cell."""
    found = re.findall(r'<rect [^>]*fill="(.*?)" fill-opacity="(.*?)"/><text [^>]*>(.*?)</text>', svg)
    return [(colour, float(strength), text) for colour, strength, text in found]


def test_signs_have_their_colours() -> None:
    assert cells(grid([[4.0, -4.0], [0.0, -1.0]], 0, 0)) == [
        (BLUE, 0.55, "4"), (ORANGE, 0.55, "−4"), (BLUE, 0.0, "0"), (ORANGE, 0.14, "−1"),
    ]  # fmt: skip


def test_a_grid_of_zeros() -> None:
    assert cells(grid([[0.0]], 0, 0)) == [(BLUE, 0.0, "0")]


def test_an_images_numbers_are_grey_and_can_be_read() -> None:
    svg = grid([[0.0, 255.0, 300.0, -5.0, 100.0]], 0, 0, white=255)
    assert re.findall(r'fill="rgb\((\d+),', svg) == ["0", "255", "255", "0", "100"]
    assert re.findall(r'font-size="[\d.]+" fill="(.*?)"', svg) == ["#fff", "#000", "#000", "#fff", "#fff"]


def test_cells_stand_in_rows_and_carry_their_attributes() -> None:
    svg = grid([[1.0, 2.0], [3.0, 4.0]], 10, 20, "a < b", 30, attributes=lambda row, column: f'data-at="{row}{column}"')
    places = re.findall(r'translate\((.*?)\)" data-at="(\d\d)"', svg)
    assert places == [("10.0 20.0", "00"), ("40.0 20.0", "01"), ("10.0 50.0", "10"), ("40.0 50.0", "11")]
    assert "a &lt; b" in svg


@pytest.mark.parametrize("value", [7.0, -12.5, 123456.0, -0.125])
def test_long_numbers_stay_within_their_cell(value: float) -> None:
    svg = grid([[value]], 0, 0, cell=24)
    size = re.search(r'font-size="([\d.]+)" fill="var', svg)
    assert size
    assert float(size[1]) * 0.56 * len(number(value)) <= 21.5


def test_a_drawing_has_a_label() -> None:
    assert 'aria-label="&quot;x&quot;"' in svg_text(10, 20, '"x"')
    assert 'viewBox="0 0 10 20"' in svg_text(10, 20, "t")
