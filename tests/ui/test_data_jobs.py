"""Work on data sets in the background: shared, bounded, and stopped only when nobody wants it any more."""

import threading
from collections.abc import Callable, Iterator

import pytest
from waiting import until

from cnnlab.ui.data import jobs as module
from cnnlab.ui.data.jobs import Jobs, Tell


class Gate:
    """Work that goes on until it is let through, and tells how far it is all the while."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.running = self.most = self.ended = 0
        self._lock = threading.Lock()

    def __call__(self, tell: Tell) -> str:
        with self._lock:
            self.running += 1
            self.most = max(self.most, self.running)
        try:
            while not self.open.wait(0.005):
                tell(0.5)
            return "result"
        finally:
            with self._lock:
                self.running -= 1
                self.ended += 1


@pytest.fixture
def gate() -> Iterator[Gate]:
    found = Gate()
    yield found
    found.open.set()


def asked(jobs: Jobs, who: str, key: str, work: Callable[[Tell], object], weight: int = 0) -> None:
    jobs.ask(who, key, "read", "working", work, weight)


def test_forty_at_once_wait_in_a_line(gate: Gate) -> None:
    jobs = Jobs()
    for number in range(40):
        asked(jobs, f"student {number}", f"upload {number}", gate)
    until(lambda: gate.running == 2)
    assert jobs.state("student 0", "upload 0").phase == "running"
    assert jobs.state("student 39", "upload 39").text == "37 others come first"
    assert jobs.state("student 2", "upload 2").text == "this one is next"
    gate.open.set()
    until(lambda: jobs.state("student 39", "upload 39").phase == "done")
    assert gate.most == 2
    assert jobs.state("student 5", "upload 5").result == "result"


def test_a_slow_download_keeps_nobody_from_looking(gate: Gate) -> None:
    jobs = Jobs()
    for number in range(5):
        jobs.ask("a", f"download {number}", "fetch", "downloading", gate)
    jobs.ask("b", "look", "look", "looking", lambda tell: 7)
    assert jobs.state("b", "look", 10.0).result == 7


def test_what_two_want_goes_on_when_one_stops(gate: Gate) -> None:
    jobs = Jobs()
    asked(jobs, "a", "x", gate)
    asked(jobs, "b", "x", gate)
    until(lambda: gate.running == 1)
    jobs.stop("a", "x")
    assert jobs.state("a", "x").phase == "idle"
    assert jobs.state("b", "x").live
    jobs.stop("b", "x")
    assert jobs.state("b", "x").phase == "idle"
    until(lambda: gate.ended == 1)
    assert not gate.open.is_set(), "it was stopped in the middle"
    asked(jobs, "b", "x", lambda tell: "anew")
    assert jobs.state("b", "x", 10.0).result == "anew"


def test_who_reloaded_long_ago_keeps_nothing_going(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = Jobs()
    asked(jobs, "before the reload", "x", gate)
    until(lambda: gate.running == 1)
    jobs.stop("after the reload", "x")
    assert gate.running == 1, "somebody may still look"
    monkeypatch.setattr(module, "PATIENCE", -1.0)
    until(lambda: gate.ended == 1)


def test_sentences_and_no_traceback(caplog: pytest.LogCaptureFixture) -> None:
    jobs = Jobs()

    def wrong(error: Exception) -> Callable[[Tell], None]:
        def work(_: Tell) -> None:
            raise error

        return work

    for key, error, told in (
        ("value", ValueError("take fewer"), "take fewer"),
        ("disk", OSError(5, "Input/output error"), "the server's disk could not be used (Input/output error)"),
        ("memory", MemoryError(), "memory ran out"),
        ("defect", KeyError("secret/path"), "something went wrong on our side"),
    ):
        asked(jobs, "a", key, wrong(error))
        state = jobs.state("a", key, 10.0)
        assert state.phase == "failed"
        assert told in state.text
        assert "secret" not in state.text
    asked(jobs, "a", "value", lambda tell: 1)
    assert jobs.state("a", "value", 10.0).result == 1, "another try forgets the sentence"


def test_what_waits_and_what_is_kept_is_bounded(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = Jobs()
    asked(jobs, "a", "large", gate, module.MOST_BYTES - 10)
    asked(jobs, "b", "too much", gate, 11)
    assert "try again in a few minutes" in jobs.state("b", "too much").text
    gate.open.set()
    for number in range(module.KEPT + 5):
        asked(jobs, "a", f"{number}", lambda tell: "kept")
        assert jobs.state("a", f"{number}", 10.0).result == "kept"
    assert jobs.state("a", "0").phase == "idle"
    gate.open.clear()
    for number in range(module.MOST_WAITING + 5):
        asked(jobs, "a", f"w{number}", gate)
    assert jobs.state("a", f"w{module.MOST_WAITING + 4}").phase == "failed"
    assert jobs.state("a", "w50").live
