"""Frozen features: computed once, found again by all that they follow from, and never wrong ones."""

import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnlab import data
from cnnlab.augment import KINDS, Pipeline, step
from cnnlab.training import features as frozen
from cnnlab.training.backbones import backbone
from cnnlab.training.features import (
    FeaturesError,
    Key,
    cached,
    features,
    images_digest,
    weights_digest,
    why_not_cached,
)

KEY = Key("built_in", "weights", "images", 48, "average", 32)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CNNLAB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "features"


@pytest.fixture(scope="module")
def model() -> Any:
    return backbone("built_in").make()


def some(count: int = 70) -> np.ndarray:
    return data.load("textures").train.images[:count]


@pytest.mark.slow
def test_cached_features_are_equal_to_the_bit(model: Any, home: Path) -> None:
    images = some()
    key = replace(KEY, weights=weights_digest(model), images=images_digest(images))
    plain = features(model, images)
    first = cached(key, (70, 3, 3, 128), lambda: features(model, images))
    again = cached(key, (70, 3, 3, 128), lambda: pytest.fail("it was computed before"))
    assert plain.tobytes() == first.tobytes() == again.tobytes()
    assert plain.shape == (70, 3, 3, 128)
    np.testing.assert_allclose(plain, model(images.astype(np.float32), training=False), rtol=1e-4, atol=1e-5)
    code = (
        "from cnnlab.training.features import *; import hashlib;"
        f"print(hashlib.sha256(cached({key!r}, (70, 3, 3, 128), lambda: 1/0).tobytes()).hexdigest())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ.copy()
    )
    assert done.stdout.strip() == hashlib.sha256(plain.tobytes()).hexdigest()


@pytest.mark.slow
def test_weights_and_images_change_the_key(model: Any) -> None:
    images = some(4)
    assert weights_digest(model) == weights_digest(backbone("built_in").make())
    changed = backbone("built_in").make()
    bias = changed.layers[-3].get_weights()
    changed.layers[-3].set_weights([np.nextafter(bias[0], 9), *bias[1:]])
    assert weights_digest(changed) != weights_digest(model)
    assert images_digest(images) == images_digest(images.copy())
    other = images.copy()
    other[3, 47, 47, 2] ^= 1
    digests = {images_digest(each) for each in (images, other, images[::-1], images[:3], images.reshape(4, 24, 96, 3))}
    assert len(digests) == 5


def test_every_part_of_a_key_counts() -> None:
    others = [
        replace(KEY, backbone="vgg16"),
        replace(KEY, weights="other"),
        replace(KEY, images="other"),
        replace(KEY, input_size=96),
        replace(KEY, layers="other"),
        replace(KEY, batch=16),
        replace(KEY, version=3),
    ]
    assert len({each.name for each in (KEY, *others)}) == 8


@pytest.mark.slow
def test_too_many_features_are_refused(model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frozen, "LARGEST", 1000)
    with pytest.raises(FeaturesError, match=r"would take 0\.0 GB of memory; use fewer or smaller images, or average"):
        features(model, some(4))


def numbers(value: float, count: int = 100) -> Any:
    return lambda: np.full(count, value, dtype=np.float32)


@pytest.mark.parametrize("damage", [b"", b"\x93NUMPY", b"text", b"\x80\x04."])
def test_a_damaged_file_is_computed_again(damage: bytes, home: Path) -> None:
    cached(KEY, (100,), numbers(1))
    path = home / f"{KEY.name}.npy"
    path.write_bytes(damage or path.read_bytes()[:-1])
    assert cached(KEY, (100,), numbers(2))[0] == 2
    assert cached(KEY, (100,), numbers(3))[0] == 2


def test_features_are_computed_if_nothing_can_be_written(home: Path) -> None:
    home.parent.mkdir()
    home.write_bytes(b"no folder")
    assert cached(KEY, (100,), numbers(1))[0] == 1
    assert cached(KEY, (100,), numbers(2))[0] == 2


def test_the_least_recently_used_features_are_deleted(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frozen, "KEPT_BYTES", 2000)  # four of 528 bytes are too many
    keys = [replace(KEY, input_size=size) for size in range(5)]
    for place, key in enumerate(keys[:3]):
        cached(key, (100,), numbers(place))
        os.utime(home / f"{key.name}.npy", (place, place))
    cached(keys[0], (100,), numbers(9))  # used again
    cached(keys[3], (100,), numbers(3))
    here = {path.stem for path in home.iterdir()}
    assert here == {keys[place].name for place in (0, 2, 3)}
    cached(keys[4], (1000,), numbers(4, 1000))
    assert {path.stem for path in home.iterdir()} == here, "one that would drive out all others is not cached"


def test_an_augmentation_is_a_reason_against_caching() -> None:
    assert why_not_cached(None) is None
    assert why_not_cached(Pipeline()) is None
    assert why_not_cached(Pipeline.of(step("mirror", on=False), step("mixup", on=False))) is None
    told = why_not_cached(Pipeline.of(step("mirror"), step("noise"), step("mixup")))
    assert told is not None
    assert told.startswith("the augmentation (mirroring, gaussian noise, mixup) changes the images in each epoch")
    assert all(why_not_cached(Pipeline.of(step(kind))) for kind in KINDS)
