"""Jobs on data sets: unpacking, downloading, looking and packing, with their errors as sentences."""

import logging
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import TypeVar

from cnnlab.workers import Job, JobError, Lane, Progress, StoppedError

LOG = logging.getLogger("cnnlab")
R = TypeVar("R")


def _lane(name: str, width: int) -> Lane:
    def place(before: int) -> str:
        others = "1 other request comes" if before == 1 else f"{before} other requests come"
        return f"{others} first" if before else "this one is next"

    return Lane(
        f"data {name}",
        width,
        unattended=True,
        most_bytes=4 << 30,  # of archives that wait on disk
        full="many data sets are waiting; try again in a few minutes",
        kept=40,  # each with thumbnails of at most half a megabyte
        place=place,
    )


# Images are opened one at a time in the whole process (see ``uploads.images``): more threads would only wait. Downloads
# have a lane of their own, since a slow network must not keep others from unpacking.
LANES: Mapping[str, Lane] = MappingProxyType(
    {name: _lane(name, width) for name, width in (("look", 2), ("read", 2), ("fetch", 2), ("pack", 1))}
)


def job(
    lane: str,
    key: str,
    text: str,
    work: Callable[[Progress], R],
    size: int = 0,
    close: Callable[[], None] = lambda: None,
) -> Job[R]:
    """Return a job whose error messages end a sentence after a colon.

    ``size`` is what waits on disk until ``close`` is called: when the job has ended, or will not run.
    """
    return Job(LANES[lane], key, partial(_in_words, work), text, size, close=close)


def _in_words(work: Callable[[Progress], R], progress: Progress) -> R:
    try:
        return work(progress)
    except StoppedError:
        raise
    except Exception as error:
        raise JobError(_sentence(error)) from error


def _sentence(error: Exception) -> str:
    if isinstance(error, ValueError):
        return str(error)
    LOG.error("work on a data set failed", exc_info=error)
    if isinstance(error, OSError):
        return f"the server's disk could not be used ({error.strerror or type(error).__name__}); try again later"
    if isinstance(error, MemoryError):
        return "the server's memory ran out; take fewer or smaller images"
    return "something went wrong on our side; see the server's log"
