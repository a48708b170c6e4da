"""A budget of MACs, parameters and memory, and which networks of a sweep keep to it."""

from collections.abc import Iterable
from dataclasses import dataclass

from cnnlab.costs import BYTES, Summary
from cnnlab.scaling.networks import Cell
from cnnlab.scaling.sweep import Sweep
from cnnlab.units import full, short, size

LIMITS = {"max_macs": "MAC limit", "max_params": "parameter limit", "max_bytes": "peak memory limit, bytes"}
"""Names of the limits in addresses, and their labels."""


@dataclass(frozen=True, slots=True)
class Budget:
    """At most so many MACs, parameters and bytes of activations at the peak; None is no limit.

    One image; bytes are those of ``precision``. Raises ``ValueError`` for a limit below 1 or an unknown precision.
    """

    macs: int | None = None
    params: int | None = None
    peak_bytes: int | None = None
    precision: str = "fp32"

    def __post_init__(self) -> None:
        if self.precision not in BYTES:
            raise ValueError(f"precision must be one of {', '.join(BYTES)}, not {self.precision!r}")
        for what, limit in (("MACs", self.macs), ("parameters", self.params), ("bytes", self.peak_bytes)):
            if limit is not None and limit < 1:
                raise ValueError(f"a budget of {what} is at least 1, not {limit!r}; leave it empty for no limit")

    @property
    def empty(self) -> bool:
        """True if nothing is limited."""
        return self.macs is self.params is self.peak_bytes is None

    def fits(self, costs: Summary) -> bool:
        """Return whether every limit is kept; a cost equal to its limit fits."""
        return all(cost <= limit for _, cost, limit in self._limits(costs))

    def fitting(self, cells: Iterable[Cell]) -> list[bool]:
        """Return whether each row of ``table`` fits: one value for each cell with a network."""
        return [self.fits(cell.summary) for cell in cells if cell.summary]

    def _limits(self, costs: Summary) -> list[tuple[str, int, int]]:
        """Return each limit: its noun, the network's cost, and the limit."""
        every = (
            (f"{short(costs.macs)} MACs", costs.macs, self.macs),
            (f"{short(costs.params)} parameters", costs.params, self.params),
            (
                f"{size(costs.peak_bytes(self.precision))} at the peak",
                costs.peak_bytes(self.precision),
                self.peak_bytes,
            ),
        )
        return [(text, cost, limit) for text, cost, limit in every if limit is not None]

    def sentence(self, sweep: Sweep, cells: Iterable[Cell]) -> str:
        """Return how many networks fit and which of them is largest by MACs, or which comes nearest if none does."""
        built = [(cell, cell.summary) for cell in cells if cell.summary]
        if not built:
            return "No network of this sweep can be built with these knobs; set them nearer to their defaults."
        good = [(cell, costs) for cell, costs in built if self.fits(costs)]
        many = f"{len(built)} networks" if len(built) > 1 else "1 network"
        if self.empty:
            fewest, most = (pick(costs.macs for _, costs in built) for pick in (min, max))
            return f"No budget is set: {many}, from {short(fewest)} to {short(most)} MACs."
        if good:
            cell, costs = max(good, key=lambda one: (one[1].macs, one[1].params))
            where = f"{sweep.in_words(cell.x, cell.y)} with {short(costs.macs)} MACs"
            if len(good) == 1:
                return f"1 of {many} fits: {where}."
            count = "All" if len(good) == len(built) else f"{len(good)} of"
            return f"{count} {many} fit; the largest of them: {where}."
        over = [(max((cost / limit, text) for text, cost, limit in self._limits(costs)), cell) for cell, costs in built]
        (ratio, text), cell = min(over, key=lambda one: one[0][0])
        times = (
            "just over"
            if ratio < 1.01
            else f"{ratio:.2f} times"
            if ratio < 9.995
            else f"about {full(round(ratio))} times"
        )
        where = sweep.in_words(cell.x, cell.y)
        return f"None of {many} fits; {where} is nearest, with {text}: {times} the budget."
