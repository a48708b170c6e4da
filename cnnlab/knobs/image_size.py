"""The size of an image: a whole number for a square one, otherwise height and width. PURE.

There is one value for each size: whoever gives 224, (224, 224) or "224x224" gets 224.
"""

import re
from bisect import bisect_left
from collections.abc import Callable
from typing import NamedTuple


class Sides(NamedTuple):
    """Height and width of an image that is not square. Made by ``of_sides``.

    >>> str(Sides(224, 320))
    '224×320'
    """

    height: int
    width: int

    def __str__(self) -> str:
        return f"{self.height}×{self.width}"

    @property
    def text(self) -> str:
        """The size as addresses and the command line write it."""
        return f"{self.height}x{self.width}"


ImageSize = int | Sides
"""The size of an image; ``graph.pair`` returns its height and width."""
EXAMPLE = Sides(224, 320)
"""The size that sentences give as an example."""


class FixedSideError(ValueError):
    """Raised for a size of which a network fixes one side at another number. No larger or smaller size mends it."""


def of_sides(height: int, width: int) -> ImageSize:
    """Return the size of an image of that height and width.

    >>> of_sides(224, 224), of_sides(224, 320)
    (224, Sides(height=224, width=320))
    """
    return height if height == width else Sides(height, width)


def parts(value: object) -> tuple[object, ...]:
    """Return what somebody gave as height and width, in a pair or a text, or as the side of a square image.

    Raises ``ValueError`` for more or fewer than two sides, or for a text of anything but two whole numbers.

    >>> parts(224), parts([224, 320]), parts("224 × 320")
    ((224, 224), (224, 320), (224, 320))
    """
    if isinstance(value, str):
        value = [int(part) for part in re.split("[x×]", value.lower())]
    both = tuple(value) if isinstance(value, list | tuple) else (value, value)
    if len(both) != 2:
        raise ValueError(f"an image has two sides, not {len(both)}")
    return both


def smallest(size: ImageSize, low: int, high: int, build: Callable[[ImageSize], object]) -> ImageSize | None:
    """Return a size for which ``build`` raises no ``ValueError``; None if none was found.

    Sides go from ``low`` to ``high``. Of a size that is not square, only the side that is too small changes, or both.
    It is the smallest size if what can be built for one size can be so for all larger ones. Networks that halve and
    double their maps take multiples alone: of such sizes, the next one above the given size is found.
    """
    sides = range(low, high + 1)

    def least(made: Callable[[int], ImageSize], near: int) -> int | None:
        def fits(side: int) -> bool:
            try:
                build(made(side))
            except ValueError:
                return False
            return True

        found = list(sides[bisect_left(sides, True, key=fits) :][:1])
        multiples = (-(-near // step) * step for step in (2, 4, 8, 16, 32, 64))
        found += [side for side in multiples if side in sides and (not found or side < found[0]) and fits(side)][:1]
        return min(found, default=None)

    if not isinstance(size, Sides):
        return least(lambda side: side, size)
    if (height := least(lambda side: of_sides(side, size.width), size.height)) is not None:
        return of_sides(height, size.width)
    if (width := least(lambda side: of_sides(size.height, side), size.width)) is not None:
        return of_sides(size.height, width)
    if (tall := least(lambda side: of_sides(side, high - high % 64), size.height)) is None:
        return None
    wide = least(lambda side: of_sides(tall, side), size.width)
    return None if wide is None else of_sides(tall, wide)


def naming_smallest(
    error: ValueError, size: object, low: int, high: int, build: Callable[[ImageSize], object]
) -> ValueError:
    """Return the error of an image that cannot be built; if it is not square, with a size that can."""
    if not isinstance(size, Sides) or isinstance(error, FixedSideError):
        return error
    found = smallest(size, low, high, build)
    if found is None:
        return error
    height, width = found if isinstance(found, Sides) else (found, found)
    if height < size.height or width < size.width:
        return error  # the images are not too small
    if width == size.width:
        return ValueError(f"{error}; with a width of {width}, a height of {height} works")
    if height == size.height:
        return ValueError(f"{error}; with a height of {height}, a width of {width} works")
    return ValueError(f"{error}; a height of {height} and a width of {width} work")
