"""``python -m cnnlab export``: all files of a run that was really trained; and a sentence where something is wrong."""

import csv
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import runs_on_disk
from training_listener import Listener

from cnnlab.__main__ import main
from cnnlab.training import Spec, runs
from cnnlab.training.export.command import KINDS, NAMES
from cnnlab.training.export.script import SHIPPED
from cnnlab.training.run_folder import MODEL, REPORT, SPEC, Run
from cnnlab.training.spec import from_json

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A small run, done."""
    from cnnlab.training.dask.payload import load
    from cnnlab.training.fit import train

    spec = Spec(per_class=5, head_epochs=2, tuning_epochs=1)
    run = runs.create(spec, within=tmp_path_factory.mktemp("runs"))
    numbers = iter(range(1, 1000))

    class Tell(Listener):
        def __call__(self, event: str, checkpoint: bytes | None = None, **fields: Any) -> None:
            line = {"n": next(numbers), "event": event, "time": 1.0, **fields}
            run.append([json.loads(json.dumps(line, default=float))])

    tell = Tell()
    report = train(spec, load(spec), None, tell)
    run.put(MODEL, tell.files[MODEL])
    run.put(REPORT, json.dumps(report, default=float).encode())
    run.note(phase="done")
    return run


def command(*words: str, within: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "CNNLAB_RUNS": str(within)}
    return subprocess.run(
        [sys.executable, "-m", "cnnlab", "export", *words], cwd=within, env=environment, capture_output=True, text=True
    )


@pytest.mark.slow
def test_all_files_of_a_run_are_made(trained: Run, tmp_path: Path) -> None:
    done = command(trained.name, "--to", str(tmp_path / "files"), within=trained.folder.parent)
    assert (done.returncode, done.stderr) == (0, "")
    files = {kind: tmp_path / "files" / name for kind, name in NAMES.items()}
    assert done.stdout.splitlines() == [str(path) for path in files.values()]
    assert sorted(path.name for path in (tmp_path / "files").iterdir()) == sorted(NAMES.values()), "and nothing else"

    assert from_json(files["spec"].read_bytes()) == trained.spec()
    with files["csv"].open(newline="") as file:
        rows = [{name: float(value) for name, value in row.items() if name != "phase"} for row in csv.DictReader(file)]
    history = trained.history()
    assert rows == [{name: float(value) for name, value in row.items() if name != "phase"} for row in history]
    assert len(rows) == 3
    report = trained.report()
    assert report is not None
    assert report["text"] in files["html"].read_text()
    own = {"network.py", "augmentation.py", "spec.json", "images.npz", "weights.npz", "README.txt"}
    assert set(zipfile.ZipFile(files["script"]).namelist()) == own | set(SHIPPED)
    assert f"{report['test']['correct']} of 800" in zipfile.ZipFile(files["script"]).read("README.txt").decode()

    # What Keras and TensorFlow Lite say of the test images.
    import keras
    import tensorflow as tf

    from cnnlab.training.dask.payload import load
    from cnnlab.training.dataset import prepare_images

    test = prepare_images(trained.spec(), load(trained.spec())).test
    images = test.images.astype(np.float32)
    said = keras.models.load_model(files["model"]).predict(images, verbose=0)
    assert int((said.argmax(axis=1) == test.labels).sum()) == report["test"]["correct"]
    light = tf.lite.Interpreter(model_path=str(files["tflite"]))
    (entry,), (end,) = light.get_input_details(), light.get_output_details()
    light.resize_tensor_input(entry["index"], images.shape)
    light.allocate_tensors()
    light.set_tensor(entry["index"], images)
    light.invoke()
    np.testing.assert_allclose(light.get_tensor(end["index"]), said, atol=1e-4)
    assert (light.get_tensor(end["index"]).argmax(axis=1) == said.argmax(axis=1)).mean() > 0.998


@pytest.mark.slow
def test_export_into_the_runs_own_folder_leaves_its_files_alone(trained: Run) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in trained.folder.iterdir()}
    done = command(str(trained.folder), "--to", str(trained.folder), "--only", "html", within=trained.folder.parent)
    assert done.returncode == 0, done.stderr
    after = {path.name: path.stat().st_mtime_ns for path in trained.folder.iterdir()}
    assert after.items() >= before.items()
    assert set(after) - set(before) == {"report.html"}


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["export", *words]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1, err
    return err


def test_wrong_arguments_print_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CNNLAB_RUNS", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    states = runs_on_disk.one_of_each(tmp_path)
    good, to = states["done"], str(tmp_path / "to")
    assert "there is no run 'nothing'" in printed(capsys, "nothing")
    assert "no longer on this server" in printed(capsys, "20250101-000000-01234567-012345")
    assert "there is no spec.json in it" in printed(capsys, str(tmp_path))
    assert "there is no kind of file 'pdf'; choose model, tflite" in printed(capsys, good.name, "--only", "pdf")
    assert "is not done but running" in printed(capsys, states["running"].name)
    assert "is not done but failed" in printed(capsys, str(states["failed"].folder))
    assert "status.json of this run is damaged" in printed(capsys, states["damaged"].name)
    (tmp_path / "file").write_text("x")
    assert "is a file" in printed(capsys, good.name, "--to", str(tmp_path / "file"))
    (good.folder / MODEL).unlink()
    assert "model.keras of this run is missing" in printed(capsys, good.name, "--to", to, "--only", "tflite")
    (good.folder / SPEC).write_text("{")
    assert "spec.json of this run is damaged" in printed(capsys, good.name, "--to", to, "--only", "spec")
    (states["pair"].folder / REPORT).unlink()
    assert "this run has no report" in printed(capsys, states["pair"].name, "--to", to, "--only", "html")
    assert not list((tmp_path / "to").iterdir()), "nothing is left half done"


@pytest.mark.slow
def test_a_damaged_model_prints_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = runs_on_disk.made(within=tmp_path)  # its model is no archive
    words = (str(run.folder), "--to", str(tmp_path / "to"), "--only", "tflite")
    assert "the model of this run cannot be read" in printed(capsys, *words)


def test_the_process_ends_with_the_one_that_started_it(tmp_path: Path) -> None:
    run = runs_on_disk.made(within=tmp_path)
    words = [sys.executable, "-m", "cnnlab", "export", str(run.folder), "--to", str(run.folder), "--only", "script"]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "CNNLAB_LEASH": "1"}
    with subprocess.Popen(words, env=environment, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin
        process.stdin.close()  # as the system does where a server was killed
        assert process.wait(30) == 1
        assert process.stderr
        assert process.stderr.read() == b""


def test_every_kind_has_a_name() -> None:
    assert list(KINDS) == list(NAMES)
