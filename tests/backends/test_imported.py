"""Imported configurations against the Keras models they come from, layer by layer, and files that Keras saved."""

import json
import random
from collections.abc import Callable, Iterator
from math import prod
from pathlib import Path
from typing import Any

import pytest
from damaging import refusal, spoil
from hypothesis import given
from hypothesis import strategies as st
from keras_models import everything, shared, unknown
from keras_parity import profiled
from profiles import few, first_with_each_push, thorough
from random_graphs import graphs

from cnnlab import costs
from cnnlab.backends import imported
from cnnlab.backends.imported import Imported, read
from cnnlab.backends.imported.fields import clean, sectioned
from cnnlab.backends.keras import to_keras
from cnnlab.graph import Node, Opaque, Outputs, named, walk
from cnnlab.network import Network

pytestmark = pytest.mark.slow

# The first of each line with every push: the others are deeper or wider, of the same blocks.
APPLICATIONS = (
    ("ConvNeXtTiny", "ConvNeXtSmall", "ConvNeXtBase", "ConvNeXtLarge", "ConvNeXtXLarge"),
    ("DenseNet121", "DenseNet169", "DenseNet201"),
    tuple(f"EfficientNetB{number}" for number in range(8)),
    tuple(f"EfficientNetV2{size}" for size in ("B0", "B1", "B2", "B3", "S", "M", "L")),
    ("InceptionResNetV2",),
    ("InceptionV3",),
    ("MobileNet",),
    ("MobileNetV2",),
    ("MobileNetV3Small", "MobileNetV3Large"),
    ("NASNetMobile", "NASNetLarge"),
    ("ResNet50", "ResNet101", "ResNet152"),
    ("ResNet50V2", "ResNet101V2", "ResNet152V2"),
    ("VGG16", "VGG19"),
    ("Xception",),
)


def leaves(model: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Yield every layer of a model, also of models inside it, by the name its node has."""
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from leaves(layer, (*path, clean(layer.name)))
        else:
            yield ".".join((*path, sectioned(clean(layer.name)))), layer


def keras_macs(layer: Any) -> int:
    """Return a layer's MACs: the size of its kernels times the positions of the map it writes."""
    positions = prod(layer.output.shape[1:-1])
    match type(layer).__name__:
        case "Conv2D" | "Dense" | "DepthwiseConv2D":
            return int(positions * prod(layer.kernel.shape))
        case "Conv2DTranspose":
            return int(prod(layer.input.shape[1:-1]) * prod(layer.kernel.shape))
        case "SeparableConv2D":
            return int(positions * (prod(layer.depthwise_kernel.shape) + prod(layer.pointwise_kernel.shape)))
    return 0


def check(found: Imported, model: Any) -> None:
    """Compare each layer's shape, parameters and MACs, and the totals."""
    ours: dict[str, list[Node]] = {}
    for node in named(found.graph()).values():
        ours.setdefault(node.path, []).append(node)
    parts: dict[str, list[Node]] = {}  # of a layer with an activation, or of one that is two of ours
    for path, nodes in ours.items():
        parts.setdefault(path.rpartition(".")[0], []).extend(nodes)
    total = 0
    for name, layer in leaves(model):
        nodes = ours.get(name) or parts[name]
        assert nodes[-1].shape == tuple(layer.output.shape[1:]), name
        assert sum(sum(node.params) for node in nodes) == layer.count_params(), name
        assert sum(node.macs for node in nodes) == keras_macs(layer), name
        total += keras_macs(layer)
    sums = costs.summary(found.graph())
    trained = sum(prod(weight.shape) for weight in model.trainable_weights)
    assert (sums.params, sums.trainable_params, sums.macs) == (model.count_params(), trained, total)


def test_the_list_of_applications_is_complete() -> None:

    import keras

    every = {name for family in APPLICATIONS for name in family}
    assert {name for name in dir(keras.applications) if name[0].isupper()} == every


@pytest.mark.usefixtures("zeros")
@pytest.mark.parametrize("name", [each for family in APPLICATIONS for each in first_with_each_push(*family)])
def test_every_network_of_keras_is_exact(name: str) -> None:
    import keras

    make = getattr(keras.applications, name)
    model = make(weights=None)
    found = read(model.to_json().encode(), f"{name}.json")
    if None in model.input_shape[1:]:
        assert "here images are 224×224×3" in found.notes[0]
        keras.backend.clear_session(free_memory=False)
        model = make(weights=None, input_shape=(224, 224, 3))
    else:
        assert found.notes == ()
        assert found.input_size is None
    check(found, model)


@pytest.mark.parametrize("name", first_with_each_push("Xception", "DenseNet121", "ResNet50V2"))
def test_tensorflows_own_profiler_agrees(name: str) -> None:
    import keras

    model = getattr(keras.applications, name)(weights=None, input_shape=(224, 224, 3))
    root = read(model.to_json().encode()).graph()
    assert costs.count(costs.quantity_table(root), costs.CONVENTIONS["tf_profiler"]).sum() == profiled(model)


OURS = [
    "lenet5",
    "alexnet?input_size=99&classes=10",
    "nin?input_size=99",
    "googlenet?auxiliary_heads=true",
    "resnet18?shortcut=A&input_size=64",
    "mobilenet_v1?width=0.25&input_size=64",
    "mobilenet_v2?width=0.35&input_size=64",
    "efficientnet_b0?depth=0.6&input_size=64",
    *map(thorough, ("inception_v3?input_size=150", "resnet20_cifar", "vgg11?input_size=64", "efficientnet_b0")),
]


@pytest.mark.usefixtures("zeros")
@pytest.mark.parametrize("reference", OURS)
def test_case_studies_survive_a_keras_file(reference: str, tmp_path: Path) -> None:
    root = Network.parse(reference).graph()
    to_keras(root).save(tmp_path / "saved.keras")
    found = read((tmp_path / "saved.keras").read_bytes(), "saved.keras")
    assert (found.title, found.notes) == ("saved", ())
    assert rows(found.graph()) == rows(root)
    assert list(named(found.graph())) == list(named(root))


def rows(root: Node) -> list[tuple[object, ...]]:
    return [(node.input_shapes, node.shape, node.params, node.macs) for node in named(root).values()]


@few
@given(graphs())
def test_random_graphs_survive_a_keras_file(drawn: tuple[Node, list[str]]) -> None:
    root = drawn[0]
    found = read(to_keras(root).to_json().encode())
    # Keras has no layer for a factor a channel, so that a depthwise convolution of one weight stands in.
    ours, theirs = ([row[:3] for row in rows(each)] for each in (root, found.graph()))
    assert ours == theirs


def test_every_layer_that_is_read() -> None:
    model = everything()
    found = read(model.to_json().encode())
    check(found, model)
    assert found.notes == ()
    assert isinstance(found.graph().layer, Outputs)


def test_shared_weights_are_counted_once(tmp_path: Path) -> None:
    model = shared()
    model.save(tmp_path / "shared.keras")
    root = read((tmp_path / "shared.keras").read_bytes()).graph()
    assert costs.totals(root).params == model.count_params()
    conv, point = 16 * 16 * 9 * 4 * 4, 16 * 16 * 4 * 4
    assert costs.totals(root).macs == 4 * conv + 4 * point
    assert [tuple(head.shape[1:]) for head in model.outputs] == [node.shape for node in root.inputs]
    again = to_keras(root)
    assert (again.count_params(), [head.shape for head in again.outputs]) == (
        model.count_params(),
        [head.shape for head in model.outputs],
    )


def test_layers_not_understood_are_noted() -> None:
    model = unknown()
    found = read(model.to_json().encode())
    missing = "nothing in it is counted, so parameters and MACs are “at least”."
    assert found.notes == (
        f"Lambda layer ‘double’: runs Python code, which is never executed here; {missing}",
        f"Mine layer ‘mine’: a class from outside Keras, whose code is never executed here; {missing}",
    )
    counted = costs.totals(found.graph())
    assert (counted.params, counted.at_least) == (model.count_params() - model.get_layer("mine").count_params(), True)
    with pytest.raises(ValueError, match="Lambda was not understood"):
        to_keras(found.graph())


def frozen(what: str) -> Any:
    """Return a model in which a layer, a model inside, the whole model or all but one layer of it is frozen."""
    import keras

    inner = keras.Sequential(
        [keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3), keras.layers.BatchNormalization()], name="inner"
    )
    image = keras.Input((8, 8, 3))
    x = keras.layers.Dense(5, name="dense")(keras.layers.Flatten()(inner(image)))
    model = keras.Model(image, x)
    part = model if what in ("all", "all but one") else model.get_layer(what)
    part.trainable = False
    if what == "all but one":
        model.trainable = True
        inner.trainable = False
        inner.layers[0].trainable = True  # which counts in Keras 3, whatever the model around it says
    return model


@pytest.mark.parametrize("what", ["dense", "inner", "all", "all but one"])
def test_frozen_layers_are_not_trainable(what: str) -> None:
    model = frozen(what)
    found = read(model.to_json().encode())
    trainable = sum(prod(weight.shape) for weight in model.trainable_weights)
    counted = costs.totals(found.graph())
    assert (counted.params, counted.trainable_params) == (model.count_params(), trainable)
    assert found.notes == ()
    again = to_keras(found.graph())
    assert sum(prod(weight.shape) for weight in again.trainable_weights) == trainable


def test_open_sizes_can_be_chosen() -> None:
    import keras

    layers = [keras.Input((None, None, 3), name="image"), keras.layers.Conv2D(4, 3), keras.layers.GlobalMaxPool2D()]
    found = read(keras.Sequential(layers).to_json().encode())
    assert (found.input_size, found.graph().inputs[0].shape) == (224, (222, 222, 4))
    small = found.resized(30)
    assert small.graph().inputs[0].shape == (28, 28, 4)
    assert small.notes == ("The file does not fix the height or width of ‘image’; here images are 30×30×3.",)
    with pytest.raises(ValueError, match="a 3×3 window"):
        found.resized(2)
    with pytest.raises(ValueError, match=r"from 1 to 2,048, or height x width .* not 0"):
        found.resized(0)
    with pytest.raises(ValueError, match="fixes the size"):
        read(everything().to_json().encode()).resized(64)


class Documents(list[str]):
    """A list of documents that hypothesis prints in short."""

    def __repr__(self) -> str:
        return "documents"


@pytest.fixture(scope="module")
def documents() -> Documents:
    import keras

    small = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3), keras.layers.Flatten()])
    makes: list[Callable[[], Any]] = [everything, shared, unknown, lambda: small]
    return Documents(json.dumps(plain(json.loads(make().to_json()))) for make in makes)


def plain(value: Any) -> Any:
    """Return a document without fields that nobody reads, so that changes hit fields that count."""
    if isinstance(value, dict):
        skipped = ("dtype", "compile_config", "trainable", "seed", "ragged", "sparse", "optional")
        return {
            key: plain(each)
            for key, each in value.items()
            if key not in skipped and not key.endswith(("_initializer", "_regularizer", "_constraint"))
        }
    return [plain(each) for each in value] if isinstance(value, list) else value


@given(seed=st.integers(0, 2**32), changes=st.sampled_from([1, 1, 1, 2, 5, 40]), which=st.integers(0, 3))
def test_damaged_files_are_counted_or_raise_a_sentence(
    seed: int, changes: int, which: int, documents: Documents
) -> None:
    document, rng = json.loads(documents[which]), random.Random(seed)
    for _ in range(changes):
        spoil(document, rng)
    data = json.dumps(document).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(imported, "UNFORESEEN", ())
        if refusal(read, data):
            return
        found = read(data)
    root = found.graph()
    assert hash(found) == hash(found)
    total = costs.totals(root)
    assert min(total.params, total.macs, total.activations) >= 0
    costs.totals_by_convention(costs.quantity_table(root))
    for node in walk(root):
        if not node.layer.bundles:
            costs.layer_equations(node)
        assert found.notes or not isinstance(node.layer, Opaque)
