"""A lab: one scheduler and two workers as README has them started, each in a directory of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from waiting import gone, until

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
PATHS = os.pathsep.join(map(str, (ROOT, ROOT / "tests", HERE, HERE / "dask")))  # whoever is started finds the stand-in


@pytest.fixture(autouse=True)
def paths(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", PATHS)


@contextmanager
def program(name: str, place: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Dask's scheduler or worker in an own directory; ended with all its children."""
    place.mkdir(parents=True)
    command = [sys.executable, "-m", f"distributed.cli.{name}", "--host", "127.0.0.1", "--no-dashboard", *arguments]
    with (place / "log").open("wb") as log:
        environment = os.environ | {"PYTHONPATH": PATHS, "CNNLAB_CACHE": str(place), "CNNLAB_RUNS": str(place)}
        process = subprocess.Popen(command, cwd=place, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        yield process
    finally:
        family = [process.pid, *(child.pid for child in psutil.Process(process.pid).children(recursive=True))]
        for pid in family:
            if not gone(pid):
                psutil.Process(pid).kill()
        process.wait()


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of its scheduler."""
    place = tmp_path_factory.mktemp("lab")
    address = place / "scheduler.json"
    arguments = ["--nthreads", "1", "--memory-limit", "900MB"]
    with program("dask_scheduler", place / "scheduler", "--port", "0", "--scheduler-file", str(address)):
        until(lambda: address.exists() and address.read_text())  # it may be there before it is written
        where = json.loads(address.read_text())["address"]
        with (
            program("dask_worker", place / "one", where, *arguments),
            program("dask_worker", place / "two", where, *arguments),
        ):
            yield where
