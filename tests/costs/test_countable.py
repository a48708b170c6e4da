"""Costs of whatever has a graph: nodes, references and Keras models, with NumPy's numbers as settings."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from pandas.testing import assert_frame_equal

from cnnlab import costs, zoo
from cnnlab.network import Network

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("text", ["lenet5", "resnet50?input_size=160", "mobilenet_v1+standard_conv"])
def test_a_reference_counts_as_its_graph(text: str) -> None:
    network = Network.parse(text)
    assert costs.totals(network) == costs.totals(network.graph())
    assert_frame_equal(costs.layer_table(network), costs.layer_table(network.graph()))


@pytest.mark.parametrize("wrong", ["lenet5", None, 3, Network])
def test_anything_else_is_refused_with_a_sentence(wrong: object) -> None:
    with pytest.raises(TypeError, match="a graph, a Network or a Keras model, not "):
        costs.totals(wrong)


MODEL = """
import json, sys

class Model:
    def to_json(self):
        return json.dumps({"class_name": "Sequential", "config": {"name": "mine", "layers": [
            {"class_name": "InputLayer", "config": {"batch_shape": [None, 8], "name": "image"}},
            {"class_name": "Dense", "config": {"name": "scores", "units": 10}},
        ]}})

Model.__module__ = "keras.src.models.model"

class Mine(Model):
    pass

from cnnlab import costs
assert costs.totals(Model()).params == costs.totals(Mine()).params == 90
assert costs.layer_table(Mine())["params"].sum() == 90
print(sorted({"keras", "tensorflow"} & set(sys.modules)))
"""


def test_a_keras_model_is_recognised_without_keras() -> None:
    done = subprocess.run([sys.executable, "-c", MODEL], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.slow
def test_models_of_keras_have_its_own_totals() -> None:
    import keras

    model = keras.applications.MobileNetV2(weights=None)
    found = costs.totals(model)
    assert found.params == model.count_params()
    assert found.trainable_params == sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
    model.trainable = False
    assert costs.totals(model).trainable_params == 0


INTEGERS = (np.int8(64), np.uint8(64), np.int16(64), np.int32(64), np.int64(64), np.uint64(64), np.float64(64))


@pytest.mark.parametrize("size", INTEGERS, ids=lambda size: type(size).__name__)
def test_whole_numbers_of_numpy_are_whole_numbers(size: np.generic) -> None:
    usual = costs.totals(zoo.build("resnet18", input_size=64))
    assert costs.totals(zoo.build("resnet18", input_size=size)) == usual  # type: ignore[arg-type]
    network = Network.of("resnet18", input_size=size)  # type: ignore[arg-type]
    assert network == Network.parse("resnet18?input_size=64")
    assert type(network.values["input_size"]) is int
    assert str(network.replace(classes=np.int64(10))) == "resnet18?input_size=64&classes=10"  # type: ignore[arg-type]


def test_numbers_and_truth_values_of_numpy() -> None:
    network = Network.of("mobilenet_v1", width=np.float32(0.1))  # type: ignore[arg-type]
    assert str(network) == "mobilenet_v1?width=0.1"
    assert Network.of("resnet50", bias=np.bool_(False)) == Network.parse("resnet50?bias=false")  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", [np.float64(64.5), np.float64("nan"), np.bool_(True), np.array([64]), np.int64(4)])
def test_what_is_no_whole_number_in_the_range_is_refused(wrong: object) -> None:
    with pytest.raises(ValueError, match="a whole number from 8 to 1,024"):
        Network.of("resnet18", input_size=wrong)  # type: ignore[arg-type]


def test_a_choice_is_a_text() -> None:
    with pytest.raises(ValueError, match="one of"):
        Network.of("lenet5", pooling=np.array(["avg", "max"]))  # type: ignore[arg-type]
