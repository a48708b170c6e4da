"""Where sessions order what a process with TensorFlow works out: one after another, shared by all who want the same."""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from cnnlab.workers.handle import EndedError
from cnnlab.workers.worker import Worker

KEPT = 128  # answers
KEPT_BYTES = 64_000_000  # of them; twelve pictures of 224×224 take 0.3 MB
READERS = 200  # sessions whose last order is remembered
TICK = 0.2  # seconds
LOADING = 120.0  # seconds that TensorFlow may take to load on a slow disk
LARGE = 2_000_000_000  # bytes from which the process is started anew: TensorFlow hands nothing back to the machine
WARM = "warm"
LOG = logging.getLogger("cnnlab")


class FailedError(Exception):
    """An order came to nothing; the message is a sentence for its reader."""


class Ordered(Protocol):
    """What can be ordered."""

    @property
    def key(self) -> str:
        """The same for equal orders, and short: answers are kept by it, and the order need not be."""

    @property
    def bytes(self) -> int:
        """What it takes while it waits."""

    def document(self) -> dict[str, Any]:
        """As JSON has it; its ``view`` is a word for the log."""


O = TypeVar("O", bound=Ordered)  # noqa: E741
A = TypeVar("A")


@dataclass(frozen=True)
class Trade(Generic[A]):
    """What tells one line from another.

    ``read`` makes an answer of what the process sends, ``weigh`` says how many bytes it takes. Sentences begin with
    ``who``, such as “The process that draws”, or ``what``, such as “Drawing”, and end with ``mend``.
    """

    name: str
    command: tuple[str, ...]
    read: Callable[[dict[str, Any]], A]
    weigh: Callable[[A], int]
    who: str
    what: str
    mend: str


@dataclass(eq=False, slots=True)
class Job(Generic[O, A]):
    """An order on its way. It is let go as soon as it is answered."""

    key: str
    order: O | None
    answer: "Future[A]" = field(default_factory=Future)
    bytes: int = 0  # of its answer


class Line(Generic[O, A]):
    """One of a kind for each server; every method may be called from any thread and returns at once, but for patience.

    A session that orders anew gives up what it ordered before, unless that is being worked on already: who drags a
    slider waits for the last place only. ``limit`` is how long, in seconds, one order may take once TensorFlow is
    loaded.
    """

    def __init__(self, trade: Trade[A], limit: float, loading: float = LOADING) -> None:
        self._trade, self._limit, self._loading = trade, limit, loading
        self._worker = Worker(trade.command)  # asked and ended in the thread that works
        self._changed = threading.Condition()  # guards all that follows, but for the process
        self._line: list[Job[O, A]] = []  # what waits
        self._jobs: OrderedDict[str, Job[O, A]] = OrderedDict()  # what waits, what is worked on, and what was
        self._last: OrderedDict[str, str] = OrderedDict()
        self._warm: Future[A] | None = None
        self._closed = False
        self._thread: threading.Thread | None = None

    def warm(self) -> bool:
        """Have TensorFlow loaded, in the background; tells whether it is, or could not be."""
        with self._changed:
            gone = self._warm is not None and self._warm.done() and self._worker.pid is None
            failed = gone and self._warm is not None and self._warm.exception() is not None
            if failed:
                return True  # an order tells why
            if self._warm is None or gone:
                job: Job[O, A] = Job(WARM, None)
                self._warm = job.answer
                self._submit(job)
            return self._warm.done()

    def answer(self, who: str, order: O, patience: float = 0.0) -> A | None:
        """What was ordered, or None where it is not there after ``patience`` seconds; then ask again.

        Raises ``FailedError`` with a sentence where it cannot be had.
        """
        found = self._ordered(who, order)
        wait([found], timeout=patience)
        return found.result() if found.done() and not found.cancelled() else None

    def before(self, order: O) -> int:
        """How many orders come first."""
        key = order.key
        with self._changed:
            return next((place for place, job in enumerate(self._line) if job.key == key), 0)

    def forget(self, order: O) -> None:
        """Work it out anew when it is ordered next."""
        key = order.key
        with self._changed:
            job = self._jobs.get(key)
            if job and job.answer.done():
                del self._jobs[key]

    def urgent(self, order: O) -> bool:
        """Whether it comes before those that are not."""
        return True

    @property
    def pid(self) -> int | None:
        """The process that works; None where none runs."""
        return self._worker.pid

    @property
    def bytes(self) -> int:
        """What is kept: answers, and orders that wait for theirs."""
        with self._changed:
            return sum(job.bytes + (job.order.bytes if job.order else 0) for job in self._jobs.values())

    def close(self) -> None:
        """Forget what waits, end the process; for the end of a server and of a test."""
        with self._changed:
            self._closed = True
            for job in self._line:
                job.answer.cancel()
            self._line.clear()
            self._changed.notify_all()
        if self._thread:
            self._thread.join()
        self._worker.end()

    def _ordered(self, who: str, order: O) -> "Future[A]":
        key = order.key
        with self._changed:
            before = self._last.pop(who, None)
            self._last[who] = key
            if len(self._last) > READERS:
                self._last.popitem(last=False)
            if before is not None and before != key and before not in self._last.values():
                self._give_up(before)
            job = self._jobs.get(key)
            if job is None:
                job = Job(key, order)
                self._submit(job)
                self._jobs[key] = job
                self._drop_old()
            self._jobs.move_to_end(key)
            return job.answer

    # Called with the lock held.

    def _submit(self, job: Job[O, A]) -> None:
        if self._closed:
            raise RuntimeError(f"this {self._trade.name} is closed")
        urgent = job.order is None or self.urgent(job.order)
        place = next((n for n, each in enumerate(self._line) if each.order and not self.urgent(each.order)), None)
        self._line.insert(len(self._line) if place is None or not urgent else place, job)
        if self._thread is None:
            # A daemon: a server that ends does not first do what waits.
            self._thread = threading.Thread(target=self._work, name=self._trade.name, daemon=True)
            self._thread.start()
        self._changed.notify_all()

    def _give_up(self, key: str) -> None:
        job = self._jobs.get(key)
        if job and job in self._line:
            self._line.remove(job)
            job.answer.cancel()
            del self._jobs[key]

    def _drop_old(self) -> None:
        done = [job for job in self._jobs.values() if job.answer.done()]
        total = sum(job.bytes for job in done)
        for job in done:
            if len(self._jobs) <= KEPT and total <= KEPT_BYTES:
                return
            del self._jobs[job.key]
            total -= job.bytes

    # In the one thread that works. It alone starts, asks and ends the process.

    def _work(self) -> None:
        while job := self._next():
            job.answer.set_running_or_notify_cancel()
            try:
                answer = self._ask(job.order)
            except FailedError as error:
                job.answer.set_exception(error)
            else:
                job.bytes = self._trade.weigh(answer)
                job.answer.set_result(answer)
            with self._changed:
                job.order = None
                self._drop_old()

    def _next(self) -> Job[O, A] | None:
        """The first that waits; waits for it. None when the studio is closed."""
        with self._changed:
            while not self._closed:
                if self._line:
                    return self._line.pop(0)
                self._changed.wait()
            return None

    def _ask(self, order: O | None) -> A:
        """Work out an order, or load TensorFlow. Raises ``FailedError`` with a sentence."""
        request = order.document() if order else {"view": WARM}
        try:
            return self._trade.read(self._event(request))
        except EndedError as how:
            LOG.error("%s: the process %s", self._trade.name, how)
            self._worker.end()
            raise FailedError(
                f"{self._trade.who} {how}. Nothing else is harmed; change something or try again."
            ) from None
        except FailedError:
            raise
        except Exception:
            LOG.exception("%s: %s", self._trade.name, request["view"])
            self._worker.end()  # what it sends next may belong to this request
            raise FailedError("That went wrong on our side; the server's log tells more.") from None

    def _event(self, request: dict[str, Any]) -> dict[str, Any]:
        """The answer to one request. Raises ``EndedError``, and ``FailedError`` for a sentence."""
        child = self._worker.ask(request)
        began, began_anew = time.monotonic(), False
        while True:
            try:
                event = child.event(TICK)
            except EndedError:
                if began_anew or self._closed:
                    raise
                # It was killed before, or had just ended for want of work.
                began_anew, child = True, self._worker.ask(request)
                continue
            if event:
                if self._worker.memory > LARGE:
                    self._worker.end()
                if event["event"] == "done":
                    return dict(event["result"])
                if event["detail"]:
                    LOG.error("%s: %s", self._trade.name, event["detail"])
                raise FailedError(event["text"])
            limit = self._loading if self._worker.fresh else self._limit
            if self._closed or time.monotonic() - began > limit:
                self._worker.end()
                raise FailedError(
                    f"{self._trade.what} took over {limit:g} seconds and was stopped; {self._trade.mend}."
                )
