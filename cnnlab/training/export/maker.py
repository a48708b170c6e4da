"""Jobs that make a run's exports, each in a process of its own, which loads TensorFlow, into the run's folder."""

import logging
import subprocess
import tempfile
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Literal

from cnnlab.training.export.command import LEASH, NAMES
from cnnlab.training.run_folder import Run
from cnnlab.workers import Job, JobError, Lane, Progress, environment, python

Kind = Literal["tflite", "script", "html"]
COMMAND = python("cnnlab")
LIMIT = 300.0  # seconds; the slowest, VGG-16 as TFLite, takes half a minute
TICK = 0.2  # seconds until a file that nobody wants any more is stopped
UNKNOWN = "It could not be made; see the server's log."
LOG = logging.getLogger("cnnlab")


def _place(before: int) -> str:
    return f"{before + 1} other {'files are' if before else 'file is'} made first."


LANE = Lane(
    "exports",
    unattended=True,
    most_waiting=50,
    full="Too many files are being made now; try again in a minute.",
    place=_place,
)


def job(run: Run, kind: Kind) -> Job[None]:
    """Return the job that makes one file of a run, unless it is there."""
    return Job(LANE, ("export", run.folder, kind), partial(_make, run, kind), "It is being made.")


def existing_file(run: Run, kind: Kind) -> Path | None:
    """Return the path of a file if it exists, else None."""
    path = run.folder / NAMES[kind]
    return path if path.is_file() and not path.is_symlink() else None


def _make(run: Run, kind: Kind, progress: Progress) -> None:
    if existing_file(run, kind):
        return
    try:
        code, errors = _export(run, kind, progress)
        if code or not existing_file(run, kind):
            raise JobError(_sentence(code, errors))
    except BaseException:
        for part in run.folder.glob(f".{NAMES[kind]}.*.part"):  # what a process that was killed had begun to write
            with suppress(OSError):
                part.unlink()
        raise


def _export(run: Run, kind: Kind, progress: Progress) -> tuple[int, str]:
    """Return the exit code and the standard error of the command ``export``."""
    end = time.monotonic() + LIMIT
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            [*COMMAND, "export", str(run.folder), "--to", str(run.folder), "--only", kind],
            stdin=subprocess.PIPE,  # never written to: its end is the end of this server
            stdout=subprocess.DEVNULL,
            stderr=errors,
            env=environment() | {LEASH: "1"},
        )
        assert process.stdin
        with process.stdin:
            try:
                while process.poll() is None:
                    progress()
                    if time.monotonic() > end:
                        raise JobError(
                            f"It took longer than {LIMIT:g} seconds and was stopped; try again when the server is less "
                            f"busy."
                        )
                    with suppress(subprocess.TimeoutExpired):
                        process.wait(TICK)
            finally:
                process.kill()
                process.wait()
        errors.seek(0)
        return process.returncode, errors.read().decode(errors="replace").strip()


def _sentence(code: int, errors: str) -> str:
    """Return a sentence on why the command failed."""
    if code == 2 and errors:
        last = errors.splitlines()[-1].rstrip(".")
        return f"{last[:1].upper()}{last[1:]}."
    if code < 0:
        return "The process that makes it was ended, perhaps because memory ran out; try again when fewer runs train."
    LOG.error("export: %s", errors[-4000:])
    return UNKNOWN
