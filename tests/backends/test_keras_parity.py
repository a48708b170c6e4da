"""Our counts against Keras: layer by layer for any graph, and total by total for every network Keras has itself."""

from collections import Counter
from math import prod
from typing import Any

import pytest
from hypothesis import given
from keras_parity import check_against_keras
from profiles import few, thorough
from random_graphs import KINDS, graphs, uses

from cnnlab import costs, zoo
from cnnlab.backends.keras import to_keras
from cnnlab.graph import Layer, Node, named, outputs
from cnnlab.network import Network

pytestmark = pytest.mark.slow

# One reference for each knob that changes what is built, and so for each block; small where only the numbers grow.
REFERENCES = [
    "lenet5?input_size=28&channels=3&pooling=max&activation=relu",
    "alexnet?classes=10",
    "alexnet?grouped=false&classes=10",
    "vgg11?input_size=64&classes=10",
    "vgg13?adaptive_pool=true&input_size=161&classes=3",
    "nin?input_size=128&classes=10",
    "googlenet?auxiliary_heads=true",
    "resnet18?shortcut=A&bias=true",
    "resnet18?residual=false&input_size=97",
    "resnet50?stride_on=v1.5&bias=false&input_size=161",
    "resnet20_cifar?depth=14&width=5&channels=1&shortcut=B",
    "mobilenet_v1?width=0.1&input_size=127",
    "mobilenet_v2?width=2.35&input_size=129",
    "efficientnet_b0?width=0.5&depth=0.6&resolution=0.6",
    # Images that are not square.
    "lenet5?input_size=32x45",
    "resnet18?input_size=8x96&shortcut=A",
    "googlenet?input_size=98x131&form=torchvision&auxiliary_heads=true",
    "mobilenet_v2?input_size=47x96&width=0.35",
    *map(thorough, (f"{name}?input_size={size}" for name in zoo.names() for size in ("128x161", "193x97"))),
    *map(thorough, (*zoo.names(), "efficientnet_b2?phi=1&input_size=65", "inception_v3?input_size=150&classes=5")),
]


@pytest.mark.usefixtures("zeros")
@pytest.mark.parametrize("reference", REFERENCES)
def test_every_layer_equals_the_compiled_one(reference: str) -> None:
    check_against_keras(Network.parse(reference).graph())


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_of_layer_equals_keras(kind: type[Layer]) -> None:
    @few
    @given(uses(kind))
    def check(node: Node) -> None:
        check_against_keras(node)

    check()


@few
@given(graphs())
def test_random_graphs_equal_their_keras_model(drawn: tuple[Node, list[str]]) -> None:
    check_against_keras(drawn[0])


def test_a_small_network_computes_in_keras() -> None:
    import numpy as np

    for reference in ("googlenet?auxiliary_heads=true&classes=3", "resnet20_cifar?depth=8", "alexnet?grouped=false"):
        root = Network.parse(reference).graph()
        model = to_keras(root)
        result = model(np.zeros((2, *model.input_shape[1:]), "float32"))
        heads = result if isinstance(result, list) else [result]
        assert [tuple(head.shape) for head in heads] == [(2, *head.shape) for head in outputs(root)]
        assert np.allclose([np.sum(head, axis=-1) for head in heads], 1, atol=1e-4)


def test_local_response_norm_is_tensorflows() -> None:
    import numpy as np
    import tensorflow as tf

    from cnnlab.backends.lrn import LocalResponseNormalization

    x = np.random.default_rng(0).normal(size=(2, 3, 3, 9)).astype("float32") * 10
    ours = LocalResponseNormalization(radius=2, k=2.0, alpha=1e-2, beta=0.75)(x)
    theirs = tf.nn.local_response_normalization(x, depth_radius=2, bias=2.0, alpha=1e-2, beta=0.75)
    assert np.allclose(ours, theirs, rtol=1e-5)


def test_option_a_pads_zero_channels_behind() -> None:
    import numpy as np

    from cnnlab.graph import Input, PadChannels

    model = to_keras(Input((2, 3, 2))() >> PadChannels(2))
    x = np.arange(12, dtype="float32").reshape(1, 2, 3, 2)
    assert np.array_equal(model(x), np.concatenate([x, np.zeros_like(x)], axis=-1))


def twin(name: str, keras_name: str, keras_arguments: dict[str, Any] | None = None, **knobs: Any) -> tuple[Any, ...]:
    """Return a case study and the network of ``keras.applications`` that it must equal."""
    size = knobs.get("input_size")
    shape = {"input_shape": (size, size, 3)} if size else {}
    return name, keras_name, knobs, {**shape, **(keras_arguments or {})}


TWINS = [
    twin("vgg16", "VGG16"),
    twin("resnet50", "ResNet50"),
    twin("inception_v3", "InceptionV3"),
    twin("mobilenet_v1", "MobileNet", {"alpha": 0.25}, width=0.25, input_size=128),
    twin("mobilenet_v1", "MobileNet", {"alpha": 0.75}, width=0.75, input_size=192),
    twin("mobilenet_v2", "MobileNetV2", {"alpha": 0.35}, width=0.35, input_size=224),
    twin("efficientnet_b0", "EfficientNetB0"),
    # Sides that no stride divides.
    twin("mobilenet_v1", "MobileNet", input_size=97),
    twin("mobilenet_v2", "MobileNetV2", input_size=97),
    twin("efficientnet_b0", "EfficientNetB0", input_size=97),
    *(
        thorough(*each)
        for each in (
            twin("vgg19", "VGG19"),
            *(twin(f"resnet{depth}", f"ResNet{depth}") for depth in (101, 152)),
            *(
                twin("mobilenet_v1", "MobileNet", {"alpha": alpha}, width=alpha, input_size=size)
                for alpha in (0.25, 0.5, 0.75, 1.0)
                for size in (128, 150, 160, 192, 224)
            ),
            *(
                twin("mobilenet_v2", "MobileNetV2", {"alpha": alpha}, width=alpha, input_size=size)
                for alpha in (0.5, 0.75, 1.0, 1.3, 1.4)
                for size in (150, 224)
            ),
            *(twin(f"efficientnet_b{number}", f"EfficientNetB{number}") for number in range(1, 8)),
            *(twin("vgg16", "VGG16", input_size=size) for size in (97, 150)),
            *(twin("resnet50", "ResNet50", input_size=size) for size in (97, 150)),
            twin("efficientnet_b0", "EfficientNetB0", input_size=150),
        )
    ),
]
KINDS = {
    "conv": "Conv2D",
    "depthwise conv": "DepthwiseConv2D",
    "dense": "Dense",
    "batch norm": "BatchNormalization",
    "normalize": "Normalization",
}


@pytest.mark.usefixtures("zeros")
@pytest.mark.parametrize(("name", "keras_name", "knobs", "arguments"), TWINS)
def test_equal_to_keras_applications(name: str, keras_name: str, knobs: dict, arguments: dict) -> None:
    import keras

    theirs = getattr(keras.applications, keras_name)(weights=None, **arguments)
    root = zoo.build(name, **knobs)
    total = costs.totals(root)
    trained = sum(prod(weight.shape) for weight in theirs.trainable_weights)
    assert (total.params, total.trainable_params) == (theirs.count_params(), trained)
    ours = Counter(
        (KINDS[node.layer.kind], node.shape, sum(node.params)) for node in named(root).values() if sum(node.params)
    )
    assert ours == Counter(
        (type(layer).__name__, tuple(layer.output.shape[1:]), layer.count_params())
        for layer in theirs.layers
        if layer.count_params()
    )
