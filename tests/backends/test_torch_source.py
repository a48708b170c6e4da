"""The PyTorch file a user downloads: its network computes what Keras computes with the same weights.

Needs PyTorch: pip install -r tests/requirements-torch.txt. What the text looks like is tested in test_source.py.
"""

import csv
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import pytest
from case_studies import ARCHITECTURES, CASE_STUDIES
from hypothesis import given, settings
from profiles import few, thorough
from random_graphs import KINDS, graphs, uses
from source_networks import REWRITTEN, odd_names, rewritten, stacks
from torch_networks import check_computes_the_same, first, made, random_images

from cnnlab import costs, zoo
from cnnlab.backends.imported import read
from cnnlab.backends.source import torch_source
from cnnlab.backends.source.modules import TAKEN
from cnnlab.backends.torch_calls import torch_refusal
from cnnlab.graph import (
    Activation,
    Add,
    BatchNorm,
    Concatenate,
    Conv,
    Dense,
    Flatten,
    Function,
    GlobalPool,
    Input,
    LayerNorm,
    Node,
    Outputs,
    Pool,
    Rescale,
    Reshape,
    TransposedConv,
)
from cnnlab.network import Network
from cnnlab.recipe import graph
from cnnlab.recipe.templates import TEMPLATES

torch = pytest.importorskip("torch", reason="PyTorch is missing: pip install -r tests/requirements-torch.txt")

with (Path(__file__).parents[1] / "costs" / "torch_tools.csv").open(encoding="utf-8", newline="") as file:
    PRINTED = list(csv.DictReader(file))
# Blocks as none of the others has, and quick ones; the rest of the list is deeper, wider or larger.
WITH_EACH_PUSH = {"lenet5", "resnet20_cifar", "googlenet", "mobilenet_v2", "efficientnet_b0"}
SIZES = (32, 33, 48, 65, 79, 97, 131, 227)
# Further forms of the networks: knobs that change which layers a block has.
FORMS = [
    "alexnet?grouped=false&classes=5&input_size=131", "googlenet?auxiliary_heads=true&input_size=97&classes=4",
    "lenet5?pooling=max&activation=relu", "resnet18?shortcut=A&bias=true&input_size=33&classes=4",
    "resnet50?stride_on=v1.5&bias=false&input_size=33&classes=3", "vgg11?adaptive_pool=true&input_size=97&classes=3",
    "resnet20_cifar?depth=14&width=5&channels=1&shortcut=B", "mobilenet_v2?width=0.35&input_size=47&classes=4",
    "googlenet?form=torchvision&input_size=98x131&classes=4", "efficientnet_b0?input_size=33x64&classes=4",
]  # fmt: skip


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def small(name: str) -> Network:
    """Return a case study for the smallest images that it takes, with few classes."""
    knobs = zoo.case(name).knobs
    wanted = {"classes": 5} if "classes" in knobs else {}
    for size in SIZES if "input_size" in knobs else ():
        try:
            found = Network.of(name, input_size=size, **wanted)
            found.graph()
        except ValueError:
            continue
        return found
    return Network.of(name, **wanted)


def counted(network: Any) -> int:
    return sum(weight.numel() for weight in network.parameters())


@pytest.mark.parametrize(
    "row",
    [row if row["network"] in ARCHITECTURES and row["input_size"] == "224" else thorough(row) for row in PRINTED],
    ids=lambda row: f"{row['network']} {row['input_size']}",
)
def test_parameters_equal_those_of_torchvision(row: dict[str, str]) -> None:
    case = zoo.case(row["network"])
    with torch.device("meta"):
        network = made(case.build(input_size=int(row["input_size"]), **case.torchvision or {}))
    assert counted(network) == int(row["params"])


@pytest.mark.parametrize("name", CASE_STUDIES)
def test_the_registry_has_its_parameters(name: str) -> None:
    root = Network.of(name).graph()
    with torch.device("meta"):
        network = made(root, name)
    kept = {buffer: value for buffer, value in network.named_buffers() if "num_batches" not in buffer}
    fixed = [value.numel() for buffer, value in kept.items() if not buffer.endswith(("scale", "offset"))]
    assert (counted(network), counted(network) + sum(fixed)) == (
        costs.totals(root).trainable_params,
        costs.totals(root).params,
    )
    assert f"{counted(network):,}" in torch_source(root, name)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name if name in WITH_EACH_PUSH else thorough(name) for name in zoo.names()])
def test_the_registry_computes_the_same(name: str) -> None:
    check_computes_the_same(small(name).graph())


@pytest.mark.slow
@pytest.mark.parametrize("reference", [each if "lenet5" in each else thorough(each) for each in FORMS])
def test_other_forms_compute_the_same(reference: str) -> None:
    check_computes_the_same(Network.parse(reference).graph())


@pytest.mark.slow
@pytest.mark.parametrize("name", [name if name == "nin" else thorough(name) for name in TEMPLATES])
def test_recipes_compute_the_same(name: str) -> None:
    check_computes_the_same(graph(TEMPLATES[name].make()))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mobilenet_v1+standard_conv"])
def test_a_rewrite_computes_the_same(name: str) -> None:
    check_computes_the_same(Network.parse(f"{name.replace('+', '?input_size=33&classes=3+')}").graph())


@pytest.mark.slow
@pytest.mark.parametrize("reference", [thorough(each) for each in REWRITTEN])
def test_rewritten_networks_compute_the_same(reference: str) -> None:
    for title, root in rewritten():
        if title.startswith(f"{reference}+"):
            check_computes_the_same(root)


@pytest.mark.slow
@pytest.mark.parametrize("start", range(3))
def test_every_kind_of_layer_computes_the_same(start: int) -> None:
    for kind in KINDS[start::3]:

        @settings(max_examples=settings().max_examples // 20)
        @given(uses(kind))
        def check(root: Node) -> None:
            check_computes_the_same(root)

        check()


@pytest.mark.slow
@pytest.mark.thorough
@few
@given(graphs())
def test_random_graphs_compute_the_same(drawn: tuple[Node, list[str]]) -> None:
    check_computes_the_same(drawn[0])


@pytest.mark.slow
@pytest.mark.thorough
@few
@given(stacks())
def test_random_blocks_compute_the_same(root: Node) -> None:
    check_computes_the_same(root)


def flattened() -> list[Node]:
    """Networks in which the order of a flattened map's numbers does not matter, and others in which it does."""

    def image() -> Node:
        return Input((3, 4, 5))()

    normed = image() >> Flatten() >> BatchNorm() >> Activation("relu") >> Dense(3)
    flat = image() >> Flatten()
    branches = Concatenate()(flat >> Dense(4), flat >> Activation("tanh") >> Dense(2)) >> Dense(3)
    seen = image() >> Flatten()
    shaped = image() >> Flatten() >> Reshape((5, 4, 3)) >> Conv(2, 3)
    one, other = image(), image()
    summed = Add()(one >> Flatten(), other >> Reshape((60,))) >> Dense(3)
    joined = Concatenate()(image() >> Flatten(), Input((7,))()) >> Dense(3)
    used = image() >> Flatten()
    heads = Outputs()(used >> Dense(2), used)
    shared = image() >> Flatten()
    dense = shared >> Dense(60)
    again = dense.layer(dense, weights_of=dense)
    normed_map = image() >> Flatten() >> LayerNorm() >> Dense(2)
    return [normed, branches, seen, shaped, summed, joined, heads, again, normed_map]


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(flattened())))
def test_flattened_maps_compute_the_same(number: int) -> None:
    check_computes_the_same(flattened()[number])


@pytest.mark.slow
def test_every_function_computes_the_same() -> None:
    image = Input((4, 5, 3))()
    check_computes_the_same(Outputs()(*(Activation(function)(image) for function in get_args(Function))))


@pytest.mark.slow
@pytest.mark.parametrize("size", [7, 8])
def test_every_padding_computes_the_same(size: int) -> None:
    """Windows smaller and larger than their stride, on odd and even maps: also of numbers that are all below zero."""
    heads = []
    below = Input((size, size + 1, 2))() >> Activation("sigmoid") >> Rescale(-1.0)
    for kernel in (1, 2, 3, 4, (2, 5)):
        for stride in (1, 2, 3, (1, 2)):
            heads += [
                below >> Conv(3, kernel, stride),
                below >> TransposedConv(3, kernel, stride),
                below >> TransposedConv(3, kernel, stride, "valid"),
                below >> Pool("max", kernel, stride, "same"),
                below >> Pool("avg", kernel, stride, "same"),
            ]
    check_computes_the_same(Outputs()(*heads))


@pytest.mark.slow
@pytest.mark.thorough
def test_odd_names_compute_the_same() -> None:
    check_computes_the_same(odd_names())


@pytest.mark.slow
@pytest.mark.thorough
def test_batch_norms_follow_their_images_as_fast() -> None:
    from cnnlab.backends.keras import to_keras

    root = Input((4, 4, 3))() >> BatchNorm(momentum=0.9)
    images = random_images(root)
    model, network = to_keras(root), made(root).train()
    model(images[0], training=True)
    network(torch.from_numpy(first(images[0])))
    # Keras keeps the variance of the batch itself, PyTorch its unbiased estimate.
    torch.testing.assert_close(network.bn.running_mean, torch.tensor(model.layers[1].moving_mean.numpy()))


def test_no_layer_hides_a_method() -> None:
    assert {name for name in dir(torch.nn.Sequential()) if not name.startswith("_")} <= TAKEN


def test_shared_and_frozen_layers() -> None:
    image = Input((8, 8, 4))()
    conv = Conv(4, 3)(image, name="conv", frozen=True)
    normed = BatchNorm()(conv, name="norm", frozen=True)
    again = Conv(4, 3)(normed, weights_of=conv, frozen=True)
    root = again >> GlobalPool() >> Dense(3)
    network = made(root).train()
    assert counted(network) == (4 * 9 * 4 + 4) + 8 + (4 * 3 + 3)
    assert sum(weight.numel() for weight in network.parameters() if weight.requires_grad) == 15
    before = network.norm.running_mean.clone()
    network(torch.randn(2, 4, 8, 8)).sum().backward()
    assert torch.equal(network.norm.running_mean, before), "a frozen batch norm keeps its statistics"
    assert network.conv.weight.grad is None
    assert network.dense.weight.grad is not None


@pytest.mark.slow
def test_shared_layers_compute_the_same() -> None:
    image = Input((8, 8, 4))()
    conv = Conv(4, 3)(image, name="conv")
    root = Conv(4, 3)(conv >> Activation("relu"), weights_of=conv) >> GlobalPool() >> Dense(3)
    check_computes_the_same(root)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    ["MobileNetV3Small"]
    + [
        thorough(name)
        for name in ("DenseNet121", "Xception", "ResNet50V2", "EfficientNetV2B0", "ConvNeXtTiny", "NASNetMobile")
    ],
)
def test_imports_compute_the_same(name: str) -> None:
    import keras

    size = 71 if name == "Xception" else 32
    model = getattr(keras.applications, name)(weights=None, input_shape=(size, size, 3), include_top=False)
    root = read(model.to_json().encode()).graph()
    assert torch_refusal(root) is None
    check_computes_the_same(root, 1e-3)


def test_what_cannot_be_written_is_refused() -> None:
    root = Input((9, 4))() >> BatchNorm()
    expected = "its layer “bn”: bn takes 9×4, no feature map and no vector, and cannot be written in PyTorch here"
    assert torch_refusal(root) == expected


def test_dropped_numbers() -> None:
    network = made(Network.of("efficientnet_b0", input_size=32).graph()).train()
    drop = next(module for module in network.modules() if type(module).__name__ == "StochasticDepth")
    images = torch.ones(4000, 2, 3, 3)
    kept = drop(images)[:, 0, 0, 0]
    torch.testing.assert_close(kept.unique(), torch.tensor([0, 1 / (1 - drop.p)]))
    assert abs(float((kept == 0).float().mean()) - drop.p) < 0.03


def test_files_run_alone(tmp_path: Path) -> None:
    file = tmp_path / "network.py"
    file.write_text(torch_source(Network.of("lenet5").graph(), "LeNet-5"), encoding="utf-8")
    done = subprocess.run([sys.executable, "-I", str(file)], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("61,706 parameters\n")
