"""The process that reads files: it stays, dies, hangs, and is asked by many at once."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cnnlab.backends import reader_process
from cnnlab.backends.reader_process import read_at, read_bytes
from cnnlab.uploads.documents import DAMAGED
from cnnlab.workers import Worker, python

READER = """
import os, time

def answer(path, how="count"):
    if how == "count":
        return [len(path.read_bytes()), os.getpid()]
    if how == "sentence":
        raise ValueError("this file is of paper; scan it")
    with open(path, "a") as file:
        file.write("tried ")
    exec(how)
"""


@pytest.fixture(autouse=True)
def worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Worker]:
    (tmp_path / "a_reader.py").write_text(READER)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    made = Worker(python(reader_process.MODULE), limit=2, ended=DAMAGED, late="more than {limit:g} seconds", loading=20)
    monkeypatch.setattr(reader_process, "WORKER", made)
    yield made
    made.end()


@pytest.fixture
def ask(tmp_path: Path) -> Callable[[str], object]:
    (tmp_path / "file").touch()
    return lambda how: read_at(tmp_path / "file", "a_reader", how=how)


@pytest.mark.parametrize("how", ["os.abort()", "os._exit(0)", "bytes(20 << 30)", "answer(path, how)", "1 / 0"])
def test_a_file_that_ends_its_reader_is_damaged_and_tried_once(
    how: str, ask: Callable[[str], object], tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=f"^{DAMAGED}$"):
        ask(how)
    assert (tmp_path / "file").read_text().split()[0] == "tried"
    if how.startswith("os."):
        assert (tmp_path / "file").read_text().split() == ["tried"]
    assert read_bytes(b"next", "a_reader")[0] == 4


def test_a_file_that_takes_too_long_is_given_up(ask: Callable[[str], object]) -> None:
    read_bytes(b"", "a_reader")  # the first file may take longer: the libraries are loaded
    with pytest.raises(ValueError, match=r"^more than 2 seconds$"):
        ask("time.sleep(60)")
    assert read_bytes(b"next", "a_reader")[0] == 4


@pytest.mark.slow
def test_a_file_of_any_module_that_computes_for_too_long_ends_its_reader(
    ask: Callable[[str], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    command = python(reader_process.MODULE)
    monkeypatch.setattr(reader_process, "WORKER", made := Worker(command, limit=50, ended=DAMAGED, late="late"))
    with pytest.raises(ValueError, match=f"^{DAMAGED}$"):
        ask("while True: pass")
    made.end()


def test_the_process_stays_and_its_sentences_are_raised(ask: Callable[[str], object]) -> None:
    first = read_bytes(b"one", "a_reader")
    with pytest.raises(ValueError, match=r"^this file is of paper; scan it$"):
        ask("sentence")
    assert read_bytes(b"four", "a_reader") == [4, first[1]]


@pytest.mark.skipif(sys.platform == "win32", reason="no signals there")
def test_a_process_that_was_killed_between_two_files_is_started_again(worker: Worker) -> None:
    read_bytes(b"one", "a_reader")
    assert worker.pid
    os.kill(worker.pid, signal.SIGKILL)
    assert read_bytes(b"four", "a_reader")[0] == 4


def test_many_at_once_get_their_own_answers() -> None:
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda size: read_bytes(bytes(size), "a_reader"), range(40)))
    assert [size for size, _ in found] == list(range(40))
    assert len({pid for _, pid in found}) == 1
