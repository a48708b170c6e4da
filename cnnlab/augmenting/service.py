"""Where sessions order pictures: drawn one order after another, shared by all who want the same."""

from typing import Any

from cnnlab.augmenting.request import Drawn, Order
from cnnlab.workers import Line, Trade, python
from cnnlab.workers.queue import LOADING

COMMAND = python("cnnlab.augmenting.process")


class Studio(Line[Order, Drawn]):
    """The line of those who want pictures. ``limit`` is how long, in seconds, one order may take."""

    def __init__(self, limit: float = 20.0, loading: float = LOADING, command: tuple[str, ...] = COMMAND) -> None:
        trade = Trade(
            "studio", command, _drawn, _weight, "The process that draws", "Drawing", "take a slow step out"
        )  # fmt: skip
        super().__init__(trade, limit, loading)


def _drawn(result: dict[str, Any]) -> Drawn:
    shares = {"pictures": tuple(result["pictures"]), "labels": tuple(map(tuple, result["labels"]))}
    return Drawn(**result | shares)


def _weight(answer: Drawn) -> int:
    return sum(map(len, answer.pictures))
