"""The networks of a sweep with their costs, built one after another; results are cached and shared."""

from collections.abc import Callable, Iterator
from functools import lru_cache
from html import escape
from threading import Lock
from time import monotonic
from typing import NamedTuple

import pandas as pd

from cnnlab.costs import BYTES, Summary, summary
from cnnlab.network import Network
from cnnlab.scaling.sweep import Fineness, Sweep
from cnnlab.units import full, size

Progress = Callable[[int, int], None]
"""A function that gets, now and then, the number of finished cells and of all cells."""

KEPT = 32  # grids; one of 1,000 networks takes under 1 MB
OFTEN = 0.1  # seconds between two reports of progress: more than an eye needs, and a report is a message to a browser


class Cell(NamedTuple):
    """A place of the grid and its network; if it cannot be built, ``summary`` is None and ``reason`` says why."""

    x: float
    y: float | None
    network: Network
    summary: Summary | None
    reason: str = ""


def _cell(sweep: Sweep, x: float, y: float | None) -> Cell:
    network = sweep.network(x, y)
    try:
        # Not network.graph(): that keeps graphs that sessions look at, and a sweep would push all of them out.
        root = network.case.build(**dict(network.changed))
    except ValueError as error:
        return Cell(x, y, network, None, str(error))
    return Cell(x, y, network, summary(root))


def cells(sweep: Sweep, fineness: Fineness) -> Iterator[Cell]:
    """Yield one cell after another, row by row; each network's graph is built, counted and dropped."""
    return (_cell(sweep, x, y) for x, y in sweep.places(fineness))


class _Work:
    """A grid in the making: whoever holds the lock continues where the last one stopped."""

    def __init__(self, sweep: Sweep, fineness: Fineness) -> None:
        self.sweep, self.places = sweep, sweep.places(fineness)
        self.done: list[Cell] = []
        self.lock = Lock()
        self.result: tuple[Cell, ...] | None = None

    def go_on(self, report: Callable[[], None]) -> tuple[Cell, ...]:
        for x, y in self.places[len(self.done) :]:
            self.done.append(_cell(self.sweep, x, y))
            report()
        self.result = tuple(self.done)
        return self.result


_finding = Lock()


@lru_cache(maxsize=KEPT)
def _kept(sweep: Sweep, fineness: Fineness) -> _Work:
    return _Work(sweep, fineness)


def grid(sweep: Sweep, fineness: Fineness, progress: Progress | None = None) -> tuple[Cell, ...]:
    """Return all cells of a sweep, computed once and shared; safe to call from many threads.

    The first caller does the work; the others wait, and their ``progress`` is called as well. An exception from the
    first caller's ``progress`` ends its call; the next caller goes on from there.
    """
    with _finding:  # lru_cache alone lets two threads that miss at once make two of them
        work = _kept(sweep, fineness)
    if work.result is not None:
        return work.result
    reported = monotonic()

    def report() -> None:
        nonlocal reported
        if progress and monotonic() - reported >= OFTEN:
            reported = monotonic()
            progress(len(work.done), len(work.places))

    while not work.lock.acquire(timeout=OFTEN):
        report()
    try:
        return work.result or work.go_on(report)
    finally:
        work.lock.release()


def table(sweep: Sweep, shown: tuple[Cell, ...], precision: str = "fp32") -> pd.DataFrame:
    """Return one row a network, for figures and downloads; places without a network are left out.

    ``x``, ``y`` (missing for one axis), ``network`` (the reference as text), ``hover`` (HTML for hovering),
    and the columns of ``Summary`` with ``weight_bytes`` and ``peak_bytes``. Raises ``KeyError`` for a precision that
    is not in ``costs.BYTES``.
    """
    return _frame([(sweep.in_words(cell.x, cell.y), cell) for cell in shown], precision)


@lru_cache(maxsize=KEPT)
def points_table(sweep: Sweep, precision: str = "fp32") -> pd.DataFrame:
    """Return the listed networks with their own costs: the columns of ``table``, ``label``, and ``exact``.

    ``exact`` is False for a network that differs from the cell it stands on. Shared: never change it.
    """
    rows = []
    for point in sweep.points:
        name = f"{point.network.case.title}, {sweep.in_words(point.x, point.y)}"
        if point.off:
            name += f"; the released one: {point.off}"
        root = point.network.case.build(**dict(point.network.changed))
        rows.append((name, Cell(point.x, point.y, point.network, summary(root))))
    return _frame(rows, precision).assign(
        label=[point.label for point in sweep.points], exact=[not point.off for point in sweep.points]
    )


def _frame(rows: list[tuple[str, Cell]], precision: str) -> pd.DataFrame:
    columns = ("x", "y", "network", "hover", *Summary._fields, "weight_bytes", "peak_bytes")
    return pd.DataFrame(
        [
            (
                cell.x,
                cell.y,
                str(cell.network),
                f"<b>{escape(name)}</b><br>{full(costs.params)} parameters<br>{full(costs.macs)} MACs"
                f"<br>{size(costs.peak_bytes(precision))} of activations at the peak, {precision}",
                *costs,
                costs.params * BYTES[precision],
                costs.peak_bytes(precision),
            )
            for name, cell in rows
            if (costs := cell.summary)
        ],
        columns=columns,
    )
