"""Published values of the networks of the catalogue, to be shown beside the counted ones. PURE."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cnnlab.units import full

FILE = Path(__file__).with_name("published.csv")
FACTORS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9}


@dataclass(frozen=True, slots=True)
class Published:
    """One printed value. ``reason`` says why the graph gives another one, where that was checked by counting."""

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
    def form(self) -> str:
        """The form of the network that was measured, where it is not the one here: the note's part before a colon."""
        form, colon, _ = self.note.partition(":")
        return form if colon else ""

    @property
    def place(self) -> str:
        """The source, and its note if it has one."""
        return f"{self.source}, {self.note}" if self.note else self.source

    @property
    def shown(self) -> str:
        """The printed value as numbers are written here: 138 M for 138M, 60,000 for 60000."""
        digits = self.value.rstrip("KMG")
        unit = self.value.removeprefix(digits).replace("K", "k")
        return f"{full(int(digits)) if digits.isdigit() else digits} {unit}".strip()

    @property
    def as_accuracy(self) -> str:
        """The accuracy with what it was measured on: «56.5 % (ImageNet, one crop; torchvision's form)»."""
        form = f"; {self.form}" if self.form else ""
        return f"{self.value} % ({self.dataset}, {self.protocol}{form})"

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
    def last_nonzero_digit(self) -> float:
        """The value of one unit of the last printed digit that is not 0: 10 million for 60M, 0.01 billion for 0.70G."""
        digits = self.value.rstrip("KMG")
        zeros = 0 if "." in digits else len(digits) - len(digits.rstrip("0"))
        return self.last_digit * float(10**zeros)

    @property
    def _factor(self) -> int:
        return FACTORS[self.value.lstrip("0123456789.")]

    def verdict(self, computed: float) -> str:
        """Return the checked reason for a difference, or whether the numbers agree, or by how much they differ."""
        if self.reason:
            return self.reason
        if abs(computed - self.number) <= self.last_digit / 2:
            return "agrees"
        if abs(computed - self.number) <= self.last_nonzero_digit / 2:
            return "agrees with the rounded published value"
        percent = 100 * abs(computed - self.number) / self.number
        return f"differs by {percent:.2g} %; the source gives no reason"


@cache
def _rows() -> tuple[Published, ...]:
    with FILE.open(encoding="utf-8", newline="") as file:
        rows = [dict(row) for row in csv.DictReader(file)]
    return tuple(Published(input_size=int(row.pop("input_size")), **row) for row in rows)


def published(network: str) -> tuple[Published, ...]:
    """Return the printed values of one network, none for a network that no table lists."""
    return tuple(row for row in _rows() if row.network == network)


ONE_CROP = ("ImageNet", "one crop")


def top1(network: str, input_size: int) -> Published | None:
    """Return the one accuracy to show for images of this size: ImageNet's from one crop, otherwise the first printed.

    Another size is another network: the Network in Network of the paper is a small one for 32×32 images.
    """
    rows = [row for row in published(network) if row.quantity == "top1" and row.input_size == input_size]
    return next((row for row in rows if (row.dataset, row.protocol) == ONE_CROP), rows[0] if rows else None)
