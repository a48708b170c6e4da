"""Benches, the interactive demonstrations of the Convolution page: title, URL fields, and a function that draws."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from cnnlab.ui.url_state import Field, Values

Numbers = tuple[tuple[float, ...], ...]
"""A grid of numbers, row by row: hashable, for caches."""


@dataclass(frozen=True, slots=True)
class Grid:
    """URL field of a grid of numbers, such as ``1_0_-1.2p5_0_-2``: dots between rows, ``p`` for a decimal point."""

    name: str
    default: Numbers
    most: int = 16  # rows and columns
    least: int = 1
    low: float = -999.0
    high: float = 999.0
    square: bool = False
    shape: tuple[int, int] | None = None
    """Rows and columns, if they are fixed."""
    digits: int = 3
    """Decimals; numbers are rounded to them."""

    def parse(self, text: str) -> Numbers:
        """Return the grid that a URL writes. Raises ``ValueError`` for anything but a grid within the limits."""
        try:
            rows = [[float(cell.replace("p", ".")) for cell in row.split("_")] for row in text[:4000].split(".")]
        except ValueError:
            raise ValueError(f"{self.name} {text[:30]!r} is not a grid of numbers, such as 1_0_-1.1_0_-1") from None
        return self.check(rows)

    def check(self, rows: list[list[float]]) -> Numbers:
        """Return the rounded grid. Raises ``ValueError`` if its sides or numbers are out of bounds."""
        sides = {len(row) for row in rows}
        if self.shape and (len(rows), sides) != (self.shape[0], {self.shape[1]}):
            raise ValueError(f"{self.name} must have {self.shape[0]} rows of {self.shape[1]} numbers")
        if self.square and sides != {len(rows)}:
            raise ValueError(f"{self.name} must be square, as many rows as columns")
        if self.shape is None and (
            len(sides) != 1 or not self.least <= len(rows) <= self.most or not self.least <= min(sides) <= self.most
        ):
            raise ValueError(
                f"{self.name} must have {self.least} to {self.most} rows and columns, all of the same length"
            )
        grid = np.asarray(rows, dtype=float)
        if not np.isfinite(grid).all() or grid.min() < self.low or grid.max() > self.high:
            raise ValueError(f"the numbers of {self.name} must be between {self.low:g} and {self.high:g}")
        return tuple(tuple(round(float(cell), self.digits) + 0.0 for cell in row) for row in rows)

    def text(self, value: Numbers) -> str:
        """Return the grid as ``parse`` reads it, whole numbers without a point."""
        return ".".join("_".join(f"{cell:g}".replace(".", "p") for cell in row) for row in value)


@dataclass(frozen=True)
class Bench:
    """One bench. ``draw`` takes the values of all fields, draws widgets and figures, and returns the new values.

    It runs in a Streamlit fragment. Widgets have the keys ``bench_state.key(bench, field)``; values from a URL are
    written there before ``draw`` is called.
    """

    name: str
    title: str
    idea: str
    """A sentence or two on top of the bench, on its content."""
    fields: Mapping[str, Field]
    draw: Callable[[Values], Values]


def fields(*every: Field) -> dict[str, Field]:
    """Return the fields by name, in order."""
    return {each.name: each for each in every}
