"""Runs PyTorch source: makes its network, and gives it the weights of a Keras model."""

from collections.abc import Iterator
from math import prod
from typing import Any

import numpy as np

from cnnlab.backends.keras import to_keras
from cnnlab.backends.source import torch_source
from cnnlab.backends.source.framework import TORCH
from cnnlab.backends.source.grouping import grouped
from cnnlab.backends.source.steps import layers_of
from cnnlab.backends.torch_calls import by_channel
from cnnlab.graph import (
    Activation,
    BatchNorm,
    ChannelScale,
    Conv,
    Dense,
    DepthwiseConv,
    Dropout,
    Flatten,
    Node,
    TransposedConv,
    entries,
    named,
    outputs,
)


def made(root: Node, title: str = "network") -> Any:
    """Return the network that its source makes, in evaluation mode."""
    space: dict[str, Any] = {"__name__": "imported"}
    exec(compile(torch_source(root, title), f"{title}.py", "exec"), space)
    return space["Network"]().eval()


def own_weights(network: Any) -> Iterator[Any]:
    """Yield the layers that have weights, in the order in which they were made."""
    for module in network.modules():
        weights = [*module.parameters(recurse=False), *module.buffers(recurse=False)]
        if weights and type(module).__name__ != "Rescaling":
            yield module


def check_computes_the_same(root: Node, tolerance: float = 1e-4) -> None:
    """Check that Keras and PyTorch return the same for the same weights and random inputs."""
    import torch

    model, network = to_keras(root), made(root)
    randomise(model)
    copy(root, model, network)
    images = random_images(root)
    expected = model(images if len(images) > 1 else images[0], training=False)
    with torch.no_grad():
        computed = network(*(torch.from_numpy(first(image)) for image in images))
    computed = computed if isinstance(computed, tuple) else (computed,)
    expected = expected if isinstance(expected, list | tuple) else [expected]
    assert len(computed) == len(expected) == len(outputs(root))
    for one, other in zip(computed, expected, strict=True):
        value = first(np.asarray(other))
        assert tuple(one.shape) == value.shape
        scale = max(float(np.abs(value).max()), 1e-6)
        assert np.isfinite(value).all()
        np.testing.assert_allclose(one.numpy() / scale, value / scale, atol=tolerance)


def random_images(root: Node) -> list[Any]:
    """Return two random images for each input, with channels last."""
    random = np.random.default_rng(1)
    return [random.normal(size=(2, *node.shape)).astype("float32") for node in entries(root)]


def first(image: Any) -> Any:
    """Return images with their channels first; vectors as they are."""
    return np.ascontiguousarray(image.transpose(0, 3, 1, 2)) if image.ndim == 4 else image


def randomise(model: Any) -> None:
    """Give all weights random values that no order or scale leaves unchanged; kernels as they are."""
    random = np.random.default_rng(0)
    for layer in model.layers:
        values = []
        for weight in layer.weights:
            shape = tuple(weight.shape)
            if weight.name in ("kernel", "depthwise_kernel"):
                values.append(random.normal(size=shape).astype("float32") / max(prod(shape[:-1]), 1) ** 0.5)
            elif "variance" in weight.name or weight.name == "gamma":
                values.append(random.uniform(0.5, 1.5, shape).astype("float32"))
            elif weight.name == "count":
                values.append(np.array(1))
            else:
                values.append(random.normal(scale=0.3, size=shape).astype("float32"))
        if values:
            layer.set_weights(values)
            if type(layer).__name__ == "Normalization":
                layer.finalize_state()


def copy(root: Node, model: Any, network: Any) -> None:
    """Give a network in PyTorch the weights of the Keras model."""
    import torch

    names = {node: name for name, node in named(root).items()}
    steps, _ = grouped(root, TORCH, {"Network"})
    nodes = [node for node in layers_of(steps) if sum(node.layer.params(node.input_shapes)) and not node.weights_of]
    modules = list(own_weights(network))
    assert len(nodes) == len(modules)
    flattened = by_channel(root)
    for node, module in zip(nodes, modules, strict=True):
        weights = {weight.name: np.asarray(weight) for weight in model.get_layer(names[node]).weights}
        order = _order(node, flattened)
        for name, value in _converted(node, weights, order).items():
            target = getattr(module, name)
            assert tuple(target.shape) == value.shape, (names[node], name)
            with torch.no_grad():
                target.copy_(torch.from_numpy(np.array(value)))


def _order(node: Node, flattened: set[Node]) -> Any:
    """Return where each number that arrives stands in Keras; None for the same order."""
    before = node.inputs[0]
    while isinstance(before.layer, Dropout | Activation | BatchNorm) and before.inputs:
        before = before.inputs[0]
    if not isinstance(before.layer, Flatten) or before not in flattened or len(node.inputs[0].shape) != 1:
        return None
    shape = before.inputs[0].shape
    return np.arange(prod(shape)).reshape(shape).transpose(2, 0, 1).ravel()


def _converted(node: Node, weights: dict[str, Any], order: Any) -> dict[str, Any]:
    layer = node.layer
    kernel = weights.get("kernel")
    match layer:
        case Conv() | TransposedConv():
            found = {"weight": kernel.transpose(3, 2, 0, 1)}
        case DepthwiseConv() | ChannelScale():
            window = kernel.transpose(2, 3, 0, 1)
            found = {"weight": window.reshape(-1, 1, *window.shape[2:])}
        case Dense():
            found = {"weight": (kernel if order is None else kernel[order]).T}
        case _:
            words = {
                "gamma": "weight", "beta": "bias", "moving_mean": "running_mean", "moving_variance": "running_var",
                "mean": "mean", "variance": "variance", "count": "count",
            }  # fmt: skip
            return {
                words[name]: value if order is None or value.ndim == 0 else value[order]
                for name, value in weights.items()
            }
    return found | ({"bias": weights["bias"]} if "bias" in weights else {})
