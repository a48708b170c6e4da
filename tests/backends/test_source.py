"""The Keras file a user downloads: it runs alone, reads well, and the network it builds is the very one."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from profiles import few, first_with_each_push, thorough
from random_graphs import graphs
from source_networks import REWRITTEN, odd_names, rewritten, stacks

from cnnlab import costs, zoo
from cnnlab.backends.keras import to_keras
from cnnlab.backends.keras_calls import keras_call
from cnnlab.backends.source import keras_source, torch_source
from cnnlab.backends.source.framework import KERAS, TORCH
from cnnlab.backends.source.grouping import grouped
from cnnlab.graph import Node, Outputs, named
from cnnlab.network import Network
from cnnlab.recipe import graph
from cnnlab.recipe.templates import TEMPLATES

RULES = ("check", "--isolated", "--line-length=110", "--select=E,F,W,I,N,UP,B,A,C4,SIM,RET,PIE,RUF")
ALLOWED = "--ignore=RUF001,RUF002,RUF003,N812"  # the project writes × on purpose, and everybody calls functional F
# Lines a reader has to read: the most there may be.
LINES = {
    "resnet50": 75, "resnet152": 75, "mobilenet_v1": 75, "mobilenet_v2": 90, "efficientnet_b0": 112,
    "efficientnet_b7": 112, "vgg16": 60, "googlenet": 95, "inception_v3": 120, "lenet5": 45, "resnet56_cifar": 70,
    "resnet50+drop_skips": 70, "vgg16+depthwise_separable": 80,
}  # fmt: skip
# The same for PyTorch, whose files also have what PyTorch lacks.
TORCH_LINES = {
    "resnet50": 125, "mobilenet_v2": 145, "efficientnet_b7": 215, "vgg16": 80, "lenet5": 60, "resnet56_cifar": 115,
}  # fmt: skip
# Beyond every network's defaults: knobs that change which layers a block has. Small images keep it quick.
REFERENCES = [
    *(name for name in zoo.names() if name not in ("vgg16", "vgg19", "alexnet")),
    "vgg16?input_size=64", "vgg13?adaptive_pool=true&input_size=97&classes=3", "alexnet?grouped=false&classes=10",
    "alexnet?classes=10", "googlenet?auxiliary_heads=true", "inception_v3?input_size=150&classes=5",
    "lenet5?pooling=max&activation=relu", "resnet18?shortcut=A&bias=true", "resnet34?residual=false&input_size=97",
    "resnet50?stride_on=v1.5&bias=false&input_size=161", "resnet20_cifar?depth=32&width=5&channels=1&shortcut=B",
    "resnet20_cifar?depth=8", "mobilenet_v1?width=0.1&input_size=127", "mobilenet_v2?width=2.35&input_size=129",
    "efficientnet_b0?width=0.5&depth=1.7&resolution=0.6", "efficientnet_b2?phi=1&input_size=65",
]  # fmt: skip
# Blocks as none of the others has; the rest of the list is deeper, wider or larger.
OWN_BLOCKS = {"lenet5", "nin", "plain20_cifar", "mobilenet_v1", "mobilenet_v2", "efficientnet_b0"}
# Builds each file's model as an importer would, and prints its counts; then runs the first file as a reader would.
COUNT = """
import json, math, runpy, sys
for path in sys.argv[1:]:
    model = runpy.run_path(path)["model"]
    trained = sum(math.prod(weight.shape) for weight in model.trainable_weights)
    print(json.dumps([model.count_params(), trained, [layer.name for layer in model.layers]]))
runpy.run_path(sys.argv[1], run_name="__main__")
"""


def described(model: Any) -> tuple[object, ...]:
    """Everything a model's configuration says, whatever the order of its layers and the module of its classes."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: plain(each) for key, each in value.items() if key not in ("module", "registered_name")}
        return [plain(each) for each in value] if isinstance(value, list | tuple) else value

    config = model.get_config()
    layers = {layer["name"]: plain(layer) for layer in config["layers"]}
    return layers, plain(config["input_layers"]), plain(config["output_layers"])


def check_builds_the_same(root: Node, title: str = "it") -> None:
    import keras

    text = keras_source(root, title)
    space: dict[str, Any] = {"__name__": "imported"}
    exec(compile(text, f"{title}.py", "exec"), space)
    assert described(space["model"]) == described(to_keras(root)), text
    assert set(described(space["model"])[0]) == set(named(root))  # type: ignore[call-overload]
    keras.backend.clear_session(free_memory=False)


def every() -> Iterator[tuple[str, Node]]:
    yield from ((reference, Network.parse(reference).graph()) for reference in REFERENCES)
    yield from ((f"template {name}", graph(template.make())) for name, template in TEMPLATES.items())
    yield from rewritten()


@pytest.mark.parametrize("reference", LINES)
def test_the_file_is_short(reference: str) -> None:
    text = keras_source(Network.parse(reference).graph(), reference)
    assert len(text.splitlines()) <= LINES[reference], text


@pytest.mark.parametrize("reference", TORCH_LINES)
def test_the_file_for_pytorch_is_short(reference: str) -> None:
    text = torch_source(Network.parse(reference).graph(), reference)
    assert len(text.splitlines()) <= TORCH_LINES[reference], text


@pytest.mark.parametrize("source", [keras_source, torch_source])
@pytest.mark.slow
def test_linters_find_nothing(source: Callable[[Node, str], str], tmp_path: Path) -> None:
    for number, (title, root) in enumerate(every()):
        text = source(root, title)
        assert max(map(len, text.splitlines())) <= 110, (title, text)
        (tmp_path / f"network{number}.py").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "ruff", *RULES, ALLOWED, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[:2000]


def test_blocks_are_functions_and_stages_are_loops() -> None:
    text = keras_source(Network.parse("resnet50").graph(), "ResNet-50 (resnet50)")
    assert text.startswith('"""ResNet-50 (resnet50): 25,636,712 parameters, 3,857,973,248 multiply-accumulates')
    assert "def residual_bottleneck(x, filters, name, strides=1, shortcut=False):" in text
    assert "        (6, 256, 2),\n" in text
    assert 'name=f"stage{stage}.block{block}"' in text
    text = keras_source(Network.parse("efficientnet_b0").graph(), "EfficientNet-B0")
    assert "rate=0.2 * number / 16 if block > 1 else None," in text
    assert 'y = conv_bn(x, 6 * x.shape[-1], 1, name=f"{name}.expand")' in text


def test_blocks_of_pytorch_are_classes_and_stages_are_loops() -> None:
    text = torch_source(Network.parse("resnet50").graph(), "ResNet-50 (resnet50)")
    assert text.startswith('"""ResNet-50 (resnet50): 25,636,712 parameters, 3,857,973,248 multiply-accumulates')
    assert "The network takes (batch, 3, 224, 224)." in text
    assert "PyTorch counts 25,583,592 of them as parameters." in text
    assert "def __init__(self, channels, filters, stride=1, shortcut=False):" in text
    assert "            (6, 256, 2),\n" in text
    assert "channels = 4 * filters\n" in text
    assert 'self.stages.add_module(f"stage{stage}_block{block}", ' in text
    text = torch_source(Network.parse("efficientnet_b0").graph(), "EfficientNet-B0")
    assert "depthwise_channels = 6 * channels if expand else channels\n" in text
    assert "rate=0.2 * number / 16 if block > 1 else None," in text


def test_pytorch_says_that_flattened_numbers_have_another_order() -> None:
    assert "another order" in torch_source(Network.of("lenet5").graph(), "LeNet-5")
    assert "another order" not in torch_source(Network.of("resnet50").graph(), "ResNet-50")


@pytest.mark.slow
def test_both_frameworks_have_the_same_blocks() -> None:
    for title, root in every():
        kinds = []
        for framework in (KERAS, TORCH):
            _, functions = grouped(root, framework)
            kinds.append([re.sub(r"[\d_]", "", function.name).lower() for function, _ in functions])
        assert kinds[0] == kinds[1], title


def test_a_layer_used_once_stays_a_plain_line() -> None:
    text = keras_source(Network.of("lenet5").graph(), 'a "title"\nof two lines \\')
    assert text.startswith('"""a \'title\' of two lines /: 61,706 parameters')
    assert 'x = layers.Flatten(name="flatten")(x)  # 400\n' in text
    assert "LocalResponse" not in text
    assert "class LocalResponseNormalization" in keras_source(Network.of("alexnet").graph(), "AlexNet")


def test_names_that_python_reserves() -> None:
    text = keras_source(odd_names(), "odd")
    compile(text, "odd.py", "exec")
    assert "def " in text.replace("def build", "")


def test_a_layer_without_a_keras_twin_is_refused() -> None:
    with pytest.raises(TypeError, match="no Keras layer"):
        keras_call(Outputs())


@pytest.mark.slow
def test_odd_names_are_kept() -> None:
    check_builds_the_same(odd_names())


@pytest.mark.slow
@pytest.mark.usefixtures("zeros")
@pytest.mark.parametrize(
    "reference",
    [
        each if ("?" in each and "efficientnet" not in each) or each in OWN_BLOCKS else thorough(each)
        for each in REFERENCES
    ],
)
def test_the_registry_is_built_the_same(reference: str) -> None:
    check_builds_the_same(Network.parse(reference).graph(), reference)


@pytest.mark.slow
@pytest.mark.usefixtures("zeros")
@pytest.mark.parametrize(
    "name",
    ["lenet5", "googlenet", "plain20_cifar", "mobilenet_v2"]
    + [thorough(name) for name in ("alexnet", "nin", "resnet50", "efficientnet_b0")],
)
def test_recipes_are_built_the_same(name: str) -> None:
    check_builds_the_same(graph(TEMPLATES[name].make()), name)


@pytest.mark.slow
@pytest.mark.usefixtures("zeros")
@pytest.mark.parametrize("reference", first_with_each_push(*REWRITTEN))
def test_rewritten_networks_are_built_the_same(reference: str) -> None:
    for title, root in rewritten():
        if title.startswith(f"{reference}+"):
            check_builds_the_same(root, title)


@pytest.mark.slow
@few
@given(graphs())
def test_random_graphs_are_built_the_same(drawn: tuple[Node, list[str]]) -> None:
    check_builds_the_same(drawn[0])


@pytest.mark.slow
@few
@given(stacks())
def test_random_blocks_are_built_the_same(root: Node) -> None:
    check_builds_the_same(root)


@pytest.mark.slow
@pytest.mark.thorough
def test_files_run_alone_and_count_the_same(tmp_path: Path) -> None:
    references = ["lenet5", "googlenet?auxiliary_heads=true", "mobilenet_v2"]
    files = []
    for number, reference in enumerate(references):
        file = tmp_path / f"network{number}.py"
        file.write_text(keras_source(Network.parse(reference).graph(), reference), encoding="utf-8")
        files.append(str(file))
    done = subprocess.run(
        [sys.executable, "-I", "-c", COUNT, *files], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    *counted, summary = done.stdout.split("\n", len(references))
    for reference, line in zip(references, counted, strict=True):
        total, trained, names = json.loads(line)
        table = costs.layer_table(Network.parse(reference).graph())
        assert (total, trained) == (table["params"].sum(), table["trainable_params"].sum()), reference
        assert set(names) == set(table["layer"])
    assert "61,706" in summary
