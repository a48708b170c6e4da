"""A worker whose process has no TensorFlow, and a queue; both are closed after the test."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cnnlab.workers import Queue, Worker

FAKE = str(Path(__file__).with_name("fake_process.py"))


@pytest.fixture
def asked(tmp_path: Path) -> Callable[[], list[str]]:
    """Return the tasks that the process was set."""
    file = tmp_path / "asked"
    return lambda: file.read_text().split() if file.exists() else []


@pytest.fixture
def make_worker(tmp_path: Path) -> Iterator[Callable[..., Worker]]:
    """Make workers whose process answers once the test has written ``go`` into ``tmp_path``."""
    made = []

    def make(
        command: tuple[str, ...] = (sys.executable, FAKE, str(tmp_path)), limit: float = 60, **more: float
    ) -> Worker:
        made.append(Worker(command, limit, "The process {how}.", "It took over {limit:g} seconds.", **more))
        return made[-1]

    yield make
    for each in made:
        each.end()


@pytest.fixture
def worker(make_worker: Callable[[], Worker]) -> Worker:
    return make_worker()


@pytest.fixture
def queue() -> Iterator[Queue]:
    made = Queue()
    yield made
    made.close()
