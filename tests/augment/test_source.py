"""The Keras file of a pipeline: it runs alone, reads well, and does what our own layers do."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from PIL import Image
from random_pipelines import COVARIANCE, pipelines

from cnnlab.augment import PRESETS, Pipeline, step
from cnnlab.augment.layers import batch_layers, to_keras
from cnnlab.augment.source import source

ROOT = Path(__file__).parents[2]
SIZE = 24
EVERY = [(name, preset.pipeline) for name, preset in PRESETS.items()]
RULES = ("--isolated", "--line-length=120")
# Runs files one after another, and keeps what they made.
RUN = """
import json, runpy, sys
import numpy as np
for path in sys.argv[1:]:
    made = runpy.run_path(path, run_name="__main__")
    layers = [*made["augmentation"].layers, *made.get("mixing", [])]
    with open(path + ".json", "w") as file:
        json.dump([[type(layer).__name__, layer.get_config()] for layer in layers], file)
    np.savez(path + ".npz", images=made["images"], labels=made["labels"])
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with small images of two classes."""
    made = tmp_path_factory.mktemp("source")
    drawn = np.random.default_rng(0)
    for name in ("cat", "dog"):
        (made / "images" / name).mkdir(parents=True)
        for number in range(4):
            coarse = Image.fromarray(drawn.integers(0, 256, (4, 5, 3), dtype=np.uint8))
            coarse.resize((40, 32), Image.Resampling.BICUBIC).save(made / "images" / name / f"{number}.png")
    return made


def run(folder: Path, *command: str) -> str:
    """What a fresh process prints that knows nothing of this project."""
    done = subprocess.run([sys.executable, "-I", *command], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def described(layer: Any) -> list[Any]:
    return [type(layer).__name__, {**json.loads(json.dumps(layer.get_config())), "name": None}]


def first_batch(pipeline: Pipeline, folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """What our own layers make of the directory."""
    import keras

    images = keras.utils.image_dataset_from_directory(
        folder / "images", label_mode="categorical", image_size=(SIZE, SIZE), crop_to_aspect_ratio=True,
        batch_size=None, seed=pipeline.seed, verbose=False,
    )  # fmt: skip
    augmentation = to_keras(pipeline, SIZE, COVARIANCE)
    read = list(images.as_numpy_iterator())
    mixed = {
        "images": np.stack([augmentation(image, training=True) for image, _ in read]),
        "labels": np.stack([label for _, label in read]),
    }
    for layer in batch_layers(pipeline):
        mixed = layer(mixed, training=True)
    return np.asarray(mixed["images"]), np.asarray(mixed["labels"])


def check_files_do_the_same(folder: Path, made: list[Pipeline]) -> None:
    files = [folder / f"augment{number}.py" for number in range(len(made))]
    for file, pipeline in zip(files, made, strict=True):
        file.write_text(source(pipeline, SIZE, COVARIANCE), encoding="utf-8")
    assert "a batch: (8, 21, 21, 3) labels: (8,)" in run(folder, "-c", RUN, *map(str, files)), "AlexNet's"
    for file, pipeline in zip(files, made, strict=True):
        ours = [*to_keras(pipeline, SIZE, COVARIANCE).layers, *batch_layers(pipeline)]
        theirs = json.loads(file.with_name(file.name + ".json").read_text())
        assert [[name, config | {"name": None}] for name, config in theirs] == [described(layer) for layer in ours]
        found = np.load(file.with_name(file.name + ".npz"))
        images, labels = first_batch(pipeline, folder)
        if not pipeline.per_batch:
            labels = labels.argmax(axis=1)
        np.testing.assert_allclose(found["labels"], labels, atol=1e-5)
        assert found["images"].shape == images.shape == (8, *[pipeline.output_side(SIZE)] * 2, 3)
        # tf.data compiles, so that sums end elsewhere: where a step has thresholds, single pixels differ.
        assert np.mean(np.abs(found["images"] - images) > 0.1) < 1e-3, file.read_text()


@pytest.mark.slow
@settings(max_examples=1, phases=[Phase.generate])
@given(made=st.lists(pipelines(most=4, batched=1), min_size=5, max_size=5))
@pytest.mark.thorough
def test_presets_and_any_pipeline_do_the_same_in_a_fresh_process(folder: Path, made: list[Pipeline]) -> None:
    check_files_do_the_same(folder, [PRESETS["alexnet"].pipeline, *(pipeline for _, pipeline in EVERY), *made])


@settings(max_examples=2, phases=[Phase.generate])
@given(st.lists(pipelines(), min_size=20, max_size=20))
def test_linters_and_formatters_pass(tmp_path_factory: pytest.TempPathFactory, made: list[Pipeline]) -> None:
    folder = tmp_path_factory.mktemp("lint")
    for number, pipeline in enumerate([*made, *(pipeline for _, pipeline in EVERY), Pipeline()]):
        text = source(pipeline, 224, COVARIANCE, origin="the 1,200 images\nof “flowers”, " * 3)
        assert max(map(len, text.splitlines())) <= 120
        (folder / f"augment{number}.py").write_text(text, encoding="utf-8")
    for command in (("format", "--check", *RULES), ("check", *RULES, "--select=E,F,W,I,N,UP,B,A,C4,SIM,RET,PIE")):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, str(folder)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout[:2000]


def test_a_file_has_only_the_classes_that_it_needs() -> None:
    plain = source(PRESETS["photographs"].pipeline, 224)
    (tried,) = re.findall(r"(?m)^keras~=(\d+\.\d+)", (ROOT / "requirements.txt").read_text(encoding="utf-8"))
    assert f"needs Keras {tried} or newer (tested with {tried})" in plain
    assert "class " not in plain
    assert "import math" not in plain
    assert "covariance" not in plain
    assert "mix" not in plain
    assert "keras.layers.RandomContrast(factor=(0.3, 0.3), seed=" in plain
    course = source(PRESETS["course"].pipeline, 224)
    for own in ("RandomColorShift", "RandomResizedCrop"):
        assert f"class {own}(keras.layers.Layer):" in course
    alexnet = source(PRESETS["alexnet"].pipeline, 256, COVARIANCE, origin="1,200 flowers")
    assert "Images of 256×256, cropped to 224×224" in alexnet
    assert "the covariance of 1,200 flowers." in alexnet
    assert "class RandomResizedCrop" not in alexnet
    assert "Identity" in source(Pipeline.of(step("blur", on=False)), 224)


def test_a_missing_covariance_is_refused() -> None:
    with pytest.raises(ValueError, match="PCA colours need the colour covariance of the data set"):
        source(PRESETS["alexnet"].pipeline, 256)
