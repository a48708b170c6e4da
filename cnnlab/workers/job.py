"""A job for the queue, the lane it waits in, and the state it is in."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, Generic, Literal, Protocol, TypeVar

Phase = Literal["idle", "waiting", "running", "done", "failed"]
R = TypeVar("R")
Result = TypeVar("Result", covariant=True)


class JobError(Exception):
    """A job failed; the message is a sentence for the user."""


class StoppedError(Exception):
    """Raised inside a job that was cancelled."""


class Progress(Protocol):
    """The function that a running job reports to; long jobs call it often.

    It raises ``StoppedError`` once nobody wants the job.
    """

    def __call__(self, share: float | None = None, text: str | None = None, /) -> None:
        """Set the share that is done, 0 to 1, and a sentence on the present work."""


@dataclass(frozen=True, slots=True)
class State(Generic[Result]):
    """The progress of a job: a sentence to show, the share that is done (0 to 1), and the result once there is one."""

    phase: Phase = "idle"
    text: str = ""
    share: float = 0.0
    result: Result | None = None

    @property
    def live(self) -> bool:
        """Return whether the job waits or runs: look again soon."""
        return self.phase in ("waiting", "running")


@dataclass(frozen=True, eq=False)
class Lane:
    """Jobs that wait for each other: ``width`` of them run at once, the others in the order in which they came.

    ``latest_only``: a session's new job replaces the one before, unless that runs already. Who drags a slider waits for
    the last place only. What runs is finished, since stopping it would end a process that has TensorFlow loaded.
    ``unattended``: jobs go on although nobody looks, until somebody cancels them.
    ``own_failures``: only sessions that wanted a job see why it failed; otherwise all do.

    At most ``most_waiting`` jobs wait, and no more than ``most_bytes`` wait and run; the next one fails with the
    sentence ``full``. The ``kept`` results that were used last are kept, up to ``kept_bytes``, measured by ``weigh``.
    ``place`` words how many jobs wait before one.
    """

    name: str
    width: int = 1
    latest_only: bool = False
    unattended: bool = False
    own_failures: bool = False
    most_waiting: int = 100
    most_bytes: int = 500_000_000
    full: str = "{waiting} requests are waiting; try again in a few minutes."
    kept: int = 128
    kept_bytes: int = 64_000_000
    weigh: Callable[[Any], int] = lambda _: 0
    place: Callable[[int], str] = lambda before: ""


@dataclass(frozen=True, eq=False)
class Job(Generic[R]):
    """Work to be done in a lane. Jobs with equal keys are done once, whoever submits them.

    ``run`` is called in a thread of its own; what it returns is the result. ``check`` raises ``JobError`` where the job
    cannot be done: it is called when the job is submitted and again before it runs. ``text`` says what is done until
    the job reports something else, ``bytes`` is what it takes while it waits. Jobs that are not ``urgent`` come last.
    ``close`` releases what the job holds, such as an open file: it is called when the job has ended, or will not run.
    """

    lane: Lane
    key: Hashable
    run: Callable[[Progress], R]
    text: str = ""
    bytes: int = 0
    urgent: bool = True
    check: Callable[[], None] = lambda: None
    close: Callable[[], None] = lambda: None
