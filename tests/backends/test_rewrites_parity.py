"""What rewrites make, against Keras: every distinct layer of the catalogue rewritten, and whole small networks."""

from functools import cache
from math import prod
from typing import Any

import pytest
from keras_parity import check_against_keras

from cnnlab import rewrites, zoo
from cnnlab.backends.keras_calls import keras_call
from cnnlab.graph import Layer, Node, Shape, walk
from cnnlab.network import Network

pytestmark = pytest.mark.slow

SMALL = {
    "lenet5": "lenet5?input_size=28",
    "alexnet": "alexnet?input_size=99&classes=4",
    "vgg": "vgg11?input_size=32&classes=4",
    "nin": "nin?input_size=99&classes=4",
    "googlenet": "googlenet?input_size=80&classes=4&auxiliary_heads=true",
    "inception_v3": "inception_v3?input_size=107&classes=4",
    "resnet basic": "resnet18?input_size=33&classes=4",
    "resnet bottleneck": "resnet50?input_size=33&classes=4",
    "resnet cifar": "resnet20_cifar?depth=14&width=4",
    "mobilenet_v1": "mobilenet_v1?input_size=33&classes=4&width=0.25",
    "mobilenet_v2": "mobilenet_v2?input_size=33&classes=4&width=0.35",
    "efficientnet": "efficientnet_b0?input_size=33&classes=4&width=0.25",
}
WIDTH = {"vgg": 0.25, "alexnet": 0.25, "inception_v3": 0.25, "resnet bottleneck": 0.25, "resnet basic": 0.25}


def rewritten(root: Node) -> dict[str, Node]:
    """Every rewrite that applies."""
    found = {}
    for name in rewrites.REWRITES:
        try:
            found[name] = rewrites.apply(root, name)
        except ValueError:
            continue
    return found


@cache
def distinct_layers() -> dict[tuple[Layer, tuple[Shape, ...]], Node]:
    """One node of each layer and input shapes that rewrites make and the catalogue does not have."""
    usual = {(node.layer, node.input_shapes) for name in zoo.names() for node in walk(zoo.build(name))}
    found: dict[tuple[Layer, tuple[Shape, ...]], Node] = {}
    for name in zoo.names():
        for root in rewritten(zoo.build(name)).values():
            for node in walk(root):
                key = (node.layer, node.input_shapes)
                if sum(node.params) and key not in usual:
                    found.setdefault(key, node)
    return found


def test_every_distinct_layer_equals_keras() -> None:
    import keras

    assert len(distinct_layers()) > 500
    # Weights get their shapes and no memory: those of a standard EfficientNet-B7 would take eleven gigabytes.
    with keras.StatelessScope(initialize_variables=False):
        for node in distinct_layers().values():
            call = keras_call(node.layer)
            layer = getattr(keras.layers, call.cls)(*call.args, **call.kwargs)
            shapes = [(None, *shape) for shape in node.input_shapes]
            layer.build(shapes[0])
            trained = sum(prod(weight.shape) for weight in layer.trainable_weights)
            assert (trained, layer.count_params() - trained) == node.params, node
            assert tuple(layer.compute_output_shape(shapes[0])[1:]) == node.shape, node
            assert _macs(layer, node.shape) == node.macs, node


def _macs(layer: Any, output: Shape) -> int:
    """A kernel's weights, each used once at every position of the output."""
    if not hasattr(layer, "kernel"):
        return 0
    return prod(layer.kernel.shape) * prod(output[:2] if len(output) == 3 else ())


def small(name: str) -> Node:
    root = Network.parse(SMALL[name]).graph()
    return rewrites.apply(root, "scale_width", WIDTH[name]) if name in WIDTH else root


@pytest.mark.parametrize("rewrite", rewrites.REWRITES)
def test_every_rewrite_of_a_small_network_equals_keras(rewrite: str) -> None:
    """Of the first network to which it applies."""
    check_against_keras(next(found[rewrite] for name in SMALL if rewrite in (found := rewritten(small(name)))))


@pytest.mark.thorough
@pytest.mark.parametrize("name", SMALL)
def test_a_small_network_of_each_family_equals_keras(name: str) -> None:
    found = rewritten(small(name))
    assert "scale_width" in found
    for after in found.values():
        check_against_keras(after)
