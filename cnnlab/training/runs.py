"""Runs on disk: a folder for each, listed, made, cancelled and deleted.

They lie among the user's data, or in the folder named in ``CNNLAB_RUNS``. One that is damaged is listed with a
sentence, and is no reason for the others to be missing.
"""

import calendar
import json
import os
import re
import secrets
import shutil
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock

from cnnlab.data import references
from cnnlab.storage.files import explained, sweep
from cnnlab.training.run_folder import CANCEL, SPEC, STATUS, Run, Stamp, Status, stamp
from cnnlab.training.spec import Spec

NAME = re.compile(r"(\d{8}-\d{6})-[0-9a-f]{8}-[0-9a-f]{6}")
"""The time in UTC, the spec (``Spec.digest``), and six random digits."""
TIME = "%Y%m%d-%H%M%S"


@dataclass(frozen=True)
class RunSummary:
    """A summary of a run; ``spec`` and ``status`` are None if they cannot be read, as ``problems`` say."""

    run: Run
    spec: Spec | None
    status: Status | None
    problems: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.run.name

    @property
    def phase(self) -> str:
        """Return the phase in its status, or ``damaged``."""
        return self.status.phase if self.status and self.spec else "damaged"

    @property
    def live(self) -> bool:
        """Return whether it waits or runs."""
        return self.status is not None and self.status.live and self.spec is not None

    @property
    def owner(self) -> str:
        """Return the owner in its status; empty if that cannot be read."""
        return self.status.owner if self.status else ""


def home() -> Path:
    """Return the folder of all runs."""
    import platformdirs  # an import takes longer than everything else here

    named = os.environ.get("CNNLAB_RUNS")
    return Path(named) if named else platformdirs.user_data_path("cnnlab") / "runs"


def create(spec: Spec, owner: str = "", within: Path | None = None) -> Run:
    """Make a run that waits. Raises ``ValueError`` with a sentence if nothing can be written."""
    here = within or home()
    created = time.time()
    name = f"{time.strftime(TIME, time.gmtime(created))}-{spec.digest}-{secrets.token_hex(3)}"
    status = Status(owner=owner, created=created)
    with explained(here, "CNNLAB_RUNS"):
        here.mkdir(parents=True, exist_ok=True)
        for folder in (here, *(path for path in here.iterdir() if NAME.fullmatch(path.name))):
            sweep(folder)
        part = Path(tempfile.mkdtemp(dir=here, prefix=".", suffix=".part"))
        try:
            (part / SPEC).write_text(spec.to_json(), encoding="utf-8")
            (part / STATUS).write_text(json.dumps(asdict(status)), encoding="utf-8")
            part.chmod(0o755)  # mkdtemp lets nobody else read
            part.rename(here / name)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    return Run(here / name)


def get(name: str, within: Path | None = None) -> Run:
    """Return the run of that name. Raises ``ValueError`` if it is missing or was deleted."""
    run = Run((within or home()) / name)
    if not NAME.fullmatch(name) or not run.folder.is_dir() or run.folder.is_symlink():
        raise ValueError("this run is no longer on this server; choose another from the list of runs")
    return run


def summary(run: Run) -> RunSummary:
    """Read a run's spec and status, with a sentence for each that cannot be read."""
    problems: list[str] = []
    spec = status = None
    try:
        spec = run.spec()
    except ValueError as error:
        problems.append(str(error))
    try:
        status = run.status()
    except ValueError as error:
        problems.append(str(error))
    return RunSummary(run, spec, status, tuple(problems))


def problems(run: Run) -> tuple[str, ...]:
    """Return a sentence for each thing that is wrong with a run's files, events and report included.

    It reads all of them, which takes longer than ``summary``.
    """
    found = summary(run)
    sentences = list(found.problems)
    try:
        _, lost = run.events()
        if lost:
            lines = "1 line" if lost == 1 else f"{lost:,} lines"
            sentences.append(f"{lines} of its events cannot be read and are missing in its history")
        run.report()
    except ValueError as error:
        sentences.append(str(error))
    if found.status and found.status.phase == "done" and not run.model:
        sentences.append("its model is missing; duplicate the run to train it again")
    return tuple(sentences)


def find(
    words: str = "",
    phase: str | None = None,
    owner: str | None = None,
    live: bool | None = None,
    within: Path | None = None,
    age: float = 0.0,
) -> list[RunSummary]:
    """Return the runs in a phase, of an owner, live or ended, that contain all ``words``, the newest first.

    ``words`` are looked for in name, title and status text. None: of every phase, of every owner, live or not.

    A run whose files stayed as they are is not read again. ``age`` is how old, in seconds, what is returned may be:
    with fifty readers who look twice a second the disk is looked at twice a second. A new or deleted run is seen at
    once all the same.
    """
    wanted = words.casefold().split()
    return [
        run
        for run in _listing(within or home()).read(age)
        if phase in (None, run.phase)
        and owner in (None, run.owner)
        and live in (None, run.live)
        and (not wanted or _contains(run, wanted))
    ]


def _contains(run: RunSummary, words: Sequence[str]) -> bool:
    texts = (run.name, title(run), run.spec.title if run.spec else "", run.status.text if run.status else "")
    return all(word in " ".join(texts).casefold() for word in words)


class _Listing:
    """A listing of the runs in a folder, read by one thread at a time; the others wait for its result."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._lock = folder, Lock()
        self._changed, self._read_at = 0, 0.0
        self._known: dict[str, tuple[tuple[Stamp, Stamp], RunSummary]] = {}
        self._sorted: tuple[RunSummary, ...] = ()

    def read(self, age: float) -> Sequence[RunSummary]:
        with self._lock:
            try:
                changed = self._folder.stat().st_mtime_ns
                if changed != self._changed or time.monotonic() - self._read_at >= age:
                    self._read()
                    self._changed, self._read_at = changed, time.monotonic()
            except OSError:  # no run was made yet
                return ()
            return self._sorted

    def _read(self) -> None:
        known = {}
        with os.scandir(self._folder) as entries:
            named = [each for each in entries if NAME.fullmatch(each.name)]
        for each in named:
            if not each.is_dir(follow_symlinks=False):
                continue
            # The stamps come first: what changes while it is read is read again the next time.
            stamps = stamp(f"{each.path}/{SPEC}"), stamp(f"{each.path}/{STATUS}")
            before = self._known.get(each.path)
            same = before is not None and before[0] == stamps
            known[each.path] = before if before and same else (stamps, summary(Run(Path(each.path))))
        self._known = known
        self._sorted = tuple(
            sorted((run for _, run in known.values()), key=lambda run: (created(run), run.name), reverse=True)
        )


@lru_cache(maxsize=8)
def _listing(folder: Path) -> _Listing:
    return _Listing(folder)


def created(run: RunSummary) -> float:
    """Return when a run was made, in seconds since 1970: from its status, or from its name if that cannot be read."""
    if run.status and run.status.created:
        return run.status.created
    try:
        return float(calendar.timegm(time.strptime(run.name[:15], TIME)))
    except ValueError:  # the 99th of a month
        return 0.0


def title(run: RunSummary) -> str:
    """Return a run's title on screen; its folder's name if its spec cannot be read."""
    return run.name if run.spec is None else titled(run.spec)


def titled(spec: Spec) -> str:
    """Return the title of a spec's runs on screen, with the name of the data set in place of its reference."""
    return spec.title.replace(spec.data, references.short_name(spec.data), 1)


def cancel(run: Run) -> None:
    """Ask the process that serves the runs to end this one, unless it has ended already.

    Raises ``ValueError`` with a sentence where nothing can be written.
    """
    if summary(run).live:
        with explained(run.folder, "CNNLAB_RUNS"):
            (run.folder / CANCEL).touch()


def delete(run: Run) -> None:
    """Remove a run that has ended, or is damaged. Raises ``ValueError`` for one that waits or runs."""
    if summary(run).live:
        raise ValueError("this run has not ended; cancel it first, then delete it")
    gone = run.folder.with_name(f".{run.name}.part")
    with explained(run.folder.parent, "CNNLAB_RUNS"), suppress(FileNotFoundError):
        run.folder.rename(gone)  # at once for everybody who looks
    shutil.rmtree(gone, ignore_errors=True)
