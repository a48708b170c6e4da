"""Files as people have them: Keras 1 to 3 as JSON, HDF5 and archives, TensorFlow.js, Teachable Machine."""

import io
import json
import random
import time
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from damaging import mutated, refusal, spoil
from keras_models import everything, shared
from profiles import first_with_each_push

from cnnlab import costs
from cnnlab.backends import imported
from cnnlab.backends.imported import read
from cnnlab.backends.imported.formats import configuration
from cnnlab.backends.reader_process import COMPUTING

COUNTS = (46922, 506880)  # of the network below: 832 + 46,090 parameters; MACs 24 · 24 · 25 · 32 + 4,608 · 10


def counted(document: object, name: str = "model.json") -> tuple[int, int]:
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    total = costs.totals(read(data, name).graph())
    return total.params, total.macs


def keras_1(order: str = "tf") -> dict[str, Any]:
    shape = [None, 28, 28, 1] if order == "tf" else [None, 1, 28, 28]
    settings = {"dim_ordering": order, "border_mode": "valid"}
    layers = [
        ("Convolution2D", {"nb_filter": 32, "nb_row": 5, "nb_col": 5, "subsample": [1, 1], "activation": "relu",
                           "bias": True, "batch_input_shape": shape, **settings}),
        ("MaxPooling2D", {"pool_size": [2, 2], "strides": [2, 2], **settings}),
        ("Dropout", {"p": 0.25}),
        ("Flatten", {}),
        ("Dense", {"output_dim": 10, "bias": True, "activation": "softmax"}),
    ]  # fmt: skip
    rows = [{"class_name": cls, "config": {"name": f"it_{n}", **config}} for n, (cls, config) in enumerate(layers)]
    return {"class_name": "Sequential", "keras_version": "1.2.1", "config": rows}


@pytest.mark.parametrize("order", ["tf", "th"])
def test_keras_1_is_read_with_its_channels_first_or_last(order: str) -> None:
    assert counted(keras_1(order)) == COUNTS
    assert bool(read(json.dumps(keras_1(order)).encode()).notes) == (order == "th")


def test_keras_1_joins_branches_with_merge() -> None:
    def layer(cls: str, name: str, *inputs: str, **config: Any) -> dict[str, Any]:
        calls = [[[each, 0, 0] for each in inputs]] if inputs else []
        return {"class_name": cls, "name": name, "config": {"name": name, **config}, "inbound_nodes": calls}

    conv = {"nb_row": 3, "nb_col": 3, "border_mode": "same", "dim_ordering": "th"}
    layers = [
        layer("InputLayer", "image", batch_input_shape=[None, 3, 8, 8]),
        layer("Convolution2D", "one", "image", nb_filter=4, **conv),
        layer("Convolution2D", "two", "image", nb_filter=4, **conv),
        layer("BatchNormalization", "norm", "two", axis=1, mode=0),
        layer("Merge", "joined", "one", "norm", mode="concat", concat_axis=1),
        layer("Merge", "sum", "joined", "joined", mode="sum"),
        layer("LSTM", "lstm", "rows", output_dim=5),
    ]
    layers.insert(-1, layer("Reshape", "rows", "sum", target_shape=[64, 8]))
    model = {"class_name": "Model", "config": {"name": "m", "layers": layers, "input_layers": [["image", 0, 0]],
                                               "output_layers": [["sum", 0, 0]]}}  # fmt: skip
    layers[-2:] = []
    assert counted(model) == (2 * 112 + 16, 2 * 64 * 27 * 4)


def sequence(*layers: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    rows = [{"class_name": cls, "config": config} for cls, config in layers]
    return {"class_name": "Sequential", "config": rows}


def merged(mode: str, *branches: dict[str, Any], **more: Any) -> tuple[str, dict[str, Any]]:
    settings = {"name": "merge_2", "mode": mode, "concat_axis": -1, "dot_axes": -1, "arguments": {}, **more}
    return "Merge", {**settings, "layers": list(branches)}


def dense(units: int, given: int | None = None) -> tuple[str, dict[str, Any]]:
    start = {"batch_input_shape": [None, given]} if given else {}
    return "Dense", {"name": f"dense_{units}", "output_dim": units, "bias": True, **start}


def test_keras_1_begins_a_sequence_with_the_branches_that_it_merges() -> None:
    """As Keras 2.0.6 wrote a network of a public repository (autotet), with the totals that arithmetic gives."""
    conv = {"name": "conv", "strides": [1], "kernel_size": [2], "dilation_rate": [1], "use_bias": True}
    pool = ("AveragePooling1D", {"name": "pool", "padding": "valid", "strides": [2], "pool_size": [2]})
    rows = sequence(
        ("Conv1D", {**conv, "filters": 512, "batch_input_shape": [None, 460, 12]}),
        ("Conv1D", {**conv, "filters": 256}),
        pool,
        ("Conv1D", {**conv, "filters": 256}),
        pool,
        ("Flatten", {"name": "flat"}),
    )
    model = sequence(merged("concat", rows, sequence(dense(64, 460))), dense(256), dense(1))
    convs = 512 * 25 + 256 * 1025 + 256 * 513
    assert counted(model)[0] == convs + 461 * 64 + (114 * 256 + 64 + 1) * 256 + 257


@pytest.mark.parametrize(
    ("mode", "width", "macs"),
    [("sum", 8, 0), ("mul", 8, 0), ("ave", 8, 0), ("max", 8, 0), ("concat", 16, 0), ("dot", 1, 8), ("cos", 1, 8)],
)
def test_each_way_to_merge_is_read(mode: str, width: int, macs: int) -> None:
    branches = sequence(dense(8, 5)), sequence(dense(8, 3))
    axes = {"dot_axes": [[1], [1]]} if mode == "dot" else {}
    found = counted(sequence(merged(mode, *branches, **axes), dense(2)))
    assert found == (6 * 8 + 4 * 8 + (width + 1) * 2, 5 * 8 + 3 * 8 + macs + width * 2)


def test_branches_may_begin_with_branches_and_have_channels_first() -> None:
    inner = sequence(merged("sum", sequence(dense(8, 5)), sequence(dense(8, 3))), dense(4))
    found = counted(sequence(merged("concat", inner, sequence(dense(6, 7))), dense(2)))
    assert found[0] == 6 * 8 + 4 * 8 + 9 * 4 + 8 * 6 + 11 * 2
    conv = {"name": "c", "nb_row": 3, "nb_col": 3, "dim_ordering": "th", "batch_input_shape": [None, 3, 8, 8]}
    maps = [sequence(("Convolution2D", {**conv, "nb_filter": filters})) for filters in (4, 5)]
    model = sequence(merged("concat", *maps, concat_axis=1), ("Convolution2D", {**conv, "nb_filter": 2}))
    assert counted(model)[0] == 28 * 4 + 28 * 5 + (81 + 1) * 2


def test_topologies_of_tensorflow_js_are_read() -> None:
    inner = keras_1()
    topology = {"keras_version": "2.1.6", "backend": "tensorflow", "model_config": inner}
    assert counted({"format": "layers-model", "modelTopology": topology, "weightsManifest": []}) == COUNTS
    assert counted({"modelTopology": inner}) == COUNTS
    assert counted({"modelTopology": topology | {"model_config": json.dumps(inner)}}) == COUNTS


def test_teachable_machines_archive_is_read() -> None:
    for folder in ("", "my-model/"):
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w") as file:
            file.writestr(f"{folder}metadata.json", "{}")
            file.writestr(f"{folder}weights.bin", b"\0" * 100)
            file.writestr(f"{folder}model.json", json.dumps({"modelTopology": keras_1()}))
        assert counted(made.getvalue(), "converted_keras.zip") == COUNTS


def test_a_sequence_that_begins_with_a_model_takes_its_input() -> None:
    chain = {"class_name": "Sequential", "config": {"name": "outer", "layers": [keras_1() | {"name": "inner"}]}}
    assert counted({"class_name": "Sequential", "config": [chain]}) == COUNTS


@pytest.mark.slow
@pytest.mark.parametrize("make", [everything, shared])
@pytest.mark.parametrize("name", ["model.h5", "model.keras"])
def test_whole_models_are_read(make: Any, name: str, tmp_path: Path) -> None:
    model = make()
    model.save(tmp_path / name)
    total = costs.totals(read((tmp_path / name).read_bytes(), name).graph())
    stored = model.count_params()
    if name.endswith(".h5"):  # it has a layer that two models share once for each
        with h5py.File(tmp_path / name) as file:
            sizes: list[int] = []
            file["model_weights"].visititems(lambda _, each: sizes.append(int(getattr(each, "size", 0))))
        stored = sum(sizes)
    assert (total.params, total.at_least) == (stored, False)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["model.h5", "model.keras"])
def test_a_layer_of_ones_own_has_the_parameters_that_the_file_stores(name: str, tmp_path: Path) -> None:
    import keras

    @keras.saving.register_keras_serializable("mine")
    class Mine(keras.layers.Layer):
        def build(self, shape: Any) -> None:
            self.factor = self.add_weight(shape=(shape[-1], 7))
            self.inner = keras.layers.Dense(5)  # its weights lie in a group of their own
            self.inner.build(shape)

        def call(self, x: Any) -> Any:
            return x * 1.0

    start = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(4, 3)(Mine()(start))
    x = keras.layers.Flatten()(Mine(name="other")(x))
    model = keras.Model(start, keras.layers.Dense(2)(x))
    model.save(tmp_path / name)
    found = read((tmp_path / name).read_bytes(), name)
    total = costs.totals(found.graph())
    assert (total.params, total.at_least) == (model.count_params(), True)
    assert "Mine layers ‘mine’, ‘other’: " in found.notes[0]
    assert "those that the file stores" in found.notes[0]


@pytest.mark.slow
def test_weights_alone_say_what_is_missing(tmp_path: Path) -> None:
    import keras

    inner = keras.Sequential([keras.Input((6, 4)), keras.layers.Bidirectional(keras.layers.LSTM(3))])
    nested = keras.Sequential([keras.Input((6, 4)), inner, keras.layers.Dense(2)])
    for model in (everything(), nested):
        model.save_weights(tmp_path / "only.weights.h5")
        with pytest.raises(ValueError, match=rf"weights alone, {model.count_params():,} numbers in \d+ layers"):
            read((tmp_path / "only.weights.h5").read_bytes(), "only.weights.h5")


def hdf5(path: Path, config: object) -> bytes:
    with h5py.File(path, "w") as file:
        if config is not None:
            file.attrs["model_config"] = config
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = np.array([b"it_0"])
        group.create_group("it_0").attrs["weight_names"] = np.array([b"k"])
        group["it_0"].create_dataset("k", data=np.zeros((2, 3)))
    return path.read_bytes()


@pytest.mark.slow
def test_hdf5_is_read_in_a_process_of_its_own(tmp_path: Path) -> None:
    data = hdf5(tmp_path / "m.h5", json.dumps(keras_1()))
    assert counted(data, "m.h5") == counted(data, "named.keras") == COUNTS
    assert configuration(data)["config"]["layers"][0]["stored"] == 6
    for spoiled in (data[:3000], data[:600], b"\x89HDF\r\n\x1a\n" + b"\0" * 5000):
        with pytest.raises(ValueError, match="damaged or incomplete"):
            read(spoiled, "m.h5")
    with pytest.raises(ValueError, match="weights alone, 6 numbers in 1 layer:"):
        read(hdf5(tmp_path / "w.h5", None), "w.h5")
    with pytest.raises(ValueError, match="this JSON is incomplete"):
        read(hdf5(tmp_path / "j.h5", "{"), "j.h5")


def damageable(tmp_path: Path) -> list[bytes]:
    """Return whole models in HDF5 of Keras 1 and 3, weights alone, and an archive with a layer of its own class."""
    old = [hdf5(tmp_path / "old.h5", json.dumps(keras_1(order))) for order in ("tf", "th")]
    with h5py.File(tmp_path / "new.h5", "w") as file:
        for name in ("conv2d", "conv2d_1", "mine"):
            for number, shape in enumerate([(3, 3, 3, 4), (4,), ()]):
                file.create_dataset(f"layers/{name}/vars/{number}", data=np.zeros(shape, np.float32))
    weights = (tmp_path / "new.h5").read_bytes()
    config = {"class_name": "Sequential", "config": {"name": "m", "layers": [
        {"module": "keras.layers", "class_name": "InputLayer", "config": {"batch_shape": [None, 8, 8, 3]}},
        {"module": "mine", "class_name": "Mine", "registered_name": "Mine", "config": {"name": "mine"}},
        {"module": "keras.layers", "class_name": "Flatten", "config": {"name": "flat"},
         "build_config": {"input_shape": [None, 8, 8, 3]}},
    ]}}  # fmt: skip
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        file.writestr("config.json", json.dumps(config))
        file.writestr("model.weights.h5", weights)
    return [*old, weights, made.getvalue()]


def counted_or_refused(data: bytes, name: str, longest: float) -> bool:
    """Return whether a file is counted; fails if it takes more seconds, also in another process."""
    start = time.monotonic()
    sentence = refusal(counted, data, name)
    assert time.monotonic() - start < longest
    return not sentence


@pytest.mark.slow
@pytest.mark.parametrize("many", first_with_each_push(60, 2000))
def test_damaged_hdf5_files_are_counted_or_raise_a_sentence(many: int, tmp_path: Path) -> None:
    """The HDF5 library may crash or go round in circles: the process ends, and the next file gets another."""
    draw, files = random.Random(many), damageable(tmp_path)
    assert sum(counted_or_refused(each, "m.h5", 60) for each in files) == 3
    for _ in range(many):
        counted_or_refused(mutated(draw, draw.choice(files)), "m.h5", 5 * COMPUTING)
    assert sum(counted_or_refused(each, "m.h5", 60) for each in files) == 3


@pytest.mark.parametrize("many", first_with_each_push(200, 2000))
def test_damaged_documents_of_old_keras_are_counted_or_raise_a_sentence(
    many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imported, "UNFORESEEN", ())
    draw = random.Random(many)
    inner = sequence(merged("sum", sequence(dense(8, 5)), sequence(dense(8, 3))), dense(4))
    branches = sequence(merged("dot", inner, sequence(dense(4, 7)), dot_axes=[[1], [1]]), dense(2))
    texts = [json.dumps(each) for each in (keras_1("tf"), keras_1("th"), branches)]
    for _ in range(many):
        document = json.loads(draw.choice(texts))
        for _ in range(draw.choice((1, 1, 2, 5))):
            spoil(document, draw)
        counted_or_refused(json.dumps(document).encode(), "m.json", 5)


@pytest.mark.slow
@pytest.mark.parametrize("change", [lambda layer: layer.enable_lora(2), lambda layer: layer.quantize("int8")])
def test_weights_that_keras_adds_later_make_the_totals_at_least(change: Any) -> None:
    import keras

    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(30), keras.layers.Dense(2)])
    change(model.layers[0])
    found = read(model.to_json().encode(), "changed.json")
    total = costs.totals(found.graph())
    trainable = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
    assert total.at_least
    assert total.params <= model.count_params()
    assert total.trainable_params <= trainable
    assert "they are not counted" in found.notes[0]


def test_rows_of_sound_are_longer_than_images() -> None:
    row = {"batch_shape": [None, 44100, 2], "name": "sound"}
    layers = [
        {"class_name": "InputLayer", "config": row},
        {"class_name": "Conv1D", "config": {"name": "conv", "filters": 8, "kernel_size": [5], "padding": "same"}},
    ]
    document = {"class_name": "Sequential", "config": {"layers": layers}}
    assert counted(document) == (88, 44100 * 80)
    row["batch_shape"] = [None, 44_100_000, 2]
    with pytest.raises(ValueError, match="‘sound’ has a side of 44,100,000; it must be a whole number from 1 to 1,0"):
        counted(document)
