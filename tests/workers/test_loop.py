"""A process of this project's ends with its server and for want of work, and sends nothing but events."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from waiting import gone, until

from cnnlab.workers import Child, EndedError, environment

FAKE = str(Path(__file__).with_name("fake_process.py"))


@pytest.mark.parametrize("busy", [False, True])
def test_the_process_ends_when_its_input_closes(busy: bool, tmp_path: Path) -> None:
    child = Child((sys.executable, FAKE, str(tmp_path)))
    if busy:
        child.send({"task": "slow"})
        assert child.event(60)
    child._process.stdin.close()
    with pytest.raises(EndedError, match="code 0"):
        until(lambda: child.event(20) is None)


def test_the_process_ends_when_its_server_is_killed(tmp_path: Path) -> None:
    code = (
        "import sys, time; from cnnlab.workers import Child; child = Child((sys.executable, *sys.argv[1:]));"
        "child.send({'task': 'slow'}); child.event(60); print(child.pid, flush=True); time.sleep(600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, FAKE, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as server:
        pid = int(server.stdout.readline())
        assert not gone(pid)
        server.kill()
    until(lambda: gone(pid), 20)


def test_the_process_ends_when_idle(tmp_path: Path) -> None:
    child = Child((sys.executable, FAKE, str(tmp_path), "0.2"))
    until(lambda: not child.alive, 60)
    child.kill()


def test_standard_output_has_events_only(tmp_path: Path) -> None:
    (tmp_path / "go").touch()
    command = (sys.executable, FAKE, str(tmp_path))
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment()
    ) as process:
        process.stdin.write("".join(json.dumps({"task": task}) + "\n" for task in ("slow", "refused", "defect")))
        process.stdin.flush()
        events = [json.loads(process.stdout.readline()) for _ in range(4)]
        process.stdin.close()
        assert process.stdout.read() == ""
    assert [each["event"] for each in events] == ["progress", "done", "failed", "failed"]
    assert [bool(each.get("detail")) for each in events] == [False, False, False, True]
