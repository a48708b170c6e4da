"""What a worker tells the board, and what it does where the board does not answer."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from waiting import Clock

from cnnlab.training import Spec
from cnnlab.training.dask import worker
from cnnlab.training.dask.board import Board, BoardEntry
from cnnlab.training.events import Emitter

SHORT = Spec(data="digits_3_8", head_epochs=3, tuning_epochs=0)
PAUSES = worker.PAUSES


class Flaky:
    """A board that cannot be reached at some of the requests, counted from 0; ``deaf``: the answer is lost too."""

    def __init__(self, lost: Any = (), deaf: bool = False) -> None:
        self.board, self.lost, self.deaf, self.asked = Board(), lost, deaf, 0
        self.board.add("one", SHORT.to_json(), "stand_in:train", "", 0, None)

    def __call__(self, what: str, **fields: Any) -> Any:
        self.asked += 1
        fails = self.asked - 1 in self.lost
        if fails and not self.deaf:
            raise ConnectionResetError("the line broke")
        answer = getattr(self.board, what)(**fields)
        if fails:
            raise TimeoutError("the answer was lost")
        return answer

    @property
    def job(self) -> BoardEntry:
        return self.board.runs["one"]


def trained(ask: Flaky) -> None:
    patient = worker.with_retries(ask)
    job = patient("take", worker="tcp://one", ticket="first")
    worker._train(job, Emitter(patient, job), patient)


@pytest.fixture(autouse=True)
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    def leave(code: int) -> None:
        raise SystemExit(code)

    monkeypatch.setattr(worker, "PAUSES", (0.01, 0.02, 0.03))
    monkeypatch.setattr(worker.os, "_exit", leave)
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1]))


@pytest.mark.parametrize("deaf", [False, True])
def test_a_failed_request_is_repeated_and_the_run_continues(deaf: bool) -> None:
    ask = Flaky(lost=range(0, 1000, 2), deaf=deaf)
    trained(ask)
    assert (ask.job.phase, ask.job.text) == ("done", "3 epochs.")
    assert {event["epoch"] for event in ask.job.events if event["event"] == "epoch"} == {1, 2, 3}
    assert [event["event"] for event in ask.job.events if event["event"] in ("start", "end")] == ["start", "end"]
    assert ask.job.token == 1, "given out once"


def test_a_worker_that_reaches_no_scheduler_exits() -> None:
    ask = Flaky(lost=range(3, 1000))
    with pytest.raises(SystemExit):
        trained(ask)
    assert ask.asked == 3 + len(worker.PAUSES) + 1
    assert ask.job.phase == "running"
    ask.board.remove_worker(None, "tcp://one")
    assert ask.job.phase == "waiting", "the board gives it out again"


def test_retries_take_about_ten_seconds() -> None:
    assert 8 < sum(PAUSES) < 15


def test_two_requests_of_one_worker_get_two_runs() -> None:
    board = Board()
    for name in ("one", "two"):
        board.add(name, replace(SHORT, seed=5).to_json(), "stand_in:train", "", 0, None)
    first, again, second = (board.take("tcp://one", ticket) for ticket in ("a", "a", "b"))
    assert first
    assert first == again
    assert second
    assert second["run"] == "two"


def test_at_most_two_steps_a_second_are_sent_and_the_last_one_before_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(worker.time, "monotonic", clock)
    sent: list[dict[str, Any]] = []

    def ask(what: str, events: list[dict[str, Any]], **fields: Any) -> bool:
        sent.extend(events)
        return True

    emit = Emitter(ask, {"run": "one", "token": 1})
    clock.now = 100.0
    for step in range(1, 1001):
        clock.now += 0.01
        emit("step", step=step)
    assert 15 <= len(sent) <= 22, "ten seconds"
    gaps = [after["step"] - before["step"] for before, after in pairwise(sent)]
    assert max(gaps) <= 52
    sent.clear()
    for epoch in range(1, 101):
        for step in range(10):
            clock.now += 0.001
            emit("step", step=step)
        emit("epoch", b"checkpoint", epoch=epoch)
    assert [event["epoch"] for event in sent if event["event"] == "epoch"] == list(range(1, 101))
    assert sum(event["event"] == "step" for event in sent) <= 3, "one second, and epochs say it too"
    sent.clear()
    emit("step", step=5)
    emit("step", step=6)
    emit("error", detail="broken")
    assert [event["event"] for event in sent] == ["step", "error"]
    assert sent[0]["step"] == 6, "what came before a fault is sent"
