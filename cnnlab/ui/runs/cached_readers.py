"""What is read of a run's folder, kept as long as the files stay as they are."""

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

from cnnlab.training import runs
from cnnlab.training.run_folder import EVENTS, REPORT, SPEC, STATUS, Event, Phase, Run, epoch
from cnnlab.training.runs import Seen
from cnnlab.ui.runs import labels

Stamp = tuple[int, int, int]
"""Tells one version of a file from another; each is a new file, or longer."""
NONE: Stamp = (0, 0, 0)
LATEST = ("start", "lost", "weights", "features", "step", "epoch")
FRESH = 0.5  # seconds for which the list of runs is as good as new


@dataclass(frozen=True)
class Told:
    """What its events say. ``plan`` and ``latest`` are empty where nothing was told yet; never change them."""

    history: tuple[Event, ...] = ()
    plan: Mapping[str, Any] = field(default_factory=dict)
    latest: Mapping[str, Any] = field(default_factory=dict)
    """The last of what ``LATEST`` names."""
    features: Mapping[str, Any] = field(default_factory=dict)
    """The last count of frozen features; empty where none were computed."""

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
        return self._pictures("validation")

    @property
    def tested(self) -> int:
        """Pictures of the test, 0 where that was not told."""
        return self._pictures("test")

    def _pictures(self, name: str) -> int:
        pictures = self.plan.get("pictures")
        count = pictures.get(name) if isinstance(pictures, dict) else 0
        return count if type(count) is int else 0


def found(words: str, phase: Phase | None) -> Sequence[Seen]:
    """All runs, the newest first; with ``words`` those whose name, title or own sentence holds each of them.

    A class that watches has the folders looked at twice a second, not fifty times, and of a run whose files stay as
    they are nothing is read again. A run that was made or deleted is seen at once, since its folder's folder changes.
    """
    wanted = words.casefold().split()
    return [seen for seen in _LISTING.read() if _fits(seen, wanted, phase)]


def _fits(seen: Seen, wanted: Sequence[str], phase: Phase | None) -> bool:
    if phase is not None and (seen.status is None or seen.status.phase != phase):
        return False
    if not wanted:
        return True
    told = (seen.spec.title if seen.spec else "", seen.status.text if seen.status else "")
    text = " ".join((seen.name, labels.title(seen), *told)).casefold()
    return all(word in text for word in wanted)


class _Listing:
    """All runs of this server, looked at by one thread at a time; the others wait for what it finds."""

    def __init__(self) -> None:
        self._one = Lock()
        self._key: tuple[Path, int, int] | None = None
        self._known: dict[str, tuple[tuple[Stamp, Stamp], Seen]] = {}
        self._seen: tuple[Seen, ...] = ()

    def read(self) -> Sequence[Seen]:
        with self._one:
            here = runs.home()
            try:
                key = here, here.stat().st_mtime_ns, int(time.monotonic() / FRESH)
                if key != self._key:
                    self._look(here)
                    self._key = key
            except OSError:  # none has been made yet
                return ()
            return self._seen

    def _look(self, here: Path) -> None:
        """In the order of ``runs.found``."""
        found = {}
        with os.scandir(here) as entries:
            named = [each for each in entries if runs.NAME.fullmatch(each.name)]
        for each in named:
            if not each.is_dir(follow_symlinks=False):
                continue
            # The stamps come first: what changes while it is read is read again the next time.
            stamps = _stamp_of(f"{each.path}/{SPEC}"), _stamp_of(f"{each.path}/{STATUS}")
            before = self._known.get(each.path)
            same = before is not None and before[0] == stamps
            found[each.path] = before if before and same else (stamps, runs.look(Run(Path(each.path))))
        self._known = found
        seen = [each for _, each in found.values()]
        seen.sort(key=lambda each: (runs.made(each), each.name), reverse=True)
        self._seen = tuple(seen)


_LISTING = _Listing()


def told(run: Run) -> Told:
    """What its events say; nothing where they cannot be read, which ``runs.look_closely`` tells."""
    try:
        return _reading(run).read(run)
    except ValueError:
        return Told()


class _Reading:
    """One run's events, read on from where the last look ended: whoever watches a long run looks every second."""

    def __init__(self) -> None:
        self._one = Lock()
        self._begin()

    def _begin(self) -> None:
        self._stamp, self._place, self._told = NONE, 0, Told()
        self._rows: dict[tuple[str, str], Event] = {}

    def read(self, run: Run) -> Told:
        """What they say by now. Raises ``ValueError``."""
        with self._one:
            stamp = _stamp(run, EVENTS)
            if stamp != self._stamp:
                if stamp[2] != self._stamp[2] or stamp[1] < self._place:  # another file, or a shorter one
                    self._begin()
                if stamp != NONE:
                    events, self._place = run.events_since(self._place)
                    self._take(events)
                self._stamp = stamp
            return self._told

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
        self._told = replace(self._told, **found, history=history)


@lru_cache(maxsize=128)
def _reading(_: Run) -> _Reading:
    return _Reading()


def report(run: Run) -> Mapping[str, Any] | None:
    """Its report, shared: never change it. Raises ``ValueError`` with a sentence."""
    stamp = _stamp(run, REPORT)
    return _report(run, stamp) if stamp != NONE else None


@lru_cache(maxsize=16)
def _report(run: Run, _: Stamp) -> Mapping[str, Any] | None:
    return run.report()


def saved_epoch(run: Run) -> int | None:
    """The epoch whose weights were tested and saved; None where no report says so."""
    try:
        found = (report(run) or {}).get("weights_of")
    except ValueError:
        return None
    return found if type(found) is int else None


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
    return _stamp_of(str(run.folder / name))


def _stamp_of(path: str) -> Stamp:
    try:
        found = os.stat(path)  # noqa: PTH116  # of hundreds of runs, where making paths takes longer than looking
    except OSError:
        return NONE
    return found.st_mtime_ns, found.st_size, found.st_ino
