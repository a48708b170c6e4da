"""The backbone that comes along: what it is, what it knows, and that it asks nobody for it."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cnnlab import costs, data
from cnnlab.data import drawings
from cnnlab.graph import named
from cnnlab.network import Network
from cnnlab.training.backbones import backbone, built_in, last_layers, stages, unfrozen
from cnnlab.training.pretrain import transfer

ALONE = """
import os, sys
import keras, numpy as np  # Keras writes down its settings when it is first imported
from cnnlab.training.backbones import backbone

def watch(event, arguments):
    if event.startswith(("socket.", "urllib.", "http.", "subprocess.", "pickle.")):
        print("touched", event, arguments[:1]); os._exit(1)
    if event == "open" and (arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        print("written", arguments[0]); os._exit(1)

sys.addaudithook(watch)
model = backbone("built_in").make()
print(np.asarray(model(np.full((1, 48, 48, 3), 127.0))).sum().round(3))
"""


@pytest.mark.slow
@pytest.mark.thorough
def test_a_fresh_process_needs_no_network_and_writes_nothing(tmp_path: Path) -> None:
    environment = os.environ | {"HOME": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", ALONE], capture_output=True, text=True, check=False, env=environment, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert float(done.stdout.split()[-1]) > 0


def test_file_and_record_agree() -> None:
    file, record = built_in.FILE.read_bytes(), json.loads(built_in.RECORD.read_text(encoding="utf-8"))
    assert len(file) == record["bytes"] < 2_000_000
    assert hashlib.sha256(file).hexdigest() == record["sha256"]
    assert record["network"] == str(built_in.network())
    assert {"seed", "epochs", "data", "accuracy", "seconds", "versions"} <= set(record)
    held = {name: value.size for name, value in built_in.arrays().items()}
    assert sum(held.values()) == record["parameters"] == costs.totals(built_in.whole()).params
    assert all(value.dtype == np.float16 for value in built_in.arrays().values())


def test_a_damaged_file_raises_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "drawings.npz"
    file.write_bytes(built_in.FILE.read_bytes()[:-1] + b"x")
    monkeypatch.setattr(built_in, "FILE", file)
    built_in.arrays.cache_clear()
    with pytest.raises(OSError, match=r"drawings.npz is damaged: it differs from its record; install CNN Lab again"):
        built_in.arrays()


def test_any_page_can_show_its_network() -> None:
    root = Network.parse(str(built_in.network())).graph()
    bodied = set(named(built_in.body())) - {"pixels"}
    assert bodied < set(named(root))
    assert costs.totals(root).params == costs.totals(built_in.whole()).params


@pytest.mark.slow
@pytest.mark.parametrize("size", [16, 48, 97])
def test_counts_are_those_of_the_graph(size: int) -> None:
    from cnnlab.training.head import unfreeze

    model = backbone("built_in").make(input_size=size)
    assert model.count_params() == costs.totals(built_in.body(size)).params
    assert tuple(model.output_shape[1:]) == built_in.body(size).shape
    found = stages(model)
    assert [name for stage in found for name in stage.layers] == [layer.name for layer in model.layers]
    assert {layer.name for layer in model.layers} == set(named(built_in.body(size)))
    assert len(found) == 4
    assert sum(stage.params for stage in found) == model.count_params()
    for depth, trained in enumerate(unfrozen(found)):
        unfreeze(model, last_layers(found, depth))
        assert sum(weight.numpy().size for weight in model.trainable_weights) == trained
    assert last_layers(found, 100) == last_layers(found, 4)


@pytest.mark.slow
def test_the_built_in_network_classifies_the_drawings() -> None:
    from cnnlab.backends.keras import to_keras

    model = to_keras(built_in.whole())
    built_in.fill(model)
    fresh = drawings.render(10, (0, 2))  # neither learned from nor recorded
    score = (model.predict(fresh.images, verbose=0).argmax(axis=1) == fresh.labels).mean()
    assert score > built_in.record()["accuracy"] - 0.03


@pytest.mark.slow
def test_fine_tuning_leaves_the_statistics_of_batch_norms() -> None:
    import keras

    from cnnlab.training.head import unfreeze

    model = backbone("built_in").make()
    last = last_layers(stages(model), 2)
    unfreeze(model, last)
    before = {layer.name: layer.get_weights() for layer in model.layers}
    whole = keras.Sequential([model, keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(2)])
    whole.compile("sgd", loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    split = data.load("textures_grass_gravel").train.sample(8)
    whole.fit(split.images, split.labels, verbose=0)
    moved = {
        layer.name
        for layer in model.layers
        if any(not np.array_equal(*each) for each in zip(layer.get_weights(), before[layer.name], strict=True))
    }
    assert moved == {name for name in last if before[name] and not name.endswith("_bn")}


@pytest.mark.slow
def test_built_in_weights_transfer_to_photographs_and_random_ones_do_not() -> None:
    import keras

    def averaged(weights: str) -> keras.Model:
        keras.utils.set_random_seed(0)
        body = backbone("built_in").make(weights)
        return keras.Sequential([body, keras.layers.GlobalAveragePooling2D()])

    learned, random = (transfer(averaged(each), [10], [0])["10"] for each in ("pretrained", "random"))
    assert learned > 0.6
    assert learned > random + 0.2


@pytest.mark.slow
@pytest.mark.thorough
def test_the_script_makes_a_file_and_its_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = [str(tmp_path / name) for name in ("one", "two")]
    code = (
        "from cnnlab.training import pretrain; pretrain.HELD_OUT, pretrain.COUNTS = 2, ();"
        f"[pretrain.main(['--epochs', '1', '--per-class', '4', '--to', to]) for to in {made}]"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    first, second = ((Path(folder) / "drawings.npz").read_bytes() for folder in made)
    assert first == second, "the same seed, the same file"
    record = json.loads((tmp_path / "one" / "drawings.json").read_text(encoding="utf-8"))
    assert record["sha256"] == hashlib.sha256(first).hexdigest()
    assert set(record) == set(built_in.record())
    monkeypatch.setattr(built_in, "FILE", tmp_path / "one" / "drawings.npz")
    monkeypatch.setattr(built_in, "RECORD", tmp_path / "one" / "drawings.json")
    built_in.arrays.cache_clear()
    built_in.record.cache_clear()
    try:
        assert backbone("built_in").make().count_params() == costs.totals(built_in.body()).params
    finally:
        built_in.arrays.cache_clear()
        built_in.record.cache_clear()
