"""Reads the calls of operations written with tensors: Keras 3's classes, and TensorFlow's functions in Keras 2.

Both become one name, operands and settings; axes count the batch, as in the files.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cnnlab.backends.imported.fields import NotUnderstoodError
from cnnlab.backends.imported.registry import Shapes
from cnnlab.graph import Layer, Shape

TENSOR = object()
"""Stands for a tensor among operands."""
MOST_WHOLE = 2**64  # far larger whole numbers have no float


@dataclass(frozen=True)
class Operation:
    """An operation with its operands in order, ``TENSOR`` for each tensor, and its named settings."""

    name: str
    operands: list[Any]
    settings: dict[str, Any]
    shapes: Shapes

    def setting(self, place: int, *names: str, default: Any = None) -> Any:
        """Return a setting by one of its names, or the operand at that place behind the first tensors."""
        for name in names:
            if self.settings.get(name) is not None:
                return self.settings[name]
        rest = [each for each in self.operands if each is not TENSOR]
        return rest[place] if place < len(rest) else default

    @property
    def constants(self) -> list[float]:
        """The plain numbers among the operands."""
        found = [each for each in self.operands if type(each) in (int, float)]
        if any(type(each) is int and abs(each) > MOST_WHOLE for each in found):
            raise NotUnderstoodError("a number that no network computes with")
        return [float(each) for each in found]

    @property
    def arrays(self) -> list[Shape]:
        """The shapes of the arrays of numbers among the operands."""
        found = (array_shape(each) for each in self.operands if each is not TENSOR)
        return [shape for shape in found if shape is not None]


SAME = {
    "identity": "cast", "stop_gradient": "cast", "copy": "cast", "array": "cast", "convert_to_tensor": "cast",
    "truediv": "divide", "true_divide": "divide", "div": "divide", "divide_no_nan": "divide", "realdiv": "divide",
    "div_no_nan": "divide", "sub": "subtract", "mul": "multiply", "addv2": "add", "bias_add": "add", "add_n": "add",
    "concat": "concatenate", "concat_v2": "concatenate", "reduce_mean": "mean", "reduce_sum": "sum",
    "reduce_max": "max", "reduce_min": "min", "reduce_prod": "prod", "amax": "max", "amin": "min",
    "reduce_std": "std", "reduce_variance": "var", "reduce_any": "any", "reduce_all": "all",
    "clip_by_value": "clip", "resize_bilinear": "resize", "resize_nearest_neighbor": "resize",
    "resize_images": "resize", "permute_dimensions": "transpose", "moveaxis": "moveaxis", "permute": "transpose",
    "get_item": "getitem", "strided_slice": "getitem", "leaky_relu": "leaky_relu", "pad_v2": "pad",
    "batch_flatten": "flatten", "silu": "swish", "max_pool2d": "max_pool", "avg_pool2d": "average_pool",
    "avg_pool": "average_pool", "mat_mul": "matmul", "dot": "matmul", "batch_dot": "matmul", "unpack": "unstack",
    "pack": "stack", "pow": "power", "absolute": "abs", "rsqrt": "rsqrt", "select": "where",
    "argmax": "argmax", "arg_max": "argmax",
}  # fmt: skip
"""The names of TensorFlow's and Keras' operations that do what another name here does."""


def array_shape(value: object) -> Shape | None:
    """Return the shape of an array of numbers in a file, with its side for the batch; None for anything else.

    >>> array_shape([[1, 2, 3]]), array_shape({"class_name": "__numpy__", "config": {"value": [4]}}), array_shape(5)
    ((1, 3), (1,), None)
    """
    match value:
        case {"class_name": "__numpy__" | "__tensor__", "config": {"value": inside}}:
            return array_shape(inside) or ()
        case []:
            return (0,)
        case [first, *_]:
            return (len(value), *(array_shape(first) or ()))
    return None


def named(cls: str) -> str:
    """Return the operation's name here, for a class of Keras 3 or a function of TensorFlow.

    >>> named("ExpandDims"), named("math.truediv"), named("__operators__.add"), named("compat.v1.concat")
    ('expand_dims', 'divide', 'add', 'concatenate')
    """
    last = cls.rpartition(".")[2]
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", last).lower().strip("_")
    return SAME.get(snake, snake)


def arguments(given: object) -> tuple[list[Any], dict[str, Any]]:
    """Return the operands and settings of a call, as Keras 2 or 3 writes it: ``TENSOR`` stands for each tensor."""
    operands: list[Any] = []
    settings: dict[str, Any] = {}
    if isinstance(given, dict) and "args" in given:
        for value in given["args"] if isinstance(given["args"], list) else []:
            _take(value, operands)
        named_values = given.get("kwargs")
        _settle(named_values if isinstance(named_values, dict) else {}, operands, settings)
        return operands, settings
    calls = given if isinstance(given, list) and given and isinstance(given[0], list) else [given]
    for call in calls:
        if not isinstance(call, list) or len(call) < 3:
            continue
        operands.append(call[2] if call[0] == "_CONSTANT_VALUE" else TENSOR)
        more = call[3] if len(call) > 3 and isinstance(call[3], dict) else {}
        _settle(
            more if not settings else {key: each for key, each in more.items() if _is_tensor(each)}, operands, settings
        )
    return operands, settings


def _settle(values: dict[str, Any], operands: list[Any], settings: dict[str, Any]) -> None:
    for key, value in values.items():
        if _is_tensor(value) or (isinstance(value, list) and any(map(_is_tensor, value))):
            _take(value, operands)
        elif key in ("y", "x", "x1", "x2") and (type(value) in (int, float) or array_shape(value) is not None):
            operands.append(value)
        else:
            settings[key] = value


def _take(value: object, operands: list[Any]) -> None:
    if _is_tensor(value):
        operands.append(TENSOR)
    elif isinstance(value, list) and any(map(_is_tensor, value)):
        for each in value:
            _take(each, operands)
    else:
        operands.append(value)


def _is_tensor(value: object) -> bool:
    match value:
        case {"class_name": "__keras_tensor__"}:
            return True
        case [str(name), int(), int(), *_]:
            return name != "_CONSTANT_VALUE"
    return False


Chain = list[Layer]
"""The layers that one output of an operation becomes, one after the other."""


def axis_of(found: Operation, place: int, *names: str, default: int | None = None) -> int:
    """Return an axis as a number from 0, the batch."""
    axis = found.setting(place, *names, default=default)
    rank = len(found.shapes[0]) + 1
    if type(axis) is not int or not -rank <= axis < rank:
        raise NotUnderstoodError(f"an axis outside its {rank} sides")
    return axis % rank


def axes_of(found: Operation) -> list[int] | None:
    """Return the axes of a reduction in order, from 0, the batch; None for all of them."""
    axes = found.setting(0, "axis", "axes", "reduction_indices")
    if axes is None:
        return None
    given = axes if isinstance(axes, list) else [axes]
    rank = len(found.shapes[0]) + 1
    if not all(type(axis) is int and -rank <= axis < rank for axis in given):
        raise NotUnderstoodError(f"an axis outside its {rank} sides")
    return sorted({axis % rank for axis in given})


def unbatched(whole: Sequence[int]) -> Shape:
    """Return a shape without its batch; a single number for each image is a vector of one."""
    if any(side < 1 for side in whole):
        raise NotUnderstoodError("an operation of which nothing is left")
    return tuple(whole[1:]) or (1,)
