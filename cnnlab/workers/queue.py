"""The job queue of a server: work that takes TensorFlow or seconds, done in lanes and once for all sessions.

A page makes a ``Job`` and hands it to ``Queue.ask`` or ``Queue.submit``; ``Queue.state`` returns how far it is. Each
job runs in a thread; one that takes TensorFlow waits there for the answer of a process (``Worker.call``).
"""

import logging
import threading
import time
from collections.abc import Callable, Hashable, Iterable
from concurrent import futures
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from cachetools import LRUCache

from cnnlab.workers.job import Job, JobError, Lane, R, State, StoppedError

# Seconds for which a session counts as waiting after it last looked. A browser asks less often for a page out of sight,
# once a minute in the end: less than that stops work which nobody looks at.
PATIENCE = 20.0
FAILURES = 400  # sentences that are remembered
UNKNOWN = "That went wrong on our side; see the server's log."
LOG = logging.getLogger("cnnlab")


@dataclass(eq=False, slots=True)
class _Entry:
    """A job that waits or runs, when each session last looked at it, and which sessions cancelled it."""

    job: Job[Any]
    text: str
    seen: dict[str, float]
    left: set[str] = field(default_factory=set)
    share: float = 0.0
    stopped: bool = False
    future: "Future[Any]" = field(default_factory=Future)


class Queue:
    """The jobs of one server. Every method may be called from any thread and returns at once, except for ``patience``.

    ``who`` is any text that tells sessions apart.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()  # guards all that follows
        self._waiting: list[_Entry] = []
        self._running: list[_Entry] = []
        self._results: dict[Lane, LRUCache[Hashable, Any]] = {}
        self._failures: LRUCache[tuple[str, Hashable], str] = LRUCache(FAILURES)
        self._closed = False

    def ask(self, who: str, job: Job[R], patience: float = 0.0) -> State[R]:
        """Return the state of a job after ``patience`` seconds at most; submit it if there is none.

        Raises ``RuntimeError`` after ``close``.
        """
        if job.lane.latest_only:
            self._replace(who, job)
        if self.state(who, job.key).phase == "idle":
            self.submit(who, job)
        return self.state(who, job.key, patience)

    def submit(self, who: str, job: Job[Any], again: bool = False) -> None:
        """Add a job, also if it failed before.

        Nothing happens if its result is there, unless it is wanted ``again``: the old one then stays until the new one
        is there. Raises ``RuntimeError`` after ``close``.
        """
        with self._lock:
            self._failures.pop((who, job.key), None)
            self._failures.pop(("", job.key), None)
            if self._joined(who, job, again):
                _close(job)
                return
        refused = ""
        try:
            job.check()  # may take a moment, so others need not wait for it
        except JobError as error:
            refused = str(error)
        except BaseException:
            _close(job)
            raise
        with self._lock:
            if self._joined(who, job, again):
                _close(job)
                return
            if refused or self._full(job):
                self._fail([who], job, refused or job.lane.full.format(waiting=job.lane.most_waiting))
                _close(job)
                return
            later = [at for at, each in enumerate(self._waiting) if each.job.lane is job.lane and not each.job.urgent]
            place = later[0] if job.urgent and later else len(self._waiting)
            self._waiting.insert(place, _Entry(job, job.text, {who: self._clock()}))
            self._start(job.lane)

    def state(self, who: str, key: Hashable, patience: float = 0.0) -> State[Any]:
        """Return the state of a job; wait ``patience`` seconds at most for its end.

        Who looks at a job that waits or runs wants it, except after ``cancel``. So a reloaded page, which is a new
        session, finds it again and keeps it going.
        """
        with self._lock:
            entry = self._entry(key)
            if entry and who not in entry.left:
                entry.seen[who] = self._clock() + patience
        if entry and patience > 0:
            futures.wait([entry.future], timeout=patience)
        with self._lock:
            self._drop_unwanted()
            entry = self._entry(key)
            if entry and who not in entry.left:
                entry.seen[who] = self._clock()
                if entry in self._running:
                    return State("running", entry.text, entry.share)
                lane = entry.job.lane
                before = sum(each.job.lane is lane for each in self._waiting[: self._waiting.index(entry)])
                return State("waiting", lane.place(before))
            failure = self._failures.get((who, key)) or self._failures.get(("", key))
            if failure:
                return State("failed", failure)
            kept = self._kept(key)
            return State() if kept is None else State("done", share=1.0, result=kept[key])

    def cancel(self, who: str, key: Hashable) -> None:
        """Cancel a job for this session. It ends unless another session waits for it."""
        with self._lock:
            entry = self._entry(key)
            if entry:
                entry.seen.pop(who, None)
                entry.left.add(who)
                self._drop_unwanted()

    def forget(self, key: Hashable) -> None:
        """Drop a job's result or failure."""
        with self._lock:
            kept = self._kept(key)
            if kept is not None:
                del kept[key]
            self._failures.pop(("", key), None)

    def close(self) -> None:
        """Stop running jobs, drop waiting ones, and wait until none runs; for the end of a test."""
        with self._lock:
            self._closed = True
            for entry in list(self._waiting):
                self._give_up(entry)
            running = [entry.future for entry in self._running]
        futures.wait(running)

    # Called with the lock held.

    def _entry(self, key: Hashable) -> _Entry | None:
        """Return the entry of a key, unless it was stopped; a stopped one may still need a moment to end."""
        entries = (*self._running, *self._waiting)
        return next((entry for entry in entries if entry.job.key == key and not entry.stopped), None)

    def _kept(self, key: Hashable) -> "LRUCache[Hashable, Any] | None":
        """Return the kept results of the lane that holds this key's; None if no lane does."""
        return next((kept for kept in self._results.values() if key in kept), None)

    def _joined(self, who: str, job: Job[Any], again: bool) -> bool:
        """Return whether there is nothing to start: a result is there, or the job is live and this session joins it."""
        entry = self._entry(job.key)
        if entry:
            entry.left.discard(who)
            entry.seen[who] = self._clock()
            return True
        if self._closed:
            raise RuntimeError("this queue is closed")
        return not again and self._kept(job.key) is not None

    def _full(self, job: Job[Any]) -> bool:
        waiting = sum(each.job.lane is job.lane for each in self._waiting)
        taken = sum(each.job.bytes for each in (*self._waiting, *self._running) if each.job.lane is job.lane)
        too_large = bool(job.bytes) and taken + job.bytes > job.lane.most_bytes
        return waiting >= job.lane.most_waiting or too_large

    def _replace(self, who: str, job: Job[Any]) -> None:
        """Give up the session's other waiting jobs in this lane."""
        with self._lock:
            for entry in self._waiting:
                if entry.job.lane is job.lane and entry.job.key != job.key:
                    entry.seen.pop(who, None)
            self._drop_unwanted()

    def _wanted(self, entry: _Entry) -> bool:
        if entry.job.lane.unattended and not entry.left:
            return True
        oldest = self._clock() - PATIENCE
        return any(seen >= oldest for seen in entry.seen.values())

    def _drop_unwanted(self) -> None:
        for entry in [each for each in self._waiting if not self._wanted(each)]:
            self._give_up(entry)
        for entry in self._running:
            if not entry.job.lane.latest_only and not self._wanted(entry):
                entry.stopped = True

    def _give_up(self, entry: _Entry) -> None:
        """Remove a job that waits."""
        self._waiting.remove(entry)
        entry.future.cancel()
        _close(entry.job)

    def _start(self, lane: Lane) -> None:
        """Start the next job if the lane has room."""
        self._drop_unwanted()
        following = next((each for each in self._waiting if each.job.lane is lane), None)
        if not following or sum(each.job.lane is lane for each in self._running) >= lane.width:
            return
        self._waiting.remove(following)
        self._running.append(following)
        following.future.set_running_or_notify_cancel()
        # A daemon, unlike the threads of ThreadPoolExecutor: a server that ends does not first do what waits.
        threading.Thread(target=self._run, args=(following,), name=lane.name, daemon=True).start()

    def _fail(self, sessions: Iterable[str], job: Job[Any], text: str) -> None:
        for who in sessions if job.lane.own_failures else [""]:
            self._failures[who, job.key] = text

    def _keep(self, job: Job[Any], result: Any) -> None:
        lane = job.lane
        if lane not in self._results:
            # Each counts as one of ``kept``, and more if it is larger; the newest is kept in any case.
            least, most = lane.kept_bytes // lane.kept, lane.kept_bytes
            self._results[lane] = LRUCache(
                most, lambda result: min(most, max(least, lane.weigh(result) if result else 0))
            )
        self._results[lane][job.key] = result

    # In the thread of a job.

    def _run(self, entry: _Entry) -> None:
        result, failure = None, ""
        try:
            entry.job.check()
            result = entry.job.run(partial(self._report, entry))
        except StoppedError:
            pass
        except JobError as error:
            failure = str(error)
        except Exception:
            LOG.exception("%s: %s", entry.job.lane.name, entry.job.key)
            failure = UNKNOWN
        _close(entry.job)
        with self._lock:
            self._running.remove(entry)
            if not entry.stopped:
                if failure:
                    self._fail(entry.seen, entry.job, failure)
                else:
                    self._keep(entry.job, result)
            self._start(entry.job.lane)
        entry.future.set_result(None)

    def _report(self, entry: _Entry, share: float | None = None, text: str | None = None) -> None:
        """Note the progress of a job, see ``Progress``."""
        with self._lock:
            if share is not None:
                entry.share = min(1.0, max(0.0, share))
            if text is not None:
                entry.text = text
            self._drop_unwanted()
            if entry.stopped or self._closed:
                entry.stopped = True
                raise StoppedError


def _close(job: Job[Any]) -> None:
    """Release what a job holds; an error of it must not hold up the others."""
    try:
        job.close()
    except Exception:
        LOG.exception("%s: %s", job.lane.name, job.key)
