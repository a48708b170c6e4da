"""Who gets which pictures, and what becomes of orders nobody waits for: with a process that only waits for a word."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_pipelines import COVARIANCE, pipelines
from waiting import gone, until

from cnnlab.augment import Pipeline
from cnnlab.augmenting import Drawn, FailedError, Order, Pictures, Studio
from cnnlab.augmenting.request import read
from cnnlab.workers import queue

PICTURES = Pictures.of(np.zeros((1, 4, 4, 3), np.uint8))
FAILS, ENDS, NONSENSE = 13, 14, 15


def order(count: int) -> Order:
    return Order("draws", Pipeline(), PICTURES, count)


def command(folder: Path) -> tuple[str, ...]:
    return (sys.executable, str(Path(__file__).with_name("fake_child.py")), str(folder))


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    """A studio whose process answers when the test writes ``go`` into ``tmp_path``."""
    made = Studio(command=command(tmp_path))
    yield made
    made.close()


def asked(folder: Path) -> list[str]:
    """The counts the process was asked for."""
    file = folder / "asked"
    return file.read_text().split() if file.exists() else []


def drawn(studio: Studio, who: str, count: int) -> Drawn:
    found: Drawn = until(lambda: studio.answer(who, order(count), patience=0.1))
    assert found.pictures == (f"picture {count}",)
    return found


def drawing(studio: Studio, folder: Path, who: str, count: int) -> None:
    """Order, and wait until the process has begun."""
    studio.answer(who, order(count))
    until(lambda: str(count) in asked(folder))


@given(
    st.builds(
        Order,
        st.sampled_from(["draws", "steps", "batch"]),
        pipelines(),
        st.binary(min_size=48, max_size=48).map(lambda data: Pictures(1, 4, data)),
        st.integers(1, 12),
        st.sampled_from([None, COVARIANCE]),
        st.lists(st.integers(0, 3), max_size=4).map(tuple),
        st.integers(0, 4),
    )
)
def test_orders_arrive_as_they_were_given(given_order: Order) -> None:
    arrived = read(json.loads(json.dumps(given_order.document())))
    assert arrived == given_order
    assert Pictures.of(arrived.pictures.pixels) == given_order.pictures


def test_nothing_runs_before_it_is_ordered(studio: Studio) -> None:
    assert studio.pid is None


def test_who_does_not_wait_asks_again(studio: Studio, tmp_path: Path) -> None:
    assert studio.answer("ann", order(1)) is None
    (tmp_path / "go").touch()
    assert drawn(studio, "ann", 1) == Drawn(("picture 1",), 4, ((1.0,),), seconds=0.5)


def test_equal_orders_are_one(studio: Studio, tmp_path: Path) -> None:
    start = threading.Barrier(40)

    def student(number: int) -> None:
        start.wait()
        studio.answer(str(number), order(1 + number % 2))

    students = [threading.Thread(target=student, args=(number,)) for number in range(40)]
    for each in students:
        each.start()
    for each in students:
        each.join()
    (tmp_path / "go").touch()
    for number in range(40):
        drawn(studio, str(number), 1 + number % 2)
    assert sorted(asked(tmp_path)) == ["1", "2"]
    assert drawn(studio, "later", 1)
    assert len(asked(tmp_path)) == 2


def test_who_drags_a_slider_waits_for_the_last_place_only(studio: Studio, tmp_path: Path) -> None:
    drawing(studio, tmp_path, "ann", 1)
    for count in range(2, 12):
        assert studio.answer("ann", order(count)) is None
    (tmp_path / "go").touch()
    drawn(studio, "ann", 11)
    assert asked(tmp_path) == ["1", "11"]
    drawn(studio, "ann", 5)
    drawn(studio, "ann", 1)
    assert asked(tmp_path) == ["1", "11", "5"], "given up and ordered again: drawn; drawn before: kept"


def test_what_another_waits_for_is_not_given_up(studio: Studio, tmp_path: Path) -> None:
    drawing(studio, tmp_path, "ann", 1)
    studio.answer("ben", order(2))
    studio.answer("ann", order(2))
    studio.answer("ann", order(3))
    (tmp_path / "go").touch()
    drawn(studio, "ben", 2)
    drawn(studio, "ann", 3)
    assert asked(tmp_path) == ["1", "2", "3"]


def test_sessions_are_served_in_the_order_in_which_they_came(studio: Studio, tmp_path: Path) -> None:
    drawing(studio, tmp_path, "ann", 1)
    for count in range(2, 7):
        studio.answer(f"student {count}", order(count))
    (tmp_path / "go").touch()
    for count in range(2, 7):
        drawn(studio, f"student {count}", count)
    assert asked(tmp_path) == ["1", "2", "3", "4", "5", "6"]


@pytest.mark.skipif(sys.platform == "win32", reason="no signals there")
def test_a_killed_process_is_replaced_and_the_order_answered(studio: Studio, tmp_path: Path) -> None:
    drawing(studio, tmp_path, "ann", 1)
    pid = studio.pid
    os.kill(pid, signal.SIGKILL)
    until(lambda: asked(tmp_path) == ["1", "1"])
    assert gone(pid)
    (tmp_path / "go").touch()
    drawn(studio, "ann", 1)
    os.kill(studio.pid, signal.SIGKILL)  # while it has nothing to do
    drawn(studio, "ann", 2)


def test_a_process_that_ends_each_time_is_told_and_the_next_order_works(studio: Studio, tmp_path: Path) -> None:
    (tmp_path / "go").touch()
    with pytest.raises(FailedError, match=r"^The process that draws ended with code 3\. Nothing else is harmed"):
        until(lambda: studio.answer("ann", order(ENDS), patience=0.1))
    assert asked(tmp_path) == [str(ENDS)] * 2
    drawn(studio, "ann", 1)


def test_what_failed_is_told_until_it_is_forgotten(studio: Studio, tmp_path: Path) -> None:
    (tmp_path / "go").touch()
    for who in ("ann", "ann", "ben"):
        with pytest.raises(FailedError, match=r"^It did not work\.$"):
            until(lambda who=who: studio.answer(who, order(FAILS), patience=0.1))
    assert asked(tmp_path) == [str(FAILS)]
    studio.forget(order(FAILS))
    studio.forget(order(99))
    with pytest.raises(FailedError):
        until(lambda: studio.answer("ann", order(FAILS), patience=0.1))
    assert asked(tmp_path) == [str(FAILS)] * 2
    drawn(studio, "ann", 1)


def test_what_is_being_drawn_is_not_forgotten(studio: Studio, tmp_path: Path) -> None:
    drawing(studio, tmp_path, "ann", 1)
    studio.forget(order(1))
    (tmp_path / "go").touch()
    drawn(studio, "ann", 1)
    assert asked(tmp_path) == ["1"]


def test_nonsense_and_programs_that_do_not_start_are_told(studio: Studio, tmp_path: Path) -> None:
    (tmp_path / "go").touch()
    sentence = r"^That went wrong on our side; the server's log tells more\.$"
    with pytest.raises(FailedError, match=sentence):
        until(lambda: studio.answer("ann", order(NONSENSE), patience=0.1))
    drawn(studio, "ann", 1)
    missing = Studio(command=("/no/such/program",))
    with pytest.raises(FailedError, match=sentence):
        until(lambda: missing.answer("ann", order(1), patience=0.1))
    missing.close()


def test_an_order_has_a_longest_time(tmp_path: Path) -> None:
    studio = Studio(limit=0.3, loading=0.3, command=command(tmp_path))
    drawing(studio, tmp_path, "ann", 1)
    pid = studio.pid
    with pytest.raises(FailedError, match=r"^Drawing took over 0\.3 seconds and was stopped; take a slow step out"):
        until(lambda: studio.answer("ann", order(1), patience=0.1))
    assert gone(pid)
    studio.close()


def test_warming_is_asked_for_once_and_again_when_the_process_is_gone(studio: Studio, tmp_path: Path) -> None:
    assert not studio.warm()
    assert not studio.warm()
    (tmp_path / "go").touch()
    until(studio.warm)
    assert asked(tmp_path) == ["warm"]
    studio._worker.end()
    assert not studio.warm()
    until(studio.warm)
    assert asked(tmp_path) == ["warm", "warm"]


def test_few_answers_and_sessions_are_kept(studio: Studio, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(queue, "KEPT", 3)
    monkeypatch.setattr(queue, "READERS", 3)
    (tmp_path / "go").touch()
    for count in range(1, 11):
        drawn(studio, f"student {count}", count)
        assert len(studio._jobs) <= 3
        assert len(studio._last) <= 3
    drawn(studio, "ann", 8)  # looked at last, and so kept longest
    drawn(studio, "ann", 12)
    drawn(studio, "ann", 8)
    assert asked(tmp_path) == [*map(str, range(1, 11)), "12"]
    assert order(9).key not in studio._jobs


def test_pictures_that_are_kept_are_bounded(studio: Studio, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Of what was ordered nothing is kept once it is drawn, and of what was drawn only so much."""
    monkeypatch.setattr(queue, "KEPT_BYTES", 30)
    (tmp_path / "go").touch()
    large = Pictures.of(np.zeros((1, 500, 500, 3), np.uint8))
    for count in range(1, 9):
        until(lambda count=count: studio.answer("ann", replace(order(count), pictures=large), patience=0.1))
    until(lambda: studio.bytes <= 30)
    assert studio.bytes > 0


def test_who_waits_is_told_how_many_come_first(studio: Studio, tmp_path: Path) -> None:
    drawing(studio, tmp_path, "ann", 1)
    for count in (2, 3, 4):
        studio.answer(f"student {count}", order(count))
    assert [studio.before(order(count)) for count in (2, 3, 4)] == [0, 1, 2]


def test_a_server_that_ends_does_not_draw_first_what_waits(tmp_path: Path) -> None:
    code = (
        "import sys, numpy, time; sys.path[:0] = sys.argv[1:3];"
        "from test_service import command, order; from pathlib import Path; from cnnlab.augmenting import Studio;"
        "studio = Studio(command=command(Path(sys.argv[3])));"
        "[studio.answer(f'student {count}', order(count)) for count in range(1, 9)];"
        "time.sleep(0.5)"
    )
    here = Path(__file__).parent
    paths = [str(here), str(here.parent), str(tmp_path)]
    done = subprocess.run([sys.executable, "-c", code, *paths], timeout=20, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert asked(tmp_path) == ["1"]


def test_a_large_process_is_not_kept(studio: Studio, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(queue, "LARGE", 0)
    (tmp_path / "go").touch()
    drawn(studio, "ann", 1)
    assert studio.pid is None


def test_a_closed_studio_has_ended_its_process(studio: Studio, tmp_path: Path) -> None:
    drawing(studio, tmp_path, "ann", 1)
    pid = studio.pid
    studio.close()
    assert gone(pid)
    with pytest.raises(RuntimeError):
        studio.answer("ann", order(2))


def test_orders_compare_by_what_is_on_the_pictures() -> None:
    other = Pictures.of(np.ones((1, 4, 4, 3), np.uint8))
    assert order(1) == replace(order(1), pictures=Pictures.of(np.zeros((1, 4, 4, 3), np.uint8)))
    assert order(1) != replace(order(1), pictures=other)
