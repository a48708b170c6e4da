"""Readers of operations written with tensors: Keras 3's by class, and TensorFlow's that Keras 2 wraps in layers.

Both become one name, operands and settings; axes count the batch, as in the files. An operation has no weights.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, cast

from cnnlab import graph
from cnnlab.backends.imported.arithmetic import total
from cnnlab.backends.imported.fields import MOST_SIDE, Fields, NotUnderstoodError
from cnnlab.backends.imported.layers import unusual
from cnnlab.backends.imported.registry import FUNCTIONS, READERS, Shapes
from cnnlab.backends.imported.shape_layers import broadcast, concatenated
from cnnlab.graph import Counted, Layer, Shape

Chain = list[Layer]
"""The layers that one output of an operation becomes, one after the other."""
TENSOR = object()
"""Stands for a tensor among operands."""
MOST_PARTS = 1000  # outputs of one operation


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
        return [float(each) for each in self.operands if type(each) in (int, float)]


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
POINTWISE = {
    "abs", "acos", "asin", "atan", "ceil", "cos", "cosh", "erf", "exp", "expm1", "floor", "isfinite", "isinf", "isnan",
    "log", "log10", "log1p", "log2", "logical_not", "negative", "neg", "not", "reciprocal", "round", "rsqrt", "sign",
    "sin", "sinh", "softplus", "softsign", "sqrt", "square", "tan", "zeros_like", "ones_like", "celu", "selu",
    "hard_sigmoid", "hard_tanh", "log_sigmoid", "mish", "squareplus", "soft_shrink", "hard_shrink", "tanh_shrink",
    "threshold", "sparse_plus", "sparse_sigmoid", "nan_to_num", "cast", "clip", "logical_and", "logical_or", "add",
    "subtract", "multiply", "divide", "maximum", "minimum", "power", "floor_divide", "floordiv", "mod", "remainder",
    "squared_difference", "greater", "greater_equal", "less", "less_equal", "equal", "not_equal", "where", "arctan2",
    "hypot", "logaddexp", "glu",
}  # fmt: skip
"""Operations number by number, on one tensor or on several that are repeated to one shape."""
WHOLE = {"softmax", "log_softmax", "l2_normalize", "normalize", "cumsum", "cumprod", "flip", "reverse", "roll", "sort"}
"""Operations on all numbers along an axis that keep the shape."""
REDUCTIONS = {
    "mean", "sum", "max", "min", "prod", "std", "var", "any", "all", "argmax", "argmin", "logsumexp", "norm", "median",
    "count_nonzero",
}  # fmt: skip


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
        elif key in ("y", "x", "x1", "x2") and type(value) in (int, float):
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


def operation(fields: Fields, shapes: Shapes, given: object) -> list[Chain]:
    """Return the layers of each output of an operation. Raises ``NotUnderstoodError`` for one that is not known."""
    operands, settings = arguments(given)
    own = {key: value for key, value in fields.config.items() if key not in ("name", "trainable", "dtype", "function")}
    name = named(str(fields.config.get("function") or fields.cls))
    found = Operation(name, operands, own | settings, shapes)
    if not shapes:
        raise NotUnderstoodError("an operation on numbers alone")
    single = _image_layers(found, fields)
    if single is not None:
        return [single]
    reader = _READERS.get(name)
    if reader:
        return reader(found)
    if name in POINTWISE:
        return [[Counted(name.replace("_", " "), "", broadcast(shapes), pointwise=True)]]
    if name in WHOLE:
        return [[Counted(name.replace("_", " "), "", shapes[0])]]
    if name in REDUCTIONS:
        return [[Counted(name.replace("_", " "), "", _reduced(found))]]
    raise NotUnderstoodError("an operation that CNN Lab does not have")


def _image_layers(found: Operation, fields: Fields) -> Chain | None:
    """Return layers that can also be built again, where the operation is one of those; otherwise None."""
    name, shapes = found.name, found.shapes
    if len(shapes) > 1 and not found.constants and name in ("add", "multiply", "subtract", "maximum", "minimum"):
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
    if name in ("mean", "max") and len(shapes) == 1 and _axes(found) == [1, 2]:
        return [graph.GlobalPool("avg" if name == "mean" else "max", _keeps(found))]
    if name == "concatenate" and len(shapes) > 1 and _axis(found, 0, "axis", default=-1) == 3:
        return [graph.Concatenate()]
    if name == "pad" and found.setting(9, "mode", default="constant") in ("constant", "CONSTANT"):
        first, rows, columns, channels = _paddings(found)
        if first == channels == (0, 0):
            return [graph.ZeroPad(*rows, *columns)]
    return None


def _keeps(found: Operation) -> bool:
    return bool(found.setting(9, "keepdims", "keep_dims", default=False))


def _axis(found: Operation, place: int, *names: str, default: int | None = None) -> int:
    """Return an axis as a number from 0, the batch."""
    axis = found.setting(place, *names, default=default)
    rank = len(found.shapes[0]) + 1
    if type(axis) is not int or not -rank <= axis < rank:
        raise NotUnderstoodError(f"an axis outside its {rank} sides")
    return axis % rank


def _axes(found: Operation) -> list[int] | None:
    """Return the axes of a reduction in order, from 0, the batch; None for all of them."""
    axes = found.setting(0, "axis", "axes", "reduction_indices")
    if axes is None:
        return None
    given = axes if isinstance(axes, list) else [axes]
    rank = len(found.shapes[0]) + 1
    if not all(type(axis) is int and -rank <= axis < rank for axis in given):
        raise NotUnderstoodError(f"an axis outside its {rank} sides")
    return sorted({axis % rank for axis in given})


def _reduced(found: Operation) -> Shape:
    axes = _axes(found)
    whole = (1, *found.shapes[0])
    axes = list(range(len(whole))) if axes is None else axes
    if 0 in axes:
        raise NotUnderstoodError("an operation over the images of a batch")
    return _unbatched([1 if place in axes else side for place, side in enumerate(whole)
                       if place not in axes or _keeps(found)])  # fmt: skip


def _unbatched(whole: Sequence[int]) -> Shape:
    """Return a shape without its batch; a single number for each image is a vector of one."""
    if any(side < 1 for side in whole):
        raise NotUnderstoodError("an operation of which nothing is left")
    return tuple(whole[1:]) or (1,)


def _concatenate(found: Operation) -> list[Chain]:
    return [[concatenated(found.shapes, _axis(found, 0, "axis", default=-1))]]


def _stack(found: Operation) -> list[Chain]:
    axis = found.setting(0, "axis", default=0)
    rank = len(found.shapes[0]) + 2
    if type(axis) is not int or not axis % rank > 0 or len(set(found.shapes)) > 1:
        raise NotUnderstoodError("inputs that do not fit on each other")
    whole = [1, *found.shapes[0]]
    whole.insert(axis % rank, len(found.shapes))
    return [[Counted("stack", f"axis {axis}", _unbatched(whole))]]


def _split(found: Operation) -> list[Chain]:
    parts = found.setting(0, "indices_or_sections", "num_or_size_splits")
    axis = _axis(found, 1, "axis", default=0)
    if axis == 0:
        raise NotUnderstoodError("an operation over the images of a batch")
    side = found.shapes[0][axis - 1]
    if type(parts) is int and 0 < parts <= MOST_PARTS and side % parts == 0:
        sizes = [side // parts] * parts
    elif isinstance(parts, list) and len(parts) < MOST_PARTS and all(type(part) is int for part in parts):
        if "num_or_size_splits" in found.settings:
            sizes = parts
        else:
            sizes = [stop - start for start, stop in zip([0, *parts], [*parts, side], strict=True)]
    else:
        raise NotUnderstoodError("parts that are not known")
    chains: list[Chain] = []
    for size in sizes:
        shape = list(found.shapes[0])
        shape[axis - 1] = size
        chains.append([Counted("split", f"axis {axis}", _unbatched([1, *shape]))])
    return chains


def _unstack(found: Operation) -> list[Chain]:
    axis = _axis(found, 1, "axis", default=0)
    if axis == 0 or found.shapes[0][axis - 1] > MOST_PARTS:
        raise NotUnderstoodError("an operation over the images of a batch")
    rest = [side for place, side in enumerate(found.shapes[0], 1) if place != axis]
    return [[Counted("unstack", f"axis {axis}", _unbatched([1, *rest]))] for _ in range(found.shapes[0][axis - 1])]


def _reshape(found: Operation) -> list[Chain]:
    target = found.setting(0, "newshape", "shape", "new_shape", "target_shape")
    if not isinstance(target, list) or not all(type(side) is int for side in target):
        raise NotUnderstoodError("a shape that is not in the file")
    numbers, sides = prod(found.shapes[0]), target[1:]
    if target and target[0] != -1 and -1 not in sides and prod(sides) == 0:
        raise NotUnderstoodError("a shape without numbers")
    if sides.count(-1) == 1:
        known = prod(side for side in sides if side != -1)
        if known < 1 or numbers % known:
            raise NotUnderstoodError("a shape that mixes images")
        sides = [numbers // known if side == -1 else side for side in sides]
    if prod(sides) != numbers or not sides:
        raise NotUnderstoodError("a shape that mixes images")
    return [[graph.Reshape(tuple(sides))]]


def _flatten(found: Operation) -> list[Chain]:
    return [[graph.Reshape((prod(found.shapes[0]),))]]


def _transpose(found: Operation) -> list[Chain]:
    order = found.setting(0, "axes", "perm", "pattern")
    rank = len(found.shapes[0]) + 1
    if not isinstance(order, list) or sorted(map(str, order)) != sorted(map(str, range(rank))) or order[0] != 0:
        raise NotUnderstoodError("an order of sides that is not in the file, or moves the batch")
    return [
        [Counted("transpose", f"order {', '.join(map(str, order))}", tuple(found.shapes[0][n - 1] for n in order[1:]))]
    ]


def _expand(found: Operation) -> list[Chain]:
    axis = found.setting(0, "axis", "dim")
    rank = len(found.shapes[0]) + 2
    if type(axis) is not int or not -rank <= axis < rank or not axis % rank:
        raise NotUnderstoodError("an axis in front of the batch")
    whole = [1, *found.shapes[0]]
    whole.insert(axis % rank, 1)
    return [[graph.Reshape(_unbatched(whole))]]


def _squeeze(found: Operation) -> list[Chain]:
    axes = _axes(found)
    whole = list(enumerate((1, *found.shapes[0])))
    gone = {place for place, side in whole if place and side == 1} if axes is None else set(axes)
    if any(place in gone and (side != 1 or not place) for place, side in whole):
        raise NotUnderstoodError("a side longer than 1 that is taken away")
    return [[graph.Reshape(_unbatched([side for place, side in whole if place not in gone]))]]


def _paddings(found: Operation) -> list[tuple[int, int]]:
    given = found.setting(0, "pad_width", "paddings")
    rank = len(found.shapes[0]) + 1
    match given:
        case int():
            pairs = [(given, given)] * rank
        case [int() as before, int() as behind]:
            pairs = [(before, behind)] * rank
        case list() if len(given) == rank and all(isinstance(each, list) and len(each) == 2 for each in given):
            pairs = [(each[0], each[1]) for each in given]
        case _:
            raise NotUnderstoodError("borders that are not in the file")
    if not all(type(each) is int and 0 <= each <= MOST_SIDE for both in pairs for each in both):
        raise NotUnderstoodError("borders that are no whole numbers")
    return pairs


def _pad(found: Operation) -> list[Chain]:
    pairs = _paddings(found)
    if pairs[0] != (0, 0):
        raise NotUnderstoodError("an operation over the images of a batch")
    shape = tuple(side + before + behind for side, (before, behind) in zip(found.shapes[0], pairs[1:], strict=True))
    return [[Counted("pad", "", shape)]]


def _resize(found: Operation) -> list[Chain]:
    size = found.setting(0, "size")
    match size:
        case [int() as rows, int() as columns] if len(found.shapes[0]) == 3:
            if 0 < rows <= MOST_SIDE and 0 < columns <= MOST_SIDE:
                return [[Counted("resize", "", (rows, columns, found.shapes[0][2]))]]
    raise NotUnderstoodError("a size that is not in the file")


def _getitem(found: Operation) -> list[Chain]:
    spec = found.setting(0, "slice_spec", "key")
    items = spec if isinstance(spec, list) else [spec]
    whole = [1, *found.shapes[0]]
    real = sum(1 for item in items if item is not None and not _is_ellipsis(item))
    if real > len(whole):
        raise NotUnderstoodError("more slices than sides")
    result: list[int] = []
    place = 0
    for item in items:
        if item is None:
            result.append(1)
            continue
        if _is_ellipsis(item):
            skipped = len(whole) - real
            result += whole[place : place + skipped]
            place += skipped
            continue
        if type(item) is int:
            if not place:
                raise NotUnderstoodError("one image of a batch")
        else:
            part = item.get("config", item) if isinstance(item, dict) else None
            if not isinstance(part, dict) or not all(
                part.get(key) is None or type(part.get(key)) is int for key in ("start", "stop", "step")
            ):
                raise NotUnderstoodError("a slice that is not in the file")
            taken = len(range(whole[place])[slice(part.get("start"), part.get("stop"), part.get("step") or None)])
            result.append(taken if place else 1)
        place += 1
    result += whole[place:]
    return [[Counted("slice", "", _unbatched(result))]]


def _is_ellipsis(item: object) -> bool:
    return item in ("...", "Ellipsis") or (
        isinstance(item, dict) and "ellipsis" in str(item.get("class_name", "")).lower()
    )


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
    return [[Counted("einsum", equation, _unbatched([sizes[letter] for letter in out]), None, products)]]


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


def _repeat(found: Operation) -> list[Chain]:
    many = found.setting(0, "repeats", "multiples", "rep")
    shape = found.shapes[0]
    if isinstance(many, list) and len(many) == len(shape) + 1 and many[0] == 1 and all(type(n) is int for n in many):
        return [[Counted("repeat", "", _unbatched([1, *(a * b for a, b in zip(shape, many[1:], strict=True))]))]]
    if type(many) is int:
        axis = _axis(found, 1, "axis")
        if axis:
            return [
                [Counted("repeat", "", tuple(side * (many if n == axis else 1) for n, side in enumerate(shape, 1)))]
            ]
    raise NotUnderstoodError("repetitions that are not in the file")


_READERS: dict[str, Callable[[Operation], list[Chain]]] = {
    "concatenate": _concatenate, "stack": _stack, "split": _split, "unstack": _unstack, "reshape": _reshape,
    "flatten": _flatten, "transpose": _transpose, "expand_dims": _expand, "squeeze": _squeeze, "pad": _pad,
    "resize": _resize, "getitem": _getitem, "matmul": _matmul, "einsum": _einsum, "max_pool": _pool,
    "average_pool": _pool, "tile": _repeat, "repeat": _repeat,
}  # fmt: skip
