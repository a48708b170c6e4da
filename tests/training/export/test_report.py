"""The HTML report of a run: it stands alone, and nothing from outside becomes part of its code."""

import json
from pathlib import Path

import pytest
import runs_on_disk
from golden import Golden
from plotly.offline import get_plotlyjs
from transcript import html_transcript, timeless

from cnnlab.training.export.report import page
from cnnlab.training.run_folder import REPORT
from cnnlab.training.spec import Spec

EVIL = "</script><script>alert(1)</script>", "<img src=x onerror=alert(2)>"


def test_the_texts_of_a_report(tmp_path: Path, golden: Golden) -> None:
    golden.check("report", timeless(html_transcript(page(runs_on_disk.made(within=tmp_path)))))


def test_the_report_has_every_section(tmp_path: Path) -> None:
    run = runs_on_disk.made(within=tmp_path)
    found, report = page(run), run.report()
    assert report is not None
    assert report["text"] in found
    assert found.count("<figcaption>") == 12
    many = runs_on_disk.made(classes=tuple(f"class {number}" for number in range(61)), within=tmp_path)
    assert "The most frequent confusions" in page(many)
    assert "Every threshold" not in found, "eight classes have no ROC curve"
    pair = runs_on_disk.made(Spec(data="textures_grass_gravel"), classes=("grass", "gravel"), within=tmp_path)
    assert "Every threshold" in page(pair)


def test_names_from_outside_are_escaped(tmp_path: Path) -> None:
    run = runs_on_disk.made(Spec(data=EVIL[1]), classes=EVIL, within=tmp_path)
    found = page(run)
    for name in EVIL:
        assert name not in found
    scripts = get_plotlyjs().count("<script")  # plotly's own text says so, too
    assert found.count("<script") == scripts + 3, "only those of the page"
    assert "&lt;/script&gt;&lt;script&gt;alert(1)" in found


def test_a_damaged_section_is_left_out_with_a_sentence(tmp_path: Path) -> None:
    runs = runs_on_disk.one_of_each(tmp_path)
    (runs["done"].folder / REPORT).write_text((runs["done"].folder / REPORT).read_text().replace('"crops"', '"corps"'))
    assert "cannot be read" not in page(runs["done"]), "crops may be missing"
    report = runs_on_disk.report(Spec()) | {"confusion": "none", "wrong": [{"image": '"><script>'}]}
    runs["digits"].put(REPORT, json.dumps(report).encode())
    found = page(runs["digits"])
    assert "Parts of this run’s report cannot be read" in found
    assert "How it learned" in found
    assert 'src="data:image/png;base64,"><script>' not in found
    assert "Parts of this run’s report cannot be read" in page(runs["no report"])
    with pytest.raises(ValueError, match="no report"):
        page(runs["failed"])
