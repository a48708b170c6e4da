"""Translates normalisations, embeddings and recurrent layers, and the products of two tensors."""

import math

from cnnlab.backends.imported.onnx_models.constants import Constant, broadcast
from cnnlab.backends.imported.onnx_models.walking import Operation, UnknownError, Value, translates, weighty
from cnnlab.backends.imported.onnx_models.writing import (
    Other,
    Tensor,
    Weight,
    channels_first,
    without,
)


def _stored(constant: Constant | None, trained: bool = True) -> list[Weight]:
    """Return the weight, or nothing for one that is computed, such as a scale of ones."""
    return [Weight(constant, trained)] if constant is not None and constant.stored else []


@translates("BatchNormalization")
def _(operation: Operation) -> list[Value]:
    x = operation.tensor()
    shape, axes = x.shape or (), x.axes or ()
    if len(shape) < 2:
        raise UnknownError
    if axes[1] != max(axes):
        x = operation.write.reordered(x, channels_first(len(shape)))
        axes = x.axes or ()
    channels = shape[1]
    if any(isinstance(each, Tensor) for each in operation.inputs[1:]):
        # Mean and variance of the image itself, as TensorFlow writes a layer norm.
        weights = [each for part in operation.inputs[1:] if isinstance(part, Constant) for each in _stored(part)]
        return operation.counted("norm", [x], shape, axes, weights)
    scale, shift = _stored(operation.constant(1)), _stored(operation.constant(2))
    moving = [*_stored(operation.constant(3), trained=False), *_stored(operation.constant(4), trained=False)]
    config = {
        "axis": -1, "scale": bool(scale), "center": bool(shift), "epsilon": operation.number("epsilon", 1e-5),
        "momentum": operation.number("momentum", 0.9),
    }  # fmt: skip
    usual = channels * (2 + bool(scale) + bool(shift))
    other = Other(usual, "batch norm", pointwise=True)
    return operation.made("BatchNormalization", [x], config, shape, axes, [*scale, *shift, *moving], other)


@translates("InstanceNormalization", "GroupNormalization", "GroupNorm")
def _(operation: Operation) -> list[Value]:
    x = operation.tensor()
    shape, axes = x.shape or (), x.axes or ()
    scale, shift = _stored(operation.constant(1)), _stored(operation.constant(2))
    if len(shape) < 3:
        raise UnknownError
    if axes[1] != max(axes):
        x = operation.write.reordered(x, channels_first(len(shape)))
        axes = x.axes or ()
    groups = -1 if operation.op == "InstanceNormalization" else operation.whole("num_groups", 32)
    if groups == 0 or shape[1] % groups:
        raise UnknownError
    config = {
        "groups": groups, "axis": -1, "epsilon": operation.number("epsilon", 1e-5), "scale": bool(scale),
        "center": bool(shift),
    }  # fmt: skip
    other = Other(shape[1] * (bool(scale) + bool(shift)), "group norm")
    return operation.made("GroupNormalization", [x], config, shape, axes, [*scale, *shift], other)


@translates("LayerNormalization", "RMSNormalization", "SimplifiedLayerNormalization")
def _(operation: Operation) -> list[Value]:
    x = operation.tensor()
    shape, axes = x.shape or (), x.axes or ()
    scale = _stored(operation.constant(1))
    shift = _stored(operation.constant(2)) if operation.op == "LayerNormalization" else []
    axis = operation.whole("axis", -1)
    if not -len(shape) <= axis < len(shape):
        raise UnknownError
    last = axis % len(shape) == len(shape) - 1
    if last and axes[-1] != max(axes):
        x = operation.write.reordered(x, operation.write.order(shape))
        axes = x.axes or ()
    weights = [*scale, *shift]
    if not last or operation.op != "LayerNormalization":
        what = "layer norm" if operation.op == "LayerNormalization" else "rms norm"
        return operation.counted(what, [x], shape, axes, weights, pointwise=last)
    config = {
        "axis": -1, "epsilon": operation.number("epsilon", 1e-5), "scale": bool(scale), "center": bool(shift),
    }  # fmt: skip
    other = Other(shape[-1] * (bool(scale) + bool(shift)), "layer norm", pointwise=len(shape) == 4)
    return operation.made("LayerNormalization", [x], config, shape, axes, weights, other)


@translates("LRN")
def _(operation: Operation) -> list[Value]:
    x = operation.tensor(0, images=True)
    size = operation.whole("size", 5)
    if len(x.shape or ()) != 4 or size < 1:
        raise UnknownError
    if size % 2 == 0 or size == 1:
        return operation.counted("local response norm", [x], x.shape or (), pointwise=True)
    # ONNX divides alpha by the number of channels, the layer here does not.
    config = {
        "radius": size // 2, "k": operation.number("bias", 1.0), "alpha": operation.number("alpha", 1e-4) / size,
        "beta": operation.number("beta", 0.75),
    }  # fmt: skip
    return operation.made("LocalResponseNormalization", [x], config, x.shape, positive=x.positive)


@translates("LpNormalization", "MeanVarianceNormalization")
def _(operation: Operation) -> list[Value]:
    x = operation.tensor()
    return operation.counted("norm", [x], x.shape or ())


@translates("Gather")
def _(operation: Operation) -> list[Value]:
    if len(operation.inputs) < 2:
        raise UnknownError
    table, chosen = operation.inputs[:2]
    axis = operation.whole("axis", 0)
    if isinstance(table, Constant) and isinstance(chosen, Tensor):
        x, sizes = operation.tensor(1), operation.weight(0).shape or ()
        if len(sizes) != 2 or axis != 0 or x.shape is None or not weighty(table):
            raise UnknownError
        other = Other(math.prod(sizes), "embedding", pointwise=True)
        config = {"input_dim": sizes[0], "output_dim": sizes[1]}
        return operation.made("Embedding", [x], config, (*x.shape, sizes[1]), None, _stored(table), other)
    x, places = operation.tensor(), operation.weight(1)
    shape, rows = x.shape or (), places.shape or ()
    if not -len(shape) <= axis < len(shape):
        raise UnknownError
    axis %= len(shape)
    axes = x.axes or ()
    kept = axes if len(rows) == 1 else without(axes, {axis}) if not rows else None
    found = (*shape[:axis], *rows, *shape[axis + 1 :])
    channels = kept is not None and len(axes) > 2 and axes[axis] == max(axes)
    left = kept or operation.write.order(found)
    return operation.counted("choose", [x], found, left, pointwise=channels, positive=x.positive)


def product(operation: Operation) -> list[Value]:
    """Write the product of two tensors, as in attention: its MACs are counted, and it has no weights."""
    a, b = operation.tensor(0), operation.tensor(1)
    left, right = a.shape or (), b.shape or ()
    if len(left) < 2 or len(right) < 2 or left[-1] != right[-2]:
        raise UnknownError
    front = broadcast([left[:-2], right[:-2]])
    if front is None:
        raise UnknownError
    a, b = (operation.write.reordered(each, operation.write.order(each.shape or ())) for each in (a, b))
    shape = (*front, left[-2], right[-1])
    outputs = math.prod(shape) // operation.write.batch
    multiplied = [("outputs", outputs), ("c", left[-1])]
    return operation.counted("dot", [a, b], shape, operation.write.order(shape), multiplied=multiplied)


@translates("Einsum")
def _(operation: Operation) -> list[Value]:
    inputs = [each for each in operation.inputs if each is not None]
    given, _, out = operation.text("equation", "").replace(" ", "").partition("->")
    terms, sizes = given.split(","), dict[str, int]()
    # Dots, and results whose letters are left out, are not read.
    if len(terms) != len(inputs) or not all(each.isalpha() for each in (*terms, out)):
        raise UnknownError
    for letters, each in zip(terms, inputs, strict=True):
        if each.shape is None or len(letters) != len(each.shape):
            raise UnknownError
        for letter, side in zip(letters, each.shape, strict=True):
            if sizes.setdefault(letter, side) != side:
                raise UnknownError
    tensors = [each for each in inputs if isinstance(each, Tensor)]
    if not tensors or not set(out) <= set(sizes):
        raise UnknownError
    arrived = [operation.write.reordered(each, operation.write.order(each.shape or ())) for each in tensors]
    shape = tuple(sizes[letter] for letter in out)
    weights = [weight for each in inputs if isinstance(each, Constant) for weight in _stored(each)]
    multiplied = [("places", math.prod(sizes.values()) // operation.write.batch)] if len(inputs) > 1 else []
    axes, equation = operation.write.order(shape), f"{given}→{out}"
    return operation.counted("einsum", arrived, shape, axes, weights, multiplied, setting=equation)


@translates("Attention")
def _(operation: Operation) -> list[Value]:
    query, key, value = (operation.tensor(place) for place in range(3))
    shapes = [each.shape or () for each in (query, key, value)]
    rank = len(shapes[0])
    if any(len(shape) != rank for shape in shapes) or rank not in (3, 4) or len(operation.inputs) > 4:
        raise UnknownError
    (*_, positions, width), (*_, others, _), (*_, inner) = shapes
    heads = operation.whole("q_num_heads", 1) if rank == 3 else shapes[0][1]
    kept = operation.whole("kv_num_heads", 1) if rank == 3 else 1
    if heads < 1 or kept < 1 or width % heads or inner % kept:
        raise UnknownError
    each, out = (width // heads, inner // kept) if rank == 3 else (width, inner)
    found = (*shapes[0][:-1], heads * out if rank == 3 else out)
    multiplied = [("h", heads), ("q", positions), ("t", others), ("e + v", each + out)]
    axes = operation.write.order(found)
    inputs = [operation.write.reordered(x, operation.write.order(x.shape or ())) for x in (query, key, value)]
    return operation.counted("attention", inputs, found, axes, multiplied=multiplied, setting=f"{heads} heads")


GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}


@translates(*GATES)
def _(operation: Operation) -> list[Value]:
    x = operation.tensor()
    weights, again = operation.weight(1), operation.weight(2)
    shape, sizes = x.shape or (), weights.shape or ()
    units = operation.whole("hidden_size", 0)
    if len(shape) != 3 or len(sizes) != 3 or sizes[2] != shape[2] or operation.whole("layout", 0) or units < 1:
        raise UnknownError
    ways, gates = sizes[0], GATES[operation.op]
    time, images = shape[0], max(shape[1] // operation.write.batch, 1)
    multiplied = [("ways", ways), ("t", time * images), ("gates", gates), ("c + k", shape[2] + units), ("k", units)]
    found = (time, ways, shape[1], units)
    stored = [Weight(weights), Weight(again), *_stored(operation.constant(3))]
    first = operation.counted(
        operation.op, [x], found, operation.write.order(found), stored, multiplied, setting=f"{units} units"
    )
    last = (ways, shape[1], units)
    made = first[0]
    if not isinstance(made, Tensor):
        return first
    axes = operation.write.order(last)
    return [made, *[Tensor(made.layer, made.call, operation.write.ours(last, axes), last, axes)] * 2]
