"""What a filter answers, as an image: signs by colour, strength by density."""

import io

import numpy as np
from PIL import Image

from cnnlab.figures.filtered_images import figure, grey, shades, signed, signs


def pixels(data: bytes, mode: str = "RGBA") -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert(mode))


def test_signs_have_colours_and_zeros_are_transparent() -> None:
    found = pixels(signs(np.array([[-4.0, 0.0, 1.0, 4.0]])))[0].tolist()
    assert found[0] == [0xD5, 0x5E, 0x00, 254]
    assert found[1][3] == 0
    assert found[2][:3] == found[3][:3] == [0x00, 0x72, 0xB2]
    assert 0 < found[2][3] < found[3][3] == 254


def test_a_line_of_one_pixel_keeps_its_colours() -> None:
    values = np.zeros((60, 60))
    values[:, 30], values[:, 31] = 9, -9
    found = pixels(signs(values))
    assert (found[:, 30, :3] == [0x00, 0x72, 0xB2]).all()
    assert (found[:, 31, :3] == [0xD5, 0x5E, 0x00]).all()


def test_an_image_of_zeros() -> None:
    assert not pixels(signs(np.zeros((3, 3))))[..., 3].any()


def test_shades_are_cut_off() -> None:
    found = pixels(shades(np.repeat([[-50.0], [128.0], [900.0]], 16, axis=0)), "L")
    assert np.abs(found[[0, 24, 47], 0].astype(int) - [0, 128, 255]).max() <= 3


def test_signed_numbers_have_their_colours() -> None:
    found = signed(np.array([[4.0, -4.0, 0.0, 2.0, -9.0]]), 4.0)[0].tolist()
    assert found[0] == [0, 114, 178]
    assert found[1] == found[4] == [213, 94, 0]
    assert found[2] == [255, 255, 255]
    assert found[3] == [128, 184, 216]
    assert signed(np.zeros((2, 2)), 0.0).min() == 255


def test_a_figure_keeps_its_pixels_and_has_an_alt_text() -> None:
    assert grey(np.array([[-4.0, 99.6, 300.0]])).tolist() == [[0, 100, 255]]
    html = figure(grey(np.zeros((10, 20))), "a < b", 'the "first"', 100)
    assert 'width="100" height="50"' in html
    assert "<figcaption>a &lt; b</figcaption>" in html
    assert 'alt="the &quot;first&quot;"' in html
