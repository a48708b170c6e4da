"""The Keras file a user downloads: it runs alone, and the network it builds has our counts."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cnnlab import costs
from cnnlab.backends.calls import keras_call
from cnnlab.backends.source import keras_source
from cnnlab.graph import Input, Outputs
from cnnlab.network import Network

REFERENCES = [
    "lenet5", "alexnet", "vgg16?input_size=64", "nin", "googlenet?auxiliary_heads=true", "inception_v3?classes=10",
    "resnet18?shortcut=A", "resnet50?stride_on=v1.5", "plain20_cifar", "mobilenet_v1?width=0.5", "mobilenet_v2",
    "efficientnet_b0",
]  # fmt: skip
# Builds each file's model as an importer would, and prints its counts.
COUNT = """
import json, math, runpy, sys
for path in sys.argv[1:]:
    model = runpy.run_path(path)["model"]
    trained = sum(math.prod(weight.shape) for weight in model.trainable_weights)
    print(json.dumps([model.count_params(), trained, [layer.name for layer in model.layers]]))
"""


def test_source_is_one_assignment_a_layer() -> None:
    root = Network.of("lenet5").graph()
    text = keras_source(root, 'a "title"')
    assert text.startswith('"""a title. Made by CNN Lab')
    compile(text, "lenet5.py", "exec")
    assert 'conv1_conv = layers.Conv2D(6, 5, name="conv1.conv")(inputs)  # 28×28×6' in text
    assert "LocalResponse" not in text
    assert "class LocalResponseNormalization" in keras_source(Network.of("alexnet").graph(), "AlexNet")


def test_names_that_python_keeps_for_itself() -> None:
    x = Input((4, 4, 1))()
    for name in ("class", "1st", "model", "keras", "a.b", "a_b"):
        from cnnlab.graph import Activation

        x = Activation("relu")(x, name=name)
    compile(keras_source(x, "odd"), "odd.py", "exec")


def test_a_layer_without_a_keras_twin_is_refused() -> None:
    with pytest.raises(TypeError, match="no Keras layer"):
        keras_call(Outputs())


@pytest.mark.slow
def test_files_run_alone_and_count_the_same(tmp_path: Path) -> None:
    files = []
    for number, reference in enumerate(REFERENCES):
        file = tmp_path / f"network{number}.py"
        file.write_text(keras_source(Network.parse(reference).graph(), reference), encoding="utf-8")
        files.append(str(file))
    done = subprocess.run(
        [sys.executable, "-I", "-c", COUNT, *files], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    for reference, line in zip(REFERENCES, done.stdout.splitlines(), strict=True):
        total, trained, names = json.loads(line)
        root = Network.parse(reference).graph()
        table = costs.layer_table(root)
        assert (total, trained) == (table["params"].sum(), table["trainable_params"].sum()), reference
        assert set(names) == set(table["layer"])
    alone = subprocess.run([sys.executable, "-I", files[0]], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert alone.returncode == 0, alone.stderr
    assert "61,706" in alone.stdout
