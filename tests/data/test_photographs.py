"""Photographs come with scikit-image's package, and can be told in a dozen pixels."""

from pathlib import Path

import numpy as np
import pytest
import skimage
from skimage import transform
from skimage.data import _registry

from cnnlab.data.photographs import BOLD, PHOTOGRAPHS, coloured, photograph, tiny
from cnnlab.uploads.images import LONGEST, gray


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_photographs_lie_in_the_installed_package(name: str) -> None:
    """That is where scikit-image looks first; what does not lie there it would download."""
    bundled = {file.name for file in (Path(skimage.__file__).parent / "data").iterdir()}
    known = {Path(file).stem: Path(file).name for file in _registry.registry if file.startswith("data/")}
    assert known[PHOTOGRAPHS[name].source] in bundled


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_every_photograph_is_shared_and_read_only(name: str) -> None:
    assert photograph(name).dtype == coloured(name).dtype == np.uint8
    assert max(photograph(name).shape) <= LONGEST
    assert coloured(name).shape == (PHOTOGRAPHS[name].square[2],) * 2 + (3,)
    for pixels in (photograph(name), coloured(name), tiny(name, 12)):
        with pytest.raises(ValueError, match="read-only"):
            pixels[0, 0] = 1


@pytest.mark.parametrize("name", BOLD)
@pytest.mark.parametrize("side", [6, 12, 48, 120])
def test_tiny_photographs_show_the_square(name: str, side: int) -> None:
    found = tiny(name, side)
    assert found.shape == (side, side)
    assert (found == np.round(found)).all()
    assert found.min() >= 0
    assert found.max() <= 255
    square = gray(coloured(name)).astype(float)
    theirs = transform.resize(square, (side, side), anti_aliasing=True, preserve_range=True)
    assert np.abs(found - theirs).mean() < 8


@pytest.mark.parametrize("name", BOLD)
def test_shapes_are_recognisable_in_a_dozen_pixels(name: str) -> None:
    assert tiny(name, 12).max() > 100
    assert tiny(name, 12).std() > 15


def test_an_unknown_name_raises() -> None:
    with pytest.raises(KeyError):
        photograph("lena")
