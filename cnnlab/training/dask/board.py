"""The board: the runs' state at Dask's scheduler, which survives the death of any worker or dashboard.

A dashboard adds runs, any worker takes the first that waits, and its results stay here until the dashboard has stored
them. Dask's own tasks carry no run: each means “take the first that waits”, so that the order is the board's.
"""

import logging
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from distributed import SchedulerPlugin

from cnnlab.training.dask.storing import RUNS_VARIABLE, store_left
from cnnlab.training.run_folder import LIVE, Event, Phase

HANDLER = "cnnlab_board_3"
"""Name of the scheduler's handler and plugin. Raise the number when older dashboards or workers cannot use it."""
TASK = "cnnlab_run"
"""Prefix of the keys of tasks."""
REQUESTS = ("add", "upload", "progress", "results", "forget", "cancel", "take", "payload", "report", "end")
"""Methods of the board that dashboards and workers call."""
MOST_DEATHS = 3
LOG = logging.getLogger("cnnlab")
LOST = (
    f"Its worker was lost {MOST_DEATHS} times in a row in one epoch of this run, most likely because memory ran out; "
    "choose smaller images, a smaller batch or a smaller network."
)


@dataclass
class BoardEntry:
    """The entry of a run on the board. ``count``: its events so far, of which ``events`` are not stored yet."""

    spec: str
    train: str
    data: str
    count: int
    checkpoint: bytes | None
    phase: Phase = "waiting"
    text: str = ""
    events: list[Event] = field(default_factory=list)
    checkpoint_at: int = 0
    report: dict[str, Any] | None = None
    files: dict[str, bytes] = field(default_factory=dict)
    worker: str = ""
    token: int = 0  # another for each worker that takes it: who has an older one is ignored
    ticket: str = ""  # of the request with which a worker took it
    deaths: int = 0  # since its last checkpoint
    stop: bool = False
    started: float = 0.0
    ended: float = 0.0

    @property
    def live(self) -> bool:
        return self.phase in LIVE

    def add_event(self, event: str, **fields: Any) -> None:
        """Append an event with its number and time."""
        self.count += 1
        self.events.append({"n": self.count, "event": event, "time": round(time.time(), 3), **fields})

    def finish(self, phase: Phase, text: str) -> None:
        """Set the last phase and append the last event."""
        self.phase, self.text, self.ended = phase, text, time.time()
        self.add_event("end", phase=phase)

    def assignment(self, run: str) -> dict[str, Any]:
        """Return the fields that a worker needs to train the run."""
        return {"run": run} | self._values("token", "spec", "train", "data", "checkpoint")

    def results(self) -> dict[str, Any]:
        """Return the fields that a dashboard stores."""
        return self._values("checkpoint", "checkpoint_at", "events", "report", "files")

    def progress(self) -> dict[str, Any]:
        """Return the state without checkpoint, report and files."""
        return self._values("phase", "text", "events", "count", "checkpoint_at", "started", "ended")

    def _values(self, *names: str) -> dict[str, Any]:
        return {name: getattr(self, name) for name in names}


class Board(SchedulerPlugin):  # type: ignore[misc]  # distributed brings no types for it
    """The board, in the scheduler's event loop, which calls one method at a time."""

    name = HANDLER
    idempotent = True  # a second dashboard finds the board of the first

    def __init__(self) -> None:
        self.runs: dict[str, BoardEntry] = {}
        self.payloads: dict[str, bytes] = {}
        self.arriving: dict[str, bytearray] = {}

    async def start(self, scheduler: Any) -> None:
        self.scheduler = scheduler
        scheduler.handlers[HANDLER] = self.answer

    def answer(self, what: str, **fields: Any) -> Any:
        """Answer a request of a dashboard or a worker. Raises ``ValueError`` for one that is not in ``REQUESTS``."""
        if what not in REQUESTS:
            raise ValueError(f"the board has no request {what!r}")
        return getattr(self, what)(**fields)

    # Requests of dashboards.

    def add(self, run: str, spec: str, train: str, data: str, count: int, checkpoint: bytes | None) -> bool:
        """Add a run with ``count`` stored events; return whether the payload named ``data`` has to be uploaded."""
        if run not in self.runs:
            self.runs[run] = BoardEntry(spec, train, data, count, checkpoint)
        return bool(data) and data not in self.payloads

    def upload(self, key: str, at: int, piece: bytes, whole: int) -> int:
        """Append a piece of a payload, from byte ``at`` of ``whole``; return where the next piece begins."""
        if key in self.payloads:
            return whole
        arriving = self.arriving.setdefault(key, bytearray())
        if at == len(arriving):  # otherwise this is another board than before, or two dashboards upload it
            arriving += piece
        if len(arriving) < whole:
            return len(arriving)
        self.payloads[key] = bytes(self.arriving.pop(key))
        return whole

    def progress(self, stored: dict[str, int]) -> dict[str, Any]:
        """Return the progress of the named runs, None for those to be added; drop events up to the stored ones.

        ``lacking``: tasks to be submitted, so that there is one for each run that is complete and has not ended.
        """
        self.scheduler.idle_since = None  # a dashboard still has something to store, on a full disk perhaps
        for run, count in stored.items():
            if entry := self.runs.get(run):
                entry.events = [event for event in entry.events if event["n"] > count]
        waiting = [run for run, entry in self.runs.items() if entry.phase == "waiting"]
        tasks = sum(
            task.state not in ("memory", "erred", "released", "forgotten")
            for key, task in self.scheduler.tasks.items()
            if str(key).startswith(TASK)
        )
        return {
            "runs": {run: self.runs[run].progress() if self._complete(run) else None for run in stored},
            "before": {run: place for place, run in enumerate(waiting) if run in stored},
            "lacking": max(0, sum(entry.live and self._complete(run) for run, entry in self.runs.items()) - tasks),
            "workers": len(self.scheduler.workers),
        }

    def _complete(self, run: str) -> bool:
        """Return whether run and payload have arrived: whoever added them may have been killed in between."""
        entry = self.runs.get(run)
        return entry is not None and (not entry.data or entry.data in self.payloads)

    def results(self, run: str) -> dict[str, Any]:
        """Return a run's large results, all of one moment: with a checkpoint come the events up to it."""
        return self.runs[run].results()

    def forget(self, run: str) -> None:
        """Drop a run that has ended and is stored, or should not be here."""
        if entry := self.runs.pop(run, None):
            entry.stop = True
        wanted = {entry.data for entry in self.runs.values()}
        self.payloads = {key: payload for key, payload in self.payloads.items() if key in wanted}
        self.arriving = {key: payload for key, payload in self.arriving.items() if key in wanted}

    def cancel(self, run: str) -> None:
        """End a run: at once if it waits, within a step or two if it runs."""
        entry = self.runs.get(run)
        if entry and entry.phase == "waiting":
            entry.finish("cancelled", "")
        elif entry:
            entry.stop = True

    # Requests of workers.

    def take(self, worker: str, ticket: str) -> dict[str, Any] | None:
        """Assign the first waiting run; the same run again for the same ``ticket``, whose first answer was lost."""
        for run, entry in self.runs.items():
            if entry.phase == "running" and entry.ticket == ticket:
                return entry.assignment(run)
        for run, entry in self.runs.items():
            if entry.phase == "waiting" and self._complete(run):
                entry.phase, entry.worker, entry.ticket, entry.token = "running", worker, ticket, entry.token + 1
                entry.started = entry.started or time.time()
                entry.add_event("start", worker=worker)
                return entry.assignment(run)
        return None

    def payload(self, key: str) -> bytes:
        """Return the payload of that name."""
        return self.payloads[key]

    def report(self, run: str, token: int, events: list[Mapping[str, Any]], checkpoint: bytes | None) -> bool:
        """Append events, with the checkpoint that belongs to the last of them; return whether to go on."""
        entry = self._assigned(run, token)
        if not entry:
            return False
        for event in events:
            entry.add_event(**event)
        if checkpoint is not None:
            entry.checkpoint, entry.checkpoint_at, entry.deaths = checkpoint, entry.count, 0
        return not entry.stop

    def end(
        self, run: str, token: int, phase: Phase, text: str, report: dict[str, Any] | None, files: dict[str, bytes]
    ) -> None:
        """End a run with its report and files."""
        if entry := self._assigned(run, token):
            entry.report, entry.files = report, files
            entry.finish(phase, text)

    def _assigned(self, run: str, token: int) -> BoardEntry | None:
        entry = self.runs.get(run)
        return entry if entry and entry.phase == "running" and entry.token == token else None

    # Called by the scheduler.

    def remove_worker(self, scheduler: Any, worker: str, **more: Any) -> None:
        """Queue the runs of a lost worker again, before those added later."""
        for entry in self.runs.values():
            if entry.phase == "running" and entry.worker == worker:
                entry.deaths += 1
                if entry.stop:
                    entry.finish("cancelled", "")
                elif entry.deaths >= MOST_DEATHS:
                    entry.finish("failed", LOST)
                else:
                    entry.phase = "waiting"
                    entry.add_event("lost", worker=worker)

    async def before_close(self) -> None:
        """Store the results that no dashboard has stored, if this is the scheduler of this computer."""
        if RUNS_VARIABLE in os.environ:
            store_left(self.runs, Path(os.environ[RUNS_VARIABLE]))
