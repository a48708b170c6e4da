"""The data sets that come along and need no network."""

from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType

from cnnlab.data import digits, drawings, textures
from cnnlab.data.value import Dataset


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
"""How each is made. The first is the default."""


def names() -> tuple[str, ...]:
    """Of all data sets that come along, the default first.

    >>> names()
    ('textures', 'digits', 'textures_grass_gravel', 'digits_3_8', 'drawings')
    """
    return tuple(BUNDLED)


@cache
def load(name: str) -> Dataset:
    """One of them, made once and shared. Raises ``KeyError`` with a sentence for another name."""
    if name not in BUNDLED:
        raise KeyError(f"no data set is called “{name}”; choose one of {', '.join(BUNDLED)}")
    return BUNDLED[name]()
