"""What is read of a run's folder, kept as long as the files stay as they are."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from cnnlab.training import runs
from cnnlab.training.folder import EVENTS, REPORT, Event, Phase, Run
from cnnlab.training.runs import Seen

Stamp = tuple[int, int, int]
"""Tells one version of a file from another; each is a new file, or longer."""
NONE: Stamp = (0, 0, 0)
FRESH = 0.5  # seconds for which a list of runs is as good as new


@dataclass(frozen=True)
class Told:
    """What its events say. ``plan`` and ``latest`` are empty where nothing was told yet; never change them."""

    history: tuple[Event, ...] = ()
    plan: Mapping[str, Any] = field(default_factory=dict)
    latest: Mapping[str, Any] = field(default_factory=dict)
    """The last step, epoch, or count of features."""

    @property
    def total(self) -> int:
        """Epochs that are planned."""
        phases = self.plan.get("phases")
        found = phases if isinstance(phases, list) else []
        counts = [each.get("epochs") for each in found if isinstance(each, dict)]
        return sum(count for count in counts if type(count) is int and 0 <= count <= 10_000)

    def planned(self, phase: str) -> Mapping[str, Any]:
        """What was planned for a phase."""
        phases = self.plan.get("phases")
        found = phases if isinstance(phases, list) else []
        return next((each for each in found if isinstance(each, dict) and each.get("phase") == phase), {})

    @property
    def validation(self) -> int:
        """Pictures of the validation, 0 where that was not told."""
        pictures = self.plan.get("pictures")
        count = pictures.get("validation") if isinstance(pictures, dict) else 0
        return count if type(count) is int else 0


def found(words: str, phase: Phase | None) -> Sequence[Seen]:
    """What ``runs.found`` gives, shared: a class that watches has it read twice a second, not fifty times.

    A run that was made or deleted is seen at once, since its folder's folder changes.
    """
    here = runs.home()
    try:
        changed = here.stat().st_mtime_ns
    except OSError:
        return ()
    return _found(here, changed, int(time.monotonic() / FRESH), words, phase)


@lru_cache(maxsize=16)
def _found(_: Path, __: int, ___: int, words: str, phase: Phase | None) -> Sequence[Seen]:
    return tuple(runs.found(words, phase))


def told(run: Run) -> Told:
    """What its events say; nothing where they cannot be read, which ``runs.look_closely`` tells."""
    try:
        return _told(run, _stamp(run, EVENTS))
    except ValueError:
        return Told()


@lru_cache(maxsize=128)
def _told(run: Run, _: Stamp) -> Told:
    plan: Mapping[str, Any] = {}
    latest: Mapping[str, Any] = {}
    for event in run.events()[0]:
        if event["event"] == "plan":
            plan = event
        elif event["event"] in ("step", "epoch", "features"):
            latest = event
    rows = [row for row in run.history() if type(row.get("epoch")) is int and isinstance(row.get("phase"), str)]
    return Told(tuple(sorted(rows, key=lambda row: int(row["epoch"]))), plan, latest)


def report(run: Run) -> Mapping[str, Any] | None:
    """Its report, shared: never change it. Raises ``ValueError`` with a sentence."""
    stamp = _stamp(run, REPORT)
    return _report(run, stamp) if stamp != NONE else None


@lru_cache(maxsize=16)
def _report(run: Run, _: Stamp) -> Mapping[str, Any] | None:
    return run.report()


def accuracy(run: Run) -> tuple[float, float, float] | None:
    """The share of test pictures that are right, and its interval; None where no report says so."""
    stamp = _stamp(run, REPORT)
    return _accuracy(run, stamp) if stamp != NONE else None


@lru_cache(maxsize=4096)  # a list sorted by it reads them all
def _accuracy(run: Run, _: Stamp) -> tuple[float, float, float] | None:
    try:
        test = (run.report() or {})["test"]
        low, high = test["interval"]
        return float(test["accuracy"]), float(low), float(high)
    except (ValueError, KeyError, TypeError):
        return None


def _stamp(run: Run, name: str) -> Stamp:
    try:
        found = (run.folder / name).stat()
    except OSError:
        return NONE
    return found.st_mtime_ns, found.st_size, found.st_ino
