"""Files that pages ask for: made one at a time in a process of their own, stopped, bounded, and told."""

import sys
from pathlib import Path

import psutil
import pytest
import runs_on_disk
from waiting import gone, until

from cnnlab.training.export.maker import Maker, State
from cnnlab.training.run_folder import Run

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
def maker(tmp_path: Path) -> Maker:
    program = tmp_path / "stand_in.py"
    program.write_text(STAND_IN)
    return Maker(limit=30, command=(sys.executable, str(program)))


def begun(run: Run) -> bool:
    return (run.folder / "begun").exists()


def test_one_at_a_time_and_the_others_wait(run: Run, maker: Maker) -> None:
    assert maker.state(run, "html") == State()
    for _ in range(2):  # asked for twice, made once
        maker.make(run, "html")
        maker.make(run, "script")
    until(lambda: begun(run))
    assert maker.state(run, "html").phase == "running"
    assert maker.state(run, "script") == State("waiting", "1 other file is made first.")
    assert maker.state(run, "tflite").phase == "idle"
    maker.stop(run, "script")
    assert maker.state(run, "script").phase == "idle"
    (run.folder / "go").write_text("")
    until(lambda: maker.state(run, "html").phase == "done")
    assert maker.state(run, "html").path == run.folder / "report.html"
    assert not (run.folder / "script.zip").exists()
    maker.make(run, "html")
    assert maker.state(run, "html").phase == "done", "it is there"
    assert Maker().state(run, "html").phase == "done", "for a server that was started later, too"


def test_stopped_it_leaves_nothing_and_may_be_asked_for_anew(run: Run, maker: Maker) -> None:
    maker.make(run, "html")
    until(lambda: begun(run))
    (child,) = [each for each in psutil.Process().children() if str(run.folder) in each.cmdline()]
    maker.stop(run, "html")
    assert maker.state(run, "html").phase == "idle"
    until(lambda: gone(child.pid))
    until(lambda: not list(run.folder.glob(".*.part")))
    (run.folder / "go").write_text("")
    maker.make(run, "html")
    until(lambda: maker.state(run, "html").phase == "done")


@pytest.mark.parametrize(
    ("go", "told"),
    [
        ("fail", "The disk is full; make room."),
        ("crash", "It could not be made; the server's log tells more."),
    ],
)
def test_failures_are_sentences(go: str, told: str, run: Run, maker: Maker) -> None:
    (run.folder / "go").write_text(go)
    maker.make(run, "html")
    until(lambda: maker.state(run, "html").phase == "failed")
    assert maker.state(run, "html").text == told
    assert not list(run.folder.glob(".*.part"))
    (run.folder / "go").write_text("")
    maker.make(run, "html")
    until(lambda: maker.state(run, "html").phase == "done")


def test_what_takes_too_long_is_ended(run: Run, maker: Maker) -> None:
    hasty = Maker(limit=0.5, command=maker._command)
    hasty.make(run, "html")
    until(lambda: hasty.state(run, "html").phase == "failed")
    assert "longer than 0.5 seconds" in hasty.state(run, "html").text


def test_the_real_command(run: Run) -> None:
    maker = Maker()
    maker.make(run, "html")
    state = until(lambda: (found := maker.state(run, "html")).phase in ("done", "failed") and found)
    assert state.phase == "done", state.text
    assert "</html>" in (run.folder / "report.html").read_text()
    maker.make(run, "tflite")  # its model is no archive
    state = until(lambda: (found := maker.state(run, "tflite")).phase in ("done", "failed") and found)
    assert state == State("failed", state.text)
    assert state.text.startswith("Model.keras of this run is damaged or missing")
