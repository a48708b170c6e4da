"""The board by itself, and what is stored of it."""

import time
from pathlib import Path
from typing import Any

import pytest

from cnnlab.training import Spec, runs
from cnnlab.training.dask import packing, storing
from cnnlab.training.dask.board import Board
from cnnlab.training.dask.packing import Upload
from cnnlab.training.dask.storing import RunStore, store_left
from cnnlab.training.evaluation import TEST
from cnnlab.training.run_folder import CHECKPOINT, EVENTS, MODEL, Run

SPEC = Spec(data="digits_3_8")


def taken(board: Board, name: str = "one") -> int:
    """The token of who has it now."""
    job = board.take("tcp://one", f"{time.monotonic()}")
    assert job
    assert job["run"] == name
    return int(job["token"])


def put_up(name: str = "one") -> Board:
    board = Board()
    board.add(name, SPEC.to_json(), "stand_in:train", "", 0, None)
    return board


def test_only_workers_lost_since_the_last_checkpoint_count() -> None:
    board = put_up()
    for number in range(1, 6):
        token = taken(board)
        board.report("one", token, [{"event": "epoch", "phase": "head", "epoch": number}], b"checkpoint")
        board.remove_worker(None, "tcp://one")
        assert board.runs["one"].phase == "waiting", f"worker {number} is lost, and it came further each time"
    for _ in range(2):
        board.report("one", taken(board), [{"event": "step"}], None)
        board.remove_worker(None, "tcp://one")
    assert board.runs["one"].phase == "failed"
    assert board.runs["one"].text.startswith("Its worker was lost 3 times in a row in one epoch of this run")


def stored(run: Run, board: Board) -> None:
    """As a dashboard does it."""
    progress = board.runs[run.name].progress()
    assert RunStore(run).store(progress, 0, lambda: board.results(run.name))


def ended(run: Run, **files: bytes) -> Board:
    """A board on which it is done, with files whose names may be anything."""
    board = put_up(run.name)
    token = taken(board, run.name)
    board.report(run.name, token, [{"event": "epoch", "phase": "head", "epoch": 1}], b"checkpoint")
    board.end(run.name, token, "done", "It is done.", {"text": "It is done."}, files)
    return board


def test_only_files_that_a_run_has_are_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = runs.create(SPEC, within=tmp_path / "runs")
    evil = {"../../evil": b"x", str(tmp_path / "evil"): b"x", "spec.json": b"x", "": b"x", ".": b"x"}
    stored(run, ended(run, **evil, **{MODEL: b"PK", TEST: b"PK"}))
    assert {path.name for path in tmp_path.iterdir()} == {"runs"}
    assert run.spec() == SPEC
    assert (run.folder / MODEL).read_bytes() == (run.folder / TEST).read_bytes() == b"PK"
    text = run.status().text
    assert text.startswith("It is done. Not stored, since no run has such files: “../../evil”, “/")
    large = runs.create(SPEC, within=tmp_path / "runs")
    monkeypatch.setitem(storing.MOST, MODEL, 1000)
    stored(large, ended(large, **{MODEL: bytes(1001), TEST: b"PK"}))
    assert large.status().text == "It is done. Not stored, since no run has such files: “model.keras”."
    assert large.model is None


def test_a_checkpoint_is_never_stored_before_the_epochs_that_it_goes_on_from(tmp_path: Path) -> None:
    run = runs.create(SPEC, within=tmp_path)
    board, keeper = put_up(run.name), RunStore(run)
    token = taken(board, run.name)

    def trained(epoch: int) -> None:
        board.report(run.name, token, [{"event": "epoch", "phase": "head", "epoch": epoch}], b"%d" % epoch)

    def late() -> dict[str, Any]:
        trained(2)  # between the look and the fetch
        return board.results(run.name)

    trained(1)
    keeper.store(board.runs[run.name].progress(), 0, late)
    checkpoint = run.checkpoint()
    assert checkpoint
    assert [row["epoch"] for row in run.history()] == list(range(1, int(checkpoint) + 1))
    keeper.store(board.runs[run.name].progress(), 0, lambda: board.results(run.name))
    assert [event["n"] for event in run.events()[0]] == [1, 2, 3], "each once"


def test_the_checkpoint_of_a_finished_run_is_deleted(tmp_path: Path) -> None:
    run, lost = (runs.create(SPEC, within=tmp_path / "runs") for _ in range(2))
    for each in (run, lost):
        each.put(CHECKPOINT, b"before")
    stored(run, ended(run, **{MODEL: b"PK"}))
    stored(lost, ended(lost))
    assert run.status().phase == lost.status().phase == "done"
    assert run.checkpoint() is None
    assert lost.checkpoint() == b"checkpoint", "there is nothing else of it"


def test_a_closing_board_logs_runs_it_cannot_store_and_stores_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(storing, "AGAIN", 0.01)
    full, slow, good = (runs.create(SPEC, within=tmp_path) for _ in range(3))
    jobs = {run.name: ended(run, **{MODEL: b"PK"}).runs[run.name] for run in (full, slow, good)}
    put, tried = Run.put, []

    def failing(run: Run, name: str, data: bytes) -> None:
        tried.append(run)
        if run == full or tried == [full, slow]:
            raise ValueError("the disk is full")
        put(run, name, data)

    monkeypatch.setattr(Run, "put", failing)
    store_left(jobs, tmp_path)
    assert [run.status().phase for run in (full, slow, good)] == ["waiting", "done", "done"]
    assert f"run {full.name}: the disk is full; what its scheduler had of it is lost" in caplog.text
    assert f"run {slow.name}: the disk is full; trying again" in caplog.text
    assert slow.name not in caplog.text.replace("trying again", "", 1).partition("is lost")[2]


def test_steps_cannot_fill_the_history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storing, "MOST_EVENTS", 10_000)
    run, board = runs.create(SPEC, within=tmp_path), put_up()
    keeper, token = RunStore(run), taken(board)
    for epoch in range(20):
        steps: list[dict[str, Any]] = [{"event": "step", "phase": "head", "epoch": epoch, "step": n} for n in range(9)]
        board.report("one", token, [*steps, {"event": "epoch", "phase": "head", "epoch": epoch}], None)
        keeper.store(board.runs["one"].progress(), 0, dict)
    assert (run.folder / EVENTS).stat().st_size < 10_000
    assert [row["epoch"] for row in run.history()] == list(range(20))
    assert keeper.count == board.runs["one"].count


def test_images_arrive_in_pieces_and_a_board_that_begins_again_is_given_all_of_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(packing, "PIECE", 1000)
    monkeypatch.setattr(packing, "TURN", 0.0)  # one piece a turn
    payload, boards, sending = bytes(range(256)) * 10, [Board(), Board()], Upload()
    for board in boards:
        assert board.add("one", SPEC.to_json(), "stand_in:train", "images", 0, None)

    def ask(what: str, **fields: Any) -> Any:
        return boards[0].answer(what, **fields)

    turns = 0
    while not sending.send("images", payload, ask):
        assert boards[0].take("tcp://one", "ticket") is None, "not all is here"
        turns += 1
        if turns == 2:
            del boards[0]  # it was killed
    (board,) = boards
    assert board.payload("images") == payload
    assert not board.add("two", SPEC.to_json(), "stand_in:train", "images", 0, None)
    board.forget("one")
    board.forget("two")
    assert board.payloads == board.arriving == {}
