"""Who waits for whom, and what happens to what nobody wants: with a process that only waits for a word."""

import json
import os
import signal
import sys
import threading
from pathlib import Path

import pytest
from waiting import LENET, OTHER, PLENTY, SMALL, Clock, gone, until

from cnnlab.measuring import Desk, LayerTiming, State, Timing
from cnnlab.measuring import queue as desk_module
from cnnlab.network import Network

IDLE = State()


def asked(folder: Path) -> list[str]:
    """The networks the process was asked for."""
    file = folder / "asked"
    return [json.loads(line)["network"] for line in file.read_text().splitlines()] if file.exists() else []


def runs(desk: Desk, who: str, network: Network = LENET) -> None:
    """Wait until its first event has arrived."""
    until(lambda: desk.state(who, network).share == 0.25)


def test_nothing_runs_before_it_is_asked_for(desk: Desk) -> None:
    assert desk.state("ann", LENET) == IDLE
    assert desk.pid is None


def test_a_measurement_runs_and_is_kept(desk: Desk, tmp_path: Path) -> None:
    desk.ask("ann", LENET)
    runs(desk, "ann")
    assert desk.state("ann", LENET) == State("running", "half way to the half", 0.25)
    (tmp_path / "go").touch()
    state = until(lambda: (now := desk.state("ann", LENET)).phase == "done" and now)
    assert isinstance(state.result, Timing)
    assert state.result.median == 0.2
    assert desk.state("anybody", LENET) == state
    desk.ask("ben", LENET)
    assert desk.state("ben", LENET) == state
    assert asked(tmp_path) == ["lenet5"]


def test_layers_are_a_measurement_of_their_own(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "go").touch()
    desk.ask("ann", LENET, task="layers")
    state = until(lambda: (now := desk.state("ann", LENET, task="layers")).phase == "done" and now)
    assert isinstance(state.result, LayerTiming)
    assert state.result.seconds == (0.1, 0.2, 0.3)
    assert desk.state("ann", LENET) == IDLE


def test_what_is_measured_anew_is_there_until_the_new_result_is(desk: Desk, tmp_path: Path) -> None:
    go = tmp_path / "go"
    go.touch()
    desk.ask("ann", LENET)
    first = until(lambda: (now := desk.state("ann", LENET)).phase == "done" and now)
    go.unlink()
    desk.ask("ann", LENET, anew=True)
    runs(desk, "ann")
    desk.withdraw("ann")
    assert desk.state("ann", LENET) == first, "stopping loses nothing"
    go.touch()
    desk.ask("ann", LENET, anew=True)
    second = until(lambda: (now := desk.state("ann", LENET)).phase == "done" and now)
    assert second.result.taken > first.result.taken


def test_one_after_another_and_each_is_told_its_place(desk: Desk, tmp_path: Path) -> None:
    desk.ask("ann", LENET)
    runs(desk, "ann")
    desk.ask("ben", SMALL)
    desk.ask("cem", OTHER)
    assert desk.state("ben", SMALL) == State("waiting", "1 request is before this one")
    assert desk.state("cem", OTHER) == State("waiting", "2 requests are before this one")
    assert asked(tmp_path) == ["lenet5"]
    pid = desk.pid
    (tmp_path / "go").touch()
    until(lambda: desk.state("cem", OTHER).phase == "done")
    assert asked(tmp_path) == ["lenet5", str(SMALL), "mobilenet_v2"]
    assert desk.pid == pid


def test_equal_requests_are_one(desk: Desk, tmp_path: Path) -> None:
    for number in range(40):
        desk.ask(f"student {number}", LENET)
    runs(desk, "student 7")
    (tmp_path / "go").touch()
    for number in range(40):
        until(lambda who=f"student {number}": desk.state(who, LENET).phase == "done")
    assert asked(tmp_path) == ["lenet5"]


def test_forty_at_the_same_moment(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "go").touch()
    networks = [LENET, SMALL, OTHER, Network.of("lenet5", channels=3)]
    start = threading.Barrier(40)

    def student(number: int) -> None:
        start.wait()
        desk.ask(str(number), networks[number % 4])

    students = [threading.Thread(target=student, args=(number,)) for number in range(40)]
    for each in students:
        each.start()
    for each in students:
        each.join()
    for number in range(40):
        until(lambda number=number: desk.state(str(number), networks[number % 4]).phase == "done")
    assert sorted(asked(tmp_path)) == sorted(map(str, networks))


def test_what_the_only_one_withdraws_is_stopped_and_the_next_goes_on(desk: Desk, tmp_path: Path) -> None:
    desk.ask("ann", LENET)
    runs(desk, "ann")
    desk.ask("ben", SMALL)
    pid = desk.pid
    desk.withdraw("ann")
    assert desk.state("ann", LENET) == IDLE
    until(lambda: gone(pid))
    runs(desk, "ben", SMALL)
    assert desk.pid != pid
    (tmp_path / "go").touch()
    until(lambda: desk.state("ben", SMALL).phase == "done")
    assert desk.state("ann", LENET) == IDLE


def test_what_others_want_goes_on_and_whoever_withdrew_sees_it_no_more(desk: Desk, tmp_path: Path) -> None:
    desk.ask("ann", LENET)
    desk.ask("ben", LENET)
    runs(desk, "ben")
    pid = desk.pid
    desk.withdraw("ann")
    assert desk.state("ann", LENET) == IDLE
    assert desk.state("ben", LENET).phase == "running"
    desk.ask("ann", LENET)
    assert desk.state("ann", LENET).phase == "running"
    (tmp_path / "go").touch()
    until(lambda: desk.state("ben", LENET).phase == "done")
    assert desk.pid == pid


def test_asking_again_right_after_withdrawing_measures(desk: Desk, tmp_path: Path) -> None:
    desk.ask("ann", LENET)
    runs(desk, "ann")
    desk.withdraw("ann")
    desk.ask("ann", LENET)
    (tmp_path / "go").touch()
    until(lambda: desk.state("ann", LENET).phase == "done")


def test_what_waits_and_is_withdrawn_is_never_measured(desk: Desk, tmp_path: Path) -> None:
    desk.ask("ann", LENET)
    runs(desk, "ann")
    desk.ask("ben", SMALL)
    desk.ask("cem", OTHER)
    desk.withdraw("ben")
    assert desk.state("ben", SMALL) == IDLE
    assert desk.state("cem", OTHER).text == "1 request is before this one"
    (tmp_path / "go").touch()
    until(lambda: desk.state("cem", OTHER).phase == "done")
    assert asked(tmp_path) == ["lenet5", "mobilenet_v2"]


def test_closed_tabs_leave_nothing_running(desk: Desk, clock: Clock, tmp_path: Path) -> None:
    desk.ask("ann", LENET)
    runs(desk, "ann")
    desk.ask("ben", SMALL)
    desk.ask("cem", OTHER)
    pid = desk.pid
    clock.now = 15
    assert desk.state("cem", OTHER).phase == "waiting"
    clock.now = 30  # nobody has looked for ann and ben since 0
    until(lambda: gone(pid))
    runs(desk, "cem", OTHER)
    assert asked(tmp_path) == ["lenet5", "mobilenet_v2"]


def test_a_reloaded_page_finds_the_measurement_again(desk: Desk, clock: Clock, tmp_path: Path) -> None:
    desk.ask("before the reload", LENET)
    runs(desk, "before the reload")
    pid = desk.pid
    clock.now = 15
    assert desk.state("after the reload", LENET).phase == "running"
    clock.now = 30
    (tmp_path / "go").touch()
    until(lambda: desk.state("after the reload", LENET).phase == "done")
    assert desk.pid == pid


def test_a_measurement_has_a_longest_time(desk: Desk, clock: Clock) -> None:
    desk.ask("ann", LENET)
    runs(desk, "ann")
    pid = desk.pid
    for now in range(0, 320, 10):
        clock.now = now
        desk.state("ann", LENET)
    state = until(lambda: (now := desk.state("ann", LENET)).phase == "failed" and now)
    assert state.text == "It took over 5 minutes and was stopped; choose a smaller width or input size."
    assert gone(pid)


@pytest.mark.skipif(sys.platform == "win32", reason="no signals there")
def test_a_killed_process_gives_a_sentence_and_the_next_request_works(desk: Desk, tmp_path: Path) -> None:
    desk.ask("ann", LENET)
    runs(desk, "ann")
    os.kill(desk.pid, signal.SIGKILL)
    state = until(lambda: (now := desk.state("ann", LENET)).phase == "failed" and now)
    assert state.text.startswith("The process that worked on it was killed (signal 9), perhaps for want of memory.")
    assert desk.state("ben", LENET) == IDLE  # who comes later may ask
    (tmp_path / "go").touch()
    desk.ask("ann", LENET)
    until(lambda: desk.state("ann", LENET).phase == "done")


def test_a_process_that_ended_between_two_requests_is_replaced(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "go").touch()
    desk.ask("ann", LENET)
    until(lambda: desk.state("ann", LENET).phase == "done")
    pid = desk.pid
    os.kill(pid, signal.SIGTERM)
    desk.ask("ann", SMALL)
    until(lambda: desk.state("ann", SMALL).phase == "done")
    assert desk.pid != pid


def test_what_the_process_could_not_do_is_told(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "go").touch()
    desk.ask("ann", Network.of("nin"))
    until(lambda: desk.state("ann", Network.of("nin")) == State("failed", "It did not work."))


def test_a_process_that_cannot_start_is_told() -> None:
    desk = Desk(free=lambda: PLENTY, command=("/no/such/program",))
    desk.ask("ann", LENET)
    state = until(lambda: (now := desk.state("ann", LENET)).phase == "failed" and now)
    assert state.text == "That went wrong on our side; the server's log tells more."
    desk.close()


def test_what_does_not_fit_is_refused_before_anything_is_started() -> None:
    desk = Desk(free=lambda: 1_000_000_000)
    network = Network.parse("efficientnet_b7+standard_conv")
    desk.ask("ann", network)
    state = desk.state("ann", network)
    assert state.phase == "refused"
    assert "1.00 GB are free here" in state.text
    assert desk.pid is None
    assert desk.state("ben", network) == IDLE
    desk.close()


def test_memory_that_went_while_waiting_refuses_too(clock: Clock, tmp_path: Path, desk: Desk) -> None:
    desk.ask("ann", LENET)
    runs(desk, "ann")
    desk.ask("ben", SMALL)
    desk._free = lambda: 0
    (tmp_path / "go").touch()
    assert until(lambda: desk.state("ben", SMALL).phase == "refused")
    assert asked(tmp_path) == ["lenet5"]


def test_what_cannot_be_built_is_refused_with_its_reason(desk: Desk) -> None:
    network = Network.of("alexnet", input_size=16)
    with pytest.raises(ValueError, match="window") as reason:
        network.graph()
    desk.ask("ann", network)
    assert desk.state("ann", network) == State("refused", str(reason.value))


def test_too_many_are_not_taken(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_module, "MOST_WAITING", 1)
    desk.ask("ann", LENET)
    runs(desk, "ann")
    desk.ask("ben", SMALL)
    desk.ask("cem", OTHER)
    assert desk.state("cem", OTHER).phase == "refused"
    assert desk.state("cem", OTHER).text == "1 requests are waiting already; try again in a few minutes."


def test_few_results_are_kept(desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(desk_module, "KEPT", 2)
    (tmp_path / "go").touch()
    for network in (LENET, SMALL):
        desk.ask("ann", network)
        until(lambda network=network: desk.state("ann", network).phase == "done")
    assert desk.state("ann", LENET).phase == "done"  # looked at last
    desk.ask("ann", OTHER)
    until(lambda: desk.state("ann", OTHER).phase == "done")
    assert [desk.state("ann", each).phase for each in (LENET, SMALL, OTHER)] == ["done", "idle", "done"]


def test_a_large_process_is_not_kept(desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(desk_module, "LARGE", 0)
    (tmp_path / "go").touch()
    desk.ask("ann", LENET)
    until(lambda: desk.state("ann", LENET).phase == "done")
    until(lambda: desk.pid is None)


def test_a_closed_desk_has_ended_its_process(desk: Desk) -> None:
    desk.ask("ann", LENET)
    runs(desk, "ann")
    pid = desk.pid
    desk.close()
    assert gone(pid)
    with pytest.raises(RuntimeError):
        desk.ask("ann", LENET)
