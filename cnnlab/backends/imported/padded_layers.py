"""Readers of layers of graphs of operations that Keras has not: windows with padding in numbers, and counted ones.

ONNX pads each side by its own number, at the maximum with −∞ and never counted in an average. "same" and zero padding
stand for it wherever they give the same result; where they do not, the padding is a layer that is only counted.
"""

import re
from math import prod
from typing import Any, Literal, NamedTuple

from cnnlab import graph
from cnnlab.backends.imported.arithmetic import total
from cnnlab.backends.imported.fields import MOST_SIDE, MOST_WINDOW, Fields
from cnnlab.backends.imported.registry import Shapes, reads
from cnnlab.backends.imported.words import MisfitError
from cnnlab.graph import Counted, Layer, Size, Sum, times

STORED = "weights in the file"


class Side(NamedTuple):
    """A window along one side: what is padded, how far the last window hangs over, and whether "same" pads as much."""

    before: int
    after: int
    hanging: int
    needed: bool
    same: bool


def _numbers(fields: Fields, key: str, many: int, low: int, high: int) -> tuple[int, ...]:
    value = fields.config.get(key)
    if not isinstance(value, list) or len(value) != many:
        raise fields.wrong(key, f"{many} whole numbers")
    return fields.sizes(key, many, low=low, high=high)


def _sides(fields: Fields, shapes: Shapes, ceil: bool = False) -> tuple[Side, Side]:
    """Return how the window lies along height and width. Raises ``ValueError`` if it does not fit."""
    if len(shapes) != 1 or len(shapes[0]) != 3:
        raise MisfitError(f"{fields.title} takes one map, not {' and '.join(map(times, shapes))}")
    kernel = _numbers(fields, "kernel_size", 2, 1, MOST_SIDE)
    strides = _numbers(fields, "strides", 2, 1, MOST_WINDOW)
    dilations = _numbers(fields, "dilations", 2, 1, MOST_WINDOW)
    pads = _numbers(fields, "pads", 4, 0, MOST_SIDE)
    auto = fields.choice("auto_pad", ("NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"), "NOTSET")
    found = []
    for place in range(2):
        side, step, extent = shapes[0][place], strides[place], (kernel[place] - 1) * dilations[place] + 1
        whole = max((-(-side // step) - 1) * step + extent - side, 0)
        before, after = pads[place], pads[place + 2]
        if auto.startswith("SAME"):
            before, after = (whole // 2, whole - whole // 2)[:: 1 if auto == "SAME_UPPER" else -1]
        room = side + before + after - extent
        if room < 0:
            raise ValueError(f"{fields.title}: a window of {extent} does not fit a side of {side}; use larger images")
        count = (-(-room // step) if ceil else room // step) + 1
        if ceil and (count - 1) * step >= side + before:
            count -= 1
        used = (count - 1) * step + extent - side - before  # behind the map
        found.append(
            Side(
                before,
                after,
                max(used - after, 0),
                before > 0 or used > 0,
                count == -(-side // step) and before == whole // 2 and max(used, 0) == whole - whole // 2,
            )
        )
    return found[0], found[1]


def _equal(both: tuple[int, ...]) -> Size:
    return both[0] if both[0] == both[1] else (both[0], both[1])


def _zeros(height: Side, width: Side) -> graph.ZeroPad:
    return graph.ZeroPad(height.before, height.after + height.hanging, width.before, width.after + width.hanging)


@reads("padded Conv2D")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    height, width = _sides(fields, shapes)
    filters, groups, bias = fields.whole("filters"), fields.whole("groups", default=1), fields.flag("use_bias", True)
    kernel, strides, dilations = (
        fields.sizes(key, 2, high=MOST_SIDE) for key in ("kernel_size", "strides", "dilations")
    )
    same = height.same and width.same
    needed = height.needed or width.needed
    before: list[Layer] = [_zeros(height, width)] if needed and not same else []
    padding: Literal["same", "valid"] = "same" if (needed and same) or kernel == (1, 1) else "valid"
    channels = shapes[0][2]
    if channels % groups or filters % groups:
        raise ValueError(f"{fields.title}: {groups} groups must divide {channels} channels and {filters} filters")
    if dilations[0] != dilations[1] or (dilations[0] > 1 and strides != (1, 1)):
        return [*before, _spread(fields, shapes, (height, width), padding)]
    if groups == channels > 1 and strides[0] == strides[1]:
        alone = graph.DepthwiseConv(_equal(kernel), strides[0], padding, dilations[0], filters // groups, bias)
        return [*before, alone]
    return [*before, graph.Conv(filters, _equal(kernel), _equal(strides), padding, groups, dilations[0], bias)]


def _spread(fields: Fields, shapes: Shapes, sides: tuple[Side, Side], padding: str) -> Counted:
    """Return a convolution with two dilations, or with a dilation and a stride, which Keras does not have."""
    kernel, strides, dilations = (
        fields.sizes(key, 2, high=MOST_SIDE) for key in ("kernel_size", "strides", "dilations")
    )
    filters, groups = fields.whole("filters"), fields.whole("groups", default=1)
    out = [
        (side + each.before + each.after - (taps - 1) * apart - 1) // step + 1
        for side, each, taps, step, apart in zip(shapes[0], sides, kernel, strides, dilations, strict=False)
    ]
    letters = {"positions": prod(out), "k": filters, "window": prod(kernel), "c": shapes[0][2], "g": groups}
    each = "window × c / g" if groups > 1 else "window × c"
    return Counted(
        "conv",
        f"{times(kernel)}, dilation {times(dilations)}",
        (*out, filters),
        total(f"({each} + 1) × k" if fields.flag("use_bias", True) else f"{each} × k", **letters),
        total(f"positions × k × ({each})", **letters),
    )


@reads("padded ConvTranspose2D")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    kernel, strides, dilations = (
        fields.sizes(key, 2, high=MOST_SIDE) for key in ("kernel_size", "strides", "dilations")
    )
    filters, bias = fields.whole("filters"), fields.flag("use_bias", True)
    if len(shapes) != 1 or len(shapes[0]) != 3:
        raise MisfitError(f"{fields.title} takes one map")
    cropping = fields.config.get("cropping")
    match cropping:
        case [[int(top), int(bottom)], [int(left), int(right)]]:
            crops = ((top, bottom), (left, right))
        case _:
            raise fields.wrong("cropping", "two whole numbers a side")
    full = [(n - 1) * s + (f - 1) * d + 1 for n, f, s, d in zip(shapes[0], kernel, strides, dilations, strict=False)]
    out = tuple(side - sum(crop) for side, crop in zip(full, crops, strict=True))
    if dilations == (1, 1) and min(f - s for f, s in zip(kernel, strides, strict=True)) >= 0:
        sizes = _equal(kernel), _equal(strides)
        over = [f - s for f, s in zip(kernel, strides, strict=True)]
        if all(crop == (0, 0) for crop in crops):
            return [graph.TransposedConv(filters, *sizes, "valid", bias)]
        # Keras' "same" cuts half of what hangs over in front, and the rest behind.
        if all(crop == (more // 2, more - more // 2) for crop, more in zip(crops, over, strict=True)):
            return [graph.TransposedConv(filters, *sizes, "same", bias)]
        if min(side for crop in crops for side in crop) >= 0:
            (top, bottom), (left, right) = crops
            return [graph.TransposedConv(filters, *sizes, "valid", bias), graph.Crop(top, bottom, left, right)]
    letters = {"positions": prod(shapes[0][:2]), "window": prod(kernel), "c": shapes[0][2], "k": filters}
    return [
        Counted(
            "transposed conv",
            f"{times(kernel)}, {filters} filters",
            (*out, filters),
            total("(window × c + 1) × k" if bias else "window × c × k", **letters),
            total("positions × window × c × k", **letters),
        )
    ]


@reads("padded MaxPool2D", "padded AveragePool2D")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    summary: Literal["max", "avg"] = "max" if "Max" in fields.cls else "avg"
    height, width = sides = _sides(fields, shapes, fields.flag("ceil_mode", False))
    kernel, strides, dilations = (
        fields.sizes(key, 2, high=MOST_SIDE) for key in ("kernel_size", "strides", "dilations")
    )
    size, stride = _equal(kernel), None if strides == kernel else _equal(strides)
    hanging = height.hanging or width.hanging
    if dilations != (1, 1):
        out = [
            (n + each.before + each.after + each.hanging - (f - 1) * d - 1) // s + 1
            for n, each, f, d, s in zip(shapes[0], sides, kernel, dilations, strides, strict=False)
        ]
        return [Counted("pool", f"{summary} {times(kernel)}, dilation {times(dilations)}", (*out, shapes[0][2]))]
    if not height.needed and not width.needed:
        return [graph.Pool(summary, size, stride, "valid")]
    counted = summary == "avg" and fields.flag("count_include_pad", False)
    if height.same and width.same and not (counted and any(side.before or side.after for side in sides)):
        # TensorFlow's padding is −∞ at a maximum, and is left out of an average, too.
        return [graph.Pool(summary, size, stride, "same")]
    pad, pool = _zeros(height, width), graph.Pool(summary, size, stride, "valid")
    if (counted and not hanging) or (summary == "max" and fields.flag("positive", False)):
        return [pad, pool]
    what = "padding of −∞" if summary == "max" else "padding that averages leave out"
    return [Counted("pad", what, pad.output_shape(shapes), pointwise=True), pool]


@reads("counted operation")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    what, setting = fields.config.get("what"), fields.config.get("setting", "")
    if not isinstance(what, str) or not isinstance(setting, str) or not re.fullmatch(r"[\w +-]{1,40}", what):
        raise fields.wrong("what", "the name of an operation")
    shape = fields.config.get("shape")
    if shape is not None and (not isinstance(shape, list) or not shape):
        raise fields.wrong("shape", "a list of whole numbers")
    sides = None if shape is None else fields.sizes("shape", len(shape), high=10**9)
    found = {key: _sum(_shapes(fields, key)) for key in ("weights", "fixed_weights")}
    multiplied = _product(fields)
    return [
        Counted(
            what,
            setting[:60],
            sides,
            found["weights"],
            multiplied,
            found["fixed_weights"],
            fields.flag("pointwise", False),
        )
    ]


def _shapes(fields: Fields, key: str) -> list[tuple[int, ...]]:
    value: Any = fields.config.get(key, [])
    if not isinstance(value, list) or not all(
        isinstance(shape, list) and len(shape) < 20 and all(type(side) is int and 0 <= side < 10**10 for side in shape)
        for shape in value
    ):
        raise fields.wrong(key, "shapes of weights")
    return [tuple(shape) for shape in value]


def _sum(shapes: list[tuple[int, ...]]) -> Sum | None:
    if not shapes:
        return None
    products = [" × ".join(map(str, shape)) or "1" for shape in shapes]
    return Sum(STORED, " + ".join(products), sum(map(prod, shapes)))


def _product(fields: Fields) -> Sum | None:
    """Return MACs as a product of named numbers."""
    value = fields.config.get("multiplied", [])
    names, numbers = [], []
    for each in value if isinstance(value, list) else [None]:
        match each:
            case [str(name), int(number)] if re.fullmatch(r"[\w +]{1,20}", name) and 0 < number < 10**18:
                names.append(f"({name})" if "+" in name else name)
                numbers.append(number)
            case _:
                raise fields.wrong("multiplied", "names and whole numbers")
    if not numbers:
        return None
    return Sum(" × ".join(names), " × ".join(map(str, numbers)), prod(numbers))
