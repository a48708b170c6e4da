"""The task of a worker: take the first run that waits, train it, and report to the board."""

import importlib
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
from cnnlab.training.events import CancelledError, Emitter
from cnnlab.training.spec import Spec, from_json
from cnnlab.units import size

Train = Callable[[Spec, Dataset, bytes | None, Emitter], dict[str, Any]]
"""``train(spec, data, resume_from, emit) -> report``. ``resume_from``: its own last checkpoint, None at the start."""
FULL, FRESH = 0.9, 0.6  # of the memory limit: a run ends; the process is replaced before the next run
LOOK = 0.1  # seconds between two checks of memory and of the board
PAUSES = (0.2, 0.5, 1.0, 2.0, 3.0, 4.0)  # seconds before each further try to reach the board
STUBBORN = 15.0  # seconds after which a cancelled run that does not stop is killed with its process
LOG = logging.getLogger("cnnlab")


def with_retries(ask: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``ask`` with retries: a request that the board receives twice does no harm.

    After ten seconds without an answer the process ends, and the board assigns its run again.
    """

    def asked(what: str, **fields: Any) -> Any:
        for pause in (*PAUSES, None):
            try:
                return ask(what, **fields)
            except OSError as error:
                if pause is None:
                    LOG.exception("the scheduler is gone; this worker ends")
                    break
                LOG.warning("the scheduler does not answer to “%s” (%s)", what, error)
                time.sleep(pause)
        os._exit(1)

    return asked


def work() -> str | None:
    """Train the first waiting run, as a task of Dask; return its name, None if no run waits."""
    from distributed import get_worker
    from distributed.utils import sync

    worker = get_worker()

    def reach(what: str, **fields: Any) -> Any:
        return sync(worker.loop, getattr(worker.scheduler, HANDLER), what=what, **fields)

    ask = with_retries(reach)
    assignment = ask("take", worker=worker.address, ticket=uuid4().hex)
    if assignment is None:
        return None
    emit, over = Emitter(ask, assignment), threading.Event()
    limit = int(worker.memory_manager.memory_limit or 0)
    threading.Thread(target=_watch, args=(emit, limit, over), name="cnnlab-watch", daemon=True).start()
    try:
        _train(assignment, emit, ask)
    finally:
        over.set()
    if limit and worker.nanny and psutil.Process().memory_info().rss > FRESH * limit:
        os._exit(0)  # Dask runs this task again in the new process, which takes the next run
    return str(assignment["run"])


def _watch(emit: Emitter, limit: int, over: threading.Event) -> None:
    """Notice, until the training is ``over``, that its run was cancelled, and end it when memory runs out.

    The process ends, too: TensorFlow never frees its memory, and Dask starts a new one.
    """
    me, since = psutil.Process(), 0.0
    while not over.wait(LOOK):
        if limit and me.memory_info().rss > FULL * limit:
            emit.end("failed", _want_of_memory(limit))
            os._exit(1)
        if not emit.send([]):
            since = since or time.monotonic()
        if since and time.monotonic() - since > STUBBORN:
            emit.end("cancelled", "")
            os._exit(1)


def _want_of_memory(limit: int) -> str:
    return (
        f"It used more memory than the {size(limit)} a worker may use; choose smaller images, a smaller batch or a "
        "smaller network, or start the worker with a higher --memory-limit."
    )


def _train(assignment: dict[str, Any], emit: Emitter, ask: Callable[..., Any]) -> None:
    try:
        spec = from_json(assignment["spec"])
        key = assignment["data"]
        data = payload.unpack(spec, ask("payload", key=key)) if key else payload.load(spec)
        report = _function(assignment["train"])(spec, data, assignment["checkpoint"], emit)
        emit.end("done", str(report.get("text", "")), report)
    except CancelledError:
        emit.end("cancelled", "")
    except MemoryError:
        emit.end("failed", "The worker has no memory left for this run; choose a smaller batch or network.")
    except ValueError as error:
        emit.end("failed", str(error))
    except Exception as error:
        LOG.exception("run %s", assignment["run"])
        with suppress(CancelledError):
            emit("error", detail=traceback.format_exc()[-4000:])
        emit.end("failed", f"The training failed with {type(error).__name__}; the run's events have the details.")


def warm(train: str) -> None:
    """Load the training code before the first run, with ``warm`` of its module if it has one."""
    with suppress(ImportError):  # the first run explains it
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
