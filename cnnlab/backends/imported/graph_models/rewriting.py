"""Writes TensorFlow's operations as those of ONNX, which the walk through a graph of operations knows.

TensorFlow has the channels last, ONNX behind the batch. A transposition before and one behind say so, as tf2onnx writes
them; they become no layers.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cnnlab.backends.imported.graph_models.parsing import Op
from cnnlab.backends.imported.onnx_models.constants import Constant, Number
from cnnlab.backends.imported.onnx_models.parsing import Node
from cnnlab.backends.imported.onnx_models.walking import UnknownError
from cnnlab.backends.imported.onnx_models.writing import channels_first

OWN = "tf."
"""Begins the names of TensorFlow's operations that ONNX does not have, or has otherwise."""

Rewriter = Callable[["Rewriting", Op], None]
_REWRITERS: dict[str, Rewriter] = {}


@dataclass(slots=True)
class Rewriting:
    """The operations so far. ``known`` are the constants of the file by name, ``outputs`` how many each operation has.

    ``widths`` has for a tensor how long its vectors are, where a matrix says it that multiplies them.
    """

    known: Mapping[str, Constant]
    outputs: Mapping[str, int]
    widths: Mapping[str, int] = field(default_factory=dict)
    nodes: list[Node] = field(default_factory=list)

    def add(self, op: Op) -> None:
        """Append the operation as one or several of ONNX; one that has no equal there stays as it is."""
        before = len(self.nodes)
        try:
            _REWRITERS[op.op](self, op)
        except (UnknownError, KeyError, IndexError):
            del self.nodes[before:]
            constants = [self.known[name] for name in op.inputs if name in self.known]
            missing = op.op in _REWRITERS and any(not each.stored and each.numbers is None for each in constants)
            settings = {"unnumbered": True} if missing else {}
            self.put(f"{OWN}{op.op}", op, op.inputs, outs(op, self.outputs.get(op.name, 1)), **settings)

    def put(self, kind: str, op: Op, inputs: Sequence[str], out: Sequence[str] | str = (), /, **settings: Any) -> str:
        """Append an operation and return its first output, which gets a new name unless one is given."""
        made = [out] if isinstance(out, str) else list(out)
        made = made or [f"{op.name};{len(self.nodes)}"]
        self.nodes.append(Node(kind, op.name, list(inputs), made, settings))
        return made[0]

    def row(self, op: Op, values: Sequence[Number]) -> str:
        """Append a constant row of numbers and return its name."""
        key = "value_ints" if all(isinstance(value, int) for value in values) else "value_floats"
        return self.put("Constant", op, [], **{key: list(values)})

    def number(self, op: Op, value: Number) -> str:
        """Append a constant that is one number and return its name."""
        return self.put("Constant", op, [], **{"value_int" if isinstance(value, int) else "value_float": value})

    def constant(self, name: str) -> Constant:
        """Return a constant of the file. Raises ``UnknownError`` if it is none."""
        found = self.known.get(name)
        if found is None:
            raise UnknownError
        return found

    def whole(self, name: str) -> list[int]:
        """Return the whole numbers of a constant. Raises ``UnknownError`` if they are not known."""
        found = self.constant(name).whole()
        if found is None:
            raise UnknownError
        return found

    def shape(self, name: str, rank: int) -> tuple[int, ...]:
        """Return the shape of a weight with so many sides."""
        found = self.constant(name).shape
        if found is None or len(found) != rank:
            raise UnknownError
        return found

    def on_images(
        self, op: Op, kind: str, x: str, more: Sequence[str], out: Sequence[str] | str = (), /, **settings: Any
    ) -> str:
        """Append an operation that takes images with the channels behind the batch, and bring the axes back."""
        if op.text("data_format", "NHWC") == "NCHW":
            return self.put(kind, op, [x, *more], out, **settings)
        x = self.put("Transpose", op, [x], perm=list(channels_first(4)))
        return self.put("Transpose", op, [self.put(kind, op, [x, *more], **settings)], out, perm=[0, 2, 3, 1])


def outs(op: Op, many: int) -> list[str]:
    """Return the names of an operation's outputs."""
    return [op.name, *(f"{op.name}:{number}" for number in range(1, many))]


def rewrites(*ops: str) -> Callable[[Rewriter], Rewriter]:
    """Register a function for these operations of TensorFlow."""

    def register(rewriter: Rewriter) -> Rewriter:
        _REWRITERS.update(dict.fromkeys(ops, rewriter))
        return rewriter

    return register


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
    _activated(to, op, out, rest, more[len(bias) :])


def _layer(op: Op) -> str:
    """Return the name of a convolution: its own is that of the last operation it was put together with."""
    found = re.sub(r"(_weights|/ReadVariableOp(/resource)?)$", "", op.inputs[1])
    return found if "/" in found else op.name


def _activated(to: Rewriting, op: Op, x: str, fused: list[str], more: list[str]) -> None:
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
    _activated(to, op, made, rest, more[len(bias) :])


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


_EQUAL = {
    "Abs": "Abs", "Acos": "Acos", "Add": "Add", "AddN": "Sum", "AddV2": "Add", "Asin": "Asin", "Atan": "Atan",
    "BiasAdd": "Add", "Cast": "Cast", "Ceil": "Ceil", "Cos": "Cos", "Cosh": "Cosh", "Div": "Div", "Elu": "Elu",
    "Equal": "Equal", "Erf": "Erf", "Exp": "Exp", "Floor": "Floor", "FloorDiv": "Div", "FloorMod": "Mod",
    "Greater": "Greater", "GreaterEqual": "GreaterOrEqual", "Less": "Less", "LessEqual": "LessOrEqual", "Log": "Log",
    "LogSoftmax": "LogSoftmax", "LogicalAnd": "And", "LogicalNot": "Not", "LogicalOr": "Or", "Maximum": "Max",
    "Minimum": "Min", "Mul": "Mul", "Neg": "Neg", "Pow": "Pow", "Prelu": "PRelu", "RealDiv": "Div",
    "Reciprocal": "Reciprocal", "Relu": "Relu", "Round": "Round", "Select": "Where", "SelectV2": "Where",
    "Selu": "Selu", "Shape": "Shape", "Sigmoid": "Sigmoid", "Sign": "Sign", "Sin": "Sin", "Sinh": "Sinh",
    "Softmax": "Softmax", "Softplus": "Softplus", "Softsign": "Softsign", "Sqrt": "Sqrt", "Sub": "Sub", "Tan": "Tan",
    "Tanh": "Tanh", "Tile": "Tile",
}  # fmt: skip
"""Operations that are one of ONNX, with the same inputs."""


@rewrites(*_EQUAL)
def _(to: Rewriting, op: Op) -> None:
    if op.op == "BiasAdd" and op.text("data_format", "NHWC") == "NCHW":
        raise UnknownError
    to.put(_EQUAL[op.op], op, op.inputs, op.name)


@rewrites("Identity", "StopGradient", "PreventGradient", "Snapshot", "CheckNumerics", "PlaceholderWithDefault",
          "FakeQuantWithMinMaxVars", "ReadVariableOp")  # fmt: skip
def _(to: Rewriting, op: Op) -> None:
    to.put("Identity", op, op.inputs[:1], op.name)


@rewrites("IdentityN")
def _(to: Rewriting, op: Op) -> None:
    for name, out in zip(op.inputs, outs(op, len(op.inputs)), strict=True):
        to.put("Identity", op, [name], out)


@rewrites("Relu6")
def _(to: Rewriting, op: Op) -> None:
    _activated(to, op, op.inputs[0], ["Relu6"], [])


@rewrites("LeakyRelu")
def _(to: Rewriting, op: Op) -> None:
    to.put("LeakyRelu", op, op.inputs, op.name, alpha=op.number("alpha", 0.2))


@rewrites("Square")
def _(to: Rewriting, op: Op) -> None:
    to.put("Mul", op, [op.inputs[0]] * 2, op.name)


@rewrites("SquaredDifference")
def _(to: Rewriting, op: Op) -> None:
    to.put("Mul", op, [to.put("Sub", op, op.inputs)] * 2, op.name)


@rewrites("Rsqrt")
def _(to: Rewriting, op: Op) -> None:
    to.put("Reciprocal", op, [to.put("Sqrt", op, op.inputs)], op.name)


_REDUCED = {"Mean": "ReduceMean", "Max": "ReduceMax", "Min": "ReduceMin", "Sum": "ReduceSum", "Prod": "ReduceProd"}


@rewrites(*_REDUCED)
def _(to: Rewriting, op: Op) -> None:
    kept = int(op.flag("keep_dims"))
    axes = to.known.get(op.inputs[1])
    if axes is not None and axes.numbers is None:
        to.put(f"{OWN}Reduce", op, op.inputs, op.name, op=_REDUCED[op.op], keepdims=kept)
        return
    axes_ = to.put("Reshape", op, [op.inputs[1], to.row(op, [-1])])
    to.put(_REDUCED[op.op], op, [op.inputs[0], axes_], op.name, keepdims=kept)


@rewrites("Reshape")
def _(to: Rewriting, op: Op) -> None:
    target = to.known.get(op.inputs[1])
    if target is not None and target.numbers is None:
        width = to.widths.get(op.name) if target.shape == (2,) else None
        if width is None:
            raise UnknownError
        # A matrix takes the result: its rows say how long each vector is.
        to.put("Reshape", op, [op.inputs[0], to.row(op, [-1, width])], op.name)
        return
    to.put("Reshape", op, op.inputs, op.name, allowzero=1)


@rewrites("Squeeze")
def _(to: Rewriting, op: Op) -> None:
    axes = op.ints("squeeze_dims") or op.ints("axis")
    to.put("Squeeze", op, op.inputs, op.name, **({"axes": axes} if axes else {}))


@rewrites("ExpandDims")
def _(to: Rewriting, op: Op) -> None:
    to.put("Unsqueeze", op, [op.inputs[0]], op.name, axes=to.whole(op.inputs[1])[:1])


@rewrites("Transpose")
def _(to: Rewriting, op: Op) -> None:
    to.put("Transpose", op, [op.inputs[0]], op.name, perm=to.whole(op.inputs[1]))


@rewrites("Pad", "PadV2", "MirrorPad")
def _(to: Rewriting, op: Op) -> None:
    pads = to.whole(op.inputs[1])
    mode = {"REFLECT": "reflect", "SYMMETRIC": "symmetric"}.get(op.text("mode"), "constant")
    value = list(op.inputs[2:3])
    to.put("Pad", op, [op.inputs[0], to.row(op, [*pads[::2], *pads[1::2]]), *value], op.name, mode=mode)


@rewrites("ConcatV2")
def _(to: Rewriting, op: Op) -> None:
    *inputs, axis = op.inputs
    if to.constant(axis).numbers is None:
        to.put(f"{OWN}Concat", op, inputs, op.name)
    else:
        to.put("Concat", op, inputs, op.name, axis=to.whole(axis)[0])


@rewrites("Pack")
def _(to: Rewriting, op: Op) -> None:
    axis = op.int("axis", 0)
    parts = [to.put("Unsqueeze", op, [name], axes=[axis]) for name in op.inputs]
    to.put("Concat", op, parts, op.name, axis=axis)


@rewrites("Unpack")
def _(to: Rewriting, op: Op) -> None:
    axis, names = op.int("axis", 0), outs(op, op.int("num", 1))
    parts = [f"{name};part" for name in names]
    to.put("Split", op, op.inputs, parts, axis=axis)
    for part, name in zip(parts, names, strict=True):
        to.put("Squeeze", op, [part], name, axes=[axis])


@rewrites("Split")
def _(to: Rewriting, op: Op) -> None:
    to.put("Split", op, [op.inputs[1]], outs(op, op.int("num_split", 1)), axis=to.whole(op.inputs[0])[0])


@rewrites("SplitV")
def _(to: Rewriting, op: Op) -> None:
    names = outs(op, op.int("num_split", 1))
    to.put("Split", op, list(op.inputs[:2]), names, axis=to.whole(op.inputs[2])[0])


@rewrites("GatherV2")
def _(to: Rewriting, op: Op) -> None:
    to.put("Gather", op, op.inputs[:2], op.name, axis=to.whole(op.inputs[2])[0])


@rewrites("ArgMax", "ArgMin")
def _(to: Rewriting, op: Op) -> None:
    to.put(op.op, op, op.inputs[:1], op.name, axis=to.whole(op.inputs[1])[0], keepdims=0)


@rewrites("Fill")
def _(to: Rewriting, op: Op) -> None:
    to.put("Expand", op, [op.inputs[1], op.inputs[0]], op.name)


@rewrites("Slice")
def _(to: Rewriting, op: Op) -> None:
    starts, sizes = to.whole(op.inputs[1]), to.whole(op.inputs[2])
    ends = [2**31 if size == -1 else start + size for start, size in zip(starts, sizes, strict=True)]
    to.put("Slice", op, [op.inputs[0], to.row(op, starts), to.row(op, ends)], op.name)


@rewrites("StridedSlice")
def _(to: Rewriting, op: Op) -> None:
    starts, ends, steps = (to.whole(name) for name in op.inputs[1:4])
    begin, end, shrink = (op.int(f"{name}_mask", 0) for name in ("begin", "end", "shrink_axis"))
    if op.int("ellipsis_mask", 0) or op.int("new_axis_mask", 0) or not len(starts) == len(ends) == len(steps):
        raise UnknownError
    for place, step in enumerate(steps):
        if shrink >> place & 1:
            ends[place] = starts[place] + 1 if starts[place] != -1 else 2**31
            continue
        if begin >> place & 1:
            starts[place] = 0 if step > 0 else 2**31
        if end >> place & 1:
            ends[place] = 2**31 if step > 0 else -(2**31)
    gone = [place for place in range(len(steps)) if shrink >> place & 1]
    rows = [to.row(op, numbers) for numbers in (starts, ends, list(range(len(starts))), steps)]
    cut = to.put("Slice", op, [op.inputs[0], *rows], () if gone else op.name)
    if gone:
        to.put("Squeeze", op, [cut], op.name, axes=gone)


@rewrites("ResizeBilinear", "ResizeNearestNeighbor")
def _(to: Rewriting, op: Op) -> None:
    way = (
        "half_pixel" if op.flag("half_pixel_centers") else "align_corners" if op.flag("align_corners") else "asymmetric"
    )
    mode = "linear" if op.op == "ResizeBilinear" else "nearest"
    size = op.inputs[1]
    target = to.known.get(size)
    if target is not None and target.numbers is None:
        raise UnknownError
    settings = {"mode": mode, "coordinate_transformation_mode": way, "axes": [1, 2]}
    to.put("Resize", op, [op.inputs[0], "", "", size], op.name, **settings)
