"""Starts runs: each becomes a folder at once, and Dask trains it.

Pages and the command line read folders and write requests into them. One process at a time serves the folders, and it
alone connects to the scheduler. If it is killed, the next one takes over; meanwhile the board (``board.py``) keeps all.
"""

import logging
import os
import shutil
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from cnnlab.knobs import FieldError
from cnnlab.storage.locks import Lock
from cnnlab.training import runs
from cnnlab.training.dask.connection import Connection, UnreachableError
from cnnlab.training.dask.local import IDLE
from cnnlab.training.dask.packing import Packing, Upload
from cnnlab.training.dask.storing import TENDING, RunStore
from cnnlab.training.run_folder import CANCEL, Run
from cnnlab.training.spec import Spec

TRAIN = "cnnlab.training.fit:train"
MOST_OF_ONE, MOST_IN_ALL = 3, 100  # runs that wait or run
TICK = 0.2  # seconds between two requests to the board
PAUSE = 2.0  # the same while the scheduler does not answer
WARM = 60.0  # seconds in which a second request for a warm worker is ignored
LONE = 10.0  # seconds without a worker until a local one that is dead is started again
STUCK = 90.0  # the same while its process lives: longer than DEATH in ``local``, after which it ends by itself
PREPARING, STARTING = "its images are being prepared", "a worker is starting"
ORDINARY = (PREPARING, STARTING)
"""Texts of runs that wait without anything being wrong."""
LOG = logging.getLogger("cnnlab")


class Cluster:
    """Starts and serves runs of ``home``, one object a process. Every method but ``close`` returns at once.

    ``train`` names the function that trains, as ``module:function``; ``most_of_one`` and ``most_in_all`` limit the live
    runs of one ``owner`` and of all; ``idle`` and ``memory`` are those of ``LocalDask``.
    """

    def __init__(
        self,
        home: Path | None = None,
        train: str = TRAIN,
        most_of_one: int = MOST_OF_ONE,
        most_in_all: int = MOST_IN_ALL,
        idle: float = IDLE,
        memory: int | None = None,
    ) -> None:
        self._home, self._train = home or runs.home(), train
        self._most_of_one, self._most_in_all = most_of_one, most_in_all
        self._connection = Connection(self._home, idle, memory)
        self._lock = Lock(self._home / TENDING)
        self._wake, self._closed = threading.Event(), threading.Event()
        self._submitting = threading.Lock()
        self._thread: threading.Thread | None = None
        # Of the thread alone, but for reading:
        self._stores: dict[str, RunStore] = {}
        self._ended: set[str] = set()
        self._troubles: dict[str, str] = {}
        self._again: dict[str, float] = {}
        self._packing, self._upload = Packing(), Upload()
        self._lacking: dict[str, str] = {}  # runs that the board has without their images, and what these are called
        self._worker_seen = 0.0
        self._cold, self._warmed = threading.Event(), 0.0

    def start(self) -> None:
        """Serve the runs that have not ended from now on, in a thread."""
        with self._submitting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="cluster", daemon=True)
                self._thread.start()
        self._wake.set()

    def warm(self) -> None:
        """Start a local worker in advance, in the background, and load TensorFlow there.

        Unused, it ends as after a run. A lab's workers are left alone.
        """
        if self._connection.scheduler or time.monotonic() - self._warmed < WARM:
            return
        self._warmed = time.monotonic()
        self._cold.set()
        self.start()

    def submit(self, spec: Spec, owner: str = "") -> Run:
        """Make a run that waits for a worker. Raises as ``submit_all`` does."""
        return self.submit_all([spec], owner)[0]

    def submit_all(self, specs: Sequence[Spec], owner: str = "") -> list[Run]:
        """Make runs that wait for a worker, all of them or none.

        Raises ``ValueError`` with a sentence: a wrong field, too many, a full disk, or a file of weights that cannot
        be read.
        """
        from cnnlab.training import preflight
        from cnnlab.training.dask import payload

        for spec in specs:
            if wrong := preflight.problems(spec):
                raise FieldError(wrong)
        settled = [payload.with_stored_weights(spec) for spec in specs]
        with self._submitting:
            live = runs.find(live=True, within=self._home)
            own = sum(summary.owner == owner for summary in live)
            if own + len(specs) > self._most_of_one:
                wanted = f"{own} of your runs wait or run already, and " if own else ""
                raise ValueError(
                    f"{wanted}at most {self._most_of_one} at a time are allowed; wait until "
                    f"{'one has' if len(specs) == 1 else 'they have'} ended, or cancel one"
                )
            if len(live) + len(specs) > self._most_in_all:
                raise ValueError(f"{len(live)} runs wait or run already; try again when some of them have ended")
            made: list[Run] = []
            try:
                made.extend(runs.create(spec, owner, self._home) for spec in settled)
            except ValueError:
                for run in made:
                    shutil.rmtree(run.folder, ignore_errors=True)
                raise
        self.start()
        return made

    def trouble(self, run: Run) -> str:
        """Return why this run cannot be stored now; its folder could not even store that sentence."""
        return self._troubles.get(run.name, "")

    def close(self) -> None:
        """Stop serving. Runs go on; the next process that starts finds them."""
        self._closed.set()
        self._wake.set()
        if self._thread:
            self._thread.join()

    # In the thread that serves the runs.

    def _work(self) -> None:
        while not self._closed.is_set():
            pause = TICK
            try:
                live = self._live()
                if self._cold.is_set():
                    self._cold.clear()
                    self._connection.warm(self._train)
                elif not live:
                    self._packing.drop_others(())
                    self._connection.close()
                    pause = PAUSE
                elif self._lock.acquire():
                    self._serve(live)
            except OSError as error:
                LOG.warning("runs: %s", error)
                self._unreachable(str(error))
                pause = PAUSE
            except Exception:
                LOG.exception("runs")  # no file of one run may stop the others
                pause = PAUSE
            self._wake.wait(pause)
            self._wake.clear()
        self._connection.close()
        self._lock.release()

    def _live(self) -> list[runs.RunSummary]:
        """Return the runs that have not ended, the oldest first. An ended run is not read again."""
        if not self._home.is_dir():
            return []
        there = {entry.name for entry in os.scandir(self._home) if runs.NAME.fullmatch(entry.name)}
        live = []
        for name in sorted(there - self._ended):
            summary = runs.summary(Run(self._home / name))
            if summary.live:
                live.append(summary)
            elif summary.status and not summary.status.live:
                self._ended.add(name)  # a damaged one may be repaired
        for name in set(self._stores) - {summary.name for summary in live}:  # deleted or damaged by hand
            self._connection.ask("cancel", run=name)
            self._connection.ask("forget", run=name)
            del self._stores[name]
        return sorted(live, key=runs.created)

    def _serve(self, live: list[runs.RunSummary]) -> None:
        for summary in live:
            if summary.name not in self._stores:
                self._stores[summary.name] = RunStore(summary.run)
        found = self._progress(live)
        unknown = [summary for summary in live if found["runs"][summary.name] is None]
        self._lacking = {
            summary.name: self._lacking[summary.name] for summary in unknown if summary.name in self._lacking
        }
        self._packing.drop_others(self._lacking.values())
        for summary in unknown:
            self._guarded(summary.run, partial(self._add, summary))
        if unknown:
            found = self._progress(live)
        for _ in range(found["lacking"]):
            self._connection.submit()
        no_worker = self._check_workers(found["workers"])
        for summary in live:
            if progress := found["runs"][summary.name]:
                progress["text"] = progress["text"] or no_worker
                self._guarded(
                    summary.run, partial(self._store, summary, progress, found["before"].get(summary.name, 0))
                )

    def _progress(self, live: list[runs.RunSummary]) -> Any:
        return self._connection.ask(
            "progress", stored={summary.name: self._stores[summary.name].count for summary in live}
        )

    def _add(self, summary: runs.RunSummary) -> None:
        """Add a run to the board: a new one, or one of a lost scheduler, from its folder."""
        assert summary.spec
        if (summary.run.folder / CANCEL).exists():
            summary.run.note(phase="cancelled", text="", before=0, ended=time.time())
            return
        from cnnlab.training.dask import payload

        key = payload.key(summary.spec)
        if summary.name not in self._lacking:
            count, checkpoint = self._stores[summary.name].count, summary.run.checkpoint()
            wanted = self._connection.ask(
                "add", run=summary.name, spec=summary.spec.to_json(), train=self._train, data=key, count=count,
                checkpoint=checkpoint,
            )  # fmt: skip
            if not wanted:
                return
            self._lacking[summary.name] = key
        try:
            packed = self._packing.get(key, summary.spec)
        except (ValueError, LookupError) as error:
            self._connection.ask("forget", run=summary.name)
            summary.run.note(phase="failed", text=str(error), before=0, ended=time.time())
            return
        if packed is None or not self._upload.send(key, packed, self._connection.ask):
            summary.run.note(text=PREPARING)
        else:
            del self._lacking[summary.name]  # the board has all of it now; a new board would ask again

    def _store(self, summary: runs.RunSummary, progress: dict[str, Any], before: int) -> None:
        if (summary.run.folder / CANCEL).exists():
            self._connection.ask("cancel", run=summary.name)
        if self._stores[summary.name].store(
            progress, before, lambda: self._connection.ask("results", run=summary.name)
        ):
            self._connection.ask("forget", run=summary.name)
            del self._stores[summary.name]

    def _guarded(self, run: Run, do: Callable[[], None]) -> None:
        """Run ``do``; write an error with one run's folder into its status, so that the other runs go on."""
        if self._again.get(run.name, 0.0) > time.monotonic():
            return
        try:
            do()
            self._troubles.pop(run.name, None)
        except UnreachableError:
            raise
        except Exception as error:
            if not isinstance(error, ValueError | OSError):
                LOG.exception("run %s", run.name)
            self._troubles[run.name] = f"{error}; until then this run is not stored"
            self._again[run.name] = time.monotonic() + PAUSE  # a checkpoint may take hundreds of megabytes
            self._note(self._troubles[run.name], run)

    def _unreachable(self, sentence: str) -> None:
        """Write into all live runs that the scheduler is lost. A waiting run can be cancelled all the same."""
        for store in self._stores.values():
            summary = runs.summary(store.run)
            waits = summary.status is not None and summary.status.phase == "waiting"
            if waits and (store.run.folder / CANCEL).exists():
                self._note("", store.run, phase="cancelled", before=0, ended=time.time())
            elif summary.live:
                self._note(sentence, store.run)

    def _note(self, sentence: str, run: Run, **changes: Any) -> None:
        """Write a sentence into a run's status, if possible."""
        try:
            run.note(text=sentence, **changes)
        except (ValueError, OSError) as error:
            LOG.debug("%s: %s", run.name, error)

    def _check_workers(self, workers: int) -> str:
        """Return a sentence if there is no worker; start a local one again if it is dead."""
        now = time.monotonic()
        if workers or not self._worker_seen:
            self._worker_seen = now
        if workers:
            return ""
        alone = now - self._worker_seen
        if self._connection.scheduler:
            there = f"the scheduler {self._connection.scheduler} has no worker; start one, as the README says"
            return there if alone >= LONE else ""
        if alone >= LONE and (alone >= STUCK or not self._connection.worker_lives()):
            self._worker_seen = now
            self._connection.start_worker()
        return STARTING
