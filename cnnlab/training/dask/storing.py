"""What stands on the board, stored in a run's folder."""

import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from cnnlab.storage.locks import Lock
from cnnlab.training import runs
from cnnlab.training.run_folder import (
    CANCEL,
    CHECKPOINT,
    EVENTS,
    LIVE,
    MODEL,
    MOST_CHECKPOINT,
    MOST_EVENTS,
    MOST_MODEL,
    MOST_REPORT,
    MOST_SAID,
    REPORT,
    SAID,
    Event,
    Run,
)

TENDING = ".tending.lock"
"""Held, in the folder of all runs, by the process that stores what comes."""


RUNS_VARIABLE = "CNNLAB_BOARD_RUNS"
"""Names the folder of runs to a scheduler that is a private one, on the same disk."""
MOST = {MODEL: MOST_MODEL, SAID: MOST_SAID}
"""Files that a worker may have stored beside the report, and their bytes. Whatever else a board has is refused."""
AGAIN = 1.0  # seconds until a board that ends tries once more to store what it has
LOG = logging.getLogger("cnnlab")


class Keeper:
    """Stores what is told of one run. Raises ``ValueError`` with a sentence where the disk is full: try again later."""

    def __init__(self, run: Run) -> None:
        self.run = run
        try:
            self.count = max((event["n"] for event in run.events()[0]), default=0)
        except ValueError:
            self.count = 0
        self._checkpoint_at = 0

    def store(self, told: Mapping[str, Any], before: int, fetch: Callable[[], Mapping[str, Any]]) -> bool:
        """``told`` by ``Board.look``, large things by ``Board.fetch``. Whether the run has ended and all is stored."""
        self._append(told["events"])
        ended = told["phase"] not in LIVE
        large: Mapping[str, Any] = {}
        if ended or told["checkpoint_at"] > self._checkpoint_at:
            large = fetch()
            # An epoch told twice is one line of the history; one that a checkpoint has and no event would be missing.
            self._append(large["events"])
            self._checkpoint(large)
        text = self._results(told["text"], large) if ended else told["text"]
        # The status comes last: whoever reads “done” finds everything.
        times = {"started": told["started"], "ended": told["ended"]}
        self.run.note(phase=told["phase"], text=text, before=before, **times)
        if ended:
            (self.run.folder / CANCEL).unlink(missing_ok=True)
        if told["phase"] == "done" and self.run.model:
            with suppress(OSError):  # it is of no more use, and may take as much as the model three times
                (self.run.folder / CHECKPOINT).unlink(missing_ok=True)
        return ended

    def _append(self, events: Sequence[Event]) -> None:
        """Those that are not there yet."""
        new = [event for event in events if event["n"] > self.count]
        if new:
            self.run.append(self._with_room(new))
            self.count = new[-1]["n"]

    def _checkpoint(self, large: Mapping[str, Any]) -> None:
        if large["checkpoint"] is not None and large["checkpoint_at"] > self._checkpoint_at:
            if len(large["checkpoint"]) <= MOST_CHECKPOINT:
                self.run.put(CHECKPOINT, large["checkpoint"])
            self._checkpoint_at = large["checkpoint_at"]

    def _with_room(self, new: list[Event]) -> list[Event]:
        """Without steps where they have filled half of what a history may have: epochs would find no room."""
        with suppress(OSError):
            if (self.run.folder / EVENTS).stat().st_size > MOST_EVENTS // 2:
                return [event for event in new if event["event"] != "step"]
        return new

    def _results(self, text: str, large: Mapping[str, Any]) -> str:
        """Store report and files; the text, with what is refused."""
        refused = []
        for name, data in large["files"].items():
            if len(data) <= MOST.get(name, -1):
                self.run.put(name, data)
            else:
                refused.append(name)
        report = None if large["report"] is None else json.dumps(large["report"]).encode()
        if report is not None and len(report) <= MOST_REPORT:
            self.run.put(REPORT, report)
        elif report is not None:
            refused.append(REPORT)
        if not refused:
            return text
        LOG.warning("run %s: not stored: %s", self.run.name, refused)
        names = ", ".join(f"“{name[:80]}”" for name in refused[:5])
        return f"{text} Not stored, since no run has such files: {names}.".strip()


def store_left(jobs: Mapping[str, Any], home: Path) -> None:
    """Store what is on a board that ends, unless a dashboard is there to do it."""
    lock = Lock(home / TENDING)
    if not lock.acquire():
        return
    try:
        left = [name for name in jobs if not _stored(name, jobs[name], home, "it is tried once more")]
        if left:
            time.sleep(AGAIN)
        for name in left:
            _stored(name, jobs[name], home, "what its scheduler had of it is lost")
    finally:
        lock.release()


def _stored(name: str, job: Any, home: Path, otherwise: str) -> bool:
    """Whether it is on disk now; what is wrong with one run keeps no other from it."""
    try:
        Keeper(runs.get(name, home)).store(job.told(), 0, job.whole)
    except Exception as error:
        LOG.warning("run %s: %s; %s", name, error, otherwise)
        return False
    return True
