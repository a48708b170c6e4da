"""Computes operations whose inputs no image changes: on shapes, on numbers of formulas, on weights put in order."""

import math
from collections.abc import Callable

from cnnlab.backends.imported.onnx_models import constants
from cnnlab.backends.imported.onnx_models.constants import Constant, Dims, merged, row
from cnnlab.backends.imported.onnx_models.walking import Operation, UnknownError, Value

WHOLE = {2, 3, 4, 5, 6, 7, 9, 12, 13}  # the types of whole numbers in onnx.proto
BROKEN = {1, 10, 11, 16}

Folder = Callable[[Operation, list[Constant]], Constant]


def fold(operation: Operation) -> list[Value] | None:
    """Return the outputs of an operation on constants; None if an input depends on the image."""
    if operation.op in ("Shape", "Size"):
        return _shape(operation)
    if operation.op == "Constant":
        return [_constant(operation)]
    # CastLike takes nothing but the type of its second input.
    inputs = [each for each in operation.inputs[: 1 if operation.op == "CastLike" else None] if each is not None]
    known = [each for each in inputs if isinstance(each, Constant)]
    if len(known) < len(inputs) or (not known and operation.op.startswith("Random")):
        return None
    try:
        return _computed(operation, known)
    except (UnknownError, ArithmeticError, ValueError, TypeError, IndexError):
        return [Constant(None, None, merged(known))]


def _shape(operation: Operation) -> list[Value] | None:
    value = operation.inputs[0] if operation.inputs else None
    if value is None or value.shape is None:
        return [Constant(None)]
    if operation.op == "Size":
        return [Constant((), (math.prod(value.shape),))]
    start, end = operation.node.settings.get("start", 0), operation.node.settings.get("end", len(value.shape))
    return [row(*value.shape[start:end])]


def _constant(operation: Operation) -> Constant:
    settings = operation.node.settings
    if hasattr(settings.get("value"), "dims"):
        # A weight that stands in an operation of its own is stored as one in the list of weights is.
        name = operation.node.outputs[0] if operation.node.outputs else ""
        found = constants.of_tensor(settings["value"], name, trained=False)
        if found.shape is not None:
            operation.write.stored[name] = found.shape
        return found
    for key in ("value_int", "value_float"):
        if isinstance(settings.get(key), int | float):
            return Constant((), (settings[key],))
    for key in ("value_ints", "value_floats"):
        if isinstance(settings.get(key), list):
            return row(*settings[key][: constants.MOST_FOLDED])
    return Constant(None)


def _computed(operation: Operation, inputs: list[Constant]) -> list[Value]:
    op = operation.op
    if op == "Split":
        return _split(operation, inputs)
    if op in FOLDERS:
        return [FOLDERS[op](operation, inputs)]
    if op in constants.PAIRS or op == "Pow":
        return [constants.pairwise(op, inputs)]
    if op in constants.SINGLES:
        return [constants.single(op, inputs[0])]
    if op.startswith("Reduce"):
        axes = operation.ints("axes", 1)
        return [constants.summary(op, inputs[0], axes, bool(operation.whole("keepdims", 1)))]
    # Other operations on weights, such as a normalisation of theirs: the result has the shape of the first.
    return [Constant(inputs[0].shape if inputs else None, None, merged(inputs))]


def _same(operation: Operation, inputs: list[Constant]) -> Constant:
    return inputs[0]


def _cast(operation: Operation, inputs: list[Constant]) -> Constant:
    target = operation.node.settings.get("to")
    return constants.cast(inputs[0], True if target in WHOLE else False if target in BROKEN else None)


def _reshape(operation: Operation, inputs: list[Constant]) -> Constant:
    target = operation.ints("shape", 1)
    if target is None or inputs[0].shape is None:
        raise UnknownError
    return constants.reshaped(inputs[0], reshaped(inputs[0].shape, target, operation.whole("allowzero", 0)))


def reshaped(before: Dims, target: list[int], allow_zero: int) -> Dims:
    """Return the shape that ONNX' Reshape gives: 0 keeps a side, -1 stands for what remains.

    >>> reshaped((1, 512, 1, 1), [0, -1], 0)
    (1, 512)
    """
    sides = [
        before[place] if side == 0 and not allow_zero and place < len(before) else side
        for place, side in enumerate(target)
    ]
    rest = math.prod(side for side in sides if side != -1)
    if (
        sides.count(-1) > 1
        or any(side < -1 for side in sides)
        or (-1 in sides and (not rest or math.prod(before) % rest))
    ):
        raise UnknownError
    return tuple(math.prod(before) // rest if side == -1 else side for side in sides)


def squeezed(before: Dims, axes: list[int] | None) -> Dims:
    """Return a shape without sides of 1: those along the axes, or all."""
    gone = {axis % len(before) for axis in axes} if axes is not None and before else None
    return tuple(side for place, side in enumerate(before) if not (side == 1 if gone is None else place in gone))


def unsqueezed(before: Dims, axes: list[int]) -> Dims:
    """Return a shape with further sides of 1 at the axes of the result.

    >>> unsqueezed((8, 4), [0, -1])
    (1, 8, 4, 1)
    """
    rank = len(before) + len(axes)
    new = {axis % rank for axis in axes}
    rest = iter(before)
    return tuple(1 if place in new else next(rest, 1) for place in range(rank))


def _squeeze(operation: Operation, inputs: list[Constant]) -> Constant:
    if inputs[0].shape is None:
        raise UnknownError
    return constants.reshaped(inputs[0], squeezed(inputs[0].shape, operation.ints("axes", 1)))


def _unsqueeze(operation: Operation, inputs: list[Constant]) -> Constant:
    axes = operation.ints("axes", 1)
    if inputs[0].shape is None or axes is None:
        raise UnknownError
    return constants.reshaped(inputs[0], unsqueezed(inputs[0].shape, axes))


def _flatten(operation: Operation, inputs: list[Constant]) -> Constant:
    shape = inputs[0].shape
    if shape is None:
        raise UnknownError
    return constants.reshaped(inputs[0], flattened(shape, operation.whole("axis", 1)))


def flattened(shape: Dims, axis: int) -> Dims:
    """Return the shape that Flatten gives: two sides, parted in front of the axis."""
    axis = axis + len(shape) if axis < 0 else axis
    return (math.prod(shape[:axis]), math.prod(shape[axis:]))


def _transpose(operation: Operation, inputs: list[Constant]) -> Constant:
    rank = len(inputs[0].shape or ())
    return constants.moved(inputs[0], operation.ints("perm") or list(reversed(range(rank))))


def _expand(operation: Operation, inputs: list[Constant]) -> Constant:
    target = inputs[1].whole()
    if target is None or inputs[0].shape is None:
        raise UnknownError
    shape = constants.broadcast([inputs[0].shape, tuple(target)])
    if shape is None or not constants.sound(shape):
        raise UnknownError
    # One number repeated, such as a bias of zeros, is no weight.
    stored = () if inputs[0].size == 1 else inputs[0].stored
    return Constant(shape, constants.spread(inputs[0], shape), stored)


def _filled(operation: Operation, inputs: list[Constant]) -> Constant:
    target = inputs[0].whole()
    if target is None or not constants.sound(tuple(target)):
        raise UnknownError
    value = operation.node.settings.get("value")
    one = constants.of_tensor(value, "") if hasattr(value, "dims") else Constant((), (0.0,))
    number = Constant((), one.numbers) if one.size == 1 else Constant(())
    return Constant(tuple(target), constants.spread(number, tuple(target)))


def _concat(operation: Operation, inputs: list[Constant]) -> Constant:
    return constants.joined(inputs, operation.whole("axis", 0))


def _gather(operation: Operation, inputs: list[Constant]) -> Constant:
    places = inputs[1].whole()
    if places is None or len(inputs[1].shape or ()) > 1:
        raise UnknownError
    return constants.taken(inputs[0], operation.whole("axis", 0), places, drop=inputs[1].shape == ())


def _slice(operation: Operation, inputs: list[Constant]) -> Constant:
    if inputs[0].shape is None:
        raise UnknownError
    found = inputs[0]
    for axis, places in slices(operation, inputs[0].shape):
        found = constants.taken(found, axis, places)
    return found


def slices(operation: Operation, shape: Dims) -> list[tuple[int, range]]:
    """Return for each axis that a Slice cuts the places that remain."""
    starts, ends = operation.ints("starts", 1), operation.ints("ends", 2)
    if starts is None or ends is None:
        raise UnknownError
    axes = operation.ints("axes", 3) or list(range(len(starts)))
    steps = operation.ints("steps", 4) or [1] * len(starts)
    if not len(starts) == len(ends) == len(axes) == len(steps):
        raise UnknownError
    found = []
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        if not -len(shape) <= axis < len(shape) or step == 0:
            raise UnknownError
        found.append(
            (
                axis % len(shape),
                range(shape[axis])[slice(start, None if step < 0 and end < -shape[axis] else end, step)],
            )
        )
    return found


def _range(operation: Operation, inputs: list[Constant]) -> Constant:
    start, limit, step = (each.number for each in inputs)
    if not (isinstance(start, int) and isinstance(limit, int) and isinstance(step, int) and step):
        raise UnknownError
    found = range(start, limit, step)
    return row(*found) if len(found) <= constants.MOST_FOLDED else Constant((len(found),))


def _where(operation: Operation, inputs: list[Constant]) -> Constant:
    shape = constants.broadcast([each.shape for each in inputs if each.shape is not None])
    if shape is None or any(each.shape is None for each in inputs):
        raise UnknownError
    columns = [constants.spread(each, shape) for each in inputs]
    if any(column is None for column in columns):
        return Constant(shape, None, merged(inputs[1:]))
    numbers = tuple(a if which else b for which, a, b in zip(*(column or () for column in columns), strict=True))
    return Constant(shape, numbers, merged(inputs[1:]))


def _tile(operation: Operation, inputs: list[Constant]) -> Constant:
    times, shape = inputs[1].whole(), inputs[0].shape
    if times is None or shape is None:
        raise UnknownError
    found = tuple(side * often for side, often in zip(shape, times, strict=True))
    return Constant(found if constants.sound(found) else None, None, inputs[0].stored)


def _product(operation: Operation, inputs: list[Constant]) -> Constant:
    a, b = inputs[0].shape, inputs[1].shape
    if a is None or b is None or len(a) != 2 or len(b) != 2:
        raise UnknownError
    return Constant((a[0], b[1]), None, merged(inputs))


def _split(operation: Operation, inputs: list[Constant]) -> list[Value]:
    shape = inputs[0].shape
    if shape is None:
        raise UnknownError
    axis = operation.whole("axis", 0)
    found: list[Value] = []
    start = 0
    for side in parts(operation, shape[axis]):
        found.append(constants.taken(inputs[0], axis, range(start, start + side)))
        start += side
    return found


def parts(operation: Operation, side: int) -> list[int]:
    """Return the sizes into which a Split divides a side."""
    given, many = operation.ints("split", 1), len(operation.node.outputs)
    if given is not None:
        if len(given) < many or any(each < 0 for each in given):
            raise UnknownError
        return given
    each = -(-side // many)
    return [*[each] * (many - 1), side - each * (many - 1)]


FOLDERS: dict[str, Folder] = {
    "Identity": _same, "CastLike": _same, "Dropout": _same, "DequantizeLinear": _same, "QuantizeLinear": _same,
    "Cast": _cast, "Reshape": _reshape, "Squeeze": _squeeze, "Unsqueeze": _unsqueeze, "Flatten": _flatten,
    "Transpose": _transpose, "Expand": _expand, "ConstantOfShape": _filled, "Concat": _concat, "Gather": _gather,
    "Slice": _slice, "Range": _range, "Where": _where, "Tile": _tile, "MatMul": _product,
}  # fmt: skip
