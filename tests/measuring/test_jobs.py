"""Networks that cannot be measured are refused in words, and the files of a server go with it."""

import subprocess
import sys
from pathlib import Path

import pytest
from waiting import LENET, until

from cnnlab.backends.saving import KerasFile
from cnnlab.measuring import job, jobs
from cnnlab.network import Network
from cnnlab.workers import Progress, Queue, State


class StandIn:
    """Writes a file instead of the process, and has no memory of its own."""

    memory = 0

    def call(self, request: dict[str, str], progress: Progress, read: object) -> KerasFile:
        path = Path(request["path"])
        path.write_bytes(b"half")
        if request["network"] == "nin":
            raise OSError("the disk is full")
        return KerasFile(str(path), path.stat().st_size)


def test_a_network_that_is_too_large_or_invalid_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "available", lambda: 1_000_000_000)
    queue = Queue()
    large, wrong = Network.parse("efficientnet_b7+standard_conv"), Network.of("alexnet", input_size=16)
    with pytest.raises(ValueError, match="window") as reason:
        wrong.graph()
    for network, sentence in ((large, "1.00 GB are free on this computer"), (wrong, str(reason.value))):
        queue.submit("ann", job(network))
        state = queue.state("ann", job(network).key)
        assert state.phase == "failed"
        assert sentence in state.text
        assert queue.state("ben", job(network).key) == State(), "whoever comes later may simply ask"
    assert jobs.WORKER.pid is None


def test_places_in_the_queue_are_worded() -> None:
    assert [jobs.LANE.place(before) for before in (0, 2)] == [
        "waiting; 1 request is ahead of it",
        "waiting; 3 requests are ahead of it",
    ]


def test_old_and_unfinished_files_are_deleted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(jobs, "WORKER", StandIn())
    monkeypatch.setattr(jobs, "available", lambda: 10**13)
    monkeypatch.setattr(jobs, "folder", lambda: tmp_path)
    monkeypatch.setattr(jobs, "KEPT_BYTES", 9)
    queue = Queue()
    for network in (LENET, Network.of("nin"), Network.of("alexnet"), Network.of("vgg16")):
        queue.ask("ann", job(network, "file"), patience=60)
    first, failed, *last = (
        queue.state("ann", (network, "file"))
        for network in (LENET, Network.of("nin"), Network.of("alexnet"), Network.of("vgg16"))
    )
    assert failed.phase == "failed"
    assert sorted(tmp_path.iterdir()) == sorted(Path(each.result.path) for each in last)
    assert not Path(first.result.path).exists()


def test_files_are_deleted_with_the_server_or_by_the_next_one(tmp_path: Path) -> None:
    code = (
        "import os, sys; from cnnlab.measuring.jobs import folder; (folder() / 'a.keras').touch();"
        "print(folder(), flush=True); os.kill(os.getpid(), 9) if sys.argv[1:] else None"
    )

    def server(*arguments: str) -> Path:
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments],
            env={"TMPDIR": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[2])},
            capture_output=True,
            text=True,
        )
        return Path(done.stdout.strip())

    killed = server("killed")
    assert killed.is_dir()
    server()
    until(lambda: not list(tmp_path.glob("cnnlab-*")))
