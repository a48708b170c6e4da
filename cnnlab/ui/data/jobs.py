"""Work on data sets that takes more than a moment, for all sessions: unpacking, downloading, looking.

Whoever wants the same shares the work; whoever reloads the page finds it again by its key.
"""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cnnlab.measuring import State

Tell = Callable[[float], None]
"""Is told the share that is done. It raises ``StoppedError`` once nobody wants the work any more."""
# Pictures are opened one at a time in the whole process (see ``pictures``): more threads would only wait. Downloads
# have a lane of their own, since a slow network must not keep others from unpacking.
LANES: Mapping[str, int] = {"look": 2, "read": 2, "fetch": 2, "pack": 1}
MOST_WAITING = 100  # in each lane; two for each student of a class of fifty
MOST_BYTES = 4 << 30  # of archives that wait on disk
KEPT = 40  # results, each with thumbnails of at most half a megabyte
KEPT_SENTENCES = 200
PATIENCE = 20.0  # seconds for which somebody counts as watching after the last look
LOG = logging.getLogger("cnnlab")
IDLE: State[Any] = State()


class StoppedError(Exception):
    """Nobody wants it any more."""


@dataclass(eq=False, slots=True)
class Job:
    """Work that waits or runs: who was last seen to want it, and who wanted it no more."""

    key: str
    lane: str
    work: Callable[[Tell], Any]
    text: str
    weight: int
    seen: dict[str, float]
    left: set[str] = field(default_factory=set)
    share: float = 0.0
    stopped: bool = False


class Jobs:
    """One for each server; every method may be called from any thread and returns at once."""

    def __init__(self, lanes: Mapping[str, int] = LANES) -> None:
        self._lanes = lanes
        self._changed = threading.Condition()  # guards all that follows
        self._waiting: list[Job] = []
        self._running: list[Job] = []
        self._results: OrderedDict[str, Any] = OrderedDict()
        self._sentences: OrderedDict[str, str] = OrderedDict()

    def ask(self, who: str, key: str, lane: str, text: str, work: Callable[[Tell], Any], weight: int = 0) -> None:
        """Want some work done, once, whoever asks. ``text`` says what it is; ``weight``: bytes that wait on disk.

        ``work`` is called in another thread. What it returns is the result; a ``ValueError`` is told as its sentence.
        """
        with self._changed:
            self._sentences.pop(key, None)
            job = self._job(key)
            if job:
                job.left.discard(who)
                job.seen[who] = time.monotonic()
                return
            if key in self._results:
                return
            waiting = sum(each.lane == lane for each in self._waiting)
            heavy = sum(each.weight for each in (*self._waiting, *self._running))
            if waiting >= MOST_WAITING or (weight and heavy + weight > MOST_BYTES):
                self._tell(key, "many data sets are waiting already; try again in a few minutes")
                return
            self._waiting.append(Job(key, lane, work, text, weight, {who: time.monotonic()}))
            self._begin(lane)

    def state(self, who: str, key: str, patience: float = 0.0) -> State[Any]:
        """How far it is, after waiting ``patience`` seconds for its end at most. Whoever looks wants it."""
        end = time.monotonic() + patience
        with self._changed:
            while (left := end - time.monotonic()) > 0 and self._job(key):
                self._changed.wait(left)
            job = self._job(key)
            if job and who not in job.left:
                job.seen[who] = time.monotonic()
                if job in self._running:
                    return State("running", job.text, job.share)
                before = sum(each.lane == job.lane for each in self._waiting[: self._waiting.index(job)])
                others = "1 other comes" if before == 1 else f"{before} others come"
                return State("waiting", f"{others} first" if before else "this one is next")
            if key in self._sentences:
                return State("failed", self._sentences[key])
            if key in self._results:
                self._results.move_to_end(key)
                return State("done", result=self._results[key])
            return IDLE

    def stop(self, who: str, key: str) -> None:
        """Want it no more; it ends where nobody else does."""
        with self._changed:
            job = self._job(key)
            if not job:
                return
            job.seen.pop(who, None)
            job.left.add(who)
            if self._unwanted(job):
                job.stopped = True
                if job in self._waiting:
                    self._waiting.remove(job)
                self._changed.notify_all()

    def forget(self, key: str) -> None:
        """As if it had never been asked for."""
        with self._changed:
            self._sentences.pop(key, None)
            self._results.pop(key, None)

    # Called with the lock held.

    def _job(self, key: str) -> Job | None:
        """Who was stopped may still need a moment to notice, and counts no more."""
        return next((job for job in (*self._running, *self._waiting) if job.key == key and not job.stopped), None)

    def _unwanted(self, job: Job) -> bool:
        """Whether somebody stopped it, and nobody else looked for a while."""
        return bool(job.left) and all(seen < time.monotonic() - PATIENCE for seen in job.seen.values())

    def _begin(self, lane: str) -> None:
        busy = sum(job.lane == lane for job in self._running)
        following = next((job for job in self._waiting if job.lane == lane), None)
        if following and busy < self._lanes[lane]:
            self._waiting.remove(following)
            self._running.append(following)
            threading.Thread(target=self._run, args=(following,), name=f"data {lane}", daemon=True).start()

    def _tell(self, key: str, sentence: str) -> None:
        self._sentences[key] = sentence
        while len(self._sentences) > KEPT_SENTENCES:
            self._sentences.popitem(last=False)

    # The threads that work.

    def _run(self, job: Job) -> None:
        def tell(share: float) -> None:
            job.share = min(1.0, max(0.0, share))
            with self._changed:  # who reloaded the page and then stopped it was two people for a moment
                job.stopped = job.stopped or self._unwanted(job)
            if job.stopped:
                raise StoppedError

        result, sentence = None, ""
        try:
            result = job.work(tell)
        except StoppedError:
            pass
        except Exception as error:
            sentence = _sentence(error)
        with self._changed:
            self._running.remove(job)
            if sentence and not job.stopped:
                self._tell(job.key, sentence)
            elif result is not None and not job.stopped:
                self._results[job.key] = result
                while len(self._results) > KEPT:
                    self._results.popitem(last=False)
            self._begin(job.lane)
            self._changed.notify_all()


def _sentence(error: Exception) -> str:
    if isinstance(error, ValueError):
        return str(error)
    LOG.error("work on a data set failed", exc_info=error)
    if isinstance(error, OSError):
        return f"the server's disk could not be used ({error.strerror or type(error).__name__}); try again later"
    if isinstance(error, MemoryError):
        return "the server's memory ran out; take fewer or smaller pictures"
    return "something went wrong on our side; the server's log tells more"
