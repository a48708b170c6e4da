"""What a worker does: take the first run that waits, train it, and tell the board of it."""

import importlib
import json
import logging
import os
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import uuid4

import psutil

from cnnlab.data import Dataset
from cnnlab.training.dask import payload
from cnnlab.training.dask.board import HANDLER
from cnnlab.training.spec import Spec, from_json
from cnnlab.units import size

Train = Callable[[Spec, Dataset, bytes | None, "Tell"], dict[str, Any]]
"""``train(spec, data, resume_from, tell) -> report``. ``resume_from``: its own last checkpoint, None at the start."""
FULL, FRESH = 0.9, 0.6  # of the memory limit: where a run ends, and where the process is not kept for the next one
STEPS = 0.5  # seconds between two steps that are told: 30 hours of them take 32 MB of a run's history
LOOK = 0.1  # seconds between two looks at memory and at what the board wishes
PAUSES = (0.2, 0.5, 1.0, 2.0, 3.0, 4.0)  # seconds before each further try to reach the board
STUBBORN = 15.0  # seconds after which a run that does not stop is stopped with its process
LOG = logging.getLogger("cnnlab")


class CancelledError(Exception):
    """Nobody wants this run any more."""


class Tell:
    """How a training tells what it did. What it has told is safe: it survives the worker.

    ``tell("epoch", checkpoint, phase="head", epoch=1, loss=…, accuracy=…)`` after each epoch, with all that is needed
    to go on from there; ``tell("step", …)`` as often as it likes, of which two in a second are passed on;
    ``tell.check()`` before each step. All of them raise ``CancelledError``, which is to be let through.
    ``tell.files["model.keras"]`` is what is to be stored beside the report.
    """

    def __init__(self, ask: Callable[..., Any], job: dict[str, Any]) -> None:
        self.files: dict[str, bytes] = {}
        self._ask, self._name = ask, {"run": job["run"], "token": job["token"]}
        self._stopped = threading.Event()
        self._step: list[dict[str, Any]] = []  # the last one, where it was not told yet
        self._sent = 0.0

    def __call__(self, event: str, checkpoint: bytes | None = None, **fields: Any) -> None:
        self.check()
        told = {"event": event, **_plain(fields)}
        if event == "step" and checkpoint is None:
            self._step = [told]
            if time.monotonic() - self._sent < STEPS:
                return
            self._sent = time.monotonic()
            events = self._step
        else:
            events = [*(self._step if event != "epoch" else ()), told]  # an epoch says what its last step did
        self._step = []
        if not self._ask("put", events=events, checkpoint=checkpoint, **self._name):
            self._stopped.set()
        self.check()

    def check(self) -> None:
        """Costs nothing. Raises ``CancelledError``."""
        if self._stopped.is_set():
            raise CancelledError

    def end(self, phase: str, text: str, report: dict[str, Any] | None = None) -> None:
        """The last word, whatever was said before."""
        report, files = _plain(report), self.files if phase == "done" else {}
        if self._step:
            self._ask("put", events=self._step, checkpoint=None, **self._name)
        self._ask("end", phase=phase, text=text, report=report, files=files, **self._name)

    def watch(self, limit: int, over: threading.Event) -> None:
        """Until it is ``over``: pass on that nobody wants the run any more, and end it where memory runs out.

        The process ends with it: TensorFlow never gives memory back, and Dask starts a new one.
        """
        me, since = psutil.Process(), 0.0
        while not over.wait(LOOK):
            if limit and me.memory_info().rss > FULL * limit:
                self.end("failed", _want_of_memory(limit))
                os._exit(1)
            if not self._ask("put", events=[], checkpoint=None, **self._name):
                self._stopped.set()
            since = since or (time.monotonic() if self._stopped.is_set() else 0.0)
            if since and time.monotonic() - since > STUBBORN:
                self.end("cancelled", "")
                os._exit(1)


def _plain(found: Any) -> Any:
    """As JSON has it: NumPy's numbers become Python's. Raises ``TypeError`` for what is none."""
    return json.loads(json.dumps(found, default=float))


def _want_of_memory(limit: int) -> str:
    return (
        f"It took more memory than the {size(limit)} a worker may have; choose smaller pictures, a smaller batch or a "
        "smaller network, or start the worker with a higher --memory-limit."
    )


def patient(ask: Callable[..., Any]) -> Callable[..., Any]:
    """The same that tries again where nobody answers: what the board is told twice does no harm.

    Where nobody answers for ten seconds the process ends without a last word, and the board gives its run out again.
    """

    def asked(what: str, **fields: Any) -> Any:
        for pause in (*PAUSES, None):
            try:
                return ask(what, **fields)
            except OSError as error:
                if pause is None:
                    LOG.exception("the scheduler is gone, and this worker leaves")
                    break
                LOG.warning("the scheduler does not answer to “%s” (%s)", what, error)
                time.sleep(pause)
        os._exit(1)

    return asked


def work() -> str | None:
    """Dask's task: train the first run that waits, and give its name; None where none waits any more."""
    from distributed import get_worker
    from distributed.utils import sync

    worker = get_worker()

    def reach(what: str, **fields: Any) -> Any:
        return sync(worker.loop, getattr(worker.scheduler, HANDLER), what=what, **fields)

    ask = patient(reach)
    job = ask("take", worker=worker.address, ticket=uuid4().hex)
    if job is None:
        return None
    tell, over = Tell(ask, job), threading.Event()
    limit = int(worker.memory_manager.memory_limit or 0)
    threading.Thread(target=tell.watch, args=(limit, over), name="cnnlab-watch", daemon=True).start()
    try:
        _train(job, tell, ask)
    finally:
        over.set()
    if limit and worker.nanny and psutil.Process().memory_info().rss > FRESH * limit:
        os._exit(0)  # Dask gives this task to the new process, which takes the next run
    return str(job["run"])


def _train(job: dict[str, Any], tell: Tell, ask: Callable[..., Any]) -> None:
    try:
        spec = from_json(job["spec"])
        data = payload.unpacked(spec, ask("payload", key=job["data"])) if job["data"] else payload.load(spec)
        report = _function(job["train"])(spec, data, job["checkpoint"], tell)
        tell.end("done", str(report.get("text", "")), report)
    except CancelledError:
        tell.end("cancelled", "")
    except MemoryError:
        tell.end("failed", "The worker has no memory left for this run; choose a smaller batch or network.")
    except ValueError as error:
        tell.end("failed", str(error))
    except Exception as error:
        LOG.exception("run %s", job["run"])
        with suppress(CancelledError):
            tell("error", detail=traceback.format_exc()[-4000:])
        tell.end("failed", f"The training broke off with {type(error).__name__}; the run's events hold the details.")


def warm(train: str) -> None:
    """Load what trains before somebody waits for it, with ``warm`` of its module where there is one."""
    with suppress(ImportError):  # told by the first run, in its sentence
        module = importlib.import_module(train.partition(":")[0])
        getattr(module, "warm", lambda: None)()


def _function(name: str) -> Train:
    module, _, function = name.partition(":")
    try:
        return getattr(importlib.import_module(module), function)  # type: ignore[no-any-return]
    except (ImportError, AttributeError) as error:
        raise ValueError(
            f"This worker cannot train ({error}); start workers in the folder of the same CNN Lab as the dashboard's."
        ) from None
