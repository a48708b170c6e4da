"""Published values of the networks of the catalogue, to be shown beside the counted ones. PURE."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("published.csv")
FACTORS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9}


@dataclass(frozen=True, slots=True)
class Published:
    """One printed value. ``reason`` says why the graph gives another one, if it does."""

    network: str
    input_size: int
    quantity: str
    value: str
    dataset: str
    protocol: str
    note: str
    source: str
    reason: str

    @property
    def number(self) -> float:
        """The printed value as a number."""
        return float(self.value.rstrip("KMG")) * self._factor

    @property
    def last_digit(self) -> float:
        """The value of one unit of the last printed digit."""
        digits = self.value.rstrip("KMG")
        return self._factor / float(10 ** len(digits.partition(".")[2]))

    @property
    def _factor(self) -> int:
        return FACTORS[self.value.lstrip("0123456789.")]

    def verdict(self, computed: float) -> str:
        """Return why the two numbers differ, or how the computed one becomes the printed one."""
        if self.reason:
            return self.reason
        if abs(computed - self.number) <= self.last_digit / 2:
            return "agrees"
        if 0 < computed - self.number < self.last_digit:
            return "agrees; the last digits are cut off, not rounded"
        return ""


@cache
def _rows() -> tuple[Published, ...]:
    with FILE.open(encoding="utf-8", newline="") as file:
        rows = [dict(row) for row in csv.DictReader(file)]
    return tuple(Published(input_size=int(row.pop("input_size")), **row) for row in rows)


def published(network: str) -> tuple[Published, ...]:
    """Return the printed values of one network, none for a network that no table lists."""
    return tuple(row for row in _rows() if row.network == network)


ONE_CROP = ("ImageNet", "one crop")


def top1(network: str) -> Published | None:
    """Return the one accuracy to show: ImageNet's from one crop, otherwise the first that is printed."""
    rows = [row for row in published(network) if row.quantity == "top1"]
    return next((row for row in rows if (row.dataset, row.protocol) == ONE_CROP), rows[0] if rows else None)
