"""TensorFlow.js graph models: operations and shapes are read, and the numbers of formulas where a zip has them."""

import io
import itertools
import json
import random
import zipfile
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from damaging import mutated, refusal, spoil
from graph_model_files import archive, document, node, of_keras
from profiles import first_with_each_push, thorough

from cnnlab import costs
from cnnlab.backends import imported, reader_process
from cnnlab.backends.imported import read
from cnnlab.backends.imported.formats import configuration
from cnnlab.backends.imported.graph_models import answer
from cnnlab.backends.imported.graph_models.rewriting import REWRITERS
from cnnlab.graph import named


def np_int(value: int) -> Any:
    """Return one number, without axes."""
    return np.int32(value)


IMAGE = node("Placeholder", "x", shape=(-1, 8, 8, 3))
WINDOW: dict[str, Any] = {"strides": [1, 1, 1, 1], "padding": "SAME", "data_format": "NHWC"}
STRIDE: dict[str, Any] = {"strides": [1, 2, 2, 1], "padding": "VALID"}


def counted(
    nodes: list[dict[str, Any]], constants: dict[str, Any], zipped: bool = True
) -> tuple[int, int, bool, tuple]:
    found, packed = document([IMAGE, *nodes], constants)
    data = archive(found, packed, "web_model/") if zipped else json.dumps(found).encode()
    made = read(data, "model.zip" if zipped else "model.json")
    total = costs.totals(made.graph())
    return total.params, total.macs, total.at_least, made.graph().shape


CONV = node("Conv2D", "conv", "x", "w", **WINDOW)
CASES: dict[str, tuple[list[dict[str, Any]], dict[str, Any], tuple[int, int], tuple[int, ...]]] = {
    "a convolution": ([CONV], {"w": (3, 3, 3, 4)}, (108, 64 * 108), (8, 8, 4)),
    "its bias behind it": (
        [CONV, node("BiasAdd", "bias", "conv", "b")], {"w": (3, 3, 3, 4), "b": (4,)}, (112, 64 * 108), (8, 8, 4),
    ),
    "its bias inside it": (
        [node("_FusedConv2D", "relu", "x", "w", "b", fused_ops=["BiasAdd", "Relu6"], **WINDOW)],
        {"w": (3, 3, 3, 4), "b": (4,)}, (112, 64 * 108), (8, 8, 4),
    ),
    "PReLU inside it": (
        [node("_FusedConv2D", "p", "x", "w", "b", "a", fused_ops=["BiasAdd", "Prelu"], **WINDOW)],
        {"w": (3, 3, 3, 4), "b": (4,), "a": (1, 1, 4)}, (116, 64 * 108), (8, 8, 4),
    ),
    "groups of channels": ([node("Conv2D", "conv", "x", "w", **WINDOW)], {"w": (1, 1, 1, 6)}, (6, 64 * 6), (8, 8, 6)),
    "depthwise, without a bias": (
        [node("FusedDepthwiseConv2dNative", "d", "x", "w", fused_ops=["NoOp", "Relu"], **WINDOW)],
        {"w": (3, 3, 3, 2)}, (54, 64 * 54), (8, 8, 6),
    ),
    "a stride": ([node("Conv2D", "conv", "x", "w", **STRIDE)], {"w": (3, 3, 3, 4)}, (108, 9 * 108), (3, 3, 4)),
    "padding in numbers": (
        [node("Conv2D", "conv", "x", "w", strides=[1, 2, 2, 1], padding="EXPLICIT",
              explicit_paddings=[0, 0, 1, 1, 0, 1, 0, 0])],
        {"w": (3, 3, 3, 4)}, (108, 4 * 4 * 108), (4, 4, 4),
    ),
    "batch norm": (
        [node("FusedBatchNormV3", "bn", "x", "g", "b", "m", "v", is_training=False)],
        {"g": (3,), "b": (3,), "m": (3,), "v": (3,)}, (12, 0), (8, 8, 3),
    ),
    "a padding of its own": (
        [node("Pad", "pad", "x", "p"), node("Conv2D", "conv", "pad", "w", **STRIDE)],
        {"p": [[0, 0], [0, 1], [0, 1], [0, 0]], "w": (3, 3, 3, 4)}, (108, 16 * 108), (4, 4, 4),
    ),
    "a transposed convolution": (
        [node("Conv2DBackpropInput", "t", "s", "w", "x", strides=[1, 2, 2, 1], padding="SAME")],
        {"w": (3, 3, 5, 3), "s": [1, 16, 16, 5]}, (135, 64 * 135), (16, 16, 5),
    ),
    "a dilated convolution": (
        [node("SpaceToBatchND", "s", "x", "two", "p"),
         node("Conv2D", "conv", "s", "w", strides=[1, 1, 1, 1], padding="VALID"),
         node("BiasAdd", "b", "conv", "bias"),
         node("BatchToSpaceND", "back", "b", "two", "c")],
        {"two": [2, 2], "p": [[2, 2], [2, 2]], "c": [[0, 0], [0, 0]], "w": (3, 3, 3, 4), "bias": (4,)},
        (112, 64 * 108), (8, 8, 4),
    ),
    "means, and a dense layer": (
        [node("Mean", "m", "x", "axes", keep_dims=False), node("MatMul", "d", "m", "w"),
         node("BiasAdd", "b", "d", "c")],
        {"axes": [1, 2], "w": (3, 10), "c": (10,)}, (40, 30), (10,),
    ),
    "one filter, and one unit": (
        [CONV, node("BiasAdd", "bias", "conv", "b"), node("Reshape", "r", "bias", "s"), node("MatMul", "d", "r", "u"),
         node("AddV2", "e", "d", "c")],
        {"w": (3, 3, 3, 1), "b": [0.5], "s": [-1, 64], "u": (64, 1), "c": [0.1]}, (28 + 65, 64 * 27 + 64), (1,),
    ),
    "a shape, and a dense layer": (
        [node("Reshape", "r", "x", "s"), node("_FusedMatMul", "d", "r", "w", "b", fused_ops=["BiasAdd", "Relu"])],
        {"s": [-1, 192], "w": (192, 10), "b": (10,)}, (1930, 1920), (10,),
    ),
    "a shape that is computed": (
        [node("Shape", "sh", "x"),
         node("StridedSlice", "first", "sh", "zero", "one", "one", shrink_axis_mask=1),
         node("Pack", "to", "first", "rest", axis=0, N=2),
         node("Reshape", "r", "x", "to"), node("MatMul", "d", "r", "w")],
        {"zero": [0], "one": [1], "rest": np_int(192), "w": (192, 2)}, (384, 384), (2,),
    ),
    "joined, cut and resized": (
        [CONV, node("ConcatV2", "c", "x", "conv", "axis"),
         node("ResizeNearestNeighbor", "up", "c", "size", half_pixel_centers=True),
         node("Split", "s", "axis", "up", num_split=7), node("AddV2", "a", "s:6", "s:1"),
         node("StridedSlice", "cut", "a", "begin", "end", "ones", begin_mask=1, end_mask=1)],
        {"w": (3, 3, 3, 4), "axis": np_int(3), "size": [16, 16], "begin": [0, 1], "end": [0, 9], "ones": [1, 1]},
        (108, 64 * 108), (8, 16, 1),
    ),
    "pools and functions": (
        [node("MaxPool", "p", "x", ksize=[1, 2, 2, 1], **STRIDE),
         node("AvgPool", "q", "p", ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding="SAME"),
         *[node(op, f"f{n}", f"f{n - 1}" if n else "q") for n, op in enumerate(
             ("Relu", "Sigmoid", "Tanh", "Elu", "Relu6", "LeakyRelu", "Softplus", "Exp", "Rsqrt", "Square", "Neg"))],
         node("Softmax", "end", "f10")],
        {}, (0, 0), (2, 2, 3),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_operations_are_counted(name: str) -> None:
    nodes, constants, (params, macs), shape = CASES[name]
    assert counted(nodes, constants) == (params, macs, False, shape)


def test_what_follows_from_the_shapes_needs_no_weight_files() -> None:
    for name in ("means, and a dense layer", "a shape, and a dense layer", "one filter, and one unit"):
        nodes, constants, (params, macs), shape = CASES[name]
        assert counted(nodes, constants, zipped=False) == (params, macs, False, shape)
    found, _ = document([IMAGE, *CASES["means, and a dense layer"][0]], CASES["means, and a dense layer"][1])
    assert read(json.dumps(found).encode()).notes == (
        "The axes of ‘m’ are in .bin files that were not given; here it takes height and width together.",
    )
    join = [CONV, node("ConcatV2", "c", "x", "conv", "axis")]
    assert counted(join, {"w": (3, 3, 3, 4), "axis": np_int(3)}, zipped=False)[3] == (8, 8, 7)


def test_numbers_that_were_not_given_are_said_to_be_missing() -> None:
    found, _ = document([IMAGE, CONV, node("Reshape", "r", "conv", "s")], {"w": (3, 3, 3, 4), "s": [-1, 64, 4]})
    made = read(json.dumps(found).encode(), "model.json")
    assert costs.totals(made.graph()).at_least
    assert "‘reshape’: takes numbers from a .bin file that was not given; nothing in it is counted" in made.notes[0]


def test_operations_may_stand_in_any_order_and_have_no_end_named() -> None:
    nodes, constants, (params, macs), _ = CASES["its bias behind it"]
    found, packed = document([*reversed(nodes), IMAGE], constants)
    total = costs.totals(read(archive(found, packed), "m.zip").graph())
    assert (total.params, total.macs) == (params, macs)


def test_an_open_size_is_open() -> None:
    found, packed = document([node("Placeholder", "x", shape=(-1, -1, -1, 3)), CONV], {"w": (3, 3, 3, 4)})
    made = read(archive(found, packed), "m.zip")
    assert made.input_size == 224
    assert made.resized(32).graph().shape == (32, 32, 4)


def test_an_operation_that_is_not_known_makes_totals_at_least() -> None:
    strange = node("Strange", "strange", "x", "w")
    nodes = [CONV, node("Strange", "s", "conv"), node("Relu", "r", "s")]
    assert counted(nodes, {"w": (3, 3, 3, 4)})[:3] == (108, 64 * 108, True)
    found, packed = document([IMAGE, strange], {"w": (3, 3, 3, 4)})
    made = read(archive(found, packed), "m.zip")
    assert costs.totals(made.graph()).params == 108
    assert made.notes[0].startswith(
        "TensorFlow_Strange layer ‘strange’: not a layer that CNN Lab knows; its parameters are"
    )


LOOP = [node("Merge", "a", "x", "b"), node("NextIteration", "b", "a"), node("Relu", "c", "a")]
REFUSED: dict[str, tuple[Any, str]] = {
    "no operations": ({"modelTopology": {"node": []}}, "this graph model of TensorFlow.js has no output; convert"),
    "no list": ({"modelTopology": {"node": [5]}}, "operation 1 of .* has no name"),
    "too many": ({"modelTopology": {"node": [IMAGE] * 20_001}}, "at most 20,000 operations"),
    "a loop": (document([IMAGE, *LOOP], {})[0], "is part of a loop that decides while the network runs"),
    "no image": (document([node("Relu", "y", "w")], {"w": (3, 3)})[0], "has no input"),
    "a missing tensor": (document([IMAGE, node("Add", "y", "x", "z")], {})[0], "which nothing before it makes"),
    "missing numbers": (
        document([IMAGE, *CASES["a padding of its own"][0]], CASES["a padding of its own"][1])[0],
        "‘pad’ .Pad. of this graph model .* takes numbers from a .bin file that was not given, .* as .zip with",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_refused_with_a_sentence(name: str) -> None:
    found, sentence = REFUSED[name]
    with pytest.raises(ValueError, match=sentence):
        read(json.dumps(found).encode(), "model.json")


def bundled(nodes: list[dict[str, Any]], groups: list[dict[str, Any]], packed: bytes) -> bytes:
    """Return a zip of a network with these groups of weights, all in one file."""
    made, topology = io.BytesIO(), {"node": [IMAGE, *nodes]}
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("model.json", json.dumps({"modelTopology": topology, "weightsManifest": groups}))
        file.writestr("w.bin", packed)
    return made.getvalue()


def group(*weights: tuple[str, int, str]) -> dict[str, Any]:
    listed = [{"name": name, "shape": [size], "dtype": kind} for name, size, kind in weights]
    return {"paths": ["w.bin"], "weights": listed}


def filled(*rest: dict[str, Any], **numbers: list[int]) -> bytes:
    """Return a zip of operations on a constant of no rows with a thousand million numbers each."""
    fill = node("Fill", "filled", "sides", "one")
    found, packed = document(
        [IMAGE, node("Relu", "y", "x"), fill, *rest, node("Reshape", "end", "y", rest[-1]["name"])],
        {"sides": [0, 10**9], "upright": [10**9, 0], "one": np_int(1), **numbers},
    )
    return archive(found, packed)


HOSTILE = {
    "nothing, turned": lambda: filled(node("Transpose", "t", "filled", "order"), order=[1, 0]),
    "nothing, cut": lambda: filled(node("Slice", "s", "filled", "from", "to"), **{"from": [0, 0], "to": [-1, -1]}),
    "nothing, repeated": lambda: filled(node("Mul", "m", "filled", "r"), node("Fill", "r", "sides", "f"), f=[[1]]),
    "no columns, in two parts": lambda: filled(
        node("Fill", "f", "upright", "one"), node("Split", "s", "zero", "f", num_split=2), zero=np_int(0)
    ),
    "a thousand outputs and more": lambda: filled(node("Split", "s", "zero", "filled", num_split=2**40), zero=[0]),
    "the same input often": lambda: bundled(
        [node("Cast", name, *before * 60) for before, name in itertools.pairwise("xabcd")], [], b""
    ),
    "many groups of large files": lambda: bundled(
        [node("Relu", "r", "x")],
        [group((f"a{n}", 10_000_000, "float32"), (f"b{n}", 1, "int32")) for n in range(200)],
        bytes(40_000_004),
    ),
    "many pieces of a large file": lambda: bundled(
        [node("Relu", "r", "x")],
        [group(*[(f"a{n}", size, "int32") for n in range(16_000) for size in (300, 1)])],
        bytes(20_000_000),
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_asks_for_much_ends_soon(name: str, tmp_path: Path) -> None:
    path = tmp_path / "model.zip"
    path.write_bytes(HOSTILE[name]())
    refusal(answer, path)


def test_the_server_itself_does_not_read_the_operations(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[object, ...]] = []
    monkeypatch.setattr(reader_process, "read_bytes", lambda *request: asked.append(request) or {"class_name": "x"})
    for data in (HOSTILE["nothing, turned"](), json.dumps(document([IMAGE], {})[0]).encode()):
        assert configuration(data, "model.zip") == {"class_name": "x"}
        assert asked.pop() == (data, "cnnlab.backends.imported.graph_models")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "macs"),
    [("MobileNet", 568_740_352), thorough("ResNet50", 3_857_973_248), thorough("InceptionV3", 5_713_216_096)],
)
def test_networks_as_tensorflow_writes_them(name: str, macs: int) -> None:
    import keras

    model = getattr(keras.applications, name)(weights=None)
    found, packed = of_keras(model)
    made = read(archive(found, packed[: 1 << 16]), "model.zip")  # the numbers of formulas come first
    stored = [each["shape"] for each in found["weightsManifest"][0]["weights"] if each["dtype"] == "float32"]
    total = costs.totals(made.graph())
    assert (total.params, total.macs) == (sum(prod(shape) for shape in stored if prod(shape) > 1), macs)
    assert made.notes == ()
    assert len(named(made.graph())) > 50


@pytest.mark.slow
def test_one_unit_and_one_filter_as_tensorflow_writes_them() -> None:
    import keras

    layers = keras.layers
    image = keras.Input((16, 16, 3))
    x = layers.Conv2D(1, 3, activation="relu")(layers.Conv2D(4, 3)(image))
    model = keras.Model(image, layers.Dense(1, activation="sigmoid")(layers.Flatten()(x)))
    for each in model.weights:
        each.assign(keras.random.normal(each.shape))
    found, packed = of_keras(model)
    total = costs.totals(read(archive(found, packed), "model.zip").graph())
    assert (total.params, total.at_least) == (model.count_params(), False)


def whole(data: bytes) -> costs.Totals:
    return costs.totals(read(data, "model.zip").graph())


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read files in this process, and let no error of Python's own pass for a damaged file."""

    def read_here(data: bytes, _: str) -> dict[str, Any]:
        (tmp_path / "file").write_bytes(data)
        return answer(tmp_path / "file")

    monkeypatch.setattr(reader_process, "read_bytes", read_here)
    monkeypatch.setattr(imported, "UNFORESEEN", ())


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("inputs", [(), ("x",), ("x", "x"), ("w", "x"), ("x", "w"), ("x", "two", "w"), ("x",) * 600])
def test_operations_with_too_few_inputs_or_others_are_counted_or_raise_a_sentence(inputs: tuple[str, ...]) -> None:
    for kind in REWRITERS:
        found, packed = document([IMAGE, node(kind, "y", *inputs)], {"w": (3, 3, 3, 4), "two": [1, 2]})
        refusal(whole, archive(found, packed))


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("many", first_with_each_push(200, 2000))
def test_damaged_files_raise_a_sentence_or_are_read(many: int) -> None:
    draw = random.Random(many)
    files = [document([IMAGE, *nodes], constants) for nodes, constants, _, _ in CASES.values()]
    for _ in range(many):
        found, packed = draw.choice(files)
        changed = json.loads(json.dumps(found))
        for _ in range(draw.choice((1, 1, 2, 5))):
            spoil(changed, draw)
        data = draw.choice(
            (archive(changed, packed), json.dumps(changed).encode(), mutated(draw, archive(found, packed)))
        )
        refusal(whole, data)
