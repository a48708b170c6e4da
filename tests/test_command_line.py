"""The command line prints what the pages show."""

import csv
import io
import json
import os
import subprocess
import sys
import tomllib
import tracemalloc
import zipfile
from pathlib import Path

import h5py
import network_kinds
import numpy as np
import onnx_files
import pytest
from golden import Golden

from cnnlab import __version__, costs, zoo
from cnnlab.__main__ import main
from cnnlab.command_line import chosen
from cnnlab.network import Network

ROOT = Path(__file__).parents[1]


def test_list_names_every_network(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["network"] for row in rows] == list(zoo.names())
    assert rows[0]["params"] == 61_706


def test_cost_as_csv_json_and_text_agree(capsys: pytest.CaptureFixture[str]) -> None:
    total = costs.totals(zoo.build("resnet50", input_size=160, stride_on="v1.5"))
    words = ["cost", "resnet50", "--input-size", "160", "--stride-on=v1.5"]
    assert main([*words, "--csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert sum(int(row["macs"]) for row in rows) == total.macs
    assert rows[0]["output_shape"] == "160x160x3"
    assert main([*words, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["network"] == "resnet50?input_size=160&stride_on=v1.5"
    assert document["totals"]["flops"] == 2 * total.macs
    assert sum(row["params"] for row in document["layers"]) == total.params
    assert document["counted_as"] == costs.totals_by_convention(
        costs.quantity_table(zoo.build("resnet50", input_size=160, stride_on="v1.5"))
    )
    assert main(words) == 0
    assert f"{total.macs:,}" in capsys.readouterr().out


@pytest.mark.parametrize("way", costs.CONVENTIONS)
def test_numbers_stand_apart_from_their_names(way: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cost", "lenet5", "--count-as", way]) == 0
    assert f"{costs.convention(way).noun} " in capsys.readouterr().out


def test_cost_counts_as_a_tool_does(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["cost", "resnet50", "--stride-on", "v1.5", "--bias", "false", "--count-as", "fvcore"]
    assert main(words) == 0
    assert "4,111,512,576 (4.11 G)" in capsys.readouterr().out
    assert main([*words, "--csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert sum(int(row["fvcore"]) for row in rows) == 4_111_512_576


WRONG = (
    ["cost", "resnet5"],
    ["cost", "lenet5", "--width", "2"],
    ["cost", "lenet5", "--input-size", "9"],
    ["cost", "--input-size", "huge", "lenet5"],
    ["cost", "resnet50", "--count-as", "thop"],
    ["cost", "lenet5", "--input-size"],
    ["cost", "lenet5", "oops"],
    ["list", "x"],
    [],
    ["cots", "lenet5"],
    ["unheard"],
    ["--versoin"],
    ["cost", "lenet5", "--imput-size", "64"],
    ["cost", "lenet5", "--input_size=64"],
    ["cost", "lenet5", "--batchsize", "8"],
    ["cost", "lenet5", "--xyz"],
    ["cost", "lenet5", "--csv", "--json"],
    ["cost", "lenet5", "--csv=1"],
    ["cost", "lenet5", "--batch-size", "0"],
    ["cost", "lenet5", "--batch-size", "1.5"],
    ["cost"],
    ["cost", "no-such.h5"],
    ["cost", "no-such.onnx", "--input-size", "64"],
    ["compare"],
    ["compare", "lenet5"],
    ["compare", *["lenet5"] * 7],
    ["compare", "lenet5", "resnet5"],
    ["compare", "lenet5", "vgg16", "--markdwon"],
    ["compare", "lenet5", "vgg16", "--csv", "--markdown"],
    ["export"],
    ["export", "a", "b"],
    ["train", "--epochs", "3"],
)


def test_wrong_arguments_print_one_sentence(capsys: pytest.CaptureFixture[str], golden: Golden) -> None:
    answers = []
    for arguments in WRONG:
        code = main(list(arguments))
        printed = capsys.readouterr()
        assert (code, printed.out) == (2, "")
        assert printed.err.count("\n") == 1
        answers.append((" ".join(["cnnlab", *arguments]), printed.err.strip()))
    golden.check_pairs("command line/wrong arguments", answers)


def test_the_output_as_text(capsys: pytest.CaptureFixture[str], golden: Golden) -> None:
    assert main(["list"]) == 0
    golden.check("command line/list", capsys.readouterr().out)
    assert main(["cost", "lenet5", "--count-as", "fvcore"]) == 0
    golden.check("command line/cost lenet5", capsys.readouterr().out)
    assert main(["cost", "lenet5", "--batch-size", "32"]) == 0
    totals = costs.totals(zoo.build("lenet5"))
    memory = [line for line in capsys.readouterr().out.splitlines() if line.startswith(("inference", "training step"))]
    numbers = totals.weight_bytes() + 32 * totals.peak_bytes(), totals.training_bytes(32)
    assert [line[21:].partition(" ")[0] for line in memory] == [f"{number:,}" for number in numbers]
    assert all("32 images" in line for line in memory)


HELP = (
    ["--help"],
    ["list", "--help"],
    ["cost", "-h"],
    ["compare", "--help"],
    ["train", "--help"],
    ["export", "--help"],
    ["cost", "efficientnet_b0", "--help"],
)


def test_help(capsys: pytest.CaptureFixture[str], golden: Golden) -> None:
    texts = []
    for arguments in HELP:
        assert main(list(arguments)) == 0
        texts.append(f"$ cnnlab {' '.join(arguments)}\n{capsys.readouterr().out}")
    golden.check("command line/help", "\n".join(texts))


@pytest.mark.parametrize("name", zoo.names())
def test_help_on_a_network_has_each_knob_with_its_text(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cost", name, "--help"]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    for knob in zoo.case(name).knobs.values():
        assert f"--{knob.name.replace('_', '-')} VALUE {' '.join(knob.help.split())}" in printed
        assert f"{knob.allowed[1:]}; the default is {knob.text(knob.default)}." in printed


def test_the_version_has_one_place(capsys: pytest.CaptureFixture[str]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "cnnlab.__version__"}
    assert "version" not in project["project"]
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"CNN Lab {__version__}\n"


def dense(side: int | None) -> str:
    """Return the JSON of a model of Keras: a convolution, averages and a dense layer."""
    shape = [None, side, side, 3]
    layers = [
        {"class_name": "InputLayer", "config": {"batch_shape": shape, "name": "image"}},
        {"class_name": "Conv2D", "config": {"name": "conv", "filters": 4, "kernel_size": [3, 3], "padding": "same"}},
        {"class_name": "GlobalAveragePooling2D", "config": {"name": "mean"}},
        {"class_name": "Dense", "config": {"name": "scores", "units": 10}},
    ]
    return json.dumps({"class_name": "Sequential", "config": {"name": "mine", "layers": layers}})


def test_a_file_is_read_by_its_name_or_where_it_exists(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("model.json", "without an ending"):
        file = tmp_path / name
        file.write_text(dense(None), encoding="utf-8")
        assert main(["cost", str(file), "--json", "--input-size", "32", "--batch-size", "8"]) == 0
        document = json.loads(capsys.readouterr().out)
        assert document["totals"]["params"] == 3 * 3 * 3 * 4 + 4 + 4 * 10 + 10
        assert document["totals"]["macs"] == 32 * 32 * 3 * 3 * 3 * 4 + 40
        assert document["network"] == f"{file}?input_size=32"
        assert document["memory"]["batch_size"] == 8


def test_a_whole_model_in_hdf5_takes_no_memory_for_its_weights(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "large.h5"
    with h5py.File(file, "w") as made:
        made.attrs["model_config"] = dense(32)
        made.create_group("model_weights").attrs["layer_names"] = []
    os.truncate(file, 500_000_000)
    tracemalloc.start()
    try:
        assert main(["cost", str(file), "--json"]) == 0
        assert tracemalloc.get_traced_memory()[1] < 50_000_000
    finally:
        tracemalloc.stop()
    assert json.loads(capsys.readouterr().out)["totals"]["params"] == 3 * 3 * 3 * 4 + 4 + 4 * 10 + 10


MEASURED = """
import sys
from cnnlab.backends import reader_process
from cnnlab.__main__ import main
from cnnlab.command_line import chosen
code = main(["cost", sys.argv[1], "--json"])
for process in ("self", reader_process.WORKER.pid):
    with open(f"/proc/{process}/status") as file:
        print(next(int(line.split()[1]) for line in file if line.startswith("VmHWM")), file=sys.stderr)
sys.exit(code)
"""


@pytest.mark.thorough
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system does not say how much memory was used")
def test_500_mb_of_weights_are_read_in_little_memory(tmp_path: Path) -> None:
    """The largest memory that the command and its reading process ever had, in kB, libraries included."""
    file, units = tmp_path / "large.h5", 12_500_000
    with h5py.File(file, "w") as made:
        made.attrs["model_config"] = dense(32)
        group = made.create_group("model_weights")
        group.attrs["layer_names"] = [f"layer_{number}" for number in range(10)]
        for number in range(10):
            inside = group.create_group(f"layer_{number}")
            inside.attrs["weight_names"] = ["kernel"]
            values = np.random.default_rng(number).random(units, np.float32)
            inside.create_dataset("kernel", data=values, compression="gzip" if not number else None)
    assert file.stat().st_size > 480_000_000
    command = [sys.executable, "-c", MEASURED, str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    assert json.loads(done.stdout)["totals"]["params"] == 3 * 3 * 3 * 4 + 4 + 4 * 10 + 10
    assert max(map(int, done.stderr.split()[-2:])) < 250_000


def test_what_is_wrong_with_a_file_is_one_sentence_that_names_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "fixed.json").write_text(dense(16), encoding="utf-8")
    (tmp_path / "broken.keras").write_bytes(b"PK\x03\x04 cut")
    (tmp_path / "empty.h5").touch()
    (tmp_path / "weights.pt").write_bytes(b"\x80\x02}")
    (tmp_path / "folder").mkdir()
    for name, *more in (
        ["fixed.json", "--input-size", "32"],
        ["broken.keras"],
        ["empty.h5"],
        ["weights.pt"],
        ["folder"],
    ):
        for command in (["cost"], ["compare", "lenet5"], ["cost", "--help"])[: 2 if more else 3]:
            assert main([*command, str(tmp_path / name), *more]) == 2
            printed = capsys.readouterr()
            assert printed.out == ""
            assert printed.err.startswith(str(tmp_path / name))
            assert printed.err.count("\n") == 1


def test_a_file_does_not_hide_a_network_of_the_catalogue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lenet5").mkdir()
    assert main(["cost", "lenet5"]) == 0
    assert "LeNet-5" in capsys.readouterr().out


def test_comparisons_agree_in_all_forms(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mine.json"
    file.write_text(dense(None), encoding="utf-8")
    words = ["compare", "resnet50", "mobilenet_v1?width=0.5", str(file), "--input-size", "160", "--batch-size", "4"]
    totals = [
        costs.totals(Network.parse(name))
        for name in ("resnet50?input_size=160", "mobilenet_v1?width=0.5&input_size=160")
    ]
    assert main([*words, "--csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [int(row["macs"]) for row in rows[:2]] == [each.macs for each in totals]
    assert float(rows[1]["macs_ratio"]) == totals[1].macs / totals[0].macs
    assert [int(row["training_step_bytes"]) for row in rows[:2]] == [each.training_bytes(4) for each in totals]
    assert main([*words, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["baseline"] == "resnet50?input_size=160"
    for row, found in zip(rows, document["networks"], strict=True):
        assert row["network"] == found["network"]
        assert int(row["macs"]) == found["totals"]["macs"]
        assert float(row["params_ratio"]) == found["ratios"]["params"]
        assert int(row["inference_bytes"]) == found["memory"]["inference_bytes"]
    for form in ([], ["--markdown"]):
        assert main([*words, *form]) == 0
        assert f"{totals[1].macs:,} (÷ " in capsys.readouterr().out


def test_comparisons_as_text(tmp_path: Path, capsys: pytest.CaptureFixture[str], golden: Golden) -> None:
    texts = []
    for words in (
        ["resnet50", "mobilenet_v1"],
        ["vgg16", "vgg16", "vgg16+global_pooling"],
        ["resnet50", "resnet34", "resnet18", "mobilenet_v1", "mobilenet_v2", "efficientnet_b0", "--markdown"],
        ["lenet5", "nin", "--csv"],
    ):
        assert main(["compare", *words]) == 0
        texts.append(f"$ cnnlab compare {' '.join(words)}\n{capsys.readouterr().out}")
    golden.check("command line/compare", "\n".join(texts))


def test_a_reader_that_stops_early_is_no_error() -> None:
    command = f"{sys.executable} -m cnnlab cost efficientnet_b7 | head -n 1"
    done = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.stdout.startswith("EfficientNet-B7")


@pytest.mark.parametrize("name", ["large.keras", "large.onnx", "large.json"])
def test_a_large_file_is_read_without_its_weights(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / name
    if name == "large.keras":
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("config.json", network_kinds.keras_document([network_kinds.image()]))
            archive.writestr("model.weights.h5", bytes(2000))
    else:
        file.write_bytes(onnx_files.exported(zoo.build("lenet5")) if name == "large.onnx" else b"{" + bytes(2000))
    monkeypatch.setattr(chosen, "MOST_BYTES", 1000)
    code = main(["cost", str(file)])
    out = "".join(capsys.readouterr())
    if name == "large.json":
        assert code
        assert "save the text of model.to_json() instead" in out
    else:
        assert not code
        assert ("61,706" in out) == (name == "large.onnx")
