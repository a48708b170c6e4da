"""The data sets that come with the program and need no network."""

from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from cnnlab.data import digits, drawings, textures
from cnnlab.data.dataset import Dataset
from cnnlab.knobs import lookup
from cnnlab.uploads.images import Pixels


def _pair(of: str, first: str, second: str, title: str) -> Callable[[], Dataset]:
    return lambda: load(of).pair(first, second, f"{of}_{first}_{second}", title)


BUNDLED: Mapping[str, Callable[[], Dataset]] = MappingProxyType(
    {
        "textures": textures.load,
        "digits": digits.load,
        # Classes that look alike: the ROC curve of a perfect separation has nothing to show.
        "textures_grass_gravel": _pair("textures", "grass", "gravel", "Grass or gravel"),
        "digits_3_8": _pair("digits", "3", "8", "3 or 8"),
        "drawings": drawings.load,
    }
)
"""Functions that make the data sets, by name. The first is the default."""

LEAST = {"textures": 200, "digits": 128, "textures_grass_gravel": 200, "digits_3_8": 128, "drawings": 100}
"""Training images of the smallest class of each, known without loading one."""


class Treatment(NamedTuple):
    """The preprocessing of a data set's images, which others must get before its networks see them."""

    apply: Callable[[Pixels], Pixels]
    about: str
    near: str
    """A sentence on images that resemble its own."""


_TEXTURES = Treatment(
    textures.like,
    "converted to grey, 48×48 pixels and the same contrast",
    "Its patches show a tenth of a photograph’s side: a small crop is most like them.",
)
_DIGITS = Treatment(
    digits.like,
    "converted to white on black and reduced to 8×8 pixels of 17 greys",
    "Its digits fill the image: crop yours closely.",
)
TREATMENTS: Mapping[str, Treatment] = MappingProxyType(
    {
        "textures": _TEXTURES,
        "textures_grass_gravel": _TEXTURES,
        "digits": _DIGITS,
        "digits_3_8": _DIGITS,
    }
)
"""Treatments by the data set's name; other data sets take images unchanged."""


def names() -> tuple[str, ...]:
    """Return the names of the bundled data sets, the default first.

    >>> names()
    ('textures', 'digits', 'textures_grass_gravel', 'digits_3_8', 'drawings')
    """
    return tuple(BUNDLED)


@cache
def load(name: str) -> Dataset:
    """Return a bundled data set, made once and shared. Raises ``ValueError`` for another name."""
    return lookup(BUNDLED, name, "data set")()
