"""Readers of operations written with tensors. An operation has no weights."""

import re
from collections.abc import Callable
from math import prod
from typing import cast

from cnnlab import graph
from cnnlab.backends.imported import moving_operations as moving
from cnnlab.backends.imported import registry
from cnnlab.backends.imported.arithmetic import total
from cnnlab.backends.imported.fields import Fields, NotUnderstoodError
from cnnlab.backends.imported.layers import unusual
from cnnlab.backends.imported.operation_calls import (
    TENSOR,
    Chain,
    Operation,
    arguments,
    axes_of,
    axis_of,
    named,
    unbatched,
)
from cnnlab.backends.imported.registry import FUNCTIONS, READERS, Shapes
from cnnlab.backends.imported.shape_layers import broadcast
from cnnlab.graph import Counted, Shape

POINTWISE = registry.POINTWISE | {
    "abs", "acos", "add", "arctan2", "asin", "atan", "cast", "ceil", "clip", "cos", "cosh", "divide", "equal", "erf",
    "exp", "expm1", "floor", "floor_divide", "floordiv", "greater", "greater_equal", "hypot", "isfinite",
    "isinf", "isnan", "less", "less_equal", "log", "log10", "log1p", "log2", "logaddexp", "logical_and", "logical_not",
    "logical_or", "maximum", "minimum", "mod", "multiply", "nan_to_num", "neg", "negative", "not", "not_equal",
    "ones_like", "power", "reciprocal", "remainder", "round", "rsqrt", "sign", "sin", "sinh", "sqrt", "square",
    "squared_difference", "subtract", "tan", "where", "zeros_like",
}  # fmt: skip
"""Operations number by number, on one tensor or on several that are repeated to one shape."""
WHOLE = {"softmax", "log_softmax", "l2_normalize", "normalize", "cumsum", "cumprod", "flip", "reverse", "roll", "sort"}
"""Operations on all numbers along an axis that keep the shape."""
JOINS = {"concatenate", "stack", "matmul", "einsum"}
REDUCTIONS = {
    "mean", "sum", "max", "min", "prod", "std", "var", "any", "all", "argmax", "argmin", "logsumexp", "norm", "median",
    "count_nonzero",
}  # fmt: skip


def operation(fields: Fields, shapes: Shapes, given: object) -> list[Chain]:
    """Return the layers of each output of an operation. Raises ``NotUnderstoodError`` for one that is not known."""
    operands, settings = arguments(given)
    own = {key: value for key, value in fields.config.items() if key not in ("name", "trainable", "dtype", "function")}
    name = named(str(fields.config.get("function") or fields.cls))
    found = Operation(name, operands, own | settings, shapes)
    if not shapes:
        raise NotUnderstoodError("an operation on numbers alone")
    repeated = _repeated(found) if name in POINTWISE else None
    if name in JOINS and found.arrays:
        raise NotUnderstoodError("joined with an array of numbers")
    single = _image_layers(found, fields)
    if single is not None:
        return [single]
    reader = _READERS.get(name)
    if reader:
        return reader(found)
    if name in POINTWISE:
        return [[Counted(name.replace("_", " "), "", repeated, pointwise=True)]]
    if name in WHOLE:
        return [[Counted(name.replace("_", " "), "", shapes[0])]]
    if name in REDUCTIONS:
        return [[Counted(name.replace("_", " "), "", _reduced(found))]]
    raise NotUnderstoodError("an operation that CNN Lab does not have")


def _repeated(found: Operation) -> Shape:
    """Return the shape to which all operands are repeated."""
    shape, most = broadcast(found.shapes), max(map(len, found.shapes))
    over = any(each[most - len(short) - 1] == 1 for each in found.shapes for short in found.shapes
               if len(short) < most == len(each))  # fmt: skip
    if over:  # the shorter one's batch meets a side of 1
        raise NotUnderstoodError("an operation over the images of a batch")
    whole = shape and broadcast(((1, *shape), *found.arrays))
    if not whole:
        raise NotUnderstoodError("an operation on shapes that cannot be repeated to one")
    if whole[0] != 1 or len(whole) > most + 1:
        raise NotUnderstoodError("an operation over the images of a batch")
    return unbatched(whole)


def _image_layers(found: Operation, fields: Fields) -> Chain | None:
    """Return layers that can also be built again, where the operation is one of those; otherwise None."""
    name, shapes = found.name, found.shapes
    plain = not found.constants and not found.arrays
    if len(shapes) > 1 and plain and name in ("add", "multiply", "subtract", "maximum", "minimum"):
        return READERS[name.title()](fields, shapes)
    if len(shapes) == 1 and len(found.constants) == 1 and len(found.operands) == 2:
        value, leading = found.constants[0], found.operands[0] is not TENSOR
        if name == "subtract" and leading:
            return [graph.Rescale(-1.0, value)]
        if name in ("add", "subtract"):
            return [graph.Rescale(1.0, value if name == "add" else -value)]
        if name == "multiply" or (name == "divide" and value and not leading):
            return [graph.Rescale(value if name == "multiply" else 1 / value)]
    function = FUNCTIONS.get(name)
    if function and len(shapes) == 1 and not found.constants and not unusual(found.settings, shapes):
        return [graph.Activation(cast(graph.Function, function))]
    if name == "cast" and len(shapes) == 1:
        return [graph.Activation("linear")]
    if len(shapes[0]) != 3:
        return None
    if name in ("mean", "max") and len(shapes) == 1 and axes_of(found) == [1, 2]:
        return [graph.GlobalPool("avg" if name == "mean" else "max", _keeps(found))]
    if name == "concatenate" and len(shapes) > 1 and axis_of(found, 0, "axis", default=-1) == 3:
        return [graph.Concatenate()]
    if name == "pad" and found.setting(9, "mode", default="constant") in ("constant", "CONSTANT"):
        first, rows, columns, channels = moving.paddings(found)
        if first == channels == (0, 0):
            return [graph.ZeroPad(*rows, *columns)]
    return None


def _keeps(found: Operation) -> bool:
    return bool(found.setting(9, "keepdims", "keep_dims", default=False))


def _reduced(found: Operation) -> Shape:
    axes = axes_of(found)
    whole = (1, *found.shapes[0])
    axes = list(range(len(whole))) if axes is None else axes
    if 0 in axes:
        raise NotUnderstoodError("an operation over the images of a batch")
    return unbatched([1 if place in axes else side for place, side in enumerate(whole)
                       if place not in axes or _keeps(found)])  # fmt: skip


def _matmul(found: Operation) -> list[Chain]:
    if len(found.shapes) != 2:
        raise NotUnderstoodError("a product with numbers that are not in the file")
    one, other = found.shapes
    if found.settings.get("transpose_a") or found.settings.get("transpose_x"):
        one = (*one[:-2], one[-1], one[-2]) if len(one) > 1 else one
    if found.settings.get("transpose_b") or found.settings.get("transpose_y"):
        other = (*other[:-2], other[-1], other[-2]) if len(other) > 1 else other
    if len(one) < 2 or len(one) != len(other) or one[-1] != other[-2] or one[:-2] != other[:-2]:
        raise NotUnderstoodError("a product of shapes that do not fit")
    shape = (*one[:-1], other[-1])
    products = total("outputs × c", outputs=prod(shape), c=one[-1])
    return [[Counted("matmul", "", shape, None, products)]]


def _einsum(found: Operation) -> list[Chain]:
    equation = str(found.setting(0, "subscripts", "equation")).replace(" ", "")
    match = re.fullmatch(r"([a-zA-Z]+),([a-zA-Z]+)->([a-zA-Z]+)", equation)
    if not match or len(found.shapes) != 2:
        raise NotUnderstoodError("an equation that CNN Lab cannot read")
    sizes: dict[str, int] = {}
    for letters, shape in zip(match.groups()[:2], found.shapes, strict=True):
        if len(letters) != len(shape) + 1:
            raise NotUnderstoodError("an equation that does not fit its shapes")
        for letter, side in zip(letters, (1, *shape), strict=True):
            if sizes.setdefault(letter, side) != side:
                raise NotUnderstoodError("an equation that does not fit its shapes")
    out = match[3]
    if not set(out) <= set(sizes) or out[0] != match[1][0]:
        raise NotUnderstoodError("an equation that moves the batch")
    products = total("places", places=prod(sizes.values()))
    return [[Counted("einsum", equation, unbatched([sizes[letter] for letter in out]), None, products)]]


def _glu(found: Operation) -> list[Chain]:
    """Half of the numbers gate the other half."""
    axis = axis_of(found, 0, "axis", default=-1)
    shape = [1, *found.shapes[0]]
    if not axis or shape[axis] % 2:
        raise NotUnderstoodError("an axis that cannot be halved")
    shape[axis] //= 2
    return [[Counted("glu", f"axis {axis}", unbatched(shape))]]


def _pool(found: Operation) -> list[Chain]:
    size = found.setting(0, "pool_size", "ksize")
    strides = found.setting(1, "strides", default=size)
    padding = str(found.setting(2, "padding", default="valid")).lower()
    config = {"pool_size": _two(size), "strides": _two(strides), "padding": padding}
    cls = "MaxPooling2D" if found.name == "max_pool" else "AveragePooling2D"
    if len(found.shapes[0]) != 3:
        raise NotUnderstoodError("pooling of something else than a map")
    return [READERS[cls](Fields(cls, found.name, config), found.shapes)]


def _two(value: object) -> object:
    """Return TensorFlow's four numbers as height and width."""
    return value[1:3] if isinstance(value, list) and len(value) == 4 else value


_READERS: dict[str, Callable[[Operation], list[Chain]]] = {
    "concatenate": moving.concatenate, "stack": moving.stack, "split": moving.split, "unstack": moving.unstack,
    "reshape": moving.reshape, "flatten": moving.flatten, "transpose": moving.transpose, "expand_dims": moving.expand,
    "squeeze": moving.squeeze, "pad": moving.pad, "resize": moving.resize, "getitem": moving.getitem, "matmul":
    _matmul, "einsum": _einsum, "max_pool": _pool, "average_pool": _pool, "glu": _glu, "tile": moving.repeat, "repeat":
    moving.repeat,
}  # fmt: skip
