"""Who waits for whom, who is told what, and what becomes of jobs that nobody wants."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import pytest
from waiting import Clock, until

from cnnlab.workers import Job, JobError, Lane, Progress, Queue, State
from cnnlab.workers.queue import PATIENCE, UNKNOWN

LANE = Lane("test", place=lambda before: f"{before} before")
LATEST = Lane("latest", latest_only=True)
UNATTENDED = Lane("unattended", unattended=True)
IDLE = State()


class Gate:
    """Work that reports its half until the gate is opened."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.begun: list[object] = []
        self.ended: list[object] = []
        self.at_once = 0

    def job(self, key: object, lane: Lane = LANE, **more: object) -> Job[str]:
        """Return a job whose result is its key's text."""

        def run(progress: Progress) -> str:
            self.begun.append(key)
            self.at_once = max(self.at_once, len(self.begun) - len(self.ended))
            try:
                progress(0.5, "half of it is done")
                while not self.open.wait(0.005):
                    progress()
            finally:
                self.ended.append(key)
            return f"result of {key}"

        return Job(lane, key, run, "starting", **more)


@pytest.fixture
def gate(queue: Queue) -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.open.set()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def queue(clock: Clock) -> Iterator[Queue]:
    made = Queue(clock)
    yield made
    made.close()


def runs(queue: Queue, who: str, job: Job[str]) -> None:
    """Wait until a job has begun."""
    until(lambda: queue.state(who, job.key).share == 0.5)


def done(queue: Queue, who: str, job: Job[str]) -> str:
    """Wait for the result of a job."""
    state = queue.ask(who, job, patience=60)
    assert state.phase == "done", state
    assert state.result == f"result of {job.key}"
    return state.result


def failing(error: Exception, key: str = "fails", lane: Lane = LANE) -> Job[str]:
    def run(_: Progress) -> str:
        raise error

    return Job(lane, key, run)


def test_a_job_is_done_once_for_forty_sessions_at_the_same_moment(queue: Queue, gate: Gate) -> None:
    jobs = [gate.job(key) for key in "abcd"]
    start = threading.Barrier(40)

    def session(number: int) -> None:
        start.wait()
        queue.submit(str(number), jobs[number % 4])

    threads = [threading.Thread(target=session, args=(number,)) for number in range(40)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    gate.open.set()
    for number in range(40):
        done(queue, str(number), jobs[number % 4])
    done(queue, "later", jobs[0])
    assert sorted(gate.begun) == [*"abcd"]
    assert gate.at_once == 1


def test_jobs_of_a_lane_wait_for_each_other_and_sessions_see_how_far_they_are(queue: Queue, gate: Gate) -> None:
    first, second, third = map(gate.job, "abc")
    assert queue.state("ann", "a") == IDLE
    for who, job in (("ann", first), ("ben", second), ("cem", third)):
        queue.submit(who, job)
    runs(queue, "ann", first)
    assert queue.state("ann", "a") == State("running", "half of it is done", 0.5)
    assert queue.state("ben", "b") == State("waiting", "0 before")
    assert queue.state("cem", "c") == State("waiting", "1 before")
    gate.open.set()
    assert queue.state("cem", "c", patience=60) == State("done", share=1.0, result="result of c")
    assert gate.begun == [*"abc"]


def test_lanes_do_not_wait_for_each_other_and_a_wide_one_runs_several(queue: Queue, gate: Gate) -> None:
    wide = replace(LANE, width=2)
    for number in range(5):
        queue.submit("ann", gate.job(number, wide))
    until(lambda: len(gate.begun) == 2)
    assert queue.ask("ben", Job(LATEST, "other", lambda _: 7), patience=60).result == 7
    gate.open.set()
    done(queue, "ann", gate.job(4, wide))
    assert gate.at_once == 2


def test_urgent_jobs_come_first(queue: Queue, gate: Gate) -> None:
    queue.submit("ann", gate.job("running"))
    for key, urgent in (("late", False), ("later", False), ("first", True), ("second", True)):
        queue.submit("ann", gate.job(key, urgent=urgent))
    assert queue.state("ann", "late").text == "2 before"
    gate.open.set()
    done(queue, "ann", gate.job("later"))
    assert gate.begun == ["running", "first", "second", "late", "later"]


def test_a_dragged_slider_keeps_only_its_last_job(queue: Queue, gate: Gate) -> None:
    queue.ask("ann", gate.job(1, LATEST))
    for number in range(2, 12):
        assert queue.ask("ann", gate.job(number, LATEST)).live
    queue.ask("ben", gate.job(20, LATEST))
    queue.ask("ann", gate.job(20, LATEST))
    queue.ask("ann", gate.job(11, LATEST))
    gate.open.set()
    done(queue, "ann", gate.job(11, LATEST))
    done(queue, "ben", gate.job(20, LATEST))
    assert gate.begun == [1, 20, 11], "what runs is finished, and what another session wants is not given up"
    done(queue, "ann", gate.job(5, LATEST))
    done(queue, "ann", gate.job(1, LATEST))
    assert gate.begun == [1, 20, 11, 5], "given up and asked for again, it is done; done before, it is kept"


def test_a_cancelled_job_stops_and_can_be_submitted_again(queue: Queue, gate: Gate) -> None:
    first, second, third = map(gate.job, "abc")
    queue.submit("ann", first)
    runs(queue, "ann", first)
    queue.submit("ben", second)
    queue.submit("cem", third)
    queue.cancel("ben", "b")
    assert queue.state("ben", "b") == IDLE
    queue.cancel("ann", "a")
    assert queue.state("ann", "a") == IDLE
    queue.submit("ann", first)
    runs(queue, "cem", third)
    assert gate.ended == ["a"], "it was stopped in the middle"
    gate.open.set()
    done(queue, "ann", first)
    assert gate.begun == ["a", "c", "a"]


def test_a_job_of_another_session_goes_on(queue: Queue, gate: Gate) -> None:
    job = gate.job("a")
    queue.submit("ann", job)
    queue.submit("ben", job)
    runs(queue, "ben", job)
    queue.cancel("ann", "a")
    assert queue.state("ann", "a") == IDLE
    assert queue.state("ben", "a").live
    queue.submit("ann", job)
    assert queue.state("ann", "a").live
    gate.open.set()
    done(queue, "ben", job)
    assert gate.begun == ["a"]


def test_closed_tabs_leave_nothing_running_and_reloaded_ones_find_their_jobs(
    queue: Queue, gate: Gate, clock: Clock
) -> None:
    jobs = [gate.job(key) for key in "abc"]
    for who, job in zip(("ann", "ben", "cem"), jobs, strict=True):
        queue.submit(who, job)
    runs(queue, "ann", jobs[0])
    clock.now = 0.8 * PATIENCE
    assert queue.state("cem, reloaded", "c").live
    clock.now = 1.5 * PATIENCE  # nobody has looked for a and b since the beginning
    runs(queue, "cem, reloaded", jobs[2])
    assert gate.ended == ["a"]
    assert gate.begun == ["a", "c"]


def test_waiting_for_the_end_keeps_a_job_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnnlab.workers.queue.PATIENCE", 0.5)
    queue, gate = Queue(), Gate()
    threading.Timer(1.0, gate.open.set).start()
    done(queue, "ann", gate.job("a"))


def test_unattended_jobs_go_on_until_the_last_session_that_looks_cancels(
    queue: Queue, gate: Gate, clock: Clock
) -> None:
    job = gate.job("a", UNATTENDED)
    queue.submit("before the reload", job)
    runs(queue, "before the reload", job)
    clock.now = 10 * PATIENCE
    runs(queue, "after the reload", job)
    clock.now += 0.5 * PATIENCE
    queue.submit("ben", job)
    queue.cancel("after the reload", "a")
    assert not gate.ended, "somebody may still look"
    clock.now += 1.5 * PATIENCE
    until(lambda: gate.ended == ["a"])


def test_failures_are_sentences_until_the_job_is_submitted_again(
    queue: Queue, caplog: pytest.LogCaptureFixture
) -> None:
    job = failing(JobError("It cannot be done."))
    for who in ("ann", "ann", "ben"):
        assert queue.ask(who, job, patience=60) == State("failed", "It cannot be done.")
    assert not caplog.records
    again = Job(LANE, "fails", lambda _: "done")
    assert queue.ask("ann", again).phase == "failed"
    queue.submit("ben", again)
    assert queue.state("ann", "fails", patience=60).result == "done"
    assert queue.ask("ann", failing(KeyError("secret"), "defect"), patience=60) == State("failed", UNKNOWN)
    assert "secret" in caplog.text


def test_a_failure_is_reported_to_the_sessions_that_submitted(queue: Queue) -> None:
    job = failing(JobError("It cannot be done."), lane=replace(LANE, own_failures=True))
    assert queue.ask("ann", job, patience=60).phase == "failed"
    assert queue.state("ben", "fails") == IDLE


def test_a_job_is_checked_when_it_is_submitted_and_when_its_turn_comes(queue: Queue, gate: Gate) -> None:
    refused = threading.Event()

    def check() -> None:
        if refused.is_set():
            raise JobError("There is no memory left.")

    queue.submit("ann", gate.job("a"))
    queue.submit("ben", gate.job("b", check=check))
    assert queue.state("ben", "b").live
    refused.set()
    queue.submit("cem", gate.job("c", check=check))
    assert queue.state("cem", "c") == State("failed", "There is no memory left.")
    gate.open.set()
    assert queue.state("ben", "b", patience=60) == State("failed", "There is no memory left.")
    assert gate.begun == ["a"]


def test_a_result_stays_until_the_new_one_is_there(queue: Queue, gate: Gate) -> None:
    gate.open.set()
    job = gate.job("a")
    done(queue, "ann", job)
    gate.open.clear()
    queue.submit("ann", job)
    assert queue.state("ann", "a").phase == "done"
    queue.submit("ann", job, again=True)
    runs(queue, "ann", job)
    queue.cancel("ann", "a")
    done(queue, "ann", job)
    gate.open.set()
    queue.submit("ann", job, again=True)
    done(queue, "ann", job)
    queue.forget("a")
    assert queue.state("ann", "a") == IDLE


def test_waiting_jobs_are_bounded_in_number_and_bytes(queue: Queue, gate: Gate) -> None:
    few, light = replace(LANE, most_waiting=2), replace(LANE, most_bytes=100)
    for number in range(4):
        queue.submit("ann", gate.job(number, few))
    assert queue.state("ann", 2).phase == "waiting"
    assert queue.state("ann", 3) == State("failed", "2 requests are waiting; try again in a few minutes.")
    queue.submit("ann", gate.job("large", light, bytes=90))
    queue.submit("ben", gate.job("too much", light, bytes=11))
    assert queue.state("ben", "too much").phase == "failed"


def test_a_job_closes_what_it_holds_when_it_has_ended_or_will_not_run(queue: Queue, gate: Gate) -> None:
    closed: list[str] = []
    lane = replace(LANE, most_waiting=1)
    jobs = {key: gate.job(key, lane, close=partial(closed.append, key)) for key in "abc"}
    queue.submit("ann", jobs["a"])
    queue.submit("ann", jobs["b"])
    queue.submit("ann", jobs["c"])
    assert closed == ["c"], "the lane is full"
    queue.submit("ann", gate.job("a", lane, close=partial(closed.append, "another a")))
    assert closed == ["c", "another a"], "the same job runs already"
    queue.cancel("ann", "b")
    assert closed == ["c", "another a", "b"]
    gate.open.set()
    done(queue, "ann", jobs["a"])
    assert closed == ["c", "another a", "b", "a"]


def test_a_check_that_fails_unexpectedly_closes_the_job(queue: Queue, gate: Gate) -> None:
    closed: list[str] = []

    def check() -> None:
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        queue.submit("ann", gate.job("one", check=check, close=partial(closed.append, "one")))
    assert closed == ["one"]


def test_a_job_that_fails_to_close_holds_up_nobody(queue: Queue, gate: Gate) -> None:
    def fail() -> None:
        raise OSError("it was closed already")

    gate.open.set()
    one, two = gate.job("one", close=fail), gate.job("two")
    assert done(queue, "ann", one) == "result of one"
    assert done(queue, "ann", two) == "result of two"


@pytest.mark.parametrize("bound", [{"kept": 3}, {"kept_bytes": 40, "weigh": len}])
def test_the_results_used_last_are_kept(queue: Queue, gate: Gate, bound: dict[str, object]) -> None:
    gate.open.set()
    lane = replace(LANE, **bound)
    for key in "abcd":
        done(queue, "ann", gate.job(key, lane))
        queue.state("ann", "a")
    assert [queue.state("ann", key).phase for key in "abcd"] == ["done", "idle", "done", "done"]
    large = replace(LANE, kept_bytes=5, weigh=len)
    done(queue, "ann", gate.job("larger than all", large))
    assert queue.ask("ann", Job(large, "without a result", lambda _: None), patience=60).phase == "done"


def test_a_server_that_ends_drops_waiting_jobs() -> None:
    code = """
import time
from cnnlab.workers import Job, Lane, Queue
queue, lane = Queue(), Lane("test")
for number in range(8):
    queue.submit("ann", Job(lane, number, lambda _: (print("begun", flush=True), time.sleep(60))))
time.sleep(0.2)
"""
    ended = subprocess.run([sys.executable, "-c", code], timeout=20, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (0, "begun\n"), ended.stderr


def test_a_closed_queue_has_stopped_its_jobs(queue: Queue, gate: Gate) -> None:
    queue.submit("ann", gate.job("a"))
    queue.submit("ann", gate.job("b"))
    queue.close()
    assert gate.begun == gate.ended == ["a"]
    with pytest.raises(RuntimeError):
        queue.submit("ann", gate.job("c"))
