"""Constants of an ONNX file: shapes and small numbers are computed, weights are known by name and shape alone.

PyTorch's newer exporter writes a bias of zeros as Shape, CastLike and Expand, and shapes as Concat of constants: all of
it is folded away here.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from cnnlab.backends.imported.onnx_models.parsing import decimal

MOST_FOLDED = 256  # numbers of a constant whose values are computed; shapes have up to 8
MOST_READ = 2048  # numbers of a constant that are compared
MOST_SIDE = 10**9
NO_WEIGHTS = (7, 8, 9, 13)
"""Types in onnx.proto that no weight has: whole numbers of 64 bits (shapes and places), texts, true or false."""
MOST_RANK = 16

Dims = tuple[int, ...]
Number = int | float


@dataclass(frozen=True, slots=True)
class Constant:
    """A tensor that no input of the network changes.

    ``shape`` and ``numbers`` (row by row) are None where they are not known. ``stored`` names the weights of the file
    that it is made of: none for a bias of zeros that is computed. ``cut`` if it is only a part of what is stored.
    """

    shape: Dims | None
    numbers: tuple[Number, ...] | None = None
    stored: tuple[str, ...] = ()
    cut: bool = False

    @property
    def size(self) -> int | None:
        """How many numbers it has."""
        return None if self.shape is None else math.prod(self.shape)

    @property
    def number(self) -> Number | None:
        """The only number, if there is one and it is known."""
        return self.numbers[0] if self.numbers is not None and len(self.numbers) == 1 else None

    def whole(self) -> list[int] | None:
        """Return the numbers as whole ones, or None if they are not known."""
        if self.numbers is None or not all(isinstance(each, int) for each in self.numbers):
            return None
        return [int(each) for each in self.numbers]


def row(*numbers: Number) -> Constant:
    """Return a row of known numbers."""
    return Constant((len(numbers),), numbers)


def sound(shape: Dims) -> bool:
    """Return whether a shape is one that a constant can have."""
    return len(shape) <= MOST_RANK and all(0 <= side <= MOST_SIDE for side in shape)


def of_tensor(tensor: Any, name: str, trained: bool = True) -> Constant:
    """Return the constant of an ``onnx.TensorProto``, dense or sparse, which the file stores by that name.

    Its numbers are read only if they are few and stand in the file itself. Where it may be one that was never
    ``trained``, the same number everywhere, such as a scale of ones or a bias of zeros, is no weight.
    """
    shape = tuple(tensor.dims)
    stored = (name,) if name and getattr(tensor, "data_type", None) not in NO_WEIGHTS else ()
    if not sound(shape):
        return Constant(None, None, stored)
    if math.prod(shape) > (MOST_FOLDED if trained else MOST_READ):
        return Constant(shape, None, stored)
    numbers = _numbers(tensor)
    if numbers is None or len(numbers) != math.prod(shape):
        return Constant(shape, None, stored)
    if not trained and len(set(numbers)) < 2:
        stored = ()
    if len(numbers) > MOST_FOLDED:
        return Constant(shape, None, stored)
    return Constant(shape, tuple(decimal(each) if isinstance(each, float) else int(each) for each in numbers), stored)


def _numbers(tensor: Any) -> list[Number] | None:
    """Return the numbers of a tensor; None if they are elsewhere, damaged, or texts."""
    from onnx import numpy_helper

    try:
        if tensor.data_location or tensor.data_type == 8:
            return None
        found = numpy_helper.to_array(tensor).ravel().tolist()
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, NotImplementedError):
        return None
    return found if all(isinstance(each, int | float) for each in found) else None


def broadcast(shapes: list[Dims]) -> Dims | None:
    """Return the shape that all can be repeated to, or None.

    >>> broadcast([(1, 8, 4, 4), (8, 1, 1)]), broadcast([(2,), (3,)])
    ((1, 8, 4, 4), None)
    """
    rank = max(map(len, shapes), default=0)
    wide = [(1,) * (rank - len(shape)) + shape for shape in shapes]
    found = []
    for column in zip(*wide, strict=True):
        sides = {*column} - {1}
        if len(sides) > 1:
            return None
        found.append(sides.pop() if sides else 1)
    return tuple(found)


def spread(constant: Constant, shape: Dims) -> tuple[Number, ...] | None:
    """Return the constant's numbers repeated to a shape; None if they are not known or far too many."""
    if constant.numbers is None or constant.shape is None or not sound(shape) or math.prod(shape) > MOST_FOLDED:
        return None
    if constant.shape == shape:
        return constant.numbers
    if 0 in shape:  # the other sides may be of any length
        return ()
    if len(constant.numbers) == 1:
        return constant.numbers * math.prod(shape)
    own = (1,) * (len(shape) - len(constant.shape)) + constant.shape
    steps = strides(own)
    return tuple(
        constant.numbers[sum(step * (at if side > 1 else 0) for step, at, side in zip(steps, place, own, strict=True))]
        for place in product(*map(range, shape))
    )


def strides(shape: Dims) -> Dims:
    """Return how many numbers lie between neighbours along each axis.

    >>> strides((2, 3, 4))
    (12, 4, 1)
    """
    return tuple(math.prod(shape[axis + 1 :]) for axis in range(len(shape)))


def _divide(a: Number, b: Number) -> Number:
    if isinstance(a, int) and isinstance(b, int):
        return int(a / b) if abs(a) < 2**50 else a // b
    return a / b


PAIRS: dict[str, Callable[[Number, Number], Number]] = {
    "Add": lambda a, b: a + b,
    "Sub": lambda a, b: a - b,
    "Mul": lambda a, b: a * b,
    "Div": _divide,
    "Mod": lambda a, b: a % b,
    "Min": min,
    "Max": max,
    "Equal": lambda a, b: int(a == b),
    "Less": lambda a, b: int(a < b),
    "Greater": lambda a, b: int(a > b),
    "LessOrEqual": lambda a, b: int(a <= b),
    "GreaterOrEqual": lambda a, b: int(a >= b),
    "And": lambda a, b: int(bool(a and b)),
    "Or": lambda a, b: int(bool(a or b)),
}
SINGLES: dict[str, Callable[[Number], Number]] = {
    "Neg": lambda a: -a,
    "Abs": abs,
    "Floor": lambda a: float(math.floor(a)),
    "Ceil": lambda a: float(math.ceil(a)),
    "Round": lambda a: float(round(a)),
    "Not": lambda a: int(not a),
    "Sqrt": lambda a: math.sqrt(a),
    "Reciprocal": lambda a: 1 / a,
}
SUMMARIES: dict[str, Callable[[list[Number]], Number]] = {
    "ReduceProd": math.prod,
    "ReduceSum": sum,
    "ReduceMax": max,
    "ReduceMin": min,
}


def pairwise(op: str, inputs: list[Constant]) -> Constant:
    """Return the result of an operation on the numbers of its inputs, each with each."""
    stored = merged(inputs)
    shapes = [each.shape for each in inputs]
    shape = None if any(each is None for each in shapes) else broadcast([each for each in shapes if each is not None])
    if shape is None or op not in PAIRS:
        return Constant(shape, None, stored)
    columns = [spread(each, shape) for each in inputs]
    numbers = columns[0]
    for column in columns[1:]:
        numbers = None if numbers is None or column is None else _each(PAIRS[op], numbers, column)
    return Constant(shape, numbers, stored)


def _each(compute: Callable[..., Number], *columns: tuple[Number, ...]) -> tuple[Number, ...] | None:
    try:
        found = tuple(compute(*each) for each in zip(*columns, strict=True))
    except (ArithmeticError, ValueError, TypeError):
        return None
    # Numbers beyond 64 bits are none of a shape's.
    return found if all(abs(each) < 2**63 for each in found) else None


def single(op: str, constant: Constant) -> Constant:
    """Return the result of an operation on each number."""
    numbers = constant.numbers
    known = op in SINGLES and numbers is not None
    return Constant(constant.shape, _each(SINGLES[op], numbers) if known and numbers else None, constant.stored)


def cast(constant: Constant, to_whole: bool | None) -> Constant:
    """Return the constant with whole numbers, or with others; unchanged for None."""
    if to_whole is None or constant.numbers is None:
        return constant
    return replace(constant, numbers=_each(int if to_whole else float, constant.numbers))


def merged(inputs: list[Constant]) -> tuple[str, ...]:
    """Return the weights that several constants are made of, each once; single numbers of formulas are none."""
    wide = [each for each in inputs if each.size != 1 or len(each.shape or ()) > 1]
    return tuple(dict.fromkeys(name for each in wide for name in each.stored))


def moved(constant: Constant, order: list[int]) -> Constant:
    """Return a constant with its axes in another order."""
    if constant.shape is None or sorted(order) != list(range(len(constant.shape))):
        return Constant(None, None, constant.stored)
    shape = tuple(constant.shape[axis] for axis in order)
    if not constant.numbers:
        return replace(constant, shape=shape)
    steps = [strides(constant.shape)[axis] for axis in order]
    numbers = tuple(
        constant.numbers[sum(step * at for step, at in zip(steps, place, strict=True))]
        for place in product(*map(range, shape))
    )
    return replace(constant, shape=shape, numbers=numbers)


def reshaped(constant: Constant, shape: Dims | None) -> Constant:
    """Return the same numbers in another shape."""
    if shape is None or not sound(shape) or (constant.size is not None and math.prod(shape) != constant.size):
        return Constant(None, None, constant.stored)
    return replace(constant, shape=shape)


def taken(constant: Constant, axis: int, places: Sequence[int], drop: bool = False) -> Constant:
    """Return the parts of a constant at some places along an axis; ``drop`` leaves the axis out."""
    shape = constant.shape
    if shape is None or not -len(shape) <= axis < len(shape):
        return Constant(None, None, constant.stored)
    axis %= len(shape)
    found = (*shape[:axis], *(() if drop else (len(places),)), *shape[axis + 1 :])
    if constant.numbers is None or math.prod(found) > MOST_FOLDED:
        return Constant(found, None, constant.stored, cut=True)
    if 0 in found:
        return Constant(found, (), constant.stored, cut=True)
    if not all(-shape[axis] <= at < shape[axis] for at in places):
        return Constant(None, None, constant.stored)
    step, before = strides(shape)[axis], math.prod(shape[:axis])
    numbers = tuple(
        constant.numbers[(row * shape[axis] + at % shape[axis]) * step + column]
        for row in range(before)
        for at in places
        for column in range(step)
    )
    return Constant(found, numbers, constant.stored, cut=True)


def joined(inputs: list[Constant], axis: int) -> Constant:
    """Return constants side by side along an axis."""
    stored, shapes = merged(inputs), [each.shape for each in inputs]
    first = shapes[0]
    if first is None or not -len(first) <= axis < len(first) or any(s is None or len(s) != len(first) for s in shapes):
        return Constant(None, None, stored)
    axis %= len(first)
    total = sum(shape[axis] for shape in shapes if shape is not None)
    shape = (*first[:axis], total, *first[axis + 1 :])
    if axis or any(each.numbers is None for each in inputs):
        return Constant(shape if sound(shape) else None, None, stored)
    return Constant(shape, tuple(number for each in inputs for number in each.numbers or ()), stored)


def summary(op: str, constant: Constant, axes: list[int] | None, keep: bool) -> Constant:
    """Return the sum, product or the like along some axes; its numbers only where everything is summed up."""
    shape = constant.shape
    if shape is None:
        return Constant(None, None, constant.stored)
    every = set(range(len(shape))) if axes is None else {axis % max(len(shape), 1) for axis in axes}
    found = tuple(1 if at in every else side for at, side in enumerate(shape) if keep or at not in every)
    numbers = None
    if constant.numbers and len(every) == len(shape) and op in SUMMARIES:
        numbers = _each(lambda *row: SUMMARIES[op](list(row)), *[(each,) for each in constant.numbers])
    return Constant(found, numbers, constant.stored)
