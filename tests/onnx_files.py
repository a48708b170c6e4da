"""ONNX files made for tests, as exporters write them: from lists of operations, and from graphs of this project.

Weights have a shape and no values, as in files whose weights lie elsewhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any

import onnx
from onnx import TensorProto, helper

from cnnlab import graph
from cnnlab.graph import Node, named, outputs, pair

NEWEST = onnx.defs.onnx_opset_version()
FLOAT, INT = TensorProto.FLOAT, TensorProto.INT64

Dims = Sequence[int | str | None]


def weight(name: str, *dims: int, kind: int = FLOAT) -> TensorProto:
    """Return a stored tensor without its values."""
    return TensorProto(name=name, dims=dims, data_type=kind, data_location=TensorProto.EXTERNAL)


def numbers(name: str, values: Sequence[float], dims: Sequence[int] | None = None) -> TensorProto:
    """Return a stored tensor with its values; whole numbers are those of a shape."""
    kind = INT if all(isinstance(value, int) for value in values) else FLOAT
    return helper.make_tensor(name, kind, [len(values)] if dims is None else dims, values)


def model(
    nodes: Sequence[Any],
    image: Dims | dict[str, Dims],
    stored: Sequence[TensorProto] = (),
    ends: Sequence[str] = (),
    opset: int = 18,
    **more: Any,
) -> onnx.ModelProto:
    """Return a model; its outputs are those of the last operation unless they are named, their shapes left open."""
    images = image if isinstance(image, dict) else {"x": image}
    inputs = [helper.make_tensor_value_info(name, FLOAT, shape) for name, shape in images.items()]
    outs = [helper.make_tensor_value_info(name, FLOAT, None) for name in ends or nodes[-1].output[:1]]
    made = helper.make_graph(nodes, "made", inputs, outs, list(stored))
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", opset)], **more)


def exported(root: Node, opset: int = 18, last: bool = False, noisy: bool = False) -> bytes:
    """Return a graph as an ONNX file.

    With ``last``, channels are last and each convolution stands between two transpositions, as tf2onnx writes them.
    ``noisy`` writes shapes and biases of zeros as operations, as PyTorch's newer exporter does.
    """
    written = _File(opset, last, noisy)
    for name, node in named(root).items():
        written.add(node, name)
    images = {
        written.tensors[node]: written.image(node) for node in written.tensors if isinstance(node.layer, graph.Input)
    }
    ends = [written.tensors[head] for head in outputs(root)]
    return model(written.nodes, images, written.stored, ends, opset).SerializeToString()


FUNCTIONS = {"relu": "Relu", "tanh": "Tanh", "sigmoid": "Sigmoid"}


@dataclass
class _File:
    """The operations and weights so far."""

    opset: int
    last: bool
    noisy: bool
    nodes: list[Any] = field(default_factory=list)
    stored: list[TensorProto] = field(default_factory=list)
    tensors: dict[Node, str] = field(default_factory=dict)
    names: dict[Node, str] = field(default_factory=dict)

    def image(self, node: Node) -> list[int]:
        """Return the shape of a node's output in the file."""
        return [1, *(node.shape if self.last or len(node.shape) < 3 else (node.shape[2], *node.shape[:2]))]

    def op(self, op: str, inputs: Sequence[str], name: str = "", **settings: Any) -> str:
        """Add an operation and return its output."""
        out = f"{op}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, list(inputs), [out], name=name, **settings))
        return out

    def weights(self, node: Node, *dims: tuple[str, Sequence[int]]) -> list[str]:
        """Store weights, once for a layer that is used several times."""
        owner = node.weights_of or node
        base = self.names.setdefault(owner, self.names.get(node, ""))
        found = [f"{base}.{part}" for part, _ in dims]
        if owner is node:
            self.stored += [weight(f"{base}.{part}", *size) for part, size in dims]
        return found

    def constant(self, values: Sequence[float]) -> str:
        """Store numbers of a formula or a shape."""
        name = f"constant_{len(self.stored)}"
        self.stored.append(numbers(name, values))
        return name

    def channels_first(self, x: str, many: int, op: str, *more: str, name: str = "", **settings: Any) -> str:
        """Add an operation that needs the channels behind the batch, and bring the axes back."""
        if not self.last or many != 3:
            return self.op(op, [x, *more], name, **settings)
        x = self.op("Transpose", [x], perm=[0, 3, 1, 2])
        return self.op("Transpose", [self.op(op, [x, *more], name, **settings)], perm=[0, 2, 3, 1])

    def add(self, node: Node, name: str) -> None:
        """Add what a node is in ONNX."""
        self.names[node] = name
        inputs = [self.tensors[before] for before in node.inputs]
        self.tensors[node] = f"input.{name}" if isinstance(node.layer, graph.Input) else self._made(node, inputs, name)

    def _made(self, node: Node, inputs: list[str], name: str) -> str:
        layer, x, arrived = node.layer, inputs[0], node.input_shapes[0]
        rank, channels = len(arrived), arrived[-1]
        match layer:
            case graph.Conv() | graph.DepthwiseConv():
                groups = channels if isinstance(layer, graph.DepthwiseConv) else layer.groups
                kernel = ("weight", [node.shape[2], channels // groups, *pair(layer.kernel)])
                parts = self.weights(node, kernel, *([("bias", [node.shape[2]])] if layer.bias else []))
                if self.noisy and not layer.bias:
                    sides = self.op("Shape", [parts[0]], start=0, end=1)
                    zero = self.op("CastLike", [self.op("Constant", [], value_float=0.0), x])
                    parts.append(self.op("Expand", [zero, sides]))
                settings: dict[str, Any] = {
                    "kernel_shape": pair(layer.kernel),
                    "group": groups,
                    "dilations": [layer.dilation] * 2,
                }
                settings |= self._window(layer.kernel, layer.stride, layer.padding, layer.dilation, arrived, node.shape)
                return self.channels_first(x, 3, "Conv", *parts, name=f"node_{name}", **settings)
            case graph.TransposedConv():
                kernel = ("weight", [channels, layer.filters, *pair(layer.kernel)])
                parts = self.weights(node, kernel, *([("bias", [layer.filters])] if layer.bias else []))
                settings = {"strides": pair(layer.stride), "output_shape": node.shape[:2], "auto_pad": "SAME_UPPER"}
                if layer.padding == "valid":
                    more = [max(s - f, 0) for f, s in zip(pair(layer.kernel), pair(layer.stride), strict=True)]
                    settings = {"strides": pair(layer.stride), "output_padding": more}
                return self.channels_first(x, 3, "ConvTranspose", *parts, **settings)
            case graph.Dense():
                parts = self.weights(
                    node, ("kernel", [channels, layer.units]), *([("bias", [layer.units])] * layer.bias)
                )
                x = self.op("MatMul", [x, parts[0]])
                return self.op("Add", [x, parts[1]]) if layer.bias else x
            case graph.BatchNorm():
                every = ["gamma"] * layer.scale + ["beta"] * layer.center + ["running_mean", "running_var"]
                found = iter(self.weights(node, *[(part, [channels]) for part in every]))
                ones = (
                    [] if layer.scale and layer.center else [self._filled(1.0, channels), self._filled(0.0, channels)]
                )
                parts = [next(found) if layer.scale else ones[0], next(found) if layer.center else ones[1], *found]
                return self.channels_first(x, rank, "BatchNormalization", *parts, epsilon=layer.epsilon)
            case graph.LayerNorm():
                found = iter(
                    self.weights(
                        node, *[(part, [channels]) for part in ["weight"] * layer.scale + ["bias"] * layer.center]
                    )
                )
                parts = [next(found) if layer.scale else self._filled(1.0, channels), *found]
                turned = rank == 3 and not self.last
                x = self.op("Transpose", [x], perm=[0, 2, 3, 1]) if turned else x
                x = self.op("LayerNormalization", [x, *parts], axis=-1)
                return self.op("Transpose", [x], perm=[0, 3, 1, 2]) if turned else x
            case graph.Pool():
                op = "MaxPool" if layer.summary == "max" else "AveragePool"
                settings = self._window(layer.size, layer.step, layer.padding, 1, arrived, node.shape)
                return self.channels_first(x, 3, op, kernel_shape=pair(layer.size), **settings)
            case graph.GlobalPool():
                op = "ReduceMean" if layer.summary == "avg" else "ReduceMax"
                axes = [1, 2] if self.last else [2, 3]
                keep = int(layer.keep_map)
                if self.opset < 18:
                    return self.op(op, [x], axes=axes, keepdims=keep)
                given = (
                    self.op("Reshape", [self.constant(axes), self.constant([-1])])
                    if self.noisy
                    else self.constant(axes)
                )
                return self.op(op, [x, given], keepdims=keep)
            case graph.Activation(function):
                if function in FUNCTIONS:
                    return self.op(FUNCTIONS[function], [x])
                if function == "linear":
                    return self.op("Identity", [x])
                if function == "relu6":
                    return self.op("Clip", [x, self.constant([0.0]), self.constant([6.0])])
                if function == "softmax":
                    return self.op("Softmax", [x], axis=1 if rank == 3 and not self.last else -1)
                if function in ("swish", "hard_swish"):
                    gate = {} if function == "swish" else {"alpha": 1 / 6, "beta": 0.5}
                    return self.op("Mul", [x, self.op("HardSigmoid" if gate else "Sigmoid", [x], **gate)])
                if function == "gelu":
                    erf = self.op("Erf", [self.op("Div", [x, self.constant([2**0.5])])])
                    return self.op(
                        "Mul", [self.op("Mul", [x, self.op("Add", [erf, self.constant([1.0])])]), self.constant([0.5])]
                    )
                names = {"leaky_relu": ("LeakyRelu", {"alpha": 0.2}), "elu": ("Elu", {})}
                return self.op(names[function][0], [x], **names[function][1])
            case graph.Dropout():
                return self.op("Dropout", [x, self.constant([layer.rate])])
            case graph.Flatten():
                if self.noisy:
                    return self.op("Reshape", [x, self.op("Concat", [self.constant([1]), self.constant([-1])], axis=0)])
                return self.op("Flatten", [x])
            case graph.Add() | graph.Multiply():
                op = "Add" if isinstance(layer, graph.Add) else "Mul"
                for other in inputs[1:]:
                    x = self.op(op, [x, other])
                return x
            case graph.Concatenate():
                return self.op("Concat", inputs, axis=3 if self.last and rank == 3 else 1)
            case graph.ZeroPad():
                return self.op("Pad", [x, self.constant(self._around(layer))])
            case graph.PadChannels(more):
                return self.op("Pad", [x, self.constant([0] * 7 + [more] if self.last else [0] * 5 + [more, 0, 0])])
            case graph.Normalize():
                mean, deviation = self.weights(
                    node, *[(part, [channels] if self.last else [channels, 1, 1]) for part in ("mean", "std")]
                )
                return self.op("Div", [self.op("Sub", [x, mean]), deviation])
            case graph.Combine(how):
                names = {"average": "Mean", "maximum": "Max", "minimum": "Min", "subtract": "Sub"}
                return self.op(names[how], inputs)
            case graph.GroupNorm(scale=True, center=True):
                parts = self.weights(node, ("weight", [channels]), ("bias", [channels]))
                return self.channels_first(x, 3, "GroupNormalization", *parts, num_groups=layer.groups)
            case graph.Crop(top, bottom, left, right):
                axes = self.constant([1, 2] if self.last else [2, 3])
                ends = [arrived[0] - bottom, arrived[1] - right]
                return self.op("Slice", [x, self.constant([top, left]), self.constant(ends), axes])
            case graph.Rescale(float(scale), float(offset)):
                return self.op("Add", [self.op("Mul", [x, self.constant([scale])]), self.constant([offset])])
            case graph.ChannelScale():
                (part,) = self.weights(node, ("gamma", [channels] if self.last else [channels, 1, 1]))
                return self.op("Mul", [x, part])
            case graph.LocalResponseNorm():
                size = 2 * layer.radius + 1
                settings = {"size": size, "alpha": layer.alpha * size, "beta": layer.beta, "bias": layer.k}
                return self.channels_first(x, 3, "LRN", **settings)
            case graph.Upsample(size, smooth):
                scales = [1.0, *map(float, pair(size)), 1.0] if self.last else [1.0, 1.0, *map(float, pair(size))]
                return self.op("Resize", [x, "", self.constant(scales)], mode="linear" if smooth else "nearest")
            case graph.Reshape():
                return self.op("Reshape", [x, self.constant(self.image(node))])
        raise NotImplementedError(layer)

    def _filled(self, value: float, many: int) -> str:
        one = helper.make_tensor("value", FLOAT, [1], [value])
        return self.op("ConstantOfShape", [self.constant([many])], value=one)

    def _around(self, layer: graph.ZeroPad) -> list[int]:
        before, after = [layer.top, layer.left], [layer.bottom, layer.right]
        return [0, *before, 0, 0, *after, 0] if self.last else [0, 0, *before, 0, 0, *after]

    def _window(
        self, kernel: Any, stride: Any, padding: str, dilation: int, arrived: Sequence[int], left: Sequence[int]
    ) -> dict[str, Any]:
        if padding == "valid":
            return {"strides": pair(stride)}
        before, after = [], []
        for side, out, f, s in zip(arrived, left, pair(kernel), pair(stride), strict=False):
            zeros = max((out - 1) * s + (f - 1) * dilation + 1 - side, 0)
            before.append(zeros // 2)
            after.append(zeros - zeros // 2)
        return {"strides": pair(stride), "pads": [*before, *after]}


def floats(found: onnx.ModelProto) -> int:
    """Return how many numbers the file stores, those of shapes and of formulas left out."""
    return sum(prod(each.dims) for each in found.graph.initializer if each.data_type != INT and prod(each.dims) > 1)
