"""Networks of keras.applications: the same numbers as Keras' own way of loading them gives, file by file."""

import hashlib
import os
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from keras_weight_files import older, stir
from profiles import first_with_each_push, thorough

from cnnlab.data import download_file
from cnnlab.training.backbones import WeightsError, backbone, imagenet, stages
from cnnlab.training.backbones.imagenet import APPLICATIONS, Application


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of Keras' that is empty."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    return tmp_path / "keras" / "models"


@pytest.fixture(autouse=True)
def clear_keras() -> Iterator[None]:
    yield
    if "keras" in sys.modules:
        sys.modules["keras"].backend.clear_session(free_memory=False)


# One network for each way of preparing pixels, and the one whose file of weights is corrected.
WITH_EACH_PUSH = {"mobilenet_v1", "vgg16", "efficientnet_b0"}


@pytest.mark.slow
@pytest.mark.parametrize("name", [name if name in WITH_EACH_PUSH else thorough(name) for name in APPLICATIONS])
def test_features_are_those_of_keras(name: str, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import keras
    from keras.src.utils import file_utils

    row = APPLICATIONS[name]
    size = row.smallest
    ours = row.build(size)
    stir(ours)
    older(ours, cache / row.file_at(size))
    asked = []

    def get_file(file: str, url: str, cache_subdir: str, file_hash: str | None = None) -> str:
        asked.append((file, url, cache_subdir, file_hash))
        return str(cache / file)

    monkeypatch.setattr(file_utils, "get_file", get_file)
    build = getattr(keras.applications, row.function)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the weights are those for 224
        theirs = build(weights="imagenet", include_top=False, input_shape=(size, size, 3))
    assert asked == [(row.file_at(size), row.url(size), "models", row.md5)]

    pixels = np.random.default_rng(1).integers(0, 256, (3, size, size, 3)).astype(np.float32)
    module = getattr(keras.applications, build.__module__.rpartition(".")[2])
    wanted = module.preprocess_input(pixels.copy())
    if row.pixels != "its own":
        first = next(layer for layer in ours.layers if layer.weights or layer.name.endswith("conv1_pad"))
        arriving = keras.Model(ours.input, first.input)(pixels)
        np.testing.assert_allclose(arriving, wanted, atol=1e-5 * np.abs(wanted).max())

    for layer in ours.layers:
        layer.set_weights([np.zeros_like(value) for value in layer.get_weights()])
    backbone(f"imagenet:{name}").fill(ours, size, None)  # type: ignore[misc]
    for one, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        corrected = np.allclose(other, imagenet.DEVIATIONS) if other.shape == (3,) else False
        assert np.array_equal(one, other) or corrected
    if name not in ("efficientnet_b1", "efficientnet_b2", "efficientnet_b3"):  # slow, and b0 in more layers
        features = np.asarray(theirs(wanted, training=False))
        assert features.std() > 0
        np.testing.assert_allclose(ours(pixels, training=False), features, atol=2e-4 * np.abs(features).max())
    found = stages(ours)
    assert len(found) == 5
    assert [each for stage in found for each in stage.layers] == [layer.name for layer in ours.layers]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*Weights for input shape")
@pytest.mark.parametrize(("name", "size"), [("mobilenet_v1", 160), ("mobilenet_v2", 96), ("mobilenet_v2", 200)])
def test_each_size_has_the_file_that_keras_takes(name: str, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    import keras
    from keras.src.utils import file_utils

    def get_file(file: str, url: str, **more: Any) -> str:
        raise FileNotFoundError(url)

    monkeypatch.setattr(file_utils, "get_file", get_file)
    row = APPLICATIONS[name]
    with pytest.raises(FileNotFoundError, match=row.url(size)):
        getattr(keras.applications, row.function)(weights="imagenet", include_top=False, input_shape=(size, size, 3))


@pytest.mark.slow
@pytest.mark.parametrize("name", first_with_each_push("vgg16", "efficientnet_b0"))
def test_a_saved_model_takes_pixels_as_they_are(name: str, tmp_path: Path) -> None:
    import keras

    model = backbone(f"imagenet:{name}").make("random", 32)
    pixels = np.random.default_rng(0).integers(0, 256, (1, 32, 32, 3)).astype(np.float32)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(again(pixels), model(pixels), rtol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("variable", first_with_each_push("KERAS_HOME", "HOME"))
def test_keras_cache_is_where_keras_has_it(variable: str, tmp_path: Path) -> None:
    code = (
        "from keras.src.backend.config import keras_home; from cnnlab.training.backbones.imagenet import folder;"
        "print(folder().parent.samefile(keras_home()))"
    )
    environment = {name: value for name, value in os.environ.items() if name != "KERAS_HOME"} | {
        variable: str(tmp_path)
    }
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.strip() == "True"


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Application]:
    """A network whose weights lie on a server of the test's own."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(download_file, "PAUSES", ())
    folder = tmp_path / "store"
    folder.mkdir()
    (folder / "weights.h5").write_bytes(b"some weights")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    row = APPLICATIONS["vgg16"]
    digest = hashlib.md5(b"some weights").hexdigest()
    yield replace(row, folder=f"http://127.0.0.1:{server.server_address[1]}", file="weights.h5", md5=digest)
    server.shutdown()
    server.server_close()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


def test_weights_are_downloaded_once_into_keras_cache(served: Application, cache: Path) -> None:
    calls: list[tuple[int, int]] = []
    assert imagenet.found(served, 224) is None
    path = imagenet.fetch_weights(served, 224, lambda *each: calls.append(each))
    assert path == cache / "weights.h5" == imagenet.found(served, 224)
    assert path.read_bytes() == b"some weights"
    assert calls[-1] == (12, 12)
    assert imagenet.fetch_weights(replace(served, folder="http://127.0.0.1:9"), 224) == path
    assert [each.name for each in cache.iterdir()] == ["weights.h5"]


def test_another_file_than_the_published_is_refused(served: Application, cache: Path) -> None:
    with pytest.raises(
        WeightsError,
        match=r"did not send the published file \(its MD5 differs\); .*; name or upload",
    ):
        imagenet.fetch_weights(replace(served, md5="0" * 32), 224)
    assert list(cache.iterdir()) == []


def test_offline_the_built_in_backbone_is_offered(served: Application) -> None:
    with pytest.raises(
        WeightsError,
        match=r"the weights of VGG-16 \(59 MB\) are not on this computer, and there is no connection to 127.0.0.1; "
        r"name or upload the file weights.h5, or use the built-in backbone, which needs no download",
    ):
        imagenet.fetch_weights(replace(served, folder="http://127.0.0.1:9"), 224)
    with pytest.raises(
        WeightsError, match=r"could not be downloaded: .* \(HTTP 404 .*\); name or upload the file gone.h5"
    ):
        imagenet.fetch_weights(replace(served, file="gone.h5"), 224)


def test_a_cache_that_cannot_be_written_raises_a_sentence(served: Application, cache: Path) -> None:
    cache.parent.write_bytes(b"no folder")
    with pytest.raises(
        WeightsError, match=r"cannot be stored in Keras' folder \(.*\); free some space, or name or upload"
    ):
        imagenet.fetch_weights(served, 224)


@pytest.mark.slow
def test_from_scratch_batch_norms_forget_fast() -> None:
    import keras

    model = backbone("imagenet:mobilenet_v2").make("random", 96)
    norms = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    assert {layer.momentum for layer in norms} == {0.9}, "Keras gives them 0.999"
