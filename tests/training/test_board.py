"""The board by itself, and what is stored of it."""

import time

from cnnlab.training import Spec
from cnnlab.training.board import Board

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


def test_lost_workers_count_only_as_long_as_a_run_comes_no_further() -> None:
    board = put_up()
    for number in range(1, 6):
        token = taken(board)
        board.put("one", token, [{"event": "epoch", "phase": "head", "epoch": number}], b"checkpoint")
        board.remove_worker(None, "tcp://one")
        assert board.jobs["one"].phase == "waiting", f"worker {number} is lost, and it came further each time"
    for _ in range(2):
        board.put("one", taken(board), [{"event": "step"}], None)
        board.remove_worker(None, "tcp://one")
    assert board.jobs["one"].phase == "failed"
    assert board.jobs["one"].text.startswith("Its worker was lost 3 times in a row in one epoch of this run")
