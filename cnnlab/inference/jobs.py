"""Jobs that count and time a run's network, or show a trained one an image."""

from functools import partial
from typing import Any, overload

from cnnlab.inference.answer import Answer, Counts, Pace, Tried, read, weight
from cnnlab.inference.request import Counting, Order, Timing, Try
from cnnlab.workers import Job, Lane, Progress, Queue, Worker, python

WORKER = Worker(
    python("cnnlab.inference.process"),
    limit=90.0,  # seconds: a training step of the largest networks is traced for half a minute
    ended="The process that tries networks {how}. Nothing else is harmed; change something or try again.",
    late="That took over {limit:g} seconds and was stopped; choose a smaller network, batch or input size.",
)


def _place(before: int) -> str:
    return f"{before} other {'question comes' if before == 1 else 'questions come'} first." if before else ""


LANE = Lane("inference", latest_only=True, kept=128, kept_bytes=64_000_000, weigh=weight, place=_place)


@overload
def job(order: Counting) -> Job[Counts]: ...
@overload
def job(order: Timing) -> Job[Pace]: ...
@overload
def job(order: Try) -> Job[Tried]: ...
def job(order: Order) -> Job[Any]:
    """Return the job that answers this."""
    # Timing takes seconds, and nobody waits for it with a hand on a slider.
    return Job(LANE, order.key, partial(_answer, order), bytes=order.bytes, urgent=not isinstance(order, Timing))


def _answer(order: Order, progress: Progress) -> Answer:
    return WORKER.call(order.document(), progress, read)


def warm(queue: Queue) -> bool:
    """Have TensorFlow loaded in the background; return whether it is, or could not be."""
    return WORKER.warm(queue, LANE)
