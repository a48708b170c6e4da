"""The command line prints what the pages show."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from golden import Golden

from cnnlab import costs, zoo
from cnnlab.__main__ import main

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
)


def test_wrong_arguments_print_one_sentence_or_the_usage(capsys: pytest.CaptureFixture[str], golden: Golden) -> None:
    answers = []
    for arguments in WRONG:
        try:
            code = main(list(arguments))
        except SystemExit as ended:
            code = ended.code  # type: ignore[assignment]
        printed = capsys.readouterr()
        assert (code, printed.out) == (2, "")
        answers.append((" ".join(["cnnlab", *arguments]), printed.err.strip().replace("\n", "\n    ")))
    golden.check_pairs("command line/wrong arguments", answers)


def test_the_output_as_text(capsys: pytest.CaptureFixture[str], golden: Golden) -> None:
    assert main(["list"]) == 0
    golden.check("command line/list", capsys.readouterr().out)
    assert main(["cost", "lenet5", "--count-as", "fvcore"]) == 0
    golden.check("command line/cost lenet5", capsys.readouterr().out)


def test_a_reader_that_stops_early_is_no_error() -> None:
    command = f"{sys.executable} -m cnnlab cost efficientnet_b7 | head -n 1"
    done = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.stdout.startswith("EfficientNet-B7")
