"""The image of the architecture in CONTRIBUTING.md shows the layers that the import contracts hold."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_image_has_the_rows_of_the_layers_contract() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    image = (ROOT / "assets" / "architecture.svg").read_text(encoding="utf-8")
    rows = [re.findall(r'class="room">([^<]+)<', row) for row in image.split('<g class="row">')[1:]]
    drawn = [{name for name in row if name != "app.py · pages"} for row in rows]
    assert drawn == [set(layer.split(" | ")) for layer in layers]


def test_glossary_stays_short() -> None:
    glossary = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split("## Glossary")[1]
    terms = re.findall(r"^\| ([^|]+) \|", glossary, re.MULTILINE)[1:]
    assert terms == sorted(terms, key=str.lower)
    assert len(terms) <= 40
