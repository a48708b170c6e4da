"""The board: what stands at Dask's scheduler about runs, so that no death of a worker or a dashboard loses it.

A dashboard puts runs up, any worker takes the first that waits, and what comes of it stays here until the dashboard
has stored it. Dask's own tasks carry no run: each says “take the first that waits”, so that the order is the board's.
"""

import logging
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from distributed import SchedulerPlugin

from cnnlab.training.dask.storing import RUNS_VARIABLE, store_left
from cnnlab.training.run_folder import Event, Phase

HANDLER = "cnnlab_board_2"
"""What the scheduler calls it. The number rises when dashboards and workers of before cannot talk to it any more."""
TASK = "cnnlab_run"
"""What keys of tasks begin with."""
MOST_DEATHS = 3
LOG = logging.getLogger("cnnlab")
LOST = (
    f"Its worker was lost {MOST_DEATHS} times in a row in one epoch of this run, most likely for want of memory; "
    "choose smaller pictures, a smaller batch or a smaller network."
)


@dataclass
class Job:
    """A run on the board. ``count``: events told so far, of which ``events`` are not stored yet."""

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
    token: int = 0  # who worked on it before it was given to another is not listened to any more
    ticket: str = ""  # of the request by which a worker took it
    deaths: int = 0  # since its last checkpoint
    stop: bool = False
    started: float = 0.0
    ended: float = 0.0

    @property
    def live(self) -> bool:
        return self.phase in ("waiting", "running")

    def tell(self, event: str, **fields: Any) -> None:
        """One more event."""
        self.count += 1
        self.events.append({"n": self.count, "event": event, "time": round(time.time(), 3), **fields})

    def finish(self, phase: Phase, text: str) -> None:
        """Nothing more comes after this."""
        self.phase, self.text, self.ended = phase, text, time.time()
        self.tell("end", phase=phase)

    def given(self, run: str) -> dict[str, Any]:
        """What the worker gets that has taken it."""
        return {"run": run} | {name: getattr(self, name) for name in ("token", "spec", "train", "data", "checkpoint")}

    def whole(self) -> dict[str, Any]:
        """What a dashboard stores of it."""
        names = ("checkpoint", "checkpoint_at", "events", "report", "files")
        return {name: getattr(self, name) for name in names}

    def told(self) -> dict[str, Any]:
        """What a dashboard is told at each look."""
        names = ("phase", "text", "events", "count", "checkpoint_at", "started", "ended")
        return {name: getattr(self, name) for name in names}


class Board(SchedulerPlugin):  # type: ignore[misc]  # distributed brings no types for it
    """Lives in the scheduler's event loop, which calls one method at a time."""

    name = "cnnlab-board"
    idempotent = True  # whoever comes second finds the first one's

    def __init__(self) -> None:
        self.jobs: dict[str, Job] = {}
        self.payloads: dict[str, bytes] = {}
        self.arriving: dict[str, bytearray] = {}

    async def start(self, scheduler: Any) -> None:
        self.scheduler = scheduler
        scheduler.handlers[HANDLER] = self.answer

    def answer(self, what: str, **fields: Any) -> Any:
        """A request of a dashboard or a worker."""
        asked: dict[str, Callable[..., Any]] = {
            "add": self.add, "give": self.give, "look": self.look, "fetch": self.fetch, "forget": self.forget,
            "cancel": self.cancel, "take": self.take, "payload": self.payload, "put": self.put, "end": self.end,
        }  # fmt: skip
        return asked[what](**fields)

    # Of dashboards.

    def add(self, run: str, spec: str, train: str, data: str, count: int, checkpoint: bytes | None) -> bool:
        """Put a run up, after ``count`` stored events; whether the pictures named ``data`` have to be given too."""
        if run not in self.jobs:
            self.jobs[run] = Job(spec, train, data, count, checkpoint)
        return bool(data) and data not in self.payloads

    def give(self, key: str, at: int, piece: bytes, whole: int) -> int:
        """A piece of pictures for runs that name them, from byte ``at`` of ``whole``; where the next one begins."""
        if key in self.payloads:
            return whole
        arriving = self.arriving.setdefault(key, bytearray())
        if at == len(arriving):  # else this is another board than before, or two are sending
            arriving += piece
        if len(arriving) < whole:
            return len(arriving)
        self.payloads[key] = bytes(self.arriving.pop(key))
        return whole

    def look(self, stored: dict[str, int]) -> dict[str, Any]:
        """How the named runs are, None for those to be added; events up to the stored ones are dropped.

        ``lacking``: tasks to be submitted, so that there is one for each run that is complete and has not ended.
        """
        self.scheduler.idle_since = None  # somebody still has something to store, on a full disk perhaps
        for run, count in stored.items():
            if job := self.jobs.get(run):
                job.events = [event for event in job.events if event["n"] > count]
        waiting = [run for run, job in self.jobs.items() if job.phase == "waiting"]
        tasks = sum(
            task.state not in ("memory", "erred", "released", "forgotten")
            for key, task in self.scheduler.tasks.items()
            if str(key).startswith(TASK)
        )
        return {
            "runs": {run: self.jobs[run].told() if self._complete(run) else None for run in stored},
            "before": {run: place for place, run in enumerate(waiting) if run in stored},
            "lacking": max(0, sum(job.live and self._complete(run) for run, job in self.jobs.items()) - tasks),
            "workers": len(self.scheduler.workers),
        }

    def _complete(self, run: str) -> bool:
        """Whether it is here, and its pictures: whoever put it up may have been killed in between."""
        job = self.jobs.get(run)
        return job is not None and (not job.data or job.data in self.payloads)

    def fetch(self, run: str) -> dict[str, Any]:
        """What is large, and all of one moment: with a checkpoint come the events up to it."""
        return self.jobs[run].whole()

    def forget(self, run: str) -> None:
        """It has ended, and everything is stored; or it was never to be here."""
        if job := self.jobs.pop(run, None):
            job.stop = True
        wanted = {job.data for job in self.jobs.values()}
        self.payloads = {key: payload for key, payload in self.payloads.items() if key in wanted}
        self.arriving = {key: payload for key, payload in self.arriving.items() if key in wanted}

    def cancel(self, run: str) -> None:
        """End it: at once where it waits, within a step or two where it runs."""
        job = self.jobs.get(run)
        if job and job.phase == "waiting":
            job.finish("cancelled", "")
        elif job:
            job.stop = True

    # Of workers.

    def take(self, worker: str, ticket: str) -> dict[str, Any] | None:
        """The first run that waits; the same once more for the same ``ticket``, whose first answer was lost."""
        for run, job in self.jobs.items():
            if job.phase == "running" and job.ticket == ticket:
                return job.given(run)
        for run, job in self.jobs.items():
            if job.phase == "waiting" and self._complete(run):
                job.phase, job.worker, job.ticket, job.token = "running", worker, ticket, job.token + 1
                job.started = job.started or time.time()
                job.tell("start", worker=worker)
                return job.given(run)
        return None

    def payload(self, key: str) -> bytes:
        """Pictures by name."""
        return self.payloads[key]

    def put(self, run: str, token: int, events: list[Mapping[str, Any]], checkpoint: bytes | None) -> bool:
        """Events and the checkpoint that belongs to the last of them; whether to go on."""
        job = self._own(run, token)
        if not job:
            return False
        for event in events:
            job.tell(**event)
        if checkpoint is not None:
            job.checkpoint, job.checkpoint_at, job.deaths = checkpoint, job.count, 0
        return not job.stop

    def end(
        self, run: str, token: int, phase: Phase, text: str, report: dict[str, Any] | None, files: dict[str, bytes]
    ) -> None:
        """How it ended."""
        if job := self._own(run, token):
            job.report, job.files = report, files
            job.finish(phase, text)

    def _own(self, run: str, token: int) -> Job | None:
        job = self.jobs.get(run)
        return job if job and job.phase == "running" and job.token == token else None

    # Of the scheduler.

    def remove_worker(self, scheduler: Any, worker: str, **more: Any) -> None:
        """Runs of a worker that is no more wait again, before those that came later."""
        for job in self.jobs.values():
            if job.phase == "running" and job.worker == worker:
                job.deaths += 1
                if job.stop:
                    job.finish("cancelled", "")
                elif job.deaths >= MOST_DEATHS:
                    job.finish("failed", LOST)
                else:
                    job.phase = "waiting"
                    job.tell("lost", worker=worker)

    async def before_close(self) -> None:
        """Nobody has stored what is left here: a private scheduler does it itself."""
        if RUNS_VARIABLE in os.environ:
            store_left(self.jobs, Path(os.environ[RUNS_VARIABLE]))
