"""The command ``train``: a run without a browser, trained by the same workers into the same folder."""

import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Protocol

from cnnlab.training import runs
from cnnlab.training.dask.cluster import TRAIN, Cluster
from cnnlab.training.run_folder import Event, Run, Status
from cnnlab.training.spec import FORMAT, Spec, from_json

OWNER = "command line"
LOOK = 0.2  # seconds


class Show(Protocol):
    """Shows the progress of a run: ``done`` of all epochs, and the present work; ``news`` is important to the user."""

    def __call__(self, done: float, text: str, epoch: Event | None = None, news: bool = False) -> None: ...


def read(path: str | None) -> Spec:
    """Return the spec of a file, or the default one. Raises ``ValueError`` with a sentence."""
    if path is None:
        return Spec()
    try:
        with Path(path).open("rb") as file:
            text = file.read(FORMAT.longest + 1)
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from None
    return from_json(text)


def train(spec: Spec, function: str = TRAIN) -> int:
    """Train, show progress, and print the result and its folder; return the exit code.

    Interrupted, the run is cancelled; interrupted again, it is left to whoever tends to it next. Killed, it goes on,
    and the dashboard shows it. Raises ``ValueError`` with a sentence where it cannot begin.
    """
    cluster = Cluster(train=function)
    run = cluster.submit(spec, OWNER)
    print(spec.title, flush=True)
    try:
        with closing(cluster):
            status = _run_to_end(run, spec)
    except KeyboardInterrupt:
        print(f"It has not ended; the next dashboard or command ends it. {run.folder}", file=sys.stderr)
        return 1
    if status.phase == "done":
        print(status.text, run.folder, sep="\n")
        return 0
    print(status.text or f"The run was {status.phase}.", file=sys.stderr)
    return 1


def _run_to_end(run: Run, spec: Spec) -> Status:
    try:
        with _display(spec) as show:
            return _follow(run, spec, show)
    except KeyboardInterrupt:
        runs.cancel(run)
        print("Cancelling the run; press Ctrl-C again to leave at once.", file=sys.stderr, flush=True)
        return _wait(run)


def _follow(run: Run, spec: Spec, show: Show) -> Status:
    """Show progress until the run has ended."""
    place, text, done = 0, "", 0.0
    while True:
        status = run.status()  # before the events: those of a run that has ended are all there
        events, place = run.events_since(place)
        for event in events:
            epoch = event if event["event"] == "epoch" else None
            text, done = _describe(event, spec, text, done)
            show(done, text, epoch)
        if not status.live:
            return status
        if status.text:
            show(done, status.text, news=True)
        elif status.phase == "waiting":
            before = f"; {status.before} come first" if status.before else ""
            show(done, f"waiting for a worker{before}")
        time.sleep(LOOK)


def _describe(event: Event, spec: Spec, text: str, done: float) -> tuple[str, float]:
    """Describe the latest event; return the sentence and the number of finished epochs."""
    kind = event["event"]
    if kind == "features":
        return f"frozen features of {event['done']} of {event['of']} images", done
    if kind == "weights":
        return f"downloading weights, {event['done'] >> 20} of {event['of'] >> 20} MB", done
    if kind == "step" and event["phase"] == "test":
        return "test images", done
    if kind == "step":
        part = event["step"] / event["of"]
        return f"{spec.phases[event['phase']]}, epoch {event['epoch']}", max(done, event["epoch"] - 1 + part)
    if kind == "epoch":
        return text, float(event["epoch"])
    return text, done


def _wait(run: Run) -> Status:
    while (status := run.status()).live:
        time.sleep(LOOK)
    return status


def line(epoch: Event, spec: Spec) -> str:
    """Return an epoch in words.

    >>> line({"phase": "head", "epoch": 3, "loss": 0.5, "accuracy": 0.75, "seconds": 0.04}, Spec())
    'epoch 3 (head): loss 0.500, accuracy 75.0 %, 0.04 s'
    >>> line({"phase": "tuning", "epoch": 3, "loss": 0.5, "accuracy": 0.75, "seconds": 9}, Spec.from_scratch("lenet5"))
    'epoch 3 (training from scratch): loss 0.500, accuracy 75.0 %, 9 s'
    """
    parts = [f"loss {epoch['loss']:.3f}", f"accuracy {100 * epoch['accuracy']:.1f} %"]
    if "val_loss" in epoch:
        parts.append(f"validation {epoch['val_loss']:.3f}, {100 * epoch['val_accuracy']:.1f} %")
    parts.append(f"{epoch['seconds']:.2g} s")
    return f"epoch {epoch['epoch']} ({spec.phases[epoch['phase']]}): " + ", ".join(parts)


@contextmanager
def _display(spec: Spec) -> Iterator[Show]:
    """Yield a progress bar in a terminal, and otherwise a line for each epoch."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console()
    if not console.is_terminal:
        yield _line_printer(spec)
        return
    columns = (BarColumn(), TextColumn("{task.completed:.0f} of {task.total:.0f} epochs"), TimeElapsedColumn())
    with Progress(*columns, TextColumn("{task.description}"), console=console) as progress:
        task = progress.add_task("", total=spec.epochs)

        def show(done: float, text: str, epoch: Event | None = None, news: bool = False) -> None:
            description = f"{text}  {line(epoch, spec).partition(': ')[2]}" if epoch else text
            progress.update(task, completed=done, description=description)

        yield show


def _line_printer(spec: Spec) -> Show:
    """Return a function that prints a line for each epoch, and each reason for waiting once."""
    printed: set[str] = set()

    def show(done: float, text: str, epoch: Event | None = None, news: bool = False) -> None:
        if epoch:
            print(line(epoch, spec), flush=True)
        elif news and text not in printed:
            printed.add(text)
            print(text, flush=True)

    return show
