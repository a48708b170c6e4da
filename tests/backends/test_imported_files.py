"""Configurations written by hand: the older format, and mistakes, each named with its layer. Needs no Keras."""

import itertools
import json
import random
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from cnnlab import costs
from cnnlab.backends.imported import Imported, read
from cnnlab.backends.imported.shape_layers import TRAINING_ONLY
from cnnlab.backends.keras_calls import refusal
from cnnlab.graph import Counted, Rescale, named
from cnnlab.recipe import from_graph, graph

ROOT = Path(__file__).parents[2]


def layer(cls: str, name: str, *before: str, **config: Any) -> dict[str, Any]:
    """Return a layer of a functional model in the format of Keras 2, with the layers it takes its inputs from."""
    calls = [[[each, 0, 0, {}] for each in before]] if before else []
    return {"class_name": cls, "name": name, "config": {"name": name, **config}, "inbound_nodes": calls}


def image(*shape: Any, name: str = "image") -> dict[str, Any]:
    return layer("InputLayer", name, batch_input_shape=[None, *(shape or (8, 8, 3))])


def functional(*layers: dict[str, Any], end: str | None = None) -> dict[str, Any]:
    ends = {"input_layers": [["image", 0, 0]], "output_layers": [[end or layers[-1]["name"], 0, 0]]}
    return {"class_name": "Model", "config": {"name": "model", "layers": list(layers), **ends}}


def sequential(*layers: dict[str, Any], **config: Any) -> dict[str, Any]:
    return {"class_name": "Sequential", "config": {"name": "model", "layers": list(layers), **config}}


def load(document: object) -> Imported:
    return read(json.dumps(document).encode())


def inside_itself(cls: str) -> dict[str, Any]:
    """Return a layer around one that shares its number, so that each is taken for the other."""
    inner = layer(cls, "inner", layer=layer("Dense", "dense", units=3)) | {"shared_object_id": 7}
    return layer(cls, "outer", layer=inner) | {"shared_object_id": 7}


CONV: dict[str, Any] = {"filters": 4, "kernel_size": [3, 3]}


def test_keras_2_is_read() -> None:
    found = load(
        functional(
            image(),
            layer("Conv2D", "stem/conv", "image", activation="relu", padding="same", **CONV),
            layer("BatchNormalization", "bn", "stem/conv", axis=[3]),
            layer("TFOpLambda", "tf.math.add", "bn", function="math.add"),
            layer("Add", "add", "tf.math.add", "stem/conv"),
            layer("Flatten", "flat", "add"),
            layer("Dense", "head", "flat", units=2, activation="softmax"),
        )
    )
    assert list(named(found.graph())) == [
        "image", "stem.conv.conv", "stem.conv.relu", "bn", "tf.math.add", "add", "flat", "head.dense", "head.softmax",
    ]  # fmt: skip
    assert costs.totals(found.graph()).params == 112 + 16 + 514
    assert found.notes == ()


def test_a_network_whose_shapes_are_lost_is_refused() -> None:
    """Without the shape behind an unknown layer, no later layer can be counted; one without weights can be shown."""
    conv, mine = layer("Conv2D", "conv", "mine", **CONV), layer("Mine", "mine", "image")
    with pytest.raises(ValueError, match="Mine layer ‘mine’ is not known here, and the file does not have the shape"):
        load(functional(image(), mine, conv))
    assert load(functional(image(), mine, conv | {"build_config": {"input_shape": [None, 9, 9, 5]}})).graph().shape == (
        7,
        7,
        4,
    )
    assert costs.totals(load(functional(image(), mine, layer("ReLU", "relu", "mine"))).graph()).at_least


def test_a_shape_that_the_file_does_not_have_is_noted() -> None:
    """Activations and memory follow from the shape of an unknown layer's output."""
    mine, after = layer("Mine", "mine", "image"), layer("ReLU", "relu", "mine")
    guessed = "here it is that of its first input, and activations and memory are counted with it."
    assert guessed in load(functional(image(), mine, after)).notes[0]
    known = after | {"build_config": {"input_shape": [None, 9, 9, 5]}}
    assert guessed not in load(functional(image(), mine, known)).notes[0]


def test_models_inside_models_of_keras_2() -> None:
    inner = functional(image(), layer("Conv2D", "conv", "image", padding="same", **CONV), layer("ReLU", "relu", "conv"))
    inner |= {"name": "inner", "inbound_nodes": [[["image", 0, 0, {}]], [["narrow", 0, 0, {}]]]}
    narrow = layer("Conv2D", "narrow", "image", filters=3, kernel_size=[1, 1])
    narrow["inbound_nodes"] = [[["inner", 1, 0, {}]]]
    model = functional(image(), inner, narrow)
    model["config"]["output_layers"] = [["inner", 2, 0]]
    root = load(model).graph()
    assert list(named(root)) == ["image", "inner.conv", "inner.relu", "narrow", "inner.conv_2", "inner.relu_2"]
    assert costs.totals(root).params == 112 + 15


def test_a_plain_chain_becomes_a_recipe() -> None:
    layers = (
        layer("Conv2D", "one", activation="relu", padding="same", **CONV),
        layer("Conv2D", "two", activation="linear", **CONV),
        layer("BatchNormalization", "bn"),
        layer("Activation", "act", activation="silu"),
        layer("MaxPooling2D", "pool", pool_size=[2, 2]),
        layer("Flatten", "flat"),
        layer("Dense", "head", units=10, activation="softmax"),
    )
    root = load(sequential(image(), *layers)).graph()
    recipe = from_graph(root)
    assert recipe is not None
    assert [each.block for each in recipe.rows] == ["conv", "conv", "max_pool", "flatten", "dense"]
    assert costs.summary(graph(recipe)) == costs.summary(root)
    wide = load(sequential(image(8, 9, 3), *layers)).graph()
    recipe = from_graph(wide)
    assert recipe is not None
    assert costs.summary(graph(recipe)) == costs.summary(wide)


def test_titles_and_values() -> None:
    document = json.dumps(sequential(image(), layer("Conv2D", "conv", **CONV))).encode()
    found = read(document, 'my "net"\n<b>.v2.keras')
    assert found.title == "my net b .v2"
    assert read(document).title == "model"
    assert found == read(document, 'my "net"\n<b>.v2.keras')
    assert len({found, read(document)}) == 2
    assert found.graph() is found.graph()


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (sequential(image(), layer("Conv2D", "conv", kernel_size=3)), "‘conv’: filters must .* the file has none"),
        (sequential(image(), layer("Conv2D", "conv", **CONV | {"filters": "8"})), "‘conv’: filters must be .* not '8'"),
        (sequential(image(), layer("Conv2D", "conv", **CONV | {"filters": -8})), "‘conv’: filters must be .* not -8"),
        (sequential(image(), layer("Conv2D", "conv", **CONV | {"filters": 10**40})), "‘conv’: filters must be"),
        (sequential(image(), layer("Conv2D", "conv", **CONV | {"filters": True})), "‘conv’: filters must be"),
        (sequential(image(), layer("Conv2D", "conv", **CONV | {"kernel_size": [3, 3, 3]})), "‘conv’: kernel_size must"),
        (sequential(image(), layer("Conv2D", "conv", padding="causal", **CONV)), "padding must be one of same, valid"),
        (sequential(image(), layer("Conv2D", "conv", activation=3, **CONV)), "activation must be the name of"),
        (sequential(image(), layer("Conv2D", "conv", data_format="channels_first", **CONV),
                    layer("MaxPooling2D", "pool", data_format="channels_last")), "has its channels first"),
        (sequential(image(), layer("Conv2D", "conv", **CONV | {"kernel_size": 9})), "conv: a 9×9 window"),
        (sequential(image(), layer("Dropout", "drop", rate=float("nan"))), "rate must be a number"),
        (sequential(image(), layer("Dropout", "drop", rate=1.5)), "rate must be at least 0"),
        (sequential(image(), layer("Reshape", "r", target_shape=[5])), "r: 8×8×3 = 192 numbers cannot become 5"),
        (sequential(image(), layer("Reshape", "r", target_shape=[-1, -1, 1])), "each side of the shape must be"),
        (sequential(image(), layer("BatchNormalization", "bn", scale=2)), "scale must be true or false, not 2"),
        (sequential(image(8000, 8000, 3), layer("Dense", "wide", units=10**6)), "wide: .* no layer is that large"),
        (sequential(image(), layer("Conv2D", "x\n'); evil(" + "y" * 200, **CONV | {"filters": 0})), "‘x_evil_y+’"),
        (sequential(), "this model has no layers"),
        (sequential(layer("Conv2D", "conv", **CONV)), "has no input shape; call model.build"),
        (sequential(image(*[2] * 7), layer("Flatten", "f")), "has too many sides; give it 1 to 6"),
        (sequential(image(8, 8, None), layer("Flatten", "f")), "does not fix its number of channels"),
        (sequential(image(0, 8, 3), layer("Flatten", "f")), "a side of 0; it must be a whole number from 1 to"),
        (sequential(image(8, "8", 3), layer("Flatten", "f")), "a side of .8.; it must be a whole number"),
        (sequential("conv"), "layer 1 of model ‘model’ has no class or no settings"),  # type: ignore[arg-type]
        ({"class_name": "Mine", "config": {"name": "mine"}}, "‘mine’ is a Mine, whose structure is Python code"),
        (functional(image(), layer("ReLU", "a", "b"), layer("ReLU", "b", "a")), "layer ‘a’ takes its own output as "
        "input"),
        (functional(image(), layer("ReLU", "a", "a")), "layer ‘a’ takes its own output as input"),
        (functional(image(), layer("ReLU", "a", "gone")), "takes the output of ‘gone’, call 0, which model ‘model’ "
        "does"),
        (functional(image(), layer("ReLU", "a", "image"), end="z"), "begins or ends at ‘z’, which it does not have"),
        (functional(image(), layer("ReLU", "a", "image"), layer("ReLU", "a", "image")), "two layers .* named ‘a’"),
        (functional(image(), layer("ReLU", "a", "image") | {"inbound_nodes": 7}), "its calls must be a list"),
        (functional(image(), layer("ReLU", "a", "image") | {"inbound_nodes": [[]]}), "must take 1 to 500 inputs and "
        "gets 0"),
        (functional(image(), layer("ReLU", "a", *["image"] * 501)), "must take 1 to 500 inputs and gets 501"),
        (functional(image(), layer("ReLU", "a", "image") | {"inbound_nodes": [[["image", 0, 3, {}]]]}), "takes output"),
        (functional(image(), layer("ReLU", "a", "image") | {"inbound_nodes": [[["image", -1, 0]]]}), "a connection"),
        (sequential(image(), *[{"class_name": "ReLU", "config": {}}] * 5001), "more than 5,000 layers"),
        (sequential(image(), layer("Permute", "p", dims=["1", 2, 3])), "‘p’: dims must be the numbers 1 to 3"),
        (sequential(image(), layer("Permute", "p", dims=[True, 2, 3])), "‘p’: dims must be the numbers 1 to 3"),
        (sequential(image(), inside_itself("SpectralNormalization")), "‘inner’ contains itself"),
        ({"model_config": "\ud800"}, "this is not JSON"),
        ({"model_config": json.dumps(sequential(image())) + "\udfff"}, "this is not JSON"),
    ],
)  # fmt: skip
def test_mistakes_are_named(document: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        load(document)
    assert len(str(caught.value)) < 400
    assert str(caught.value).isprintable()


OPERATIONS = [
    ("math.multiply", {"y": 10**400}),
    ("math.add", {"y": -(10**400)}),
    ("transpose", {"perm": [0, "1", 2, 3]}),
    ("transpose", {"perm": [0, True, 2, 3]}),
    ("reshape", {"shape": [-1, 10**400]}),
    ("expand_dims", {"axis": 10**400}),
]


@pytest.mark.parametrize(("function", "settings"), OPERATIONS, ids=str)
def test_operations_with_settings_that_no_operation_has_are_unknown(function: str, settings: dict[str, Any]) -> None:
    call = layer("TFOpLambda", "call", function=function) | {"inbound_nodes": [["image", 0, 0, settings]]}
    found = load(functional(image(), call))
    assert costs.totals(found.graph()).at_least
    assert found.notes[0].startswith("TFOpLambda layer ‘call’: ")


@pytest.mark.parametrize("cls", TRAINING_ONLY)
def test_a_class_of_somebodys_own_is_unknown_whatever_its_name(cls: str) -> None:
    theirs = layer(cls, "mine", "image")
    for module in ({"module": "mymod"}, {"module": None, "registered_name": f"mymod>{cls}"}):
        found = load(functional(image(), theirs | module))
        assert costs.totals(found.graph()).at_least
        assert found.notes[0].startswith(f"{cls[:40]} layer ‘mine’: a class from outside Keras")
    for module in ({"module": "keras.layers"}, {}):
        found = load(functional(image(), theirs | module))
        assert (costs.totals(found.graph()).at_least, found.notes) == (False, ())


def test_what_nobody_foresaw_is_a_damaged_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that a file breaks raises no error of Python's own."""
    for error in (RecursionError, TypeError, OverflowError, KeyError, IndexError, AttributeError, ZeroDivisionError):
        for broken in ("cnnlab.backends.imported.configuration", "cnnlab.backends.imported.Builder.network"):
            with monkeypatch.context() as patch:
                patch.setattr(broken, raising(error))
                with pytest.raises(ValueError, match="this file is damaged or incomplete"):
                    load(sequential(image(), layer("ReLU", error.__name__)))


def raising(error: type[Exception]) -> Callable[..., None]:
    def fail(*_: object) -> None:
        raise error

    return fail


def test_models_inside_models_unroll_to_a_limit() -> None:
    """Ten models inside one another, each called ten times by the next: ten billion layers in a few kilobytes."""
    model = functional(image(), layer("ReLU", "relu", "image"))
    for _ in range(10):
        calls = [[["image", 0, 0, {}]], *([["inner", number, 0, {}]] for number in range(1, 10))]
        model = functional(image(), model | {"name": "inner", "inbound_nodes": calls})
        model["config"]["output_layers"] = [["inner", 10, 0]]
    begin = time.process_time()
    with pytest.raises(ValueError, match="more than 5,000 layers, models inside it unrolled"):
        load(model)
    assert time.process_time() - begin < 5


def test_a_long_chain_is_read() -> None:
    chain = [layer("ReLU", f"relu{number}", f"relu{number - 1}" if number else "image") for number in range(4900)]
    root = load(functional(image(), *reversed(chain), end="relu4899")).graph()
    assert len(named(root)) == 4901


def test_thousands_of_layers_behind_the_output_are_read_soon() -> None:
    """Weights that no output needs are stored, too; each is looked at once."""
    names = ["image", *(f"n{number}" for number in range(4500))]
    chain = [layer("Dense", after, before, units=3) for before, after in itertools.pairwise(names)]
    begin = time.process_time()
    root = load(functional(image(), *chain, end="n9")).graph()
    assert time.process_time() - begin < 2.5
    assert [node.path for node in root.inputs] == ["n9", "n4499"]
    assert costs.totals(root).params == 4500 * 12


def test_nothing_heavy_is_loaded() -> None:
    code = (
        "import sys; from cnnlab.backends import imported;"
        "print([m for m in ('tensorflow', 'keras', 'pandas', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("cls", "config", "understood"),
    [
        ("LeakyReLU", {"negative_slope": 0.2}, True),
        ("LeakyReLU", {"negative_slope": 0.01}, False),
        ("LeakyReLU", {}, False),  # Keras' layer has 0.3, its function 0.2
        ("ReLU", {"negative_slope": 0.1}, False),
        ("ReLU", {"max_value": 6}, True),
        ("ELU", {"alpha": 2}, False),
        ("Softmax", {"axis": 1}, False),
        ("Softmax", {"axis": -1}, True),
        ("UpSampling2D", {"size": [2, 2], "interpolation": "bicubic"}, False),
        ("GaussianDropout", {"rate": 0.5}, False),
    ],
)
def test_a_setting_that_changes_the_result_is_never_ignored(cls: str, config: dict, understood: bool) -> None:
    found = load(sequential(image(), layer("Conv2D", "conv", **CONV), layer(cls, "it", **config)))
    assert found.notes == ()  # nothing is missing in the counts
    assert (refusal(found.graph()) is None) == understood


@pytest.mark.parametrize(
    ("made", "params"),
    [
        (layer("MultiHeadAttention", "it", num_heads=2, key_dim=3) | {"inbound_nodes": [[["image", 0, 0, {
            "attention_mask": ["more", 0, 0], "key": ["image", 0, 0], "value": ["more", 0, 0]}]]]},
         (4 + 1) * 6 * 2 + (8 + 1) * 6 + (6 + 1) * 4),
        (layer("Attention", "it", use_scale=True) | {"inbound_nodes": [[
            ["image", 0, 0, {"mask": [["more", 0, 0], None]}], ["image", 0, 0, {"mask": [["more", 0, 0], None]}]]]}, 1),
        (layer("LSTM", "it", units=3) | {"inbound_nodes": [[["image", 0, 0, {"mask": ["more", 0, 0]}]]]}, 4 * 8 * 3),
        (layer("LSTM", "it", units=3) | {"inbound_nodes": [[["image", 0, 0], ["more", 0, 0]]]}, 4 * 8 * 3),
    ],
)  # fmt: skip
def test_masks_of_keras_2_are_no_inputs(made: dict[str, Any], params: int) -> None:
    other = image(8, 8, name="more")
    counted = costs.totals(load(functional(image(8, 4), other, made)).graph())
    assert (counted.params, counted.at_least) == (params, False)


@pytest.mark.parametrize("cls", ["LSTM", "BatchNormalization", "Softmax", "TimeDistributed", "Attention"])
def test_a_call_of_masks_alone_is_read_or_raises_a_sentence(cls: str) -> None:
    tensor = {"class_name": "__keras_tensor__", "config": {"shape": [None, 8], "keras_history": ["image", 0, 0]}}
    made = layer(cls, "it", units=3) | {"inbound_nodes": [{"args": [], "kwargs": {"mask": tensor}}]}
    with suppress(ValueError):
        load(functional(image(8), made))


def test_the_order_of_a_number_and_a_tensor_counts() -> None:
    image_tensor = {
        "class_name": "__keras_tensor__",
        "config": {"shape": [None, 8, 8, 3], "dtype": "float32", "keras_history": ["image", 0, 0]},
    }

    def operation(cls: str, *args: object) -> Imported:
        made = {
            "module": "keras.src.ops.numpy", "class_name": cls, "name": "it", "config": {"name": "it"},
            "inbound_nodes": [{"args": list(args), "kwargs": {}}],
        }  # fmt: skip
        return load(functional(image(8, 8, 3), made))

    assert operation("Subtract", 1, image_tensor).graph().layer == Rescale(-1.0, 1.0)
    assert operation("Subtract", image_tensor, 1).graph().layer == Rescale(1.0, -1.0)
    assert operation("TrueDivide", image_tensor, 2).notes == ()
    assert operation("TrueDivide", 2, image_tensor).graph().layer == Counted("divide", "", (8, 8, 3), pointwise=True)


def test_a_gated_unit_has_half_of_the_channels() -> None:
    arrived = {"shape": [None, 8, 8, 6], "keras_history": ["image", 0, 0]}
    made = {
        "module": "keras.src.ops.nn", "class_name": "Glu", "name": "it", "config": {"name": "it"},
        "inbound_nodes": [{"args": [{"class_name": "__keras_tensor__", "config": arrived}], "kwargs": {"axis": -1}}],
    }  # fmt: skip
    assert load(functional(image(8, 8, 6), made)).graph().shape == (8, 8, 3)


def test_a_file_does_not_write_the_notes_itself() -> None:
    for notes in (5, ["Trust me."], {"a": 1}):
        model = sequential(image(), layer("ReLU", "relu")) | {"notes": notes, "format": notes}
        assert load(model).notes == ()


def test_a_model_that_holds_itself_raises_a_sentence() -> None:
    inner = sequential(image(), layer("ReLU", "relu")) | {"shared_object_id": 1}
    inner["config"]["layers"].append(sequential(image()) | {"shared_object_id": 1})
    outer = sequential(image(), inner)
    with pytest.raises(ValueError, match="contains itself"):
        load(outer)


def test_statistics_that_do_not_fit_each_other_raise_a_sentence() -> None:
    with pytest.raises(ValueError, match="variance must be as many numbers as the mean"):
        load(sequential(image(), layer("Normalization", "norm", mean=1.0, variance=[])))


def test_a_file_of_unknown_layers_has_few_notes() -> None:
    found = load(sequential(image(), *(layer(f"Strange{number}", f"it{number}") for number in range(500))))
    assert len(found.notes) < 20
    assert "more kinds of layers" in found.notes[-1]


def test_a_file_with_far_too_long_settings_is_refused() -> None:
    numbers = random.Random(0)
    junk = layer("Conv2D", "conv", **CONV) | {"junk": [numbers.random() for _ in range(100_000)]}
    with pytest.raises(ValueError, match="far greater length"):
        load(sequential(image(), junk))
