"""A process that is killed, ends, hangs, grows or answers nonsense: the call says so, and the next call works."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from waiting import gone, until

from cnnlab.workers import JobError, Lane, Queue, StoppedError, Worker

Asked = Callable[[], list[str]]
Call = Callable[[str], "Future[str]"]


def ignore(share: float | None = None, text: str | None = None) -> None:
    """Want the job, whatever it reports."""


def ask(worker: Worker, task: str) -> str:
    """Wait for the result of a task, which is its name."""
    return worker.call({"task": task}, ignore, lambda result: str(result["task"]))


@pytest.fixture
def begin(worker: Worker, asked: Asked) -> Iterator[Call]:
    """Call from another thread, and return once the process has begun."""
    with ThreadPoolExecutor(1) as threads:

        def call(task: str) -> "Future[str]":
            before = len(asked())
            called = threads.submit(ask, worker, task)
            until(lambda: len(asked()) > before)
            return called

        yield call


@pytest.fixture
def go(tmp_path: Path) -> Callable[[], None]:
    return (tmp_path / "go").touch


def test_a_process_is_started_by_the_first_call_and_serves_the_next(worker: Worker, go: Callable[[], None]) -> None:
    assert worker.pid is None
    go()
    reported = []
    found = worker.call({"task": "slow"}, lambda *reports: reported.append(reports), lambda result: result["task"])
    assert found == "slow"
    assert (0.25, "a quarter is done") in reported
    pid = worker.pid
    assert ask(worker, "again") == "again"
    assert worker.pid == pid


@pytest.mark.skipif(sys.platform == "win32", reason="no signals there")
def test_a_request_is_repeated_if_its_process_died_before_beginning(
    worker: Worker, begin: Call, go: Callable[[], None], asked: Asked
) -> None:
    called = begin("quick")
    os.kill(worker.pid, signal.SIGKILL)
    until(lambda: asked() == ["quick", "quick"])
    go()
    assert called.result() == "quick"
    os.kill(worker.pid, signal.SIGKILL)  # while it has nothing to do
    assert ask(worker, "quick") == "quick"


@pytest.mark.skipif(sys.platform == "win32", reason="no signals there")
def test_a_process_killed_during_a_call_raises_a_sentence(
    worker: Worker, tmp_path: Path, go: Callable[[], None]
) -> None:
    def kill(share: float | None = None, text: str | None = None) -> None:
        if share:
            os.kill(worker.pid, signal.SIGKILL)

    with pytest.raises(JobError, match=r"^The process was killed \(signal 9\), perhaps because memory ran out\.$"):
        worker.call({"task": "slow"}, kill, lambda result: result)
    go()
    assert ask(worker, "next") == "next"


def test_a_process_that_always_ends_raises_a_sentence(worker: Worker, go: Callable[[], None], asked: Asked) -> None:
    go()
    with pytest.raises(JobError, match=r"^The process ended with code 3\.$"):
        ask(worker, "exit")
    assert asked() == ["exit"] * 2
    assert ask(worker, "next") == "next"


def test_errors_of_the_process_are_sentences_and_defects_are_logged(
    worker: Worker, go: Callable[[], None], caplog: pytest.LogCaptureFixture
) -> None:
    go()
    with pytest.raises(JobError, match=r"^It cannot be done\.$"):
        ask(worker, "refused")
    assert not caplog.records
    pid = worker.pid
    with pytest.raises(JobError, match=r"^It went wrong \(KeyError\)\.$"):
        ask(worker, "defect")
    assert "secret" in caplog.text
    assert worker.pid == pid


def test_nonsense_ends_the_process_and_a_program_that_is_missing_raises(
    worker: Worker, make_worker: Callable[..., Worker], go: Callable[[], None]
) -> None:
    go()
    with pytest.raises(KeyError):
        ask(worker, "nonsense")
    assert worker.pid is None
    assert ask(worker, "next") == "next"
    with pytest.raises(FileNotFoundError):
        ask(make_worker(("/no/such/program",)), "task")


def test_a_call_has_a_time_limit(make_worker: Callable[..., Worker], go: Callable[[], None]) -> None:
    worker = make_worker(limit=0.3, loading=0.5)
    with pytest.raises(JobError, match=r"^It took over 0\.5 seconds\.$"):
        ask(worker, "first of its process")
    assert worker.pid is None
    worker = make_worker(limit=0.3)
    go()
    assert ask(worker, "quick") == "quick"


def test_a_cancelled_call_ends_the_process(worker: Worker, go: Callable[[], None]) -> None:
    pids = []

    def stop(share: float | None = None, text: str | None = None) -> None:
        if share:
            pids.append(worker.pid)
            raise StoppedError

    with pytest.raises(StoppedError):
        worker.call({"task": "slow"}, stop, lambda result: result)
    assert gone(pids[0])
    go()
    assert ask(worker, "next") == "next"


def test_a_large_process_is_not_kept(make_worker: Callable[..., Worker], go: Callable[[], None]) -> None:
    worker = make_worker(large=0)
    go()
    assert ask(worker, "task") == "task"
    assert worker.pid is None


def test_warming_is_repeated_only_after_the_process_ended(
    worker: Worker, queue: Queue, go: Callable[[], None], asked: Asked
) -> None:
    lane = Lane("test")
    assert not worker.warm(queue, lane)
    assert not worker.warm(queue, lane)
    go()
    until(lambda: worker.warm(queue, lane))
    assert asked() == ["warm"]
    worker.end()
    assert not worker.warm(queue, lane)
    until(lambda: worker.warm(queue, lane))
    assert asked() == ["warm", "warm"]
