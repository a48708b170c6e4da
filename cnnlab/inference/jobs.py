"""Jobs that count and time a run's network, or show a trained one an image."""

from functools import partial
from typing import Any, overload

from cnnlab.inference.request import CountRequest, PredictRequest, Request, TimingRequest
from cnnlab.inference.result import ParameterCounts, Prediction, Result, StepTimes, from_document, size_of
from cnnlab.workers import Job, Lane, Progress, Queue, Worker, python

WORKER = Worker(
    python("cnnlab.inference.process"),
    limit=90.0,  # seconds: a training step of the largest networks is traced for half a minute
    ended="The process that tries networks {how}. Nothing else is harmed; change something or try again.",
    late="That took over {limit:g} seconds and was stopped; choose a smaller network, batch or input size.",
)


def _place(before: int) -> str:
    return f"{before} other {'question comes' if before == 1 else 'questions come'} first." if before else ""


LANE = Lane("inference", latest_only=True, kept=128, kept_bytes=64_000_000, weigh=size_of, place=_place)


@overload
def job(request: CountRequest) -> Job[ParameterCounts]: ...
@overload
def job(request: TimingRequest) -> Job[StepTimes]: ...
@overload
def job(request: PredictRequest) -> Job[Prediction]: ...
def job(request: Request) -> Job[Any]:
    """Return the job that counts, times or predicts."""
    # Timing takes seconds, and nobody waits for it with a hand on a slider.
    urgent = not isinstance(request, TimingRequest)
    return Job(LANE, request.key, partial(_run, request), bytes=request.bytes, urgent=urgent)


def _run(request: Request, progress: Progress) -> Result:
    return WORKER.call(request.document(), progress, from_document)


def warm(queue: Queue) -> bool:
    """Have TensorFlow loaded in the background; return whether it is, or could not be."""
    return WORKER.warm(queue, LANE)
