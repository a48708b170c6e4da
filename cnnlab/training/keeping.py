"""What stands on the board, stored in a run's folder."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from cnnlab.locks import Lock
from cnnlab.training import runs
from cnnlab.training.folder import CANCEL, CHECKPOINT, LIVE, REPORT, Run

TENDING = ".tending.lock"
"""Held, in the folder of all runs, by the process that stores what comes."""


RUNS_VARIABLE = "CNNLAB_BOARD_RUNS"
"""Names the folder of runs to a scheduler that is a private one, on the same disk."""


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
        new = [event for event in told["events"] if event["n"] > self.count]
        if new:
            self.run.append(new)
            self.count = new[-1]["n"]
        ended = told["phase"] not in LIVE
        large = fetch() if ended or told["checkpoint_at"] > self._checkpoint_at else {}
        # After the events: an epoch told twice is one line of the history, one that is not told would be missing.
        if large.get("checkpoint") is not None and told["checkpoint_at"] > self._checkpoint_at:
            self.run.put(CHECKPOINT, large["checkpoint"])
            self._checkpoint_at = told["checkpoint_at"]
        if ended:
            for name, data in large["files"].items():
                self.run.put(name, data)
            if large["report"] is not None:
                self.run.put(REPORT, json.dumps(large["report"]).encode())
        # The status comes last: whoever reads “done” finds everything.
        times = {"started": told["started"], "ended": told["ended"]}
        self.run.note(phase=told["phase"], text=told["text"], before=before, **times)
        if ended:
            (self.run.folder / CANCEL).unlink(missing_ok=True)
        return ended


def store_left(jobs: Mapping[str, Any], home: Path) -> None:
    """Store what is on a board that ends, unless a dashboard is there to do it."""
    lock = Lock(home / TENDING)
    if not lock.take():
        return
    try:
        for name, job in jobs.items():
            with suppress(ValueError, OSError):  # one run's folder may be damaged, or gone
                large = {"checkpoint": job.checkpoint, "report": job.report, "files": job.files}
                Keeper(runs.get(name, home)).store(job.told(), 0, lambda large=large: large)  # type: ignore[misc]
    finally:
        lock.give()
