"""Imported networks on disk: one name for one content, found after a restart, and a bounded number of them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cnnlab import shelf
from cnnlab.backends.imported import Imported, read
from cnnlab.graph import walk
from cnnlab.network import Network
from cnnlab.sources import IMPORTED, source


def model(filters: int = 4, size: int | None = 8) -> bytes:
    """A small Keras configuration, as ``model.to_json()`` gives it."""
    layers = [
        {"class_name": "InputLayer", "config": {"name": "image", "batch_shape": [None, size, size, 3]}},
        {"class_name": "Conv2D", "config": {"name": "conv", "filters": filters, "kernel_size": [3, 3]}},
        {"class_name": "GlobalAveragePooling2D", "config": {"name": "pool"}},
    ]
    return json.dumps({"class_name": "Sequential", "config": {"name": "small", "layers": layers}}).encode()


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CNNLAB_CACHE", str(tmp_path))
    return tmp_path / "imports"


def put(found: Imported) -> Network:
    return Network.of(f"{IMPORTED}{shelf.put(found)}")


def test_an_import_is_a_network_like_any_other(own_folder: Path) -> None:
    network = put(read(model(), "mine.json"))
    assert network.title == "mine"
    assert sum(node.macs for node in walk(network.graph())) == 6 * 6 * 4 * 27
    assert Network.parse(str(network)) == network
    assert put(read(model(), "mine.json")) == network, "the same content has the same name"
    assert len(list(own_folder.iterdir())) == 1
    thin = network.rewritten(*Network.parse("lenet5+bottleneck").rewrites)
    assert Network.parse(thin.url_text) == thin
    code = f"from cnnlab.network import Network; print(Network.parse({str(network)!r}).graph().shape)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "(4,)", "another process finds it"


def test_an_open_input_size_is_a_knob() -> None:
    network = put(read(model(size=None), "open.json"))
    assert network.values == {"input_size": 224}
    assert Network.parse(f"{network.name}?input_size=32").graph().inputs[0].shape == (30, 30, 4)
    with pytest.raises(ValueError, match="input size must be"):
        network.replace(input_size=0)
    fixed = put(read(model(), "fixed.json"))
    with pytest.raises(ValueError, match="has no knob 'input_size'"):
        Network.parse(f"{fixed.name}?input_size=32")


@pytest.mark.parametrize("name", ["0123456789abcdef", "", "../../etc/passwd", "x" * 5000, "0123456789ABCDEF"])
def test_an_unknown_name_raises_a_sentence(name: str) -> None:
    with pytest.raises(ValueError, match="import its file again"):
        source(f"{IMPORTED}{name}")


def test_a_damaged_file_raises_a_sentence(own_folder: Path) -> None:
    name = shelf.put(read(model(5)))
    (own_folder / f"{name}.json").write_text("{", encoding="utf-8")
    with pytest.raises(ValueError, match="import its file again"):
        shelf.get(name)


def test_the_oldest_are_deleted(own_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "KEPT", 3)
    names = [shelf.put(read(model(filters))) for filters in range(1, 6)]
    assert len(list(own_folder.iterdir())) == 3
    assert shelf.get(names[-1]).graph().shape == (5,)
