"""Writes a run's state from the board into the run's folder."""

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
    MOST_PREDICTIONS,
    MOST_REPORT,
    PREDICTIONS,
    REPORT,
    Event,
    Run,
)

TENDING = ".tending.lock"
"""Lock in the folder of all runs, held by the process that stores what the board has."""
RUNS_VARIABLE = "CNNLAB_BOARD_RUNS"
"""Environment variable: the folder of runs, for the scheduler of this computer."""
MOST = {MODEL: MOST_MODEL, PREDICTIONS: MOST_PREDICTIONS}
"""Files that may be stored beside the report, and their most bytes. Others are refused."""
AGAIN = 1.0  # seconds until a board that ends tries once more
LOG = logging.getLogger("cnnlab")


class RunStore:
    """Stores the state of one run. Raises ``ValueError`` with a sentence if the disk is full: try again later."""

    def __init__(self, run: Run) -> None:
        self.run = run
        try:
            self.count = max((event["n"] for event in run.events()[0]), default=0)
        except ValueError:
            self.count = 0
        self._checkpoint_at = 0

    def store(self, progress: Mapping[str, Any], before: int, fetch: Callable[[], Mapping[str, Any]]) -> bool:
        """Store a run's progress and, with ``fetch``, its results; return whether it has ended and all is stored."""
        self._append(progress["events"])
        ended = progress["phase"] not in LIVE
        large: Mapping[str, Any] = {}
        if ended or progress["checkpoint_at"] > self._checkpoint_at:
            large = fetch()
            # An epoch that comes twice is one line of the history; one in a checkpoint but no event would be missing.
            self._append(large["events"])
            self._checkpoint(large)
        text = self._results(progress["text"], large) if ended else progress["text"]
        # The status is written last: whoever reads “done” finds everything.
        times = {"started": progress["started"], "ended": progress["ended"]}
        self.run.note(phase=progress["phase"], text=text, before=before, **times)
        if ended:
            (self.run.folder / CANCEL).unlink(missing_ok=True)
        if progress["phase"] == "done" and self.run.model:
            with suppress(OSError):  # of no more use, and up to three times as large as the model
                (self.run.folder / CHECKPOINT).unlink(missing_ok=True)
        return ended

    def _append(self, events: Sequence[Event]) -> None:
        """Append the events that are not in the folder yet."""
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
        """Leave out steps once half of a history's bytes are used, so that epochs still find room."""
        with suppress(OSError):
            if (self.run.folder / EVENTS).stat().st_size > MOST_EVENTS // 2:
                return [event for event in new if event["event"] != "step"]
        return new

    def _results(self, text: str, large: Mapping[str, Any]) -> str:
        """Store report and files; return the text, with a sentence on files that are refused."""
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


def store_left(entries: Mapping[str, Any], home: Path) -> None:
    """Store the runs of a board that ends, unless a dashboard is there to do it."""
    lock = Lock(home / TENDING)
    if not lock.acquire():
        return
    try:
        left = [name for name in entries if not _stored(name, entries[name], home, "trying again")]
        if left:
            time.sleep(AGAIN)
        for name in left:
            _stored(name, entries[name], home, "what its scheduler had of it is lost")
    finally:
        lock.release()


def _stored(name: str, entry: Any, home: Path, otherwise: str) -> bool:
    """Store a run and return whether that worked: an error of one run does not stop the others."""
    try:
        RunStore(runs.get(name, home)).store(entry.progress(), 0, entry.results)
    except Exception as error:
        LOG.warning("run %s: %s; %s", name, error, otherwise)
        return False
    return True
