"""The command ``export``: makes the files of a finished run in this process, which loads TensorFlow for some."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

from cnnlab.knobs import missing
from cnnlab.storage.files import explained, write
from cnnlab.training import runs
from cnnlab.training.run_folder import MODEL, SPEC, Run

LEASH = "CNNLAB_LEASH"  # in the environment: this process ends when its standard input is closed


def main(name: str, to: str | None, only: str | None) -> str:
    """Make all files of a run, or those of one kind; return the printed text. Raises ``ValueError`` with a sentence."""
    if os.environ.get(LEASH):
        threading.Thread(target=_end_with_parent, daemon=True).start()
    # TensorFlow says much at its start, and nothing that a reader of this command needs.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    run = find_run(name)
    if only is not None and only not in KINDS:
        raise missing("kind of file", only, KINDS)
    paths = export(run, Path(to) if to else Path(run.name), [only] if only else list(KINDS))
    return "\n".join(map(str, paths))


def _end_with_parent() -> None:
    """End this process when its parent ends, in any way: the system closes the parent's pipes."""
    while os.read(0, 1024):  # not by sys.stdin, whose lock Python would wait for in vain at its own end
        pass
    os._exit(1)


def find_run(name: str) -> Run:
    """Return a run by name or by folder. Raises ``ValueError`` with a sentence."""
    folder = Path(name)
    if runs.NAME.fullmatch(name) and not folder.is_dir():
        return runs.get(name)
    if not folder.is_dir():
        raise ValueError(
            f"there is no run {name[:80]!r}: it is neither a folder nor the name of a run in {runs.home()}"
        )
    if not (folder / SPEC).exists():
        raise ValueError(f"{folder} is no run's folder: there is no {SPEC} in it")
    return Run(folder.resolve())


def export(run: Run, to: Path, kinds: list[str]) -> list[Path]:
    """Write files of these kinds, each whole or not at all; return their paths. Raises ``ValueError``."""
    phase = run.status().phase
    if phase != "done":
        raise ValueError(f"this run is not done but {phase}; only a run that is done has files")
    written = []
    with explained(to, "CNNLAB_RUNS"):
        try:
            to.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            raise ValueError(f"{to} is a file; name a folder to write to") from None
    for kind in kinds:
        path = to / NAMES[kind]
        if path.resolve() != (run.folder / path.name).resolve() or kind not in ("model", "spec"):
            data = KINDS[kind](run)
            with explained(path.parent, "CNNLAB_RUNS"):
                write(path, data)
        written.append(path)
    return written


def _model(run: Run) -> bytes:
    path = run.model
    if path is None:
        raise ValueError(f"{MODEL} of this run is missing; restore it from a copy, or duplicate the run")
    return path.read_bytes()


def _tflite(run: Run) -> bytes:
    _model(run)
    from cnnlab.training.export.model_files import quiet, tflite

    with quiet():
        return tflite(run.folder / MODEL)


def _spec(run: Run) -> bytes:
    return run.spec().to_json().encode()


def _csv(run: Run) -> bytes:
    return run.history_csv().encode()


def _html(run: Run) -> bytes:
    from cnnlab.training.export.report import page

    return page(run).encode()


def _script(run: Run) -> bytes:
    from cnnlab.training.dask import payload
    from cnnlab.training.export.model_files import quiet
    from cnnlab.training.export.script import script

    spec, report = run.spec(), run.report()
    if report is None:
        raise ValueError("report.json of this run is missing; restore it from a copy, or duplicate the run")
    starts = sum(event["event"] == "plan" for event in run.events()[0])
    with quiet():
        try:
            data = payload.load(spec)
        except OSError as error:
            raise ValueError(f"the images of this run cannot be read ({error.strerror or error})") from None
        return script(spec, data, report, starts > 1)


KINDS: dict[str, Callable[[Run], bytes]] = {
    "model": _model,
    "tflite": _tflite,
    "csv": _csv,
    "spec": _spec,
    "html": _html,
    "script": _script,
}
"""A function for each kind of file, which returns its bytes."""
NAMES = {
    "model": MODEL,
    "tflite": "model.tflite",
    "csv": "history.csv",
    "spec": SPEC,
    "html": "report.html",
    "script": "script.zip",
}
"""The name of each file."""
