"""A worker process that jobs call: started when it is needed, ended when it hangs or has grown too large."""

import logging
import time
from collections.abc import Callable
from typing import Any, TypeVar

from cnnlab.workers.handle import Child, EndedError
from cnnlab.workers.job import Job, JobError, Lane, Progress
from cnnlab.workers.queue import Queue

TICK = 0.2  # seconds until a job that nobody wants any more is stopped
LOADING = 120.0  # seconds that TensorFlow may take to load on a slow disk
LARGE = 2_000_000_000  # bytes from which the process is started again: TensorFlow hands nothing back to the machine
WARM = {"view": "warm"}
LOG = logging.getLogger("cnnlab")
R = TypeVar("R")


class Worker:
    """Holds one ``Child`` at a time, which the jobs of one lane call; ``pid`` may be read from any thread.

    ``command`` starts the process. A call may take ``limit`` seconds, and the first one of a process ``loading`` if
    that is more. The process is ended once it takes ``large`` bytes. Two sentences say what went wrong: ``ended``, in
    which ``{how}`` stands for how the process ended, and ``late``, in which ``{limit:g}`` stands for the seconds.
    """

    def __init__(
        self,
        command: tuple[str, ...],
        limit: float,
        ended: str,
        late: str,
        loading: float = LOADING,
        large: int = LARGE,
    ) -> None:
        self._command, self._limit, self._loading, self._large = command, limit, max(limit, loading), large
        self._ended, self._late = ended, late
        self._child: Child | None = None
        self._fresh = True  # whether the process that was asked last had not been asked before

    def call(self, request: dict[str, Any], progress: Progress, read: Callable[[Any], R]) -> R:
        """Return the process's result, read by ``read``.

        Raises ``JobError`` with a sentence, and what ``progress`` raises; the process is then ended.
        """
        try:
            event = self._answer(request, progress)
            if event["event"] == "done":
                return read(event["result"])
        except EndedError as how:
            LOG.error("the process %s", how)
            self.end()
            raise JobError(self._ended.format(how=how)) from None
        except BaseException:
            self.end()  # what it sends next may belong to this request
            raise
        finally:
            if self.memory > self._large:
                self.end()
        if event["detail"]:
            LOG.error("%s", event["detail"])
        raise JobError(event["text"])

    def warm(self, queue: Queue, lane: Lane) -> bool:
        """Load TensorFlow by a job in this lane; return whether it is loaded or cannot be."""
        key = (lane.name, "warm")
        job = Job(lane, key, lambda progress: self.call(WARM, progress, lambda _: None))
        state = queue.ask("warm", job)
        if state.phase == "done" and self.pid is None:
            queue.submit("warm", job, again=True)
            return False
        return not state.live

    def end(self) -> None:
        """End the process, if one runs, and wait for its end."""
        if self._child:
            self._child.kill()
            self._child = None

    @property
    def pid(self) -> int | None:
        """Return the id of the process; None if none runs."""
        child = self._child
        return child.pid if child and child.alive else None

    @property
    def memory(self) -> int:
        """Return the bytes that the process takes; 0 if none runs."""
        child = self._child
        return child.memory if child else 0

    def _answer(self, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
        """Return the last event of a request. Raises ``EndedError`` if the process was killed at it."""
        child, began, heard = self._send(request), time.monotonic(), False
        while True:
            progress()
            try:
                event = child.event(TICK)
            except EndedError:
                if heard:
                    raise
                # It was killed before, or had just ended for want of work.
                child, heard = self._send(request), True
                continue
            if event and event["event"] != "progress":
                return event
            if event:
                heard = True
                progress(event["share"], event["text"])
            limit = self._loading if self._fresh else self._limit
            if time.monotonic() - began > limit:
                raise JobError(self._late.format(limit=limit))

    def _send(self, request: dict[str, Any]) -> Child:
        """Send a request to the process that is there, or to a new one. Raises ``EndedError``."""
        if self._child and self._child.alive:
            try:
                self._child.send(request)
            except EndedError:
                pass  # it ended in this very moment
            else:
                self._fresh = False
                return self._child
        self.end()
        self._child, self._fresh = Child(self._command), True
        self._child.send(request)
        return self._child
