"""Translates operations number by number: activations, arithmetic with tensors, weights and numbers."""

from collections.abc import Callable
from dataclasses import replace
from math import isclose
from typing import Any

from cnnlab.backends.imported.onnx_models.constants import Constant, Dims, broadcast
from cnnlab.backends.imported.onnx_models.walking import Operation, UnknownError, Value, translates, weighty
from cnnlab.backends.imported.onnx_models.writing import Other, Tensor, Weight

Chosen = tuple[str, dict[str, Any], bool]
"""A Keras class with its settings, and whether its results are never below zero."""


def _function(name: str, positive: bool = False) -> Callable[[Operation], Chosen]:
    return lambda operation: ("Activation", {"activation": name}, positive)


def _gelu(operation: Operation) -> Chosen:
    exact = operation.text("approximate", "none") == "none"
    return "Activation", {"activation": "gelu" if exact else "gelu_tanh"}, False


def _leaky(operation: Operation) -> Chosen:
    return "LeakyReLU", {"negative_slope": operation.number("alpha", 0.01)}, False


def _elu(operation: Operation) -> Chosen:
    return "ELU", {"alpha": operation.number("alpha", 1.0)}, False


def _hard_sigmoid(operation: Operation) -> Chosen:
    alpha, beta = operation.number("alpha", 0.2), operation.number("beta", 0.5)
    ours = isclose(alpha, 1 / 6, rel_tol=1e-4) and beta == 0.5
    return "Activation", {"activation": "hard_sigmoid" if ours else "threshold"}, True


def _clip(operation: Operation) -> Chosen:
    low = operation.number("min", float("-inf"), 1)
    high = operation.number("max", float("inf"), 2)
    if (low == 0 and high in (6, float("inf"))) or (low == 0 and high > 1e30):
        return "ReLU", {"max_value": 6} if high == 6 else {}, True
    return "Activation", {"activation": "threshold"}, low >= 0


_CHOSEN: dict[str, Callable[[Operation], Chosen]] = {
    "Relu": lambda operation: ("ReLU", {}, True),
    "Sigmoid": _function("sigmoid", positive=True),
    "QLinearSigmoid": _function("sigmoid", positive=True),
    "QLinearLeakyRelu": _leaky,
    "Tanh": _function("tanh"),
    "Softplus": _function("softplus", positive=True),
    "Softsign": _function("softsign"),
    "Selu": _function("selu"),
    "Celu": _function("celu"),
    "Mish": _function("mish"),
    "Swish": _function("silu"),
    "QuickGelu": _function("silu"),
    "HardSwish": _function("hard_silu"),
    "Gelu": _gelu,
    "FastGelu": _function("gelu_tanh"),
    "BiasGelu": _gelu,
    "LeakyRelu": _leaky,
    "Elu": _elu,
    "HardSigmoid": _hard_sigmoid,
    "Clip": _clip,
    "ThresholdedRelu": _function("threshold", positive=True),
}


@translates(*_CHOSEN)
def _(operation: Operation) -> list[Value]:
    x = operation.tensor()
    if (
        operation.op != "Clip" and len(operation.inputs) > 1
    ):  # a weight, where a runtime has put two operations together
        raise UnknownError
    cls, config, positive = _CHOSEN[operation.op](operation)
    return operation.made(cls, [x], config, x.shape, positive=positive)


@translates("Softmax", "LogSoftmax", "Hardmax")
def _(operation: Operation) -> list[Value]:
    x = operation.tensor()
    shape, axes = x.shape or (), x.axes or ()
    before = operation.version < 13
    axis = operation.whole("axis", 1 if before else -1)
    if not -len(shape) <= axis < len(shape):
        raise UnknownError
    # Up to version 12 everything behind the axis is one vector.
    whole = before and axis % len(shape) != len(shape) - 1 and any(side > 1 for side in shape[axis % len(shape) + 1 :])
    if operation.op == "Softmax" and not whole and axes[axis] == max(axes):
        return operation.made("Softmax", [x], {}, shape, positive=True)
    return operation.counted(operation.op.lower(), [x], shape, setting=f"axis {axes[axis]}")


@translates("Dropout")
def _(operation: Operation) -> list[Value]:
    x = operation.tensor()
    rate = min(max(operation.number("ratio", 0.5, 1), 0.0), 0.999)
    made = operation.made("Dropout", [x], {"rate": rate}, x.shape, positive=x.positive)
    return [*made, Constant(x.shape)]


@translates("Identity", "Cast", "CastLike", "QuantizeLinear", "DequantizeLinear")
def _(operation: Operation) -> list[Value]:
    found = operation.inputs[0] if operation.inputs else None
    if not isinstance(found, Tensor):
        raise UnknownError
    return [found]


_SINGLES = (
    "Abs", "Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "BitwiseNot", "Ceil", "Cos", "Cosh", "Erf", "Exp",
    "Floor", "ImageScaler", "IsInf", "IsNaN", "Log", "Not", "Reciprocal", "Round", "Shrink", "Sign", "Sin", "Sinh",
    "Sqrt", "Tan",
)  # fmt: skip


@translates(*_SINGLES)
def _(operation: Operation) -> list[Value]:
    x = operation.tensor()
    positive = operation.op in ("Abs", "Exp", "Sqrt", "Sign") and (operation.op != "Sign" or x.positive)
    return operation.counted(operation.op.lower(), [x], x.shape or (), pointwise=True, positive=positive, raw=x.raw)


@translates("Neg")
def _(operation: Operation) -> list[Value]:
    x = operation.tensor()
    return operation.made("Rescaling", [x], {"scale": -1.0, "offset": 0.0}, x.shape, raw=x.raw)


_JOINS = {
    "Add": "Add",
    "Mul": "Multiply",
    "Sub": "Subtract",
    "Max": "Maximum",
    "Min": "Minimum",
    "Sum": "Add",
    "Mean": "Average",
}


@translates(
    *_JOINS, "Div", "Pow", "Mod", "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "And", "Or", "Xor",
    "Where",
)  # fmt: skip
def _(operation: Operation) -> list[Value]:
    tensors = [place for place, each in enumerate(operation.inputs) if isinstance(each, Tensor)]
    constants = [each for each in operation.inputs if isinstance(each, Constant)]
    if len(operation.inputs) == 1:
        return [operation.tensor()]
    shape = broadcast([operation.shape(place) for place, each in enumerate(operation.inputs) if each is not None])
    if shape is None:
        raise UnknownError
    if len(tensors) == 1 and len(operation.inputs) == 2 and operation.op != "Where":
        return _with_constant(operation, operation.tensor(tensors[0]), constants[0], shape, leading=tensors[0] == 1)
    return _joined(operation, [operation.tensor(place) for place in tensors], constants, shape)


@translates("QLinearAdd", "QLinearMul")
def _(operation: Operation) -> list[Value]:
    # Behind each tensor stand the factor and the addend that its whole numbers have.
    inputs = [operation.tensor(0), operation.tensor(3)]
    shape = broadcast([each.shape or () for each in inputs])
    if shape is None:
        raise UnknownError
    plain = replace(operation, node=replace(operation.node, op=operation.op.removeprefix("QLinear")))
    return _joined(plain, inputs, [], shape)


def _joined(operation: Operation, inputs: list[Tensor], constants: list[Constant], shape: Dims) -> list[Value]:
    """Write an operation on several tensors; the smaller ones are repeated."""
    largest = max(inputs, key=lambda each: (len(each.shape or ()), each.shape == shape))
    axes = largest.axes or ()
    inputs = [
        operation.write.reordered(each, axes) if len(each.shape or ()) == len(axes) and each.axes else each
        for each in inputs
    ]
    positive = all(each.positive for each in inputs) and operation.op in ("Add", "Mul", "Max", "Min", "Sum", "Mean")
    weights = [Weight(each) for each in constants if weighty(each) and each.stored]
    ranks = {len(each.ours or ()) for each in inputs}
    if operation.op in _JOINS and not constants and len(ranks) == 1:
        return operation.made(_JOINS[operation.op], inputs, {}, shape, axes, positive=positive)
    what = operation.op.lower()
    return operation.counted(what, inputs, shape, axes, weights, pointwise=len(ranks) == 1, positive=positive)


def _with_constant(operation: Operation, x: Tensor, constant: Constant, shape: Dims, leading: bool) -> list[Value]:
    """Write arithmetic of a tensor with numbers: those of a formula, or weights."""
    weight, number = bool(constant.stored) and weighty(constant), constant.number
    if not weight and number is not None and abs(number) < 1e30 and shape == x.shape:
        scaled = _rescaled(operation.op, float(number), leading)
        if scaled is not None:
            scale, offset = scaled
            if scaled == (1.0, 0.0):
                return [x]
            config = {"scale": scale, "offset": offset}
            positive = x.positive and scale >= 0 and offset >= 0
            return operation.made("Rescaling", [x], config, shape, positive=positive, raw=x.raw)
    if weight:
        return _weighed(operation, x, constant, shape)
    return operation.counted(
        operation.op.lower(), [x], shape, pointwise=shape == x.shape, setting="with numbers of the file"
    )


def _rescaled(op: str, number: float, leading: bool) -> tuple[float, float] | None:
    """Return factor and addend of x with a number; None where it is another function of x."""
    match op:
        case "Add":
            return 1.0, number
        case "Mul":
            return number, 0.0
        case "Sub":
            return (-1.0, number) if leading else (1.0, -number)
        case "Div" if not leading and abs(number) > 1e-30:
            return 1 / number, 0.0
    return None


def _weighed(operation: Operation, x: Tensor, constant: Constant, shape: Dims) -> list[Value]:
    """Write arithmetic with a weight: a factor or an addend a channel, or a number for each position.

    What is computed with the numbers of the image itself, such as its mean, is not trained.
    """
    axes, sizes = x.axes or (), constant.shape or ()
    wide = (1,) * (len(shape) - len(sizes)) + sizes
    weights = [Weight(constant, trained=not x.raw)]
    channels = (
        shape == x.shape
        and len(axes) == len(shape)
        and wide == tuple(side if axis == max(axes) else 1 for side, axis in zip(shape, axes, strict=True))
    )
    if channels and operation.op == "Mul" and len(x.ours or ()) == 3 and not x.raw:
        count = wide[axes.index(max(axes))]
        other = Other(count, "scale", pointwise=True)
        return operation.made("LayerScale", [x], {"projection_dim": count}, shape, axes, weights, other)
    names = {"Mul": "scale", "Add": "shift", "Sub": "shift", "Div": "scale"}
    what = names.get(operation.op, operation.op.lower())
    setting = "a number per channel" if channels else "a number per position"
    found = operation.counted(what, [x], shape, axes, weights, pointwise=shape == x.shape, setting=setting)
    return [replace(each, raw=x.raw) if isinstance(each, Tensor) else each for each in found]
