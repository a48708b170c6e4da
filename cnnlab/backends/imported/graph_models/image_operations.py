"""TensorFlow's operations with weights or windows, as those of ONNX: convolutions, matrices, pooling, normalisation."""

import re
from dataclasses import replace
from typing import Any

from cnnlab.backends.imported.graph_models.parsing import Op
from cnnlab.backends.imported.graph_models.rewriting import Rewriting, rewrites
from cnnlab.backends.imported.onnx_models.walking import UnknownError


def _spatial(op: Op, name: str) -> list[int]:
    found = op.ints(name) or [1, 1, 1, 1]
    return found[2:4] if op.text("data_format", "NHWC") == "NCHW" else found[1:3]


def _window(op: Op) -> dict[str, Any]:
    """Return how a window moves, in ONNX' settings."""
    found: dict[str, Any] = {"strides": _spatial(op, "strides")}
    padding = op.text("padding")
    if padding in ("SAME", "VALID"):
        return found | {"auto_pad": "SAME_UPPER" if padding == "SAME" else "VALID"}
    pads = op.ints("explicit_paddings")
    if padding != "EXPLICIT" or len(pads) != 8:
        raise UnknownError
    first = 4 if op.text("data_format", "NHWC") == "NCHW" else 2
    return found | {"pads": [pads[first], pads[first + 2], pads[first + 1], pads[first + 3]]}


@rewrites("Conv2D", "_FusedConv2D", "FusedConv2D")
def _(to: Rewriting, op: Op) -> None:
    x, kernel, *more = op.inputs
    to.shape(kernel, 4)
    kernel = to.put("Transpose", op, [kernel], perm=[3, 2, 0, 1])
    # TensorFlow leaves it to the shapes how many groups of channels there are.
    _convolved(to, op, x, kernel, more, dilations=_spatial(op, "dilations"), group=0)


@rewrites("DepthwiseConv2dNative", "FusedDepthwiseConv2dNative", "_FusedDepthwiseConv2dNative")
def _(to: Rewriting, op: Op) -> None:
    x, kernel, *more = op.inputs
    rows, columns, channels, _ = to.shape(kernel, 4)
    kernel = to.put("Transpose", op, [kernel], perm=[2, 3, 0, 1])
    kernel = to.put("Reshape", op, [kernel, to.row(op, [-1, 1, rows, columns])])
    _convolved(to, op, x, kernel, more, dilations=_spatial(op, "dilations"), group=channels)


def _convolved(to: Rewriting, op: Op, x: str, kernel: str, more: list[str], **settings: Any) -> None:
    """Append a convolution with what TensorFlow computes in the same operation: a bias, an activation."""
    fused = [each for each in op.texts("fused_ops") if each != "NoOp"]
    conv = replace(op, name=_layer(op))
    settings |= _window(op)
    bias = more[:1] if fused[:1] == ["BiasAdd"] else []
    if not fused:
        to.on_images(conv, "Conv", x, [kernel], op.name, **settings)
        return
    rest = fused[len(bias) :]
    out = to.on_images(conv, "Conv", x, [kernel, *bias], () if rest else op.name, **settings)
    activated(to, op, out, rest, more[len(bias) :])


def _layer(op: Op) -> str:
    """Return the name of a convolution: its own is that of the last operation it was put together with."""
    found = re.sub(r"(_weights|/ReadVariableOp(/resource)?)$", "", op.inputs[1])
    return found if "/" in found else op.name


def activated(to: Rewriting, op: Op, x: str, fused: list[str], more: list[str]) -> None:
    """Append the activation of a fused operation, if it has one."""
    if len(fused) > 1:
        raise UnknownError
    if fused and fused[0] == "Relu6":
        to.put("Clip", op, [x, to.number(op, 0.0), to.number(op, 6.0)], op.name)
    elif fused and fused[0] == "LeakyRelu":
        to.put("LeakyRelu", op, [x], op.name, alpha=op.number("leakyrelu_alpha", 0.2))
    elif fused:
        kinds = {"Relu": "Relu", "Elu": "Elu", "Prelu": "PRelu", "Sigmoid": "Sigmoid", "Tanh": "Tanh"}
        kinds |= {"_FusedHardSwish": "HardSwish"}
        to.put(kinds[fused[0]], op, [x, *more], op.name)


@rewrites("Conv2DBackpropInput")
def _(to: Rewriting, op: Op) -> None:
    sizes, kernel, x = op.inputs[:3]
    rows, columns, *_ = to.shape(kernel, 4)
    settings, strides = _window(op), _spatial(op, "strides")
    target = to.known[sizes].whole() if sizes in to.known else None
    if target is not None and len(target) == 4:
        settings["output_shape"] = target[2:4] if op.text("data_format", "NHWC") == "NCHW" else target[1:3]
    elif settings.get("auto_pad") == "VALID":
        # Keras fills what the last step leaves.
        settings["output_padding"] = [max(s - f, 0) for f, s in zip((rows, columns), strides, strict=True)]
    kernel = to.put("Transpose", op, [kernel], perm=[3, 2, 0, 1])
    to.on_images(op, "ConvTranspose", x, [kernel], op.name, **settings)


@rewrites("MatMul", "_FusedMatMul")
def _(to: Rewriting, op: Op) -> None:
    x, matrix, *more = op.inputs
    if op.flag("transpose_a"):
        raise UnknownError
    fused, turned = [each for each in op.texts("fused_ops") if each != "NoOp"], op.flag("transpose_b")
    bias = more[:1] if fused[:1] == ["BiasAdd"] else []
    rest = fused[len(bias) :]
    out = op.name if not rest else ()
    if bias or turned:
        made = to.put("Gemm", op, [x, matrix, *bias], out, transB=int(turned))
    else:
        made = to.put("MatMul", op, [x, matrix], out)
    activated(to, op, made, rest, more[len(bias) :])


@rewrites("BatchMatMul", "BatchMatMulV2")
def _(to: Rewriting, op: Op) -> None:
    if op.flag("adj_x") or op.flag("adj_y"):
        raise UnknownError
    to.put("MatMul", op, op.inputs, op.name)


@rewrites("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3")
def _(to: Rewriting, op: Op) -> None:
    if op.setting("is_training", "b") is not False:
        raise UnknownError
    to.on_images(op, "BatchNormalization", op.inputs[0], op.inputs[1:5], op.name, epsilon=op.number("epsilon", 1e-3))


@rewrites("MaxPool", "AvgPool")
def _(to: Rewriting, op: Op) -> None:
    kind = "MaxPool" if op.op == "MaxPool" else "AveragePool"
    to.on_images(op, kind, op.inputs[0], [], op.name, kernel_shape=_spatial(op, "ksize"), **_window(op))


@rewrites("DepthToSpace", "SpaceToDepth")
def _(to: Rewriting, op: Op) -> None:
    to.on_images(op, op.op, op.inputs[0], [], op.name, blocksize=op.int("block_size", 2))


@rewrites("LRN")
def _(to: Rewriting, op: Op) -> None:
    size = 2 * op.int("depth_radius", 5) + 1
    settings = {"alpha": op.number("alpha", 1.0) * size, "beta": op.number("beta", 0.5), "bias": op.number("bias", 1.0)}
    to.on_images(op, "LRN", op.inputs[0], [], op.name, size=size, **settings)
