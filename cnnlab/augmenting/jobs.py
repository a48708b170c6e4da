"""Jobs that draw augmented images: while a session drags a slider, only the last job is done."""

from functools import partial
from typing import Any

from cnnlab.augmenting.request import Augmented, Request
from cnnlab.workers import Job, Lane, Progress, Queue, Worker, python

WORKER = Worker(
    python("cnnlab.augmenting.process"),
    limit=20.0,  # seconds
    ended="The process that draws {how}. Everything else still works; change something or try again.",
    late="Drawing took over {limit:g} seconds and was stopped; switch off a slow step.",
)


def _weigh(drawn: Augmented) -> int:
    return sum(map(len, drawn.images))


def _place(before: int) -> str:
    return f"{before} other requests come first" if before > 1 else ""


LANE = Lane(
    "augmenting",
    latest_only=True,
    most_waiting=1000,  # forty sessions with a dozen examples each
    kept=128,
    kept_bytes=64_000_000,  # twelve images of 224×224 take 0.3 MB
    weigh=_weigh,
    place=_place,
)


def job(request: Request) -> Job[Augmented]:
    """Return the job that draws these images."""
    return Job(LANE, request.key, partial(_draw, request), bytes=request.bytes)


def _draw(request: Request, progress: Progress) -> Augmented:
    return WORKER.call(request.document(), progress, _read)


def _read(result: dict[str, Any]) -> Augmented:
    """Return the result from JSON, which knows no tuples."""
    tuples = {"images": tuple(result["images"]), "labels": tuple(map(tuple, result["labels"]))}
    return Augmented(**result | tuples)


def warm(queue: Queue) -> bool:
    """Load TensorFlow in the background; return whether it is loaded or cannot be."""
    return WORKER.warm(queue, LANE)
