"""Where sessions order it: one order after another, shared by all who want the same."""

from typing import overload

from cnnlab.inference.answer import Answer, Counts, Pace, Tried, read, weight
from cnnlab.inference.request import Counting, Order, Timing, Try
from cnnlab.workers import Line, Trade, python
from cnnlab.workers.queue import LOADING

COMMAND = python("cnnlab.inference.process")
LIMIT = 90.0  # seconds: a training step of the largest networks is traced for half a minute


class Trier(Line[Order, Answer]):
    """The line of those who ask. ``limit`` is how long, in seconds, one order may take."""

    def __init__(self, limit: float = LIMIT, loading: float = LOADING, command: tuple[str, ...] = COMMAND) -> None:
        trade = Trade(
            "trier", command, read, weight, "The process that tries networks", "That",
            "choose a smaller network, batch or input size",
        )  # fmt: skip
        super().__init__(trade, limit, max(limit, loading))

    def urgent(self, order: Order) -> bool:
        """Measuring takes seconds, and nobody waits for it with a hand on a slider."""
        return not isinstance(order, Timing)

    @overload
    def answer(self, who: str, order: Counting, patience: float = 0.0) -> Counts | None: ...
    @overload
    def answer(self, who: str, order: Timing, patience: float = 0.0) -> Pace | None: ...
    @overload
    def answer(self, who: str, order: Try, patience: float = 0.0) -> Tried | None: ...
    @overload
    def answer(self, who: str, order: Order, patience: float = 0.0) -> Answer | None: ...
    def answer(self, who: str, order: Order, patience: float = 0.0) -> Answer | None:
        """See ``Line.answer``."""
        return super().answer(who, order, patience)
