"""Weights' files that anybody may have made: the right ones are read to the bit, and every wrong one is refused."""

import io
import pickle
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from profiles import first_with_each_push

from cnnlab.backends import hdf5
from cnnlab.backends.keras import to_keras
from cnnlab.network import Network
from cnnlab.training.backbones import WeightsError, backbone
from cnnlab.training.backbones import weights as files

pytestmark = pytest.mark.slow

NAME = "resnet20_cifar?depth=8&width=4"
PIXELS = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3)).astype(np.float32)


@pytest.fixture(scope="module")
def giving() -> Any:
    """A network with weights to give away."""
    model = backbone(NAME).make()
    random = np.random.default_rng(0)
    for layer in model.layers:
        layer.set_weights([value + random.uniform(0, 0.5, value.shape) for value in layer.get_weights()])
    return model


@pytest.fixture(scope="module")
def good(giving: Any, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("good") / "model.weights.h5"
    giving.save_weights(path)
    return path.read_bytes()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file.h5"


def older(model: Any, path: Path) -> None:
    from keras.src.legacy.saving.legacy_h5_format import save_weights_to_hdf5_group

    with h5py.File(path, "w") as file:
        save_weights_to_hdf5_group(file, model)


def refused(path: Path, said: str) -> None:
    """It is refused with this sentence, and the network is as before."""
    model = backbone(NAME).build(32)
    before = model.get_weights()
    with pytest.raises(WeightsError, match=said):
        files.load(model, path, "ResNet-8")
    assert all(np.array_equal(*each) for each in zip(before, model.get_weights(), strict=True))


def classifier(model: Any, nested: bool) -> Any:
    """With a head, and trained a little, so that its file holds an optimiser's numbers, too."""
    import keras

    inputs = keras.Input((32, 32, 3))
    x = model(inputs) if nested else model.output
    x = keras.layers.Dense(3)(keras.layers.GlobalAveragePooling2D()(x))
    whole = keras.Model(inputs if nested else model.inputs, x)
    model.trainable = False
    whole.compile("adam", loss="mse")
    whole.fit(PIXELS, np.zeros((2, 3)), verbose=0)
    model.trainable = True
    return whole


WAYS: dict[str, Callable[[Any, Path], object]] = {
    "weights.h5": lambda model, path: model.save_weights(path),
    "keras": lambda model, path: model.save(path),
    "flat_classifier.keras": lambda model, path: classifier(model, False).save(path),
    "nested_classifier.keras": lambda model, path: classifier(model, True).save(path),
    "nested_classifier.weights.h5": lambda model, path: classifier(model, True).save_weights(path),
    "older.h5": older,
    "older_flat_classifier.h5": lambda model, path: older(classifier(model, False), path),
    "whole_model_older.h5": lambda model, path: model.save(path),
}


@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
@pytest.mark.parametrize("way", WAYS)
def test_keras_files_are_read_to_the_bit(way: str, giving: Any, tmp_path: Path) -> None:
    path = tmp_path / f"model.{way}"
    WAYS[way](giving, path)
    model = backbone(NAME).make(path)
    assert all(np.array_equal(*each) for each in zip(giving.get_weights(), model.get_weights(), strict=True))


def test_a_whole_case_study_gives_its_backbone(path: Path) -> None:
    whole = to_keras(Network.parse(NAME).graph())
    older(whole, path)
    model = backbone(NAME).make(path)
    for layer in model.layers:
        if layer.weights:
            assert np.array_equal(layer.get_weights()[0], whole.get_layer(layer.name).get_weights()[0])


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "resnet20_cifar?depth=8&width=8",
            "this file is another network's: its layer 1, “stem.conv”, has 3×3×3×8, and “stem.conv” of ResNet-8 has "
            "3×3×3×4; choose a file of ResNet-8",
        ),
        (
            "resnet20_cifar?depth=14&width=4",
            "its layer 7, “stage1.block2.conv1”, has 3×3×4×4, and “stage2.block1.conv1” of ResNet-8 has 3×3×4×8",
        ),
        ("plain20_cifar?depth=8&width=4", None),
        ("resnet20_cifar?depth=8&width=4&shortcut=B", "another network's: its layer "),
        ("lenet5?channels=3", "another network's"),
        ("vgg11?input_size=32", "another network's: its layer 1, “block1.conv1”, has 3×3×3×64 and 64, and “stem.conv”"),
    ],
)
@pytest.mark.parametrize("form", ["older", "weights.h5"])
def test_a_file_of_another_network_is_refused(name: str, said: str | None, form: str, tmp_path: Path) -> None:
    path = tmp_path / f"other.{form}"
    other = backbone(name).make()
    other.save_weights(path) if form == "weights.h5" else older(other, path)
    if said is None:  # the same layers with weights: the skips have none
        backbone(NAME).make(path)
    else:
        refused(path, said)


@pytest.mark.parametrize("form", ["older", "weights.h5"])
def test_a_network_that_only_begins_the_same_is_refused(form: str, giving: Any, tmp_path: Path) -> None:
    import keras

    x, path = giving.output, tmp_path / f"other.{form}"
    for _ in range(4):
        x = keras.layers.SeparableConv2D(2, 3, padding="same")(x)
    other = keras.Model(giving.inputs, x)
    other.save_weights(path) if form == "weights.h5" else older(other, path)
    refused(path, "another network's: it has weights for (18 layers, and ResNet-8 has 14 of them|4 layers more than)")


def cuts(data: bytes) -> Iterator[bytes]:
    for share in (0.00005, 0.02, 0.5, 0.97, 0.999):
        yield data[: int(share * len(data))]


@pytest.mark.parametrize("kind", first_with_each_push("model.keras", "model.weights.h5", "older.h5"))
def test_truncated_files_are_refused(kind: str, giving: Any, path: Path, tmp_path: Path) -> None:
    whole = tmp_path / kind
    if kind == "older.h5":
        older(giving, whole)
    elif kind == "model.keras":
        giving.save(whole)
    else:
        giving.save_weights(whole)
    for data in cuts(whole.read_bytes()):
        path.write_bytes(data)
        refused(path, r"damaged or incomplete|is empty|not a weights file")


def test_corrupted_files_never_end_the_dashboard(good: bytes, path: Path) -> None:
    """HDF5 itself crashes on some of these files, which only the process that reads them may notice."""
    random = np.random.default_rng(1)
    model, taken = backbone(NAME).build(32), 0
    for _ in range(10):
        data = bytearray(good)
        for place in random.integers(0, len(data), 60):
            data[place] = random.integers(0, 256)
        path.write_bytes(data)
        try:
            files.load(model, path, "ResNet-8")
            taken += 1
        except WeightsError:
            pass
    assert taken < 10


def test_too_few_numbers_are_refused(good: bytes, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut(*_: object, into: str, **__: object) -> None:
        Path(into).write_bytes(b"0000")

    monkeypatch.setattr(files, "read_at", cut)
    path.write_bytes(good)
    refused(path, "damaged or incomplete")


class Trap:
    """What a pickle of it does when it is opened."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (pytest.fail, ("a pickle was opened",))


def zipped(**files: bytes) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("_", "."), content)
    return data.getvalue()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "this file is empty"),
        (pickle.dumps(Trap()), "a Python pickle, which may run any code and is never opened here"),
        (
            zipped(archive_data_pkl=pickle.dumps(Trap())),
            "has no model.weights.h5, so it is not a .keras file; choose a file that",
        ),
        (b"<!DOCTYPE html><html>", "a web page instead of the file"),
        (b"\x89PNG\r\n\x1a\n", "not a weights file; Keras writes"),
        (b"\x80", "not a weights file"),
        (zipped(model_weights_h5=pickle.dumps(Trap())), "damaged or incomplete"),
        (lambda: zipped(model_weights_h5=bytes(200 << 20)), "unpacks to more than 64 MB"),
    ],
    ids=["empty", "pickle", "torch", "page", "image", "one byte", "pickle inside", "bomb"],
)
def test_other_files_are_refused(data: bytes | Callable[[], bytes], said: str, path: Path) -> None:
    path.write_bytes(data if isinstance(data, bytes) else data())
    refused(path, said)


def test_a_configuration_is_never_read(good: bytes, giving: Any, tmp_path: Path) -> None:
    path = tmp_path / "model.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", b'{"class_name": "Lambda", "config": ' + pickle.dumps(Trap()))
        archive.writestr("model.weights.h5", good)
    assert np.array_equal(backbone(NAME).make(path).get_weights()[0], giving.get_weights()[0])


FIRST = "layers/conv2d/vars/0"  # 3×3×3×4


def packed(file: h5py.File) -> None:
    file.create_dataset(FIRST, (3, 3, 3, 4), "f4", compression="gzip", data=np.zeros((3, 3, 3, 4)))


def huge_chunk(file: h5py.File) -> None:
    file.create_dataset(
        FIRST, (3, 3, 3, 4), "f4", chunks=(300, 300, 300, 4), maxshape=(None, None, None, 4), compression="gzip"
    )


def elsewhere(file: h5py.File) -> None:
    file.create_dataset(FIRST, (3, 3, 3, 4), "f4", external=[("/etc/passwd", 0, 432)])


def virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((3, 3, 3, 4), "f4")
    layout[:] = h5py.VirtualSource("/etc/hostname", "x", (3, 3, 3, 4))
    file.create_virtual_dataset(FIRST, layout)


def link(target: object) -> Callable[[h5py.File], None]:
    def set_link(file: h5py.File) -> None:
        file[FIRST] = target

    return set_link


def dataset(*arguments: Any, **more: Any) -> Callable[[h5py.File], None]:
    return lambda file: file.create_dataset(FIRST, *arguments, **more) and None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (dataset((30_000, 30_000, 30, 4), "f4"), "has 30000×30000×30×4, and “stem.conv” of ResNet-8 has 3×3×3×4"),
        (dataset((3, 3, 3, 4), "f4"), "names weights for “stem.conv” but does not have them"),
        (packed, "is compressed or stored in another file"),
        (huge_chunk, "is compressed or stored in another file"),
        (elsewhere, "is compressed or stored in another file"),
        (virtual, "is compressed or stored in another file"),
        (link(h5py.SoftLink("/layers/conv2d_1/vars/0")), "links to another file for “0”"),
        (link(h5py.ExternalLink("/etc/hostname", "/")), "links to another file for “0”"),
        (dataset(data=np.full((3, 3, 3, 4), np.nan)), r"infinite numbers or NaN"),
        (dataset(data=np.full((3, 3, 3, 4), b"text")), "has no plain numbers"),
        (dataset((3, 3, 3, 4), h5py.string_dtype()), "has no plain numbers"),
        (lambda file: file.create_group(FIRST) and None, "damaged"),
        (lambda file: None, "has no weights for layer 1 of ResNet-8, “stem.conv” "),
    ],
)
def test_unusual_data_sets_take_no_memory(
    change: Callable[[h5py.File], None], said: str, good: bytes, path: Path
) -> None:
    path.write_bytes(good)
    with h5py.File(path, "r+") as file:
        del file[FIRST]
        change(file)
    wanted = files.wanted(backbone(NAME).build(32))
    tracemalloc.start()
    try:
        with pytest.raises(hdf5.RefusedError, match=said):
            list(hdf5.read(path, "ResNet-8", wanted))
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_endless_names_are_refused(giving: Any, path: Path) -> None:
    older(giving, path)
    with h5py.File(path, "r+") as file:
        del file.attrs["layer_names"]
        file.attrs.create("layer_names0", np.zeros(3_000, "S20"))
        for number in range(1, 10):
            file.attrs.create(f"layer_names{number}", np.zeros(3_000, "S20"))
    refused(path, "names more than 20,000 layers")
    with h5py.File(path, "w") as file:
        file["x"] = 1
    refused(path, "this HDF5 file has no weights of a Keras network")


def test_a_missing_file_is_the_systems_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        backbone(NAME).make(tmp_path / "none.h5")
