"""Where sessions ask for work: one after another, shared by all who want the same, dropped when nobody does."""

import atexit
import logging
import os
import shutil
import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, overload
from uuid import uuid4

import psutil

from cnnlab.backends.keras_calls import refusal as unmakeable
from cnnlab.backends.saving import KerasFile
from cnnlab.backends.timing import LayerTiming, Timing
from cnnlab.measuring.memory import available, refusal
from cnnlab.measuring.state import State, Task
from cnnlab.network import Network
from cnnlab.workers import EndedError, Worker, python

Key = tuple[Network, Task]
AnyState = State[Timing | LayerTiming | KerasFile]

KEPT = 256  # results and sentences; the layers of EfficientNet-B7 take 30 kB
KEPT_BYTES = 1_500_000_000  # of files, the newest in any case; each can be made anew in ten seconds
MOST_WAITING = 100  # two for each student of a class of fifty
TICK = 0.2  # seconds until withdrawn work is stopped
# Bytes from which the process is not kept for the next request: TensorFlow hands large weights back to it, but it never
# hands them back to the machine (2.1 GB after VGG-16).
LARGE = 1_200_000_000
COMMAND = python("cnnlab.measuring.process")
FOLDER = "cnnlab-desk-"
LOG = logging.getLogger("cnnlab")
IDLE: AnyState = State()


@dataclass(eq=False, slots=True)
class Job:
    """Work that waits or runs: who was last seen to want it, and who wanted it no more."""

    key: Key
    seen: dict[str, float] = field(default_factory=dict)
    left: set[str] = field(default_factory=set)
    text: str = "starting"
    share: float = 0.0


class Desk:
    """One for each server process; every method may be called from any thread and returns at once.

    ``who`` is any text that tells sessions apart. ``patience`` is how long, in seconds, somebody counts as watching
    after the last call of ``state``; ``limit`` how long one piece of work may run; ``free`` tells the memory there is,
    in bytes; ``command`` starts the process. A browser asks less often for a page out of sight, once a minute in the
    end: a patience under that stops work which nobody looks at.
    """

    def __init__(
        self,
        patience: float = 20.0,
        limit: float = 300.0,
        free: Callable[[], int] = available,
        clock: Callable[[], float] = time.monotonic,
        command: tuple[str, ...] = COMMAND,
    ) -> None:
        self._patience, self._limit, self._free, self._clock = patience, limit, free, clock
        self._worker = Worker(command)  # asked and ended in the thread that waits for it
        self._changed = threading.Condition()  # guards all that follows
        self._waiting: list[Job] = []
        self._running: Job | None = None
        self._results: OrderedDict[Key, AnyState] = OrderedDict()
        # Why it came to nothing is told to those who wanted it; whoever comes later may simply ask.
        self._sentences: OrderedDict[tuple[str, Key], AnyState] = OrderedDict()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._folder: Path | None = None
        self._path: Path | None = None  # where the running work writes

    def ask(self, who: str, network: Network, task: Task = "network", anew: bool = False) -> None:
        """Want this network's time, that of each of its layers, or its Keras file.

        Nothing happens where the result is there already, unless it is wanted ``anew``: it stays until the new one is
        there. What cannot be built, or does not fit into memory, is
        refused here. Raises ``RuntimeError`` after ``close``.
        """
        key = (network, task)
        with self._changed:
            if self._closed:
                raise RuntimeError("this desk is closed")
            self._sentences.pop((who, key), None)
            if (key in self._results and not anew) or self._join(who, key):
                return
        sentence = self._refusal(network)  # may build the graph, so others need not wait for it
        with self._changed:
            if (key in self._results and not anew) or self._join(who, key):
                return
            if not sentence and len(self._waiting) >= MOST_WAITING:
                sentence = f"{MOST_WAITING} requests are waiting already; try again in a few minutes."
            if sentence:
                self._tell([who], key, State("refused", sentence))
                return
            self._waiting.append(Job(key, {who: self._clock()}))
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="desk", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def withdraw(self, who: str) -> None:
        """Want none of it any more; what nobody else wants is stopped."""
        with self._changed:
            for job in self._jobs():
                if job.seen.pop(who, None) is not None:
                    job.left.add(who)
            self._drop_unwanted()

    @overload
    def state(self, who: str, network: Network, task: Literal["network"] = "network") -> State[Timing]: ...

    @overload
    def state(self, who: str, network: Network, task: Literal["layers"]) -> State[LayerTiming]: ...

    @overload
    def state(self, who: str, network: Network, task: Literal["file"]) -> State[KerasFile]: ...

    def state(self, who: str, network: Network, task: Task = "network") -> State[Any]:
        """How far it is. Whoever looks at work that waits or runs wants it, except after ``withdraw``.

        So a reloaded page, which is a new session, finds it again and keeps it going.
        """
        key = (network, task)
        with self._changed:
            self._drop_unwanted()
            for place, job in enumerate(self._jobs()):
                if job.key == key:
                    if who in job.left:
                        break
                    job.seen[who] = self._clock()
                    if job is self._running:
                        return State("running", job.text, job.share)
                    before = "1 request is" if place == 1 else f"{place} requests are"
                    return State("waiting", f"{before} before this one" if place else "this one is next")
            if (who, key) in self._sentences:
                return self._sentences[who, key]
            if key in self._results:
                self._results.move_to_end(key)
                return self._results[key]
            return IDLE

    @property
    def pid(self) -> int | None:
        """The working process; None where none runs."""
        return self._worker.pid

    def close(self) -> None:
        """Stop what runs, forget what waits, end the process; for the end of a server and of a test."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._changed.notify_all()
        if self._thread:
            self._thread.join()
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)

    # Called with the lock held.

    def _jobs(self) -> list[Job]:
        return [*([self._running] if self._running else []), *self._waiting]

    def _join(self, who: str, key: Key) -> bool:
        for job in self._jobs():
            if job.key == key:
                job.left.discard(who)
                job.seen[who] = self._clock()
                return True
        return False

    def _wanted(self, job: Job) -> bool:
        oldest = self._clock() - self._patience
        return any(seen >= oldest for seen in job.seen.values())

    def _drop_unwanted(self) -> None:
        self._waiting = [job for job in self._waiting if self._wanted(job)]

    def _tell(self, people: list[str], key: Key, state: AnyState) -> None:
        for who in people:
            self._sentences[who, key] = state
        while len(self._sentences) > KEPT:
            self._sentences.popitem(last=False)

    def _drop_old_results(self) -> None:
        while len(self._results) > KEPT:
            self._drop_result(next(iter(self._results)))
        total = 0
        for key, state in reversed(list(self._results.items())):
            if isinstance(state.result, KerasFile):
                total += state.result.bytes
                if total > KEPT_BYTES and total > state.result.bytes:
                    self._drop_result(key)

    def _drop_result(self, key: Key) -> None:
        state = self._results.pop(key, IDLE)
        if isinstance(state.result, KerasFile):
            Path(state.result.path).unlink(missing_ok=True)

    # The thread that waits for the process. It alone starts, asks and ends it.

    def _work(self) -> None:
        while job := self._next():
            state = self._measured(job)
            if self._path and state.phase != "done":
                self._path.unlink(missing_ok=True)  # half a file, or none
            self._path = None
            with self._changed:
                self._running = None
                if state.phase == "done":
                    self._drop_result(job.key)
                    self._results[job.key] = state
                    self._drop_old_results()
                elif state.phase != "idle":
                    self._tell(list(job.seen), job.key, state)
            if self._worker.memory > LARGE:
                self._worker.end()
        self._worker.end()

    def _next(self) -> Job | None:
        """The first that somebody still wants; waits for it. None when the desk is closed."""
        with self._changed:
            while not self._closed:
                self._drop_unwanted()
                if self._waiting:
                    self._running = self._waiting.pop(0)
                    return self._running
                self._changed.wait()
            return None

    def _measured(self, job: Job) -> AnyState:
        network, task = job.key
        end = self._clock() + self._limit
        try:
            # Memory may have gone since it was asked for.
            if sentence := self._refusal(network):
                return State("refused", sentence)
            return self._answer(job, self._request(network, task), end)
        except EndedError as how:
            self._worker.end()
            return State("failed", f"The process that worked on it {how}. Nothing else is harmed; you can try again.")
        except Exception:
            LOG.exception("%s of %s", task, network)
            self._worker.end()
            return State("failed", "That went wrong on our side; the server's log tells more.")

    def _request(self, network: Network, task: Task) -> dict[str, Any]:
        request = {"network": str(network), "task": task}
        if task == "file":
            if self._folder is None:
                self._folder = own_folder()
                atexit.register(shutil.rmtree, self._folder, ignore_errors=True)
            self._path = self._folder / f"{uuid4().hex}.keras"
            request["path"] = str(self._path)
        return request

    def _answer(self, job: Job, request: dict[str, Any], end: float) -> AnyState:
        """What comes of one request. Raises ``EndedError`` where the process was killed at it."""
        child = self._worker.ask(request)
        heard = False
        while True:
            try:
                event = child.event(TICK)
            except EndedError:
                if heard:
                    raise
                # It was killed before, or had just ended for want of work.
                heard, child = True, self._worker.ask(request)
                continue
            heard = heard or event is not None
            if event and event["event"] == "done":
                return State("done", "done", 1.0, _result(event["result"]))
            if event and event["event"] == "failed":
                LOG.error("%s of %s: %s", request["task"], request["network"], event["detail"])
                return State("failed", event["text"])
            with self._changed:
                gone = self._closed or not self._wanted(job)
                if gone:
                    self._running = None  # before the lock is given back: who asks now must start anew
                elif event:
                    job.share, job.text = event["share"], event["text"]
            if gone:
                self._worker.end()
                return IDLE
            if self._clock() > end:
                self._worker.end()
                longest = f"{self._limit / 60:g} minutes"
                return State("failed", f"It took over {longest} and was stopped; choose a smaller width or input size.")

    def _refusal(self, network: Network) -> str | None:
        try:
            # The process that is there will reuse what it takes.
            root = network.graph()
            return unmakeable(root) or refusal(root, self._free() + self._worker.memory)
        except ValueError as error:
            return str(error)


def own_folder() -> Path:
    """A folder for this server's files. Those of servers that are no more, killed before they could, are removed."""
    top = Path(tempfile.gettempdir())
    for left in top.glob(f"{FOLDER}*"):
        pid = left.name.removeprefix(FOLDER).partition("-")[0]
        if pid.isdecimal() and not psutil.pid_exists(int(pid)):
            shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{FOLDER}{os.getpid()}-"))


def _result(fields: dict[str, Any]) -> Timing | LayerTiming | KerasFile:
    """From JSON, which knows no tuples."""
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()
    }
    kind = next(
        kind for kind, name in ((Timing, "runs"), (LayerTiming, "seconds"), (KerasFile, "path")) if name in values
    )
    return kind(**values)
