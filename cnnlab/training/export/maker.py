"""Files of a run that take TensorFlow or seconds, made in a process of their own and kept in the run's folder.

One is made at a time, for all sessions of a server; others wait for it. ``make`` asks for one, ``state`` tells how far
it is, ``stop`` lets it be; all return at once and may be called from any thread.
"""

import logging
import os
import subprocess
import threading
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cnnlab.training.export.command import HTML, LEASH, SCRIPT, TFLITE
from cnnlab.training.run_folder import Run
from cnnlab.workers import python

Kind = Literal["tflite", "script", "html"]
Phase = Literal["idle", "waiting", "running", "done", "failed"]
NAMES: dict[Kind, str] = {"tflite": TFLITE, "script": SCRIPT, "html": HTML}
LIMIT = 300.0  # seconds; the slowest, VGG-16 as TFLite, takes half a minute
REMEMBERED = 200  # failures
MOST_WAITING = 50
ROOT = Path(__file__).parents[3]
UNKNOWN = "It could not be made; the server's log tells more."
LOG = logging.getLogger("cnnlab")
Key = tuple[Path, Kind]


@dataclass(frozen=True)
class State:
    """How far a file is. ``text``: a sentence where it failed or waits; ``path``: where it is once it is done."""

    phase: Phase = "idle"
    text: str = ""
    path: Path | None = None


@dataclass(eq=False)
class Job:
    """A file that waits or is being made."""

    key: Key
    stopped: bool = False
    process: subprocess.Popen[bytes] | None = None


class Maker:
    """One for each server. ``limit``: seconds that one file may take."""

    def __init__(self, limit: float = LIMIT, command: tuple[str, ...] = python("cnnlab")) -> None:
        self._limit, self._command = limit, command
        self._lock = threading.Lock()
        self._waiting: OrderedDict[Key, Job] = OrderedDict()
        self._made: Job | None = None
        self._failed: OrderedDict[Key, str] = OrderedDict()
        self._busy = False

    def make(self, run: Run, what: Kind) -> None:
        """Ask for a file, unless it is there or on its way."""
        key = (run.folder, what)
        with self._lock:
            if key in self._waiting or self._makes(key) or _there(key):
                return
            self._failed.pop(key, None)
            if len(self._waiting) >= MOST_WAITING:
                self._fail(key, "Too many files are being made just now; try again in a minute.")
                return
            self._waiting[key] = Job(key)
            if not self._busy:
                self._busy = True
                threading.Thread(target=self._work, name="cnnlab-files", daemon=True).start()

    def state(self, run: Run, what: Kind) -> State:
        """How far it is."""
        key = (run.folder, what)
        with self._lock:
            if self._makes(key):
                return State("running", "It is being made.")
            if key in self._waiting:
                before = list(self._waiting).index(key) + bool(self._made)
                return State("waiting", f"{before} other {'file is' if before == 1 else 'files are'} made first.")
            if _there(key):
                return State("done", path=_path(key))
            return State("failed", self._failed[key]) if key in self._failed else State()

    def stop(self, run: Run, what: Kind) -> None:
        """Let it be, where it is on its way."""
        key = (run.folder, what)
        with self._lock:
            self._waiting.pop(key, None)
            if self._made and self._makes(key):
                self._made.stopped = True
                if self._made.process:
                    self._made.process.kill()

    def _makes(self, key: Key) -> bool:
        return self._made is not None and self._made.key == key and not self._made.stopped

    def _work(self) -> None:
        """Make one after the other until none is asked for."""
        while True:
            with self._lock:
                if not self._waiting:
                    self._busy = False
                    return
                _, job = self._waiting.popitem(last=False)
                self._made = job
            text = UNKNOWN
            try:
                text = self._done(job)
            except Exception:
                LOG.exception("%s of %s", job.key[1], job.key[0])
            if text or job.stopped:
                _sweep(job.key)
            with self._lock:
                self._made = None
                if text and not job.stopped:
                    self._fail(job.key, text)

    def _done(self, job: Job) -> str:
        """Run the command; returns what went wrong, in a sentence, or nothing."""
        folder, what = job.key
        command = [*self._command, "export", str(folder), "--to", str(folder), "--only", what]
        paths = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
        with self._lock:
            if job.stopped:
                return ""
            job.process = process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,  # never written to: its end is the end of this server
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env=os.environ | {"PYTHONPATH": paths, LEASH: "1"},
            )
        late = threading.Event()

        def end() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(self._limit, end)
        timer.daemon = True
        timer.start()
        assert process.stdin
        assert process.stderr
        with process.stdin, process.stderr:
            said = process.stderr.read().decode(errors="replace").strip()
            code = process.wait()
        timer.cancel()
        if code == 0 and _there(job.key):
            return ""
        if late.is_set():
            return f"It took longer than {self._limit:g} seconds and was stopped; try again when less is being done."
        if code == 2 and said:
            told = said.splitlines()[-1].rstrip(".")
            return f"{told[:1].upper()}{told[1:]}."
        if code < 0:
            return "What makes it was ended, perhaps for want of memory; try again when fewer runs train."
        if not job.stopped:
            LOG.error("%s of %s: %s", what, folder, said[-4000:])
        return UNKNOWN

    def _fail(self, key: Key, text: str) -> None:
        self._failed[key] = text
        while len(self._failed) > REMEMBERED:
            self._failed.popitem(last=False)


def _path(key: Key) -> Path:
    return key[0] / NAMES[key[1]]


def _there(key: Key) -> bool:
    path = _path(key)
    return path.is_file() and not path.is_symlink()


def _sweep(key: Key) -> None:
    """Remove what a process that was killed had begun to write."""
    for part in key[0].glob(f".{NAMES[key[1]]}.*.part"):
        with suppress(OSError):
            part.unlink()


_MAKER = Maker()
make, state, stop = _MAKER.make, _MAKER.state, _MAKER.stop
