"""Where runs are asked for: each becomes a folder at once, and Dask does the work.

A dashboard's pages and the command line read folders and write wishes into them; one process at a time tends to them,
and it alone speaks with the scheduler. Killed, it is followed by the next that starts, and nothing is lost meanwhile:
the board (``board.py``) keeps it.
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
from cnnlab.training.dask.connection import Link, UnreachableError
from cnnlab.training.dask.local import IDLE
from cnnlab.training.dask.packing import Packing, Sending
from cnnlab.training.dask.storing import TENDING, Keeper
from cnnlab.training.run_folder import CANCEL, Run
from cnnlab.training.spec import Spec

TRAIN = "cnnlab.training.fit:train"
MOST_OF_ONE, MOST_IN_ALL = 3, 100  # runs that wait or run
TICK = 0.2  # seconds between two looks at what comes
PAUSE = 2.0  # the same where the scheduler does not answer
WARM = 60.0  # seconds for which whoever asks again for a warm worker is not heard
LONE = 10.0  # seconds without a worker until a private one that is dead is started anew
STUCK = 90.0  # the same where its process lives: longer than DEATH in ``private``, after which it ends by itself
PREPARING, STARTING = "its pictures are being prepared", "a worker is starting"
ORDINARY = (PREPARING, STARTING)
"""Texts of runs that wait for nothing that anybody would have to mend."""
LOG = logging.getLogger("cnnlab")


class Cluster:
    """One for each process that shows or starts runs of ``home``; every method returns at once, but for ``close``.

    ``train`` names the function that trains, as ``module:function``; ``most_of_one`` and ``most_in_all`` limit the runs
    of a browser session (``owner``) and of all; ``idle`` and ``memory`` are those of ``Private``.
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
        self._link = Link(self._home, idle, memory)
        self._lock = Lock(self._home / TENDING)
        self._wake, self._closed = threading.Event(), threading.Event()
        self._submitting = threading.Lock()
        self._thread: threading.Thread | None = None
        # Of the thread alone, but for reading:
        self._keepers: dict[str, Keeper] = {}
        self._ended: set[str] = set()
        self._troubles: dict[str, str] = {}
        self._again: dict[str, float] = {}
        self._packing, self._sending = Packing(), Sending()
        self._lacking: dict[str, str] = {}  # runs that the board has without their pictures, and what these are called
        self._worker_seen = 0.0
        self._cold, self._warmed = threading.Event(), 0.0

    def start(self) -> None:
        """Find the runs that have not ended, and tend to them from now on."""
        with self._submitting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="cluster", daemon=True)
                self._thread.start()
        self._wake.set()

    def warm(self) -> None:
        """Somebody may soon ask for a run: have a private worker there that has loaded what takes seconds.

        In the background; what is not used ends as after a run. A lab's workers are left alone.
        """
        if self._link.scheduler or time.monotonic() - self._warmed < WARM:
            return
        self._warmed = time.monotonic()
        self._cold.set()
        self.start()

    def submit(self, spec: Spec, owner: str = "") -> Run:
        """A new run that waits for a worker. Raises as ``submit_all`` does."""
        return self.submit_all([spec], owner)[0]

    def submit_all(self, specs: Sequence[Spec], owner: str = "") -> list[Run]:
        """New runs that wait for a worker, all of them or none.

        Raises ``ValueError`` with a sentence: a wrong field, too many, a full disk, or a file of weights that cannot
        be read.
        """
        from cnnlab.training import preflight
        from cnnlab.training.dask import payload as shipping

        for spec in specs:
            if wrong := preflight.problems(spec):
                raise FieldError(wrong)
        settled = [shipping.settled(spec) for spec in specs]
        with self._submitting:
            live = [seen for seen in runs.find(within=self._home) if seen.live]
            own = sum(seen.status is not None and seen.status.owner == owner for seen in live)
            if own + len(specs) > self._most_of_one:
                wanted = f"{own} of your runs wait or run already, and " if own else ""
                raise ValueError(
                    f"{wanted}more than {self._most_of_one} at a time are not taken; wait until "
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
        """Why nothing of this run can be stored at the moment, where its folder could not even take that sentence."""
        return self._troubles.get(run.name, "")

    def close(self) -> None:
        """Tend to nothing any more. Runs go on; the next that starts finds them."""
        self._closed.set()
        self._wake.set()
        if self._thread:
            self._thread.join()

    # The thread that tends to the runs.

    def _work(self) -> None:
        while not self._closed.is_set():
            pause = TICK
            try:
                live = self._live()
                if self._cold.is_set():
                    self._cold.clear()
                    self._link.warm(self._train)
                elif not live:
                    self._packing.keep(())
                    self._link.close()
                    pause = PAUSE
                elif self._lock.acquire():
                    self._tend(live)
            except OSError as error:
                LOG.warning("runs: %s", error)
                self._unreachable(str(error))
                pause = PAUSE
            except Exception:
                LOG.exception("runs")  # nothing that is on disk may keep the others from being tended to
                pause = PAUSE
            self._wake.wait(pause)
            self._wake.clear()
        self._link.close()
        self._lock.release()

    def _live(self) -> list[runs.RunSummary]:
        """Runs that have not ended, the oldest first. Those that have ended are not looked at again."""
        if not self._home.is_dir():
            return []
        there = {entry.name for entry in os.scandir(self._home) if runs.NAME.fullmatch(entry.name)}
        live = []
        for name in sorted(there - self._ended):
            seen = runs.summary(Run(self._home / name))
            if seen.live:
                live.append(seen)
            elif seen.status and not seen.status.live:
                self._ended.add(name)  # one that is damaged may be mended
        for name in set(self._keepers) - {seen.name for seen in live}:  # deleted or damaged by hand
            self._link.ask("cancel", run=name)
            self._link.ask("forget", run=name)
            del self._keepers[name]
        return sorted(live, key=lambda seen: seen.status.created if seen.status else 0.0)

    def _tend(self, live: list[runs.RunSummary]) -> None:
        for seen in live:
            if seen.name not in self._keepers:
                self._keepers[seen.name] = Keeper(seen.run)
        found = self._look(live)
        unknown = [seen for seen in live if found["runs"][seen.name] is None]
        self._lacking = {seen.name: self._lacking[seen.name] for seen in unknown if seen.name in self._lacking}
        self._packing.keep(self._lacking.values())
        for seen in unknown:
            self._guarded(seen.run, partial(self._add, seen))
        if unknown:
            found = self._look(live)
        for _ in range(found["lacking"]):
            self._link.submit()
        lonely = self._lonely(found["workers"])
        for seen in live:
            if told := found["runs"][seen.name]:
                told["text"] = told["text"] or lonely
                self._guarded(seen.run, partial(self._store, seen, told, found["before"].get(seen.name, 0)))

    def _look(self, live: list[runs.RunSummary]) -> Any:
        return self._link.ask("look", stored={seen.name: self._keepers[seen.name].count for seen in live})

    def _add(self, seen: runs.RunSummary) -> None:
        """Put a run up: a new one, or one whose scheduler is no more, which goes on from what was stored."""
        assert seen.spec
        if (seen.run.folder / CANCEL).exists():
            seen.run.note(phase="cancelled", text="", before=0, ended=time.time())
            return
        from cnnlab.training.dask import payload as shipping

        key = shipping.key(seen.spec)
        if seen.name not in self._lacking:
            count, checkpoint = self._keepers[seen.name].count, seen.run.checkpoint()
            wanted = self._link.ask(
                "add", run=seen.name, spec=seen.spec.to_json(), train=self._train, data=key, count=count,
                checkpoint=checkpoint,
            )  # fmt: skip
            if not wanted:
                return
            self._lacking[seen.name] = key
        try:
            payload = self._packing.get(key, seen.spec)
        except (ValueError, LookupError) as error:
            self._link.ask("forget", run=seen.name)
            seen.run.note(phase="failed", text=str(error), before=0, ended=time.time())
            return
        if payload is None or not self._sending.on(key, payload, self._link.ask):
            seen.run.note(text=PREPARING)
        else:
            del self._lacking[seen.name]  # from now on the board has all of it, or another one begins anew

    def _store(self, seen: runs.RunSummary, told: dict[str, Any], before: int) -> None:
        if (seen.run.folder / CANCEL).exists():
            self._link.ask("cancel", run=seen.name)
        if self._keepers[seen.name].store(told, before, lambda: self._link.ask("fetch", run=seen.name)):
            self._link.ask("forget", run=seen.name)
            del self._keepers[seen.name]

    def _guarded(self, run: Run, do: Callable[[], None]) -> None:
        """What is wrong with one run's folder is told there, and does not keep the others waiting."""
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
            self._troubles[run.name] = f"{error}; until then nothing of this run is stored"
            self._again[run.name] = time.monotonic() + PAUSE  # a checkpoint may have hundreds of megabytes
            self._say(self._troubles[run.name], run)

    def _unreachable(self, sentence: str) -> None:
        """Told of all that have not ended. What waits can be cancelled all the same; the board is told later."""
        for keeper in self._keepers.values():
            seen = runs.summary(keeper.run)
            waits = seen.status is not None and seen.status.phase == "waiting"
            if waits and (keeper.run.folder / CANCEL).exists():
                self._say("", keeper.run, phase="cancelled", before=0, ended=time.time())
            elif seen.live:
                self._say(sentence, keeper.run)

    def _say(self, sentence: str, run: Run, **changes: Any) -> None:
        """Into its status, where that can be written."""
        try:
            run.note(text=sentence, **changes)
        except (ValueError, OSError) as error:
            LOG.debug("%s: %s", run.name, error)

    def _lonely(self, workers: int) -> str:
        """What is told where there is no worker; a private one is started anew where it is dead."""
        now = time.monotonic()
        if workers or not self._worker_seen:
            self._worker_seen = now
        if workers:
            return ""
        alone = now - self._worker_seen
        if self._link.scheduler:
            there = f"no worker is at the scheduler {self._link.scheduler}; start one, as the README says"
            return there if alone >= LONE else ""
        if alone >= LONE and (alone >= STUCK or not self._link.worker_lives()):
            self._worker_seen = now
            self._link.start_worker()
        return STARTING
