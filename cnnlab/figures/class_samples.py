"""The classes of a data set: how many images each has, and some of them, as HTML."""

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from cnnlab.figures.palette import LAYERS

TRAIN, TEST = LAYERS["convolution"], LAYERS["joining"]
MANY = 16  # classes, from which on they stand side by side


class Class(NamedTuple):
    """A class: its name, its images for training and for the test, some of them in one row as an address.

    ``shown``: how many these are; 0 where there is no row.
    """

    name: str
    train: int
    test: int
    strip: str = ""
    shown: int = 0


def classes(rows: Sequence[Class], most: int) -> str:
    """Draw at most ``most`` classes, each with a bar as long as it has images, and its row of images.

    >>> "and 1 more class: b" in classes([Class("a", 1, 1), Class("b", 1, 1)], 1)
    True
    """
    largest = max((row.train + row.test for row in rows), default=1) or 1
    style = " many" if len(rows) > MANY else ""
    lines = "".join(_row(row, largest) for row in rows[:most])
    return f'{_LEGEND}<ul class="cnnlab-classes{style}">{lines}</ul>{_rest(rows[most:])}'


_LEGEND = (
    f'<div class="cnnlab-legend"><span><i style="background:{TRAIN}"></i>training</span>'
    f'<span><i style="background:{TEST}"></i>test</span></div>'
)


def _row(row: Class, largest: int) -> str:
    hover = f"{row.train:,} training images, {row.test:,} test images"
    bars = "".join(
        f'<i style="width:{100 * count / largest:.2f}%;background:{colour}"></i>'
        for count, colour in ((row.train, TRAIN), (row.test, TEST))
    )
    alt = f"{row.shown} images of {row.name}" if row.shown > 1 else f"an image of {row.name}"
    strip = f'<img src="{row.strip}" alt="{escape(alt)}">' if row.strip else ""
    return (
        f"<li><b>{escape(row.name)}</b>"
        f'<span class="count" role="img" title="{hover}" aria-label="{hover}"><span class="track">{bars}</span>'
        f"<span>{row.train:,} + {row.test:,}</span></span>{strip}</li>"
    )


def _rest(rows: Sequence[Class]) -> str:
    if not rows:
        return ""
    names = ", ".join(row.name for row in rows[:40]) + ("…" if len(rows) > 40 else "")
    return f'<p class="cnnlab-aside">and {len(rows)} more class{"es" if len(rows) > 1 else ""}: {escape(names)}</p>'
