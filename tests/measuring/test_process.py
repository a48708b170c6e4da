"""The real thing: the process that measures, and TensorFlow in it."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from waiting import LENET, OTHER, PLENTY, SMALL, gone, until

from cnnlab import costs
from cnnlab.graph import named
from cnnlab.measuring import job, jobs
from cnnlab.network import Network
from cnnlab.recipe import Recipe, row
from cnnlab.workers import Job, Queue

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", autouse=True)
def worker() -> Iterator[None]:
    """The process that all tests share, since TensorFlow takes seconds to start."""
    yield
    jobs.WORKER.end()


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Iterator[Queue]:
    """A queue without results."""
    monkeypatch.setattr(jobs, "available", lambda: PLENTY)
    made = Queue()
    yield made
    made.close()


def measured(queue: Queue, wanted: Job[Any]) -> Any:
    state = queue.ask("ann", wanted, patience=300)
    assert state.phase == "done", state.text
    return state.result


def test_a_network_and_its_layers_are_measured(queue: Queue) -> None:
    before, seen = time.time(), set()
    wanted = job(LENET)
    queue.submit("ann", wanted)

    def done() -> bool:
        state = queue.state("ann", wanted.key)
        seen.add(state.text)
        return not state.live

    until(done, 120)
    whole, layers = measured(queue, wanted), measured(queue, job(LENET, "layers"))
    assert seen & {"starting TensorFlow", "building the network", "warming up"}
    assert len(whole.runs) >= 5
    assert before < whole.taken < layers.taken < time.time()
    assert len(layers.seconds) == len(named(LENET.graph()))
    assert layers.threads == whole.threads >= 1


def test_a_keras_file_can_be_loaded(queue: Queue) -> None:
    import keras

    own = Network.assembled(Recipe(input_size=8, rows=(row("conv", filters=4), row("global_pool"), row("dense"))))
    file = measured(queue, job(own, "file"))
    assert Path(file.path).stat().st_size == file.bytes
    assert keras.models.load_model(file.path).count_params() == costs.totals(own.graph()).params


def test_cancelling_ends_the_process_and_the_next_job_works(queue: Queue) -> None:
    layers = job(OTHER, "layers")
    queue.submit("ann", layers)
    until(lambda: queue.state("ann", layers.key).text.startswith("stage"), 120)
    pid = jobs.WORKER.pid
    queue.cancel("ann", layers.key)
    until(lambda: gone(pid))
    measured(queue, job(LENET))


def test_kill_9_gives_a_sentence_and_the_next_job_works(queue: Queue) -> None:
    wanted = job(SMALL)
    queue.submit("ann", wanted)
    until(lambda: queue.state("ann", wanted.key).share > 0)
    os.kill(jobs.WORKER.pid, signal.SIGKILL)
    state = queue.state("ann", wanted.key, patience=60)
    assert state.text.startswith("The process that worked on it was killed (signal 9), perhaps because memory ran out.")
    queue.submit("ann", wanted)
    measured(queue, wanted)


@pytest.mark.thorough
def test_a_network_deeper_than_keras_recursion_is_measured(queue: Queue) -> None:
    measured(queue, job(Network.parse("resnet20_cifar?depth=302")))


def test_a_network_that_tensorflow_cannot_run_raises_a_sentence(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "_check", lambda network: None)
    state = queue.ask("ann", job(Network.parse("alexnet?input_size=16")), patience=60)
    assert state.text == "TensorFlow could not run this network (ValueError); see the server's log."
