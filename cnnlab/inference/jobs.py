"""Jobs that count or time a run's network, or predict with a trained one."""

from functools import partial
from typing import Any, overload

from cnnlab.inference.answer import Answer, Counts, Pace, Prediction, read, weight
from cnnlab.inference.request import CountRequest, PaceRequest, PredictRequest, Request
from cnnlab.workers import Job, Lane, Progress, Queue, Worker, python

WORKER = Worker(
    python("cnnlab.inference.process"),
    limit=90.0,  # seconds: a training step of the largest networks is traced for half a minute
    ended="The process that tries networks {how}. Everything else still works; change something or try again.",
    late="That took over {limit:g} seconds and was stopped; choose a smaller network, batch or input size.",
)


def _place(before: int) -> str:
    return f"{before} other {'question comes' if before == 1 else 'questions come'} first." if before else ""


LANE = Lane("inference", latest_only=True, kept=128, kept_bytes=64_000_000, weigh=weight, place=_place)


@overload
def job(request: CountRequest) -> Job[Counts]: ...
@overload
def job(request: PaceRequest) -> Job[Pace]: ...
@overload
def job(request: PredictRequest) -> Job[Prediction]: ...
def job(request: Request) -> Job[Any]:
    """Return the job that answers a request."""
    urgent = not isinstance(request, PaceRequest)  # which takes seconds, and nobody waits with a hand on a slider
    return Job(LANE, request.key, partial(_answer, request), bytes=request.bytes, urgent=urgent)


def _answer(request: Request, progress: Progress) -> Answer:
    return WORKER.call(request.document(), progress, read)


def warm(queue: Queue) -> bool:
    """Load TensorFlow in the background; return whether it is loaded or cannot be."""
    return WORKER.warm(queue, LANE)
