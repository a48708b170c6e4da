"""Jobs that time a network or save it as a Keras file: one after another, or measurements would disturb each other."""

import atexit
import os
import shutil
import tempfile
from functools import cache, partial
from pathlib import Path
from typing import Any, Literal, overload
from uuid import uuid4

import psutil

from cnnlab.backends.keras_calls import refusal as unmakeable
from cnnlab.backends.saving import KerasFile
from cnnlab.backends.timing import LayerTiming, Timing
from cnnlab.measuring.memory import available, refusal
from cnnlab.network import Network
from cnnlab.storage.cache import evict
from cnnlab.workers import Job, JobError, Lane, Progress, Worker, python

Task = Literal["network", "layers", "file"]
"""Time the network, time each of its layers, or save it as a Keras file."""

LIMIT = 300.0  # seconds
KEPT_BYTES = 1_500_000_000  # of files, the newest in any case; each can be made again in ten seconds
FOLDER = "cnnlab-models-"
Result = Timing | LayerTiming | KerasFile
RESULTS: dict[Task, type[Result]] = {"network": Timing, "layers": LayerTiming, "file": KerasFile}
WORKER = Worker(
    python("cnnlab.measuring.process"),
    limit=LIMIT,
    ended="The process that worked on it {how}. Everything else still works; try again.",
    late=f"It took over {LIMIT / 60:g} minutes and was stopped; choose a smaller width or input size.",
    # TensorFlow never hands memory back to the machine (2.1 GB after VGG-16).
    large=1_200_000_000,
)


def _place(before: int) -> str:
    return f"waiting; {before + 1} requests are ahead of it" if before else "waiting; 1 request is ahead of it"


LANE = Lane(
    "measuring",
    own_failures=True,  # memory may be free again for the next session
    kept=256,  # the layers of EfficientNet-B7 take 30 kB
    place=_place,
)


@overload
def job(network: Network, task: Literal["network"] = "network") -> Job[Timing]: ...
@overload
def job(network: Network, task: Literal["layers"]) -> Job[LayerTiming]: ...
@overload
def job(network: Network, task: Literal["file"]) -> Job[KerasFile]: ...
def job(network: Network, task: Task = "network") -> Job[Any]:
    """Return the job that times this network, or each of its layers, or saves it.

    What cannot be built, or does not fit into memory, is refused when it is submitted.
    """
    return Job(LANE, (network, task), partial(_run, network, task), "starting", check=partial(_check, network))


def _check(network: Network) -> None:
    try:
        root = network.graph()
        # The process that is there will reuse what it takes.
        sentence = unmakeable(root) or refusal(root, available() + WORKER.memory)
    except ValueError as error:
        sentence = str(error)
    if sentence:
        raise JobError(sentence)


def _run(network: Network, task: Task, progress: Progress) -> Result:
    request = {"network": str(network), "task": task}
    read = partial(_result, RESULTS[task])
    if task != "file":
        return WORKER.call(request, progress, read)
    path = folder() / f"{uuid4().hex}.keras"
    try:
        file = WORKER.call(request | {"path": str(path)}, progress, read)
    except BaseException:
        path.unlink(missing_ok=True)  # half a file, or none
        raise
    evict(folder(), "*.keras", KEPT_BYTES)
    return file


def _result(kind: type[Result], fields: dict[str, Any]) -> Result:
    """Return the result from JSON, which knows no tuples."""
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()
    }
    return kind(**values)


@cache
def folder() -> Path:
    """Return the folder for this server's files. Those that killed servers left are removed."""
    top = Path(tempfile.gettempdir())
    for left in top.glob(f"{FOLDER}*"):
        pid = left.name.removeprefix(FOLDER).partition("-")[0]
        if pid.isdecimal() and not psutil.pid_exists(int(pid)):
            shutil.rmtree(left, ignore_errors=True)
    made = Path(tempfile.mkdtemp(prefix=f"{FOLDER}{os.getpid()}-"))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made
