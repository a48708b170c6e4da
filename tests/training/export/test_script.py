"""A run's script, in a process that knows nothing of this project, ends with the weights of the run itself."""

import ast
import io
import json
import os
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from keras_weight_files import older, stir
from profiles import first_with_each_push
from training_listener import Listener

from cnnlab.augment import Pipeline, step
from cnnlab.data import Dataset, Split
from cnnlab.network import Network
from cnnlab.training import Spec
from cnnlab.training.backbones.untrained import body
from cnnlab.training.export import script
from cnnlab.training.export.script_source import augmentation_source, network_source

FEW: dict[str, Any] = {"per_class": 10, "head_epochs": 3, "tuning_epochs": 2}
MIXED = Pipeline.of(step("mirror"), step("random_crop"), step("pca_colour"), step("rotation"), step("mixup"), seed=3)
SPECS = {
    "as the default run, stopped early": Spec(
        data="digits", **FEW | {"head_epochs": 15}, patience=2, head_rate=0.1, optimiser="sgd", label_smoothing=0.1,
        head_units=32,
    ),
    "two classes, augmented, dropout": Spec(
        data="textures_grass_gravel", **FEW, augmentation=MIXED, dropout=0.3, optimiser="rmsprop",
    ),
    "from scratch": Spec.from_scratch("resnet20_cifar?depth=8", data="digits", per_class=8, tuning_epochs=2),
}  # fmt: skip


_ALONE = """
import os, runpy, sys

for place in sys.argv[1:]:
    sys.path.insert(0, place)
    runpy.run_path(os.path.join(place, "train.py"), run_name="__main__")
    print("== the end", "cnnlab" in sys.modules)
    sys.path.remove(place)
    for name in ("network", "augmentation", "loop", "head", "batches"):
        del sys.modules[name]
"""


def run_there(spec: Spec, place: Path) -> dict[str, Any]:
    """Train a run, put its model and its script's files into ``place``, and return its report."""
    from cnnlab.training.dask.payload import load
    from cnnlab.training.fit import train

    data, tell = load(spec), Listener()
    report = train(spec, data, None, tell)
    found: dict[str, Any] = json.loads(json.dumps({**report, "epochs": len(tell.history)}, default=float))
    zipfile.ZipFile(io.BytesIO(script.script(spec, data, found))).extractall(place)
    (place / "model.keras").write_bytes(tell.files["model.keras"])
    return found


def printed(places: list[Path], **environment: str) -> list[str]:
    """Return the last line that each place's script prints in one process without this project."""
    bare = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | environment
    command = [sys.executable, "-I", "-c", _ALONE, *map(str, places)]
    done = subprocess.run(command, env=bare, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    parts = done.stdout.split("== the end False\n")
    assert len(parts) == len(places) + 1
    return [part.strip().splitlines()[-1] for part in parts[:-1]]


def check_same_weights(place: Path) -> None:
    import keras

    ours, theirs = (keras.models.load_model(place / name).get_weights() for name in ("model.keras", "trained.keras"))
    assert [each.shape for each in ours] == [each.shape for each in theirs]
    assert all(np.array_equal(one, other) for one, other in zip(ours, theirs, strict=True)), "to the last bit"


@pytest.mark.slow
@pytest.mark.parametrize("names", first_with_each_push([*SPECS][:1], [*SPECS][1:]))
def test_scripts_repeat_their_runs(names: list[str], tmp_path: Path) -> None:
    reports = {name: run_there(SPECS[name], tmp_path / name) for name in names}
    said = printed([tmp_path / name for name in names])
    for (name, report), line in zip(reports.items(), said, strict=True):
        test = report["test"]
        assert line.startswith(f"{test['correct']:,} of {test['count']:,} test images are right: "), name
        assert report["text"].startswith(line), "the sentence of the report begins so, too"
        if "stopped early" in name:
            assert report["epochs"] < SPECS[name].epochs, "otherwise this would test nothing"
        check_same_weights(tmp_path / name)


@pytest.mark.slow
@pytest.mark.thorough
def test_a_script_repeats_a_run_on_weights_of_imagenet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Train the head of EfficientNet-B0, whose file of weights is corrected."""
    from cnnlab.training.backbones import imagenet

    name = "efficientnet_b0"
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    row = replace(imagenet.APPLICATIONS[name], md5=None)  # the file is not the published one
    for table in ("cnnlab.training.backbones", "cnnlab.training.export.script_source"):
        monkeypatch.setattr(f"{table}.APPLICATIONS", {name: row})
    model = row.build(32)
    stir(model)
    older(model, tmp_path / "keras" / "models" / row.file_at(32))
    backbones = sys.modules["cnnlab.training.backbones"]
    backbones.backbone.cache_clear()
    spec = Spec(
        backbone=f"imagenet:{name}", input_size=32, per_class=4, head_epochs=2, tuning_epochs=0, data="digits_3_8"
    )
    place = tmp_path / "files"
    try:
        report = run_there(spec, place)
        (line,) = printed([place], KERAS_HOME=str(tmp_path / "keras"))
    finally:
        backbones.backbone.cache_clear()
    assert report["text"].startswith(line)
    check_same_weights(place)
    assert not (place / "weights.npz").exists(), "what is downloaded does not come along"


@pytest.mark.slow
@pytest.mark.parametrize(
    "reference", first_with_each_push("googlenet", "efficientnet_b0", "mobilenet_v1+standard_conv")
)
def test_source_and_model_have_the_same_layers_in_the_same_order(reference: str) -> None:
    """Each layer's first weights follow from its place."""
    import keras

    from cnnlab.backends.keras import to_keras
    from cnnlab.backends.source import definitions
    from cnnlab.training.head import seed_weights

    root = body(Network.parse(reference), 96)
    ours = to_keras(root)
    seed_weights(ours, 3)
    names: dict[str, Any] = {"keras": keras, "layers": keras.layers}
    exec("\n\n".join(definitions(root)), names)
    theirs = names["build"]()
    seed_weights(theirs, 3)
    assert [layer.name for layer in ours.layers] == [layer.name for layer in theirs.layers]
    pairs = zip(ours.get_weights(), theirs.get_weights(), strict=True)
    assert all(np.array_equal(one, other) for one, other in pairs)


def test_shipped_modules_import_nothing_of_this_project() -> None:
    others = {Path(name).stem for name in script.SHIPPED} | {"network", "augmentation"}
    allowed = {"batches.py": {"tensorflow"}, "train.py": others}
    for name, path in script.SHIPPED.items():
        tree = ast.parse(path.read_text())
        imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        roots = {each.partition(".")[0] for each in imported}
        assert roots - sys.stdlib_module_names <= {"keras", "numpy", *allowed.get(name, ())}, name


EVIL = 'x"""\\\nimport os'


def test_names_from_outside_are_quoted() -> None:
    tree = ast.parse(network_source(Spec(), ("a b-c" * 40, EVIL)))
    (tuned,) = [node.value for node in tree.body if isinstance(node, ast.Assign)]
    assert ast.literal_eval(tuned) == ["a b-c" * 40, EVIL]
    planned = Pipeline.of(step("mirror")).planned(8)
    assert "single = keras.Sequential(" in augmentation_source(planned, None)
    ast.parse(augmentation_source(planned, None))
    assert ast.parse(augmentation_source([], None)).body[-1]


def images(count: int, side: int) -> Split:
    return Split(np.zeros((count, side, side, 3), np.uint8), np.arange(count) % 2)


def test_too_many_images_and_other_images_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    data = Dataset("x", "X", "", ("a", "b"), images(20, 48), images(4, 48))
    report = {"classes": ["a", "b"], "images": {"train": 16, "validation": 4, "test": 5}}
    with pytest.raises(ValueError, match="the data set is not what it was"):
        script.script(Spec(), data, report)
    monkeypatch.setattr(script, "MOST_IMAGES", 100_000)
    with pytest.raises(ValueError, match="take 166 kB, and a script includes at most 100 kB"):
        script.script(Spec(), data)
