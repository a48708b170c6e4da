"""What a filter answers, as a picture: signs by colour, strength by density."""

import io

import numpy as np
from PIL import Image

from cnnlab.figures.pixels import shades, signs


def pixels(data: bytes, mode: str = "RGBA") -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert(mode))


def test_signs_are_told_by_colour_and_nothing_is_transparent() -> None:
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


def test_nothing_at_all() -> None:
    assert not pixels(signs(np.zeros((3, 3))))[..., 3].any()


def test_shades_are_cut_off() -> None:
    found = pixels(shades(np.repeat([[-50.0], [128.0], [900.0]], 16, axis=0)), "L")
    assert np.abs(found[[0, 24, 47], 0].astype(int) - [0, 128, 255]).max() <= 3
