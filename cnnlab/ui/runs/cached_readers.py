"""Cached readers of a run's folder: a file is read again when it has changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from threading import Lock
from typing import Any, NamedTuple

from cnnlab.training import evaluation_notices, runs
from cnnlab.training.run_folder import EVENTS, REPORT, Event, Run, Stamp, epoch, stamp
from cnnlab.training.runs import RunSummary
from cnnlab.units import interval, share

LATEST = ("start", "lost", "weights", "features", "step", "epoch")
FRESH = 0.5  # seconds for which the list of runs is as good as new


@dataclass(frozen=True)
class EventSummary:
    """A summary of a run's events. ``plan`` and ``latest`` are empty before the first such event; never change them."""

    history: tuple[Event, ...] = ()
    plan: Mapping[str, Any] = field(default_factory=dict)
    latest: Mapping[str, Any] = field(default_factory=dict)
    """The last event whose kind is in ``LATEST``."""
    features: Mapping[str, Any] = field(default_factory=dict)
    """The last event on frozen features; empty where none were computed."""

    @property
    def phases(self) -> Sequence[Mapping[str, Any]]:
        """Return the plan of each phase."""
        phases = self.plan.get("phases")
        return [each for each in phases if isinstance(each, dict)] if isinstance(phases, list) else []

    @property
    def total(self) -> int:
        """Return the number of planned epochs."""
        counts = [each.get("epochs") for each in self.phases]
        return sum(count for count in counts if type(count) is int and 0 <= count <= 10_000)

    def planned(self, phase: str) -> Mapping[str, Any]:
        """Return the plan of a phase."""
        return next((each for each in self.phases if each.get("phase") == phase), {})

    @property
    def validation(self) -> int:
        """Return the number of validation images, 0 if unknown."""
        return self._images("validation")

    @property
    def tested(self) -> int:
        """Return the number of test images, 0 if unknown."""
        return self._images("test")

    def _images(self, name: str) -> int:
        images = self.plan.get("images")
        count = images.get(name) if isinstance(images, dict) else 0
        return count if type(count) is int else 0


def find(
    words: str = "", phase: str | None = None, owner: str | None = None, live: bool | None = None
) -> Sequence[RunSummary]:
    """Return ``runs.find`` as it was at most half a second ago: a class that watches reads the disk once."""
    return runs.find(words, phase, owner, live, age=FRESH)


def events(run: Run) -> EventSummary:
    """Summarise a run's events; empty if they cannot be read, which ``runs.problems`` reports."""
    try:
        return _reading(run).read(run)
    except ValueError:
        return EventSummary()


class _Reading:
    """A reader of one run's events, from where the last reading ended: a page that shows a run reads every second."""

    def __init__(self) -> None:
        self._one = Lock()
        self._begin()

    def _begin(self) -> None:
        self._stamp, self._place, self._summary = Stamp(), 0, EventSummary()
        self._rows: dict[tuple[str, str], Event] = {}

    def read(self, run: Run) -> EventSummary:
        """Return the summary so far. Raises ``ValueError``."""
        with self._one:
            found = _stamp(run, EVENTS)
            if found != self._stamp:
                if found.inode != self._stamp.inode or found.size < self._place:  # another file, or a shorter one
                    self._begin()
                if found != Stamp():
                    events, self._place = run.events_since(self._place)
                    self._take(events)
                self._stamp = found
            return self._summary

    def _take(self, events: Sequence[Event]) -> None:
        found: dict[str, Any] = {}
        for event in events:
            kind = event["event"]
            if kind in ("plan", "features"):
                found[kind] = event
            if kind in LATEST:
                found["latest"] = event
            if kind == "epoch" and type(event.get("epoch")) is int and isinstance(event.get("phase"), str):
                key, row = epoch(event)
                self._rows[key] = row
        history = tuple(sorted(self._rows.values(), key=lambda row: int(row["epoch"])))
        self._summary = replace(self._summary, **found, history=history)


@lru_cache(maxsize=128)
def _reading(_: Run) -> _Reading:
    return _Reading()


def report(run: Run) -> Mapping[str, Any] | None:
    """Return a run's report, shared: never change it. Raises ``ValueError`` with a sentence."""
    found = _stamp(run, REPORT)
    return _report(run, found) if found != Stamp() else None


@lru_cache(maxsize=16)
def _report(run: Run, _: Stamp) -> Mapping[str, Any] | None:
    return run.report()


def saved_epoch(run: Run) -> int | None:
    """Return the epoch whose weights were saved, and tested if there are test images; None without a report."""
    try:
        found = (report(run) or {}).get("weights_of")
    except ValueError:
        return None
    return found if type(found) is int else None


def has_test(run: Run) -> bool:
    """Return False for a run whose data set has no test images, as its plan or its report says."""
    images = events(run).plan.get("images")
    if isinstance(images, Mapping) and "test" in images:
        return bool(images["test"])
    try:
        found = report(run) or {}
    except ValueError:
        return True
    return found.get("test", found) is not None


class Accuracy(NamedTuple):
    """A test accuracy, its 95 % interval, and its baseline as in a run's report, if that has one."""

    value: float
    low: float
    high: float
    baseline: Mapping[str, Any] | None = None

    @property
    def interval(self) -> str:
        """Return the interval as text."""
        return interval(self.low, self.high)

    @property
    def baseline_text(self) -> str:
        """Return the baseline's accuracy, and in brackets its interval and what a guess gets."""
        if self.baseline is None:
            return ""
        return f"{share(self.baseline['accuracy'])} ({evaluation_notices.baseline_caption(self.baseline)})"


UNTESTED = Accuracy(-1.0, 0.0, 0.0)
"""Sorts below every accuracy."""


def accuracy(run: Run) -> Accuracy | None:
    """Return the test accuracy beside its baseline; None without a report."""
    found = _stamp(run, REPORT)
    return _accuracy(run, found) if found != Stamp() else None


@lru_cache(maxsize=4096)  # a list sorted by it reads them all
def _accuracy(run: Run, _: Stamp) -> Accuracy | None:
    try:
        report = run.report() or {}
        low, high = report["test"]["interval"]
        return Accuracy(float(report["test"]["accuracy"]), float(low), float(high), report.get("baseline"))
    except (ValueError, KeyError, TypeError):
        return None


def _stamp(run: Run, name: str) -> Stamp:
    return stamp(str(run.folder / name))
