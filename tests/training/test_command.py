"""``python -m cnnlab train`` as one types it: a run on a private worker, and what happens to it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from training_listener import Listener
from waiting import until

from cnnlab.__main__ import main
from cnnlab.training import Spec, command, run_folder, runs
from cnnlab.training.dask.payload import load
from cnnlab.training.run_folder import CANCEL, EVENTS, Run

SMALL = Spec(data="digits_3_8", per_class=10, head_epochs=2, tuning_epochs=0)


def begun(tmp_path: Path, spec: Spec) -> subprocess.Popen[str]:
    """The command, on a folder of runs of its own."""
    (tmp_path / "mine.json").write_text(spec.to_json())
    environment = os.environ | {"CNNLAB_RUNS": str(tmp_path / "runs"), "CNNLAB_CACHE": str(tmp_path / "cache")}
    return subprocess.Popen(
        [sys.executable, "-m", "cnnlab", "train", str(tmp_path / "mine.json")],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def only(tmp_path: Path) -> Run:
    seen = until(lambda: runs.find(within=tmp_path / "runs"))
    assert len(seen) == 1
    return seen[0].run


def worker(run: Run) -> psutil.Process:
    """The process that trains, which its address tells."""
    start = next(event for event in reversed(run.events()[0]) if event["event"] == "start")
    port = int(start["worker"].rpartition(":")[2])
    return next(
        psutil.Process(each.pid)
        for each in psutil.net_connections("tcp")
        if each.pid and each.status == "LISTEN" and each.laddr.port == port
    )


@pytest.mark.thorough
def test_a_run_whose_worker_is_killed_ends_with_the_numbers_of_one_that_is_not(tmp_path: Path) -> None:
    from cnnlab.training.fit import train

    spec = replace(SMALL, tuning_epochs=12)
    with begun(tmp_path, spec) as process:
        run = only(tmp_path)
        until(lambda: len(run.history()) >= 4, 90)
        os.kill(worker(run).pid, signal.SIGKILL)
        out, errors = process.communicate(timeout=90)
    assert process.returncode == 0, errors
    report = run.report()
    assert report
    assert out.splitlines()[-2:] == [report["text"], str(run.folder)]
    kinds = [event["event"] for event in run.events()[0]]
    assert "lost" in kinds
    epochs = [event["epoch"] for event in run.events()[0] if event["event"] == "epoch"]
    assert len(epochs) < 2 * len(set(epochs)), "it went on, and did not begin again"
    assert sorted(set(epochs)) == list(range(1, 15))
    undisturbed = train(spec, load(spec), None, Listener())
    assert report["text"] == undisturbed["text"]
    assert report["gradients"] == undisturbed["gradients"]
    assert run.spec() == spec


@pytest.mark.thorough
@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to one process")
def test_ctrl_c_cancels(tmp_path: Path) -> None:
    with begun(tmp_path, replace(SMALL, head_epochs=1000)) as process:
        run = only(tmp_path)
        until(lambda: run.history(), 90)
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert run.status().phase == "cancelled"
    assert "cancelled" in errors
    assert "Traceback" not in out + errors


def test_a_wrong_spec_prints_a_sentence_for_each_field(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = tmp_path / "wrong.json"
    assert main(["train", str(place)]) == 2
    place.write_text(json.dumps(SMALL.document() | {"batch": 0, "colour": "red", "optimiser": "adamant"}))
    assert main(["train", str(place)]) == 2
    errors = capsys.readouterr().err
    assert "wrong.json cannot be read: No such file" in errors
    for words in ("batch must be", "no field 'colour'", "optimiser must be"):
        assert words in errors


def test_an_impossible_folder_prints_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("CNNLAB_RUNS", str(tmp_path / "file"))
    assert main(["train"]) == 2
    assert "name another folder" in capsys.readouterr().err


class Tended:
    """Stands for the cluster: ``tick`` is called at each pause of whoever follows the run, with their number."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, home: Path, tick: Callable[[Run, int], None]) -> None:
        self.home, self.tick, self.pauses, self.closed = home, tick, 0, False
        self.run: Run | None = None
        monkeypatch.setattr(command, "Cluster", lambda train: self)
        monkeypatch.setattr(command, "LOOK", 0.001)
        monkeypatch.setattr(command.time, "sleep", self.sleep)

    def submit(self, spec: Spec, owner: str) -> Run:
        self.run = runs.create(spec, owner, self.home)
        return self.run

    def sleep(self, seconds: float) -> None:
        assert self.run
        self.pauses += 1
        self.tick(self.run, self.pauses)

    def close(self) -> None:
        self.closed = True


def test_a_second_ctrl_c_leaves_without_a_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def tick(run: Run, pauses: int) -> None:
        raise KeyboardInterrupt

    cluster = Tended(monkeypatch, tmp_path, tick)
    assert command.train(SMALL) == 1
    assert cluster.pauses == 2
    assert cluster.closed
    errors = capsys.readouterr().err
    assert "press Ctrl-C again to leave at once" in errors
    assert "It has not ended; the next dashboard or command ends it." in errors
    assert cluster.run
    assert str(cluster.run.folder) in errors
    assert (cluster.run.folder / CANCEL).exists()


def test_without_a_terminal_the_reason_for_waiting_is_printed_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sentence = "the scheduler at tcp://127.0.0.1:9 does not answer; start it"
    row = {"event": "epoch", "phase": "head", "loss": 0.5, "accuracy": 0.75, "seconds": 0.04}

    def tick(run: Run, pauses: int) -> None:
        if pauses < 5:
            run.note(text=sentence if pauses % 2 else "")
        elif pauses < 8:
            run.note(phase="running")
            run.append([{"n": pauses, "time": 0.0, "epoch": pauses - 4, **row}])
        else:
            run.note(phase="done", text="It is done.")

    read: list[int] = []
    whole = run_folder._bytes
    monkeypatch.setattr(
        run_folder,
        "_bytes",
        lambda path, *more: read.append(path.name == EVENTS and not more[1:]) or whole(path, *more),
    )
    Tended(monkeypatch, tmp_path, tick)
    assert command.train(SMALL) == 0
    out = capsys.readouterr().out
    assert out.count(sentence) == 1
    assert [line.partition(":")[0] for line in out.splitlines() if line.startswith("epoch")] == [
        "epoch 1 (head)",
        "epoch 2 (head)",
        "epoch 3 (head)",
    ]
    assert sum(read) == 0, "events are read on, not from their beginning each time"
