"""The folder of one run, readable at any moment by any process; a damaged file raises ``ValueError`` with a sentence.

``spec.json``, ``status.json``, ``report.json``, ``checkpoint`` and ``model.keras`` are whole or not there: they are
written under another name and renamed. ``events.jsonl`` grows by lines, and its last one may be half written.
"""

import csv
import io
import json
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

from cnnlab.storage.files import explained, write
from cnnlab.training.spec import FORMAT, Spec, from_json
from cnnlab.uploads.documents import document

Phase = Literal["waiting", "running", "done", "failed", "cancelled"]
Event = dict[str, Any]
"""``n``: its number from 1 on. ``event``: its kind. ``time``: seconds since 1970. More as its kind has it."""
LIVE: tuple[Phase, ...] = ("waiting", "running")
MOST_EVENTS = 32 << 20  # bytes; 1,000 epochs with 100 events each take 20 MB
MOST_REPORT = 8 << 20
MOST_CHECKPOINT = 2 << 30  # ResNet-50 with Adam takes 300 MB
MOST_MODEL = 2 << 30
MOST_PREDICTIONS = 1 << 30  # of 100,000 test images and 1,000 classes, 400 MB
SPEC, STATUS, REPORT, EVENTS = "spec.json", "status.json", "report.json", "events.jsonl"
MODEL, PREDICTIONS, CHECKPOINT, CANCEL = "model.keras", "test.npz", "checkpoint", "cancel"


@dataclass(frozen=True)
class Status:
    """A run's status. ``text``: a sentence for people; ``before``: runs ahead of this one while it waits.

    ``owner`` names a browser session. Times are seconds since 1970, or 0 before they are known.
    """

    phase: Phase = "waiting"
    text: str = ""
    owner: str = ""
    before: int = 0
    created: float = 0.0
    started: float = 0.0
    ended: float = 0.0

    @property
    def live(self) -> bool:
        return self.phase in LIVE


@dataclass(frozen=True)
class Run:
    """A run's folder. Each call reads the file again."""

    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    def spec(self) -> Spec:
        """Return the spec. Raises ``ValueError`` with a sentence."""
        with _explained(SPEC):
            return from_json(_bytes(self.folder / SPEC, FORMAT.longest))

    def status(self) -> Status:
        """Return the status. Raises ``ValueError`` with a sentence."""
        with _explained(STATUS):
            return _status(document(_bytes(self.folder / STATUS, FORMAT.longest)))

    def report(self) -> dict[str, Any] | None:
        """Return the report; None before the end. Raises ``ValueError`` with a sentence."""
        if not os.path.lexists(self.folder / REPORT):
            return None
        with _explained(REPORT):
            found = document(_bytes(self.folder / REPORT, MOST_REPORT))
            if not isinstance(found, dict):
                raise ValueError("it has no report")
            return found

    def events(self) -> tuple[list[Event], int]:
        """Return the events, and the number of lines that cannot be read. Raises ``ValueError`` with a sentence.

        The last line counts as soon as it is written to its end.
        """
        if not os.path.lexists(self.folder / EVENTS):
            return [], 0
        with _explained(EVENTS):
            *lines, _ = _bytes(self.folder / EVENTS, MOST_EVENTS).split(b"\n")
        read = [_event(line) for line in lines if line.strip()]
        found = [event for event in read if event is not None]
        return found, len(read) - len(found)

    def events_since(self, place: int) -> tuple[list[Event], int]:
        """Return the events after that byte, and the byte to go on from. Raises ``ValueError``."""
        if not os.path.lexists(self.folder / EVENTS):
            return [], place
        with _explained(EVENTS):
            whole, _, _ = _bytes(self.folder / EVENTS, MOST_EVENTS, place).rpartition(b"\n")
        found = [_event(line) for line in whole.split(b"\n") if line.strip()]
        return [event for event in found if event is not None], place + len(whole) + bool(whole)

    def history(self) -> list[Event]:
        """Return the epochs in order; of one that was repeated after a loss, the last."""
        rows: dict[tuple[str, str], Event] = {}
        for event in self.events()[0]:
            if event["event"] == "epoch":
                key, row = epoch(event)
                rows[key] = row
        return list(rows.values())

    def plan(self) -> Event:
        """Return the event that names the phases and the numbers of images; empty if there is none."""
        return next((event for event in self.events()[0] if event["event"] == "plan"), {})

    def history_csv(self) -> str:
        """Return the history as CSV, an epoch a line. Raises ``ValueError`` with a sentence."""
        rows = self.history()
        out = io.StringIO()
        columns = list(dict.fromkeys(name for row in rows for name in row))
        table = csv.DictWriter(out, columns, lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
        return out.getvalue()

    @property
    def model(self) -> Path | None:
        """Return the trained model's file, None if there is none."""
        return self.folder / MODEL if _regular(self.folder / MODEL) else None

    def checkpoint(self) -> bytes | None:
        """Return the checkpoint of the last finished epoch. Raises ``ValueError`` with a sentence."""
        if not os.path.lexists(self.folder / CHECKPOINT):
            return None
        with _explained(CHECKPOINT):
            return _bytes(self.folder / CHECKPOINT, MOST_CHECKPOINT)

    # What follows writes, and raises ``ValueError`` with a sentence where the disk is full. One process does it at a
    # time (``storage.locks``).

    def put(self, name: str, data: bytes) -> None:
        """Write one file, whole or not at all."""
        with explained(self.folder, "CNNLAB_RUNS"):
            write(self.folder / name, data)

    def append(self, events: Iterable[Event]) -> None:
        """Write events after those that are there, all or none."""
        data = b"".join(json.dumps(event).encode() + b"\n" for event in events)
        path = self.folder / EVENTS
        # No buffer: it would try again at closing what did not fit.
        with explained(self.folder, "CNNLAB_RUNS"), path.open("ab+", buffering=0) as file:
            length = file.seek(0, os.SEEK_END)
            if length:
                file.seek(length - 1)
                if file.read(1) != b"\n":  # whoever wrote it was killed
                    data = b"\n" + data
            try:
                while data:
                    data = data[file.write(data) :]
            except OSError:
                file.truncate(length)
                raise

    def note(self, **changes: Any) -> Status:
        """Write the status with these changes; a status that cannot be read is replaced."""
        try:
            before = self.status()
        except ValueError:
            before = Status()
        now = replace(before, **changes)
        if now != before or not _regular(self.folder / STATUS):
            self.put(STATUS, json.dumps(asdict(now)).encode())
        return now


class Stamp(NamedTuple):
    """The version of a file: two stamps differ if it changed; all 0 where there is no file."""

    modified: int = 0
    changed: int = 0
    size: int = 0
    inode: int = 0


def stamp(path: str) -> Stamp:
    """Return the stamp of a file. Takes text: with hundreds of runs, making paths takes longer than reading stamps."""
    try:
        found = os.stat(path)  # noqa: PTH116
    except OSError:
        return Stamp()
    return Stamp(found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino)


def epoch(event: Event) -> tuple[tuple[str, str], Event]:
    """Return an epoch's key (phase, number), and its row of numbers for a history."""
    row = {
        name: value
        for name, value in event.items()
        if name not in ("n", "event", "time")
        and (name == "phase" or (isinstance(value, int | float) and not isinstance(value, bool)))
    }
    return (str(event.get("phase")), str(event.get("epoch"))), row


@contextmanager
def _explained(name: str) -> Iterator[None]:
    """Turn errors in reading a file into sentences."""
    advice = "restore it from a copy, or delete the run"
    try:
        yield
    except FileNotFoundError:
        raise ValueError(f"{name} of this run is missing; {advice}") from None
    except OSError as error:
        raise ValueError(f"{name} of this run cannot be read ({error.strerror}); {advice}") from None
    except ValueError as error:
        raise ValueError(f"{name} of this run is damaged: {error}; {advice}") from None


def _regular(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def _bytes(path: Path, most: int, place: int = 0) -> bytes:
    """Read an ordinary file from ``place`` on: a link may lead anywhere, a pipe may block for good."""
    if not stat.S_ISREG(path.lstat().st_mode):
        raise ValueError("it is not a regular file")
    with path.open("rb") as file:
        file.seek(place)
        data = file.read(most + 1 - place)
    if place + len(data) > most:
        raise ValueError(f"it has more than {most:,} bytes, which no run writes")
    return data


def _status(found: object) -> Status:
    if not isinstance(found, Mapping) or found.get("phase") not in get_args(Phase):
        raise ValueError("it names no phase of a run")
    values = {each.name: found.get(each.name, each.default) for each in fields(Status)}
    for each in fields(Status):
        wanted = (int, float) if each.type is float else (int if each.type is int else str,)
        if not isinstance(values[each.name], wanted):
            raise ValueError(f"{each.name} cannot be {str(values[each.name])[:40]!r}")
    return Status(**values)


def _event(line: bytes) -> Event | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    good = isinstance(found, dict) and type(found.get("n")) is int and isinstance(found.get("event"), str)
    return found if good else None
