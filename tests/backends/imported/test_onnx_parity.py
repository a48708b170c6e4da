"""Layers from ONNX files compute what ONNX' reference implementation does: windows, padding and the order of axes."""

import random
from collections.abc import Iterator
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper
from onnx.reference import ReferenceEvaluator
from onnx_files import model, numbers
from profiles import first_with_each_push

from cnnlab.backends.imported.builder import Builder
from cnnlab.backends.imported.onnx_models import document
from cnnlab.backends.keras import to_keras
from cnnlab.graph import Counted, DepthwiseConv, Node, TransposedConv, walk

pytestmark = pytest.mark.slow


def sizes(draw: random.Random, low: int, high: int) -> list[int]:
    return [draw.randint(low, high), draw.randint(low, high)]


def window(draw: random.Random, kernel: list[int]) -> dict[str, Any]:
    """Return strides and padding: in numbers on each side, or as a word."""
    found: dict[str, Any] = {"kernel_shape": kernel, "strides": sizes(draw, 1, 3)}
    # Where windows leave gaps, the reference takes the negative padding for a number of rows to cut.
    if draw.random() < 0.2 and all(side >= step for side, step in zip(kernel, found["strides"], strict=True)):
        return found | {"auto_pad": draw.choice(("SAME_UPPER", "SAME_LOWER", "VALID"))}
    return found | {"pads": [draw.randint(0, side // 2) for side in kernel * 2]}


def operation(draw: random.Random) -> tuple[Any, list[Any]]:
    """Return one operation on four channels, and its weights."""
    kernel = sizes(draw, 1, 4)
    kind = draw.choice(("Conv", "Conv", "ConvTranspose", "AveragePool", "MaxPool", "Resize", "Pad"))
    numbers_of = np.random.default_rng(draw.randrange(10**6)).normal
    if kind == "Conv":
        groups = draw.choice((1, 1, 2, 4))
        weights = numbers_of(size=(8, 4 // groups, *kernel)), numbers_of(size=8)
        stored = [
            numpy_helper.from_array(each.astype(np.float32), name) for each, name in zip(weights, "wb", strict=True)
        ]
        return helper.make_node("Conv", ["r", "w", "b"], ["y"], group=groups, **window(draw, kernel)), stored
    if kind == "ConvTranspose":
        weights = numbers_of(size=(4, 3, *kernel)), numbers_of(size=3)
        stored = [
            numpy_helper.from_array(each.astype(np.float32), name) for each, name in zip(weights, "wb", strict=True)
        ]
        strides = sizes(draw, 1, 3)
        pads = [draw.randint(0, (side - 1) // 2) for side in kernel * 2]
        settings = {"strides": strides, "pads": pads, "output_padding": [draw.randint(0, step - 1) for step in strides]}
        return helper.make_node("ConvTranspose", ["r", "w", "b"], ["y"], **settings), stored
    if kind == "Resize":
        mode = draw.choice(("nearest", "linear"))
        scales = [1.0, 1.0, *map(float, sizes(draw, 1, 3))]
        return helper.make_node("Resize", ["r", "", "s"], ["y"], mode=mode), [numbers("s", scales)]
    if kind == "Pad":
        return helper.make_node("Pad", ["r", "s"], ["y"]), [
            numbers("s", [0, 0, *sizes(draw, 0, 2), 0, 0, *sizes(draw, 0, 2)])
        ]
    settings = window(draw, kernel)
    if kind == "MaxPool" and "auto_pad" in settings:
        settings["auto_pad"] = "SAME_UPPER"  # the reference rounds down for the other
    if "pads" in settings:
        settings["ceil_mode"] = draw.randint(0, 1)
    if kind == "AveragePool":
        settings["count_include_pad"] = draw.randint(0, 1)
    return helper.make_node(kind, ["r"], ["y"], **settings), []


def made(draw: random.Random) -> onnx.ModelProto:
    """Return a network of one operation, behind a function whose results are positive or of both signs."""
    node, stored = operation(draw)
    before = helper.make_node(draw.choice(("Relu", "Tanh")), ["x"], ["r"])
    return model([before, node], [1, 4, *sizes(draw, 5, 9)], stored, opset=22)


def turned(root: Node, stored: list[np.ndarray]) -> Iterator[np.ndarray]:
    """Yield the weights of the one layer that has some, in Keras' order."""
    layer = next(node.layer for node in walk(root) if sum(node.params))
    kernel, *rest = stored
    if isinstance(layer, DepthwiseConv):
        rows, columns = kernel.shape[2:]
        yield kernel.reshape(4, -1, rows, columns).transpose(2, 3, 0, 1)
    else:
        yield kernel.transpose(2, 3, 1, 0)
    yield from rest
    assert isinstance(layer, TransposedConv) or kernel.shape[0] == 8


@pytest.mark.parametrize("many", first_with_each_push(60, 1500))
def test_results_are_those_of_onnx(many: int) -> None:
    draw, compared = random.Random(many), 0
    for _ in range(many):
        found = made(draw)
        inferred = onnx.shape_inference.infer_shapes(found, strict_mode=True).graph.output[0].type.tensor_type.shape
        root = Builder(224).network(document(found.SerializeToString()))
        channels, rows, columns = (each.dim_value for each in inferred.dim[1:])
        assert root.shape == (rows, columns, channels), found.graph.node[1]
        if any(isinstance(node.layer, Counted) for node in walk(root)):
            continue  # said not to be computed here
        image = np.random.default_rng(0).normal(
            size=[each.dim_value for each in found.graph.input[0].type.tensor_type.shape.dim]
        )
        try:
            wanted = ReferenceEvaluator(found).run(None, {"x": image.astype(np.float32)})[0]
        except (ValueError, IndexError):
            continue  # the reference fails on padding that nothing needs
        if wanted.shape != (1, channels, rows, columns):
            continue  # it swaps height and width where they are padded by different numbers
        keras = to_keras(root)
        stored = [numpy_helper.to_array(each) for each in found.graph.initializer if each.name in "wb"]
        if stored:
            keras.set_weights(list(turned(root, stored)))
        ours = keras(image.transpose(0, 2, 3, 1).astype(np.float32)).numpy().transpose(0, 3, 1, 2)
        np.testing.assert_allclose(ours, wanted, atol=1e-4, err_msg=str(found.graph.node[1]))
        compared += 1
    assert compared > many / 3
