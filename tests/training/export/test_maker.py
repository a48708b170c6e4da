"""Files that pages ask for are made in a process of their own; what goes wrong is a sentence."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import runs_on_disk
from waiting import gone, running, until

from cnnlab.training.export import maker
from cnnlab.training.run_folder import Run
from cnnlab.workers import Queue, State

STAND_IN = """
import sys, time
from pathlib import Path
folder, to, what = Path(sys.argv[2]), Path(sys.argv[4]), sys.argv[6]
(to / "begun").write_text(what)
(to / f".report.html.1.part").write_text("half")
while not (to / "go").exists(): time.sleep(0.01)
if (to / "go").read_text() == "fail":
    print("noise", file=sys.stderr); print("the disk is full; make room", file=sys.stderr); sys.exit(2)
if (to / "go").read_text() == "crash":
    raise RuntimeError("secret")
(to / {"html": "report.html", "tflite": "model.tflite", "script": "script.zip"}[what]).write_text("made")
(to / ".report.html.1.part").unlink()
"""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return runs_on_disk.made(within=tmp_path)


@pytest.fixture
def queue() -> Iterator[Queue]:
    made = Queue()
    yield made
    made.close()


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a program in the place of the command ``export`` that waits for the test."""
    program = tmp_path / "stand_in.py"
    program.write_text(STAND_IN)
    monkeypatch.setattr(maker, "COMMAND", (sys.executable, str(program)))


def begun(run: Run) -> bool:
    return (run.folder / "begun").exists()


@pytest.mark.usefixtures("program")
def test_a_file_is_made_once(run: Run, queue: Queue) -> None:
    html, script = maker.job(run, "html"), maker.job(run, "script")
    queue.submit("ann", html)
    queue.submit("ann", script)
    until(lambda: begun(run))
    assert queue.state("ann", html.key) == State("running", "It is being made.")
    assert queue.state("ann", script.key) == State("waiting", "1 other file is made first.")
    queue.cancel("ann", script.key)
    (run.folder / "go").write_text("")
    assert queue.state("ann", html.key, patience=60).phase == "done"
    assert maker.existing_file(run, "html") == run.folder / "report.html"
    assert maker.existing_file(run, "script") is None
    (run.folder / "go").unlink()
    queue.submit("ann", html, again=True)
    assert queue.state("ann", html.key, patience=60).phase == "done", "it is there"


@pytest.mark.usefixtures("program")
def test_a_cancelled_file_leaves_nothing_and_can_be_made_again(run: Run, queue: Queue) -> None:
    job = maker.job(run, "html")
    queue.submit("ann", job)
    until(lambda: begun(run))
    (process,) = running(run.folder)
    queue.cancel("ann", job.key)
    until(lambda: gone(process))
    until(lambda: not list(run.folder.glob(".*.part")))
    (run.folder / "go").write_text("")
    assert queue.ask("ann", job, patience=60).phase == "done"


@pytest.mark.usefixtures("program")
@pytest.mark.parametrize(
    ("go", "sentence"),
    [
        ("fail", "The disk is full; make room."),
        ("crash", "It could not be made; see the server's log."),
    ],
)
def test_failures_are_sentences(go: str, sentence: str, run: Run, queue: Queue) -> None:
    (run.folder / "go").write_text(go)
    assert queue.ask("ann", maker.job(run, "html"), patience=60) == State("failed", sentence)
    assert not list(run.folder.glob(".*.part"))


@pytest.mark.usefixtures("program")
def test_an_export_that_takes_too_long_is_ended(run: Run, queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maker, "LIMIT", 0.5)
    state = queue.ask("ann", maker.job(run, "html"), patience=60)
    assert state.text == "It took longer than 0.5 seconds and was stopped; try again when the server is less busy."


@pytest.mark.slow
def test_the_real_command_makes_a_file(run: Run, queue: Queue) -> None:
    assert queue.ask("ann", maker.job(run, "html"), patience=120).phase == "done"
    assert "</html>" in (run.folder / "report.html").read_text()


@pytest.mark.slow
@pytest.mark.thorough
def test_the_real_command_gives_its_sentence(run: Run, queue: Queue) -> None:
    state = queue.ask("ann", maker.job(run, "tflite"), patience=120)  # its model is no archive
    assert state.text.startswith("The model of this run cannot be read")
