"""What travels to workers that have none of this disk."""

import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from image_archives import classes, zipped

from cnnlab import shelf
from cnnlab.augment import Pipeline, step
from cnnlab.backends.imported import read
from cnnlab.data import uploaded
from cnnlab.training import Spec
from cnnlab.training.dask import payload
from cnnlab.training.model import weights


def test_bundled_data_and_weights_are_not_sent() -> None:
    assert payload.key(Spec()) == payload.key(Spec(data="digits", network="", weights="none")) == ""


def test_images_are_sent_at_the_size_that_crops_need() -> None:
    name = uploaded.put(io.BytesIO(zipped(classes(number=4))), "pets.zip")
    spec = Spec(data=f"upload:{name}", input_size=32, per_class=2)
    cropped = replace(spec, augmentation=Pipeline.of(step("random_crop", share=0.5)))
    assert payload.key(spec) != payload.key(cropped)
    for each, side in ((spec, 32), (cropped, 63)):
        found, wanted = payload.unpack(each, payload.pack(each)), payload.load(each)
        assert found.train.images.shape == (4, side, side, 3)
        assert (found.classes, found.about) == (wanted.classes, wanted.about)
        np.testing.assert_array_equal(found.test.images, wanted.test.images)
        np.testing.assert_array_equal(found.train.labels, wanted.train.labels)


def test_weights_are_named_by_their_content_and_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "mine.weights.h5"
    file.write_bytes(b"\x89HDF\r\n\x1a\n and numbers")
    spec = payload.with_stored_weights(Spec(weights=f"file:{file}"))
    file.unlink()
    assert payload.with_stored_weights(spec) == spec
    data = payload.pack(spec)
    monkeypatch.setenv("CNNLAB_CACHE", str(tmp_path / "another computer"))
    assert payload.unpack(spec, data).name == "textures"
    assert Path(str(weights(spec))).read_bytes().endswith(b"and numbers")
    with pytest.raises(ValueError, match=r"there is no file .*mine\.weights\.h5"):
        payload.with_stored_weights(Spec(weights=f"file:{file}"))
    file.write_bytes(b"root:x:0:0")
    with pytest.raises(ValueError, match="not a Keras weights file"):
        payload.with_stored_weights(Spec(weights=f"file:{file}"))


def test_imported_networks_are_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    layers = [
        {"class_name": "InputLayer", "config": {"name": "in", "batch_shape": [None, 16, 16, 3]}},
        {"class_name": "Conv2D", "config": {"name": "conv", "filters": 4, "kernel_size": [3, 3], "padding": "same"}},
    ]
    model = {"class_name": "Sequential", "config": {"name": "mine", "layers": layers}}
    name = shelf.put(read(json.dumps(model).encode(), "mine.json"))
    spec = Spec.from_scratch(f"imported:{name}", input_size=16)
    data = payload.pack(spec)
    monkeypatch.setenv("CNNLAB_CACHE", str(tmp_path / "another computer"))
    with pytest.raises(ValueError, match="no longer on this server"):
        shelf.get(name)
    payload.unpack(spec, data)
    assert shelf.get(name).graph().shape == (16, 16, 4)
