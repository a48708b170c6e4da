"""Runs on disk: a folder for each, listed, made, copied with changes, cancelled and deleted.

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
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cnnlab.storage.files import explained, sweep
from cnnlab.training.run_folder import CANCEL, SPEC, STATUS, Phase, Run, Status
from cnnlab.training.spec import Spec, changed

NAME = re.compile(r"(\d{8}-\d{6})-[0-9a-f]{8}-[0-9a-f]{6}")
"""When it was made, in UTC, what its spec is (``Spec.digest``), and six digits that tell it from all others."""
TIME = "%Y%m%d-%H%M%S"


@dataclass(frozen=True)
class Seen:
    """A run as a list shows it; ``spec`` and ``status`` are None where they cannot be read, as ``problems`` say."""

    run: Run
    spec: Spec | None
    status: Status | None
    problems: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.run.name

    @property
    def live(self) -> bool:
        """Whether it waits or runs."""
        return self.status is not None and self.status.live and self.spec is not None


def home() -> Path:
    """Where they are."""
    import platformdirs  # an import takes longer than everything else here

    named = os.environ.get("CNNLAB_RUNS")
    return Path(named) if named else platformdirs.user_data_path("cnnlab") / "runs"


def create(spec: Spec, owner: str = "", within: Path | None = None) -> Run:
    """A new run that waits. Raises ``ValueError`` with a sentence where nothing can be written."""
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
    """The run of that name. Raises ``ValueError`` where there is none (any more)."""
    run = Run((within or home()) / name)
    if not NAME.fullmatch(name) or not run.folder.is_dir() or run.folder.is_symlink():
        raise ValueError("this run is not here any more; choose another from the list of runs")
    return run


def look(run: Run) -> Seen:
    """What can be read of it, and a sentence for each thing that cannot."""
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
    return Seen(run, spec, status, tuple(problems))


def look_closely(run: Run) -> Seen:
    """The same with its events and its report read too, which takes longer."""
    seen = look(run)
    problems = list(seen.problems)
    try:
        _, lost = run.events()
        if lost:
            lines = "1 line" if lost == 1 else f"{lost:,} lines"
            problems.append(f"{lines} of its events cannot be read and are left out of its history")
        run.report()
    except ValueError as error:
        problems.append(str(error))
    if seen.status and seen.status.phase == "done" and not run.model:
        problems.append("its model is missing; duplicate the run to train it again")
    return Seen(run, seen.spec, seen.status, tuple(problems))


def found(words: str = "", phase: Phase | None = None, within: Path | None = None) -> list[Seen]:
    """All runs, the newest first; with ``words`` those whose name, title or owner's sentence holds each of them."""
    here = within or home()
    seen = []
    with suppress(OSError):  # none has been made yet
        names = [entry.name for entry in os.scandir(here) if entry.is_dir(follow_symlinks=False)]
        seen = [look(Run(here / name)) for name in names if NAME.fullmatch(name)]
    wanted = words.casefold().split()
    seen.sort(key=lambda each: (made(each), each.name), reverse=True)
    return [each for each in seen if _fits(each, wanted, phase)]


def made(seen: Seen) -> float:
    """When, in seconds since 1970: as its status says, or its name where that cannot be read."""
    if seen.status and seen.status.created:
        return seen.status.created
    try:
        return float(calendar.timegm(time.strptime(seen.name[:15], TIME)))
    except ValueError:  # the 99th of a month
        return 0.0


def _fits(seen: Seen, wanted: list[str], phase: Phase | None) -> bool:
    text = " ".join([seen.name, seen.spec.title if seen.spec else "", seen.status.text if seen.status else ""])
    return all(word in text.casefold() for word in wanted) and phase in (None, seen.status and seen.status.phase)


def duplicate(run: Run, owner: str = "", **changes: Any) -> Run:
    """A new run of the same spec with changes, beside it. Raises ``ValueError`` with a sentence."""
    return create(changed(run.spec(), **changes), owner, run.folder.parent)


def cancel(run: Run) -> None:
    """Ask whoever tends to the runs to end this one; nothing happens where it has ended already.

    Raises ``ValueError`` with a sentence where nothing can be written.
    """
    if look(run).live:
        with explained(run.folder, "CNNLAB_RUNS"):
            (run.folder / CANCEL).touch()


def delete(run: Run) -> None:
    """Remove a run that has ended, or is damaged. Raises ``ValueError`` for one that waits or runs."""
    if look(run).live:
        raise ValueError("this run has not ended; cancel it first, then delete it")
    gone = run.folder.with_name(f".{run.name}.part")
    with explained(run.folder.parent, "CNNLAB_RUNS"), suppress(FileNotFoundError):
        run.folder.rename(gone)  # at once for everybody who looks
    shutil.rmtree(gone, ignore_errors=True)
