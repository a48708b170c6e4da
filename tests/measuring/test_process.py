"""The real thing: the desk, its process, and TensorFlow in it."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from waiting import LENET, OTHER, SMALL, gone, until

from cnnlab import costs
from cnnlab.graph import named
from cnnlab.measuring import Desk
from cnnlab.measuring.queue import COMMAND
from cnnlab.network import Network
from cnnlab.recipe import Recipe, row
from cnnlab.workers import Child, EndedError

pytestmark = pytest.mark.slow


def finished(desk: Desk, who: str, network: object, task: str = "network") -> object:
    return until(lambda: (now := desk.state(who, network, task)).live is False and now, 120)


def test_a_network_and_its_layers_are_measured(real: Desk) -> None:
    before = time.time()
    real.ask("ann", LENET)
    real.ask("ann", LENET, task="layers")
    seen = set()

    def done() -> bool:
        state = real.state("ann", LENET)
        seen.add(state.text)
        return not state.live

    until(done, 120)
    whole, layers = finished(real, "ann", LENET), finished(real, "ann", LENET, "layers")
    assert (whole.phase, layers.phase) == ("done", "done"), (whole.text, layers.text)
    assert seen & {"starting TensorFlow", "building the network", "warming up"}
    assert len(whole.result.runs) >= 5
    assert before < whole.result.taken < layers.result.taken < time.time()
    assert len(layers.result.seconds) == len(named(LENET.graph()))
    assert layers.result.threads == whole.result.threads >= 1


def test_a_keras_file_is_written_and_goes_with_the_desk(real: Desk) -> None:
    import keras

    own = Network.assembled(Recipe(input_size=8, rows=(row("conv", filters=4), row("global_pool"), row("dense"))))
    real.ask("ann", own, "file")
    state = finished(real, "ann", own, "file")
    assert state.phase == "done", state.text
    assert Path(state.result.path).stat().st_size == state.result.bytes
    model = keras.models.load_model(state.result.path)
    assert model.count_params() == costs.totals(own.graph()).params
    real.close()
    assert not Path(state.result.path).exists()


def test_stop_ends_the_process_and_the_next_request_works(real: Desk) -> None:
    real.ask("ann", OTHER, task="layers")
    until(lambda: real.state("ann", OTHER, task="layers").text.startswith("stage"), 120)
    pid = real.pid
    real.withdraw("ann")
    until(lambda: gone(pid))
    real.ask("ann", LENET)
    assert finished(real, "ann", LENET).phase == "done"


def test_kill_9_gives_a_sentence_and_the_next_request_works(real: Desk) -> None:
    real.ask("ann", SMALL)
    until(lambda: real.state("ann", SMALL).share > 0)
    os.kill(real.pid, signal.SIGKILL)
    state = finished(real, "ann", SMALL)
    assert state.phase == "failed"
    assert "killed (signal 9)" in state.text
    real.ask("ann", SMALL)
    assert finished(real, "ann", SMALL).phase == "done"


def test_a_network_deeper_than_keras_recursion_is_measured() -> None:
    child = Child(COMMAND)
    child.send({"network": "resnet20_cifar?depth=302", "task": "network"})
    until(lambda: (event := child.event(60)) and event["event"] == "done", 120)
    child.kill()


@pytest.mark.parametrize("busy", [False, True])
def test_the_process_ends_when_its_input_closes(busy: bool) -> None:
    child = Child(COMMAND)
    if busy:
        child.send({"network": str(OTHER), "task": "layers"})
        assert child.event(60)
    child._process.stdin.close()
    with pytest.raises(EndedError, match="code 0"):
        until(lambda: child.event(20) is None)


def test_the_process_ends_when_its_server_is_killed() -> None:
    code = (
        "import time; from cnnlab.measuring.queue import COMMAND; from cnnlab.workers import Child;"
        "child = Child(COMMAND);"
        "child.send({'network': 'mobilenet_v2', 'task': 'layers'}); child.event(60);"
        "print(child.pid, flush=True); time.sleep(600)"
    )
    server = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    pid = int(server.stdout.readline())
    assert not gone(pid)
    server.kill()
    server.wait()
    server.stdout.close()
    until(lambda: gone(pid), 20)


def test_the_process_ends_when_idle_and_says_what_it_cannot_do() -> None:
    child = Child((*COMMAND, "0.5"))
    child.send({"network": "alexnet?input_size=16", "task": "network"})
    failed = child.event(60)
    assert failed["event"] == "failed"
    assert "ValueError" in failed["detail"]
    with pytest.raises(EndedError):
        until(lambda: child.event(20) is None)


def test_nothing_but_events_comes_out() -> None:
    request = json.dumps({"network": "lenet5", "task": "network"})
    process = subprocess.Popen(
        COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    process.stdin.write(request + "\n")
    process.stdin.flush()
    events = []
    while not events or events[-1]["event"] == "progress":
        events.append(json.loads(process.stdout.readline()))
    assert events[-1]["event"] == "done"
    assert process.communicate(timeout=20)[0] == ""
