"""Where sessions order pictures: drawn one order after another, shared by all who want the same."""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

from cnnlab.process import Child, EndedError, python
from cnnlab.studio.order import Drawn, FailedError, Order

COMMAND = python("cnnlab.studio.child")
KEPT = 128  # orders with their answers, each 0.3 MB or so
READERS = 200  # sessions whose last order is remembered, with its pictures
TICK = 0.2  # seconds
LARGE = 2_000_000_000  # bytes from which the process is started anew: TensorFlow hands nothing back to the machine
LOG = logging.getLogger("cnnlab")


class Studio:
    """One for each server process; every method may be called from any thread.

    A session that orders anew gives up what it ordered before, unless that is being drawn already: who drags a slider
    waits for the last place only. ``limit`` is how long, in seconds, one order may take, loading TensorFlow included.
    """

    def __init__(self, limit: float = 120.0, command: tuple[str, ...] = COMMAND) -> None:
        self._limit, self._command = limit, command
        self._lock = threading.Lock()  # guards the next three
        self._answers: OrderedDict[Order, Future[Drawn]] = OrderedDict()
        self._last: OrderedDict[str, Order] = OrderedDict()
        self._warm: Future[None] | None = None
        self._closed = False
        self._drawing = ThreadPoolExecutor(1, "studio")  # one process draws one order after another
        self._child: Child | None = None

    def warm(self) -> bool:
        """Have TensorFlow loaded, in the background; tells whether it is."""
        with self._lock:
            gone = self._warm is not None and self._warm.done() and not (self._child and self._child.alive)
            if self._warm is None or gone:
                self._warm = self._drawing.submit(self._ask, {"view": "warm"}, lambda _: None)
            return self._warm.done()

    def answer(self, who: str, order: Order, patience: float = 0.0) -> Drawn | None:
        """The pictures, or None where they are not there after ``patience`` seconds; then ask again.

        Raises ``FailedError`` with a sentence where they cannot be drawn.
        """
        found = self._ordered(who, order)
        wait([found], timeout=patience)
        return found.result() if found.done() and not found.cancelled() else None

    def forget(self, order: Order) -> None:
        """Draw it anew when it is ordered next."""
        with self._lock:
            found = self._answers.get(order)
            if found and found.done():
                del self._answers[order]

    @property
    def pid(self) -> int | None:
        """The process that draws; None where none runs."""
        child = self._child
        return child.pid if child and child.alive else None

    def close(self) -> None:
        """Forget what waits, end the process; for the end of a server and of a test."""
        self._closed = True
        self._drawing.shutdown(cancel_futures=True)
        self._end_child()

    def _ordered(self, who: str, order: Order) -> "Future[Drawn]":
        with self._lock:
            before = self._last.pop(who, None)
            self._last[who] = order
            if len(self._last) > READERS:
                self._last.popitem(last=False)
            if before is not None and before != order and before not in self._last.values():
                given_up = self._answers.get(before)
                if given_up and given_up.cancel():
                    del self._answers[before]
            found = self._answers.get(order)
            if found is None:
                found = self._answers[order] = self._drawing.submit(self._ask, order.document(), _drawn)
                self._drop_old()
            self._answers.move_to_end(order)
            return found

    def _drop_old(self) -> None:
        for order in list(self._answers):
            if len(self._answers) <= KEPT:
                return
            if self._answers[order].done():
                del self._answers[order]

    # In the one thread that draws. It alone starts, asks and ends the process.

    def _ask(self, request: dict[str, Any], read: Callable[[dict[str, Any]], Any]) -> Any:
        try:
            return read(self._event(request))
        except EndedError as how:
            self._end_child()
            raise FailedError(
                f"The process that draws {how}. Nothing else is harmed; change something or try again."
            ) from None
        except FailedError:
            raise
        except Exception:
            LOG.exception("studio: %s", request["view"])
            self._end_child()  # what it sends next may belong to this request
            raise FailedError("That went wrong on our side; the server's log tells more.") from None

    def _event(self, request: dict[str, Any]) -> dict[str, Any]:
        """The answer to one request. Raises ``EndedError``, and ``FailedError`` for a sentence."""
        end = time.monotonic() + self._limit
        child = self._asked(request)
        began_anew = False
        while True:
            try:
                event = child.event(TICK)
            except EndedError:
                if began_anew:
                    raise
                # It was killed before, or had just ended for want of work.
                began_anew, child = True, self._asked(request)
                continue
            if event:
                if child.memory > LARGE:
                    self._end_child()
                if event["event"] == "done":
                    return dict(event["result"])
                LOG.error("studio: %s", event["detail"])
                raise FailedError(event["text"])
            if self._closed or time.monotonic() > end:
                self._end_child()
                raise FailedError(
                    f"Drawing took over {self._limit:g} seconds and was stopped; choose smaller pictures."
                )

    def _asked(self, request: dict[str, Any]) -> Child:
        """Send a request to the process that is there, or to a new one. Raises ``EndedError``."""
        if self._child and self._child.alive:
            try:
                self._child.send(request)
                return self._child
            except EndedError:
                pass  # it ended in this very moment
        self._end_child()
        self._child = Child(self._command)
        self._child.send(request)
        return self._child

    def _end_child(self) -> None:
        if self._child:
            self._child.kill()
            self._child = None


def _drawn(result: dict[str, Any]) -> Drawn:
    shares = {"pictures": tuple(result["pictures"]), "labels": tuple(map(tuple, result["labels"]))}
    return Drawn(**result | shares)
