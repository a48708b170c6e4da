"""Translates operations that move, cut, join or summarise numbers."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from cnnlab.backends.imported.onnx_models import folding
from cnnlab.backends.imported.onnx_models.constants import Constant, Dims, broadcast
from cnnlab.backends.imported.onnx_models.walking import Operation, UnknownError, Value, translates, weighty
from cnnlab.backends.imported.onnx_models.writing import Tensor, Weight, without


def _reshaped(operation: Operation, x: Tensor, shape: Dims) -> list[Value]:
    """Return the tensor in another shape: no layer is written before one needs it."""
    before = x.shape
    if before is None or math.prod(before) != math.prod(shape):
        raise UnknownError
    if before == shape:
        return [x]
    operation.write.checked(shape, operation.title)
    if x.axes is None:
        placed = x.placed and before[-2:] == shape[-2:]
        source, foreign = x.source, x.foreign
    else:
        images = x.axes != operation.write.order(before)
        placed, source = images and before[-2:] == shape[-2:], before
        # Where height, width or the channels are 1, the order is the same in both.
        foreign = images and before[1] > 1 and math.prod(before[2:]) > 1
    return [replace(x, shape=shape, axes=None, source=source, placed=placed, foreign=foreign)]


def _view(operation: Operation) -> Tensor:
    """Return the first input as it is, without a layer that puts its numbers in order."""
    found = operation.inputs[0] if operation.inputs else None
    if not isinstance(found, Tensor) or found.shape is None:
        raise UnknownError
    return found


@translates("Reshape")
def _(operation: Operation) -> list[Value]:
    x, target = _view(operation), operation.ints("shape", 1)
    if target is None:
        raise UnknownError
    return _reshaped(operation, x, folding.reshaped(x.shape or (), target, operation.whole("allowzero", 0)))


@translates("Flatten")
def _(operation: Operation) -> list[Value]:
    x = _view(operation)
    return _reshaped(operation, x, folding.flattened(x.shape or (), operation.whole("axis", 1)))


@translates("Squeeze")
def _(operation: Operation) -> list[Value]:
    x = _view(operation)
    return _reshaped(operation, x, folding.squeezed(x.shape or (), operation.ints("axes", 1)))


@translates("Unsqueeze")
def _(operation: Operation) -> list[Value]:
    x, axes = _view(operation), operation.ints("axes", 1)
    if axes is None:
        raise UnknownError
    return _reshaped(operation, x, folding.unsqueezed(x.shape or (), axes))


@translates("Transpose")
def _(operation: Operation) -> list[Value]:
    x = _view(operation)
    shape = x.shape or ()
    order = operation.ints("perm") or list(reversed(range(len(shape))))
    if sorted(order) != list(range(len(shape))):
        raise UnknownError
    found = tuple(shape[axis] for axis in order)
    if x.axes is not None:
        # Only which of the file's axes is which of ours changes: numbers stay where they are.
        return [replace(x, shape=found, axes=tuple(x.axes[axis] for axis in order))]
    placed = x.placed and order[-2:] == [len(shape) - 2, len(shape) - 1]
    moves = [axis for axis in order if shape[axis] > 1]
    return [replace(x, shape=found, reordered=x.reordered or moves != sorted(moves), placed=placed)]


@translates("Concat")
def _(operation: Operation) -> list[Value]:
    shapes = [operation.shape(place) for place in range(len(operation.inputs))]
    axis = operation.whole("axis", 1)
    rank = len(shapes[0])
    if not -rank <= axis < rank or any(len(shape) != rank for shape in shapes):
        raise UnknownError
    axis %= rank
    if len({(*shape[:axis], *shape[axis + 1 :]) for shape in shapes}) > 1:
        raise UnknownError
    shape = (*shapes[0][:axis], sum(each[axis] for each in shapes), *shapes[0][axis + 1 :])
    places = [place for place, each in enumerate(operation.inputs) if isinstance(each, Tensor)]
    inputs = [operation.tensor(place) for place in places]
    constants = [each for each in operation.inputs if isinstance(each, Constant)]
    axes = inputs[0].axes or ()
    inputs = [operation.write.reordered(each, axes) for each in inputs]
    positive = all(each.positive for each in inputs) and not constants
    if not constants and len(inputs) == 1:
        return [inputs[0]]
    if not constants and axes[axis] == max(axes):
        return operation.made("Concatenate", inputs, {"axis": -1}, shape, axes, positive=positive)
    weights = [Weight(each) for each in constants if each.stored and weighty(each)]
    return operation.counted("concatenate", inputs, shape, axes, weights, setting=f"axis {axes[axis]}")


@translates("Slice")
def _(operation: Operation) -> list[Value]:
    x = operation.tensor()
    shape, axes = list(x.shape or ()), x.axes or ()
    cuts = [cut for cut in folding.slices(operation, x.shape or ()) if len(cut[1]) != shape[cut[0]]]
    cropped: dict[int, tuple[int, int]] = {}
    for axis, places in cuts:
        if places.step == 1 and len(places):
            cropped[axes[axis]] = (places.start, shape[axis] - places.stop)
        shape[axis] = len(places)
    if not cuts:
        return [x]
    if set(cropped) <= {1, 2} and len(cropped) == len(cuts) and max(axes) == 3 and 0 in axes:
        both = [list(cropped.get(axis, (0, 0))) for axis in (1, 2)]
        return operation.made("Cropping2D", [x], {"cropping": both}, tuple(shape), axes, positive=x.positive)
    pointwise = all(axes[axis] == max(axes) for axis, _ in cuts)
    return operation.counted("slice", [x], tuple(shape), axes, pointwise=pointwise, positive=x.positive)


@translates("Split")
def _(operation: Operation) -> list[Value]:
    x = operation.tensor()
    shape, axes = x.shape or (), x.axes or ()
    axis = operation.whole("axis", 0)
    if not -len(shape) <= axis < len(shape):
        raise UnknownError
    axis %= len(shape)
    found: list[Value] = []
    for side in folding.parts(operation, shape[axis])[: len(operation.node.outputs)]:
        part = (*shape[:axis], side, *shape[axis + 1 :])
        found += operation.counted("split", [x], part, axes, pointwise=axes[axis] == max(axes), positive=x.positive)
    return found


@translates("ReduceMean", "ReduceMax", "ReduceSum", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2", "ReduceLogSum",
            "ReduceLogSumExp", "ReduceSumSquare")  # fmt: skip
def _(operation: Operation) -> list[Value]:
    x = operation.tensor()
    shape, axes = x.shape or (), x.axes or ()
    given = operation.ints("axes", 1)
    if not given:
        if operation.whole("noop_with_empty_axes", 0):
            return [x]
        given = list(range(len(shape)))
    if any(not -len(shape) <= axis < len(shape) for axis in given):
        raise UnknownError
    gone, kept = {axis % len(shape) for axis in given}, bool(operation.whole("keepdims", 1))
    found = tuple(1 if place in gone else side for place, side in enumerate(shape) if kept or place not in gone)
    ours = {axes[place] for place in gone}
    cls = {"ReduceMean": "GlobalAveragePooling2D", "ReduceMax": "GlobalMaxPooling2D"}.get(operation.op)
    left = axes if kept else without(axes, gone)
    if cls and ours == {1, 2} and max(axes) == 3 and 0 in axes:
        return operation.made(cls, [x], {"keepdims": kept}, found, left, positive=x.positive)
    names = {"ReduceMean": "mean", "ReduceMax": "maximum", "ReduceMin": "minimum", "ReduceSum": "sum"}
    what = names.get(operation.op, operation.op.lower())
    setting = f"axis {', '.join(str(axis) for axis in sorted(ours))}"
    return operation.counted(what, [x], found, left, pointwise=ours == {max(axes)}, setting=setting)


@translates("ArgMax", "ArgMin")
def _(operation: Operation) -> list[Value]:
    x = operation.tensor()
    shape, axes, axis = x.shape or (), x.axes or (), operation.whole("axis", 0)
    if not -len(shape) <= axis < len(shape):
        raise UnknownError
    axis %= len(shape)
    kept = bool(operation.whole("keepdims", 1))
    found = (*shape[:axis], *((1,) if kept else ()), *shape[axis + 1 :])
    left = axes if kept else without(axes, {axis})
    return operation.counted(
        operation.op.lower(), [x], found, left, setting=f"axis {axes[axis]}", pointwise=axes[axis] == max(axes)
    )


@translates("Pad")
def _(operation: Operation) -> list[Value]:
    x = operation.tensor()
    shape, axes = x.shape or (), x.axes or ()
    pads, mode = operation.ints("pads", 1) or operation.ints("paddings"), operation.text("mode", "constant")
    chosen = operation.ints("axes", 3) or list(range(len(shape)))
    if pads is None or len(pads) != 2 * len(chosen) or any(not -len(shape) <= axis < len(shape) for axis in chosen):
        raise UnknownError
    both = {axes[axis]: (pads[place], pads[place + len(chosen)]) for place, axis in enumerate(chosen)}
    both = {axis: pad for axis, pad in both.items() if any(pad)}
    found = tuple(side + sum(both.get(axis, (0, 0))) for side, axis in zip(shape, axes, strict=True))
    zeros = mode == "constant" and operation.number("value", 0.0, 2) == 0
    if not both:
        return [x]
    least = min(min(pad) for pad in both.values())
    image = max(axes) == 3 and 0 in axes
    if image and set(both) <= {1, 2} and least >= 0 and zeros:
        config = {"padding": [list(both.get(axis, (0, 0))) for axis in (1, 2)]}
        return operation.made("ZeroPadding2D", [x], config, found, axes, positive=x.positive)
    if image and set(both) <= {1, 2} and max(max(pad) for pad in both.values()) <= 0:
        config = {"cropping": [[-side for side in both.get(axis, (0, 0))] for axis in (1, 2)]}
        return operation.made("Cropping2D", [x], config, found, axes, positive=x.positive)
    if image and set(both) == {3} and both[3][0] == 0 and least >= 0 and zeros:
        # What Keras calls channels first pads (width, channels) of a map whose channels come last.
        behind: dict[str, Any] = {"padding": [[0, 0], [0, both[3][1]]], "data_format": "channels_first"}
        return operation.made("ZeroPadding2D", [x], behind, found, axes, positive=x.positive)
    return operation.counted("pad", [x], found, axes, setting=mode)


@translates("Resize", "Upsample")
def _(operation: Operation) -> list[Value]:
    x = operation.tensor()
    shape, axes = x.shape or (), x.axes or ()
    found = _resized(operation, shape)
    factors = {
        axis: new // old if new % old == 0 else 0
        for axis, old, new in zip(axes, shape, found, strict=True)
        if new != old
    }
    if not factors:
        return [x]
    mode = operation.text("mode", "nearest")
    way = operation.text("coordinate_transformation_mode", "half_pixel")
    image = max(axes) == 3 and 0 in axes and set(factors) <= {1, 2} and all(factors.values())
    # Of the ways to place the new numbers, these are Keras'; with nearest neighbours and whole factors all but one are.
    centred = "pixel" in way and operation.op == "Resize" and operation.version > 10
    if image and ((mode == "nearest" and way != "align_corners") or (mode == "linear" and centred)):
        size = [factors.get(axis, 1) for axis in (1, 2)]
        config = {"size": size, "interpolation": "nearest" if mode == "nearest" else "bilinear"}
        return operation.made("UpSampling2D", [x], config, found, axes, positive=x.positive)
    return operation.counted("resize", [x], found, axes, setting=mode, positive=x.positive and mode != "cubic")


def _resized(operation: Operation, shape: Dims) -> Dims:
    """Return the shape after resizing: given by factors, or by sizes."""
    chosen = operation.ints("axes") or list(range(len(shape)))
    new = operation.op == "Resize" and operation.version > 10
    sizes = operation.ints("sizes", 3) if new and len(operation.inputs) > 3 else None
    found = list(shape)
    if sizes:
        if len(sizes) != len(chosen) or operation.text("keep_aspect_ratio_policy", "stretch") != "stretch":
            raise UnknownError
        for axis, side in zip(chosen, sizes, strict=True):
            found[axis] = side
        return tuple(found)
    scales: Sequence[float] | None = operation.node.settings.get("scales")
    if scales is None:
        constant = operation.constant(2 if new else 1)
        scales = constant.numbers if constant else None
    if not scales or len(scales) != len(chosen) or not all(0 < scale < 1e6 for scale in scales):
        raise UnknownError
    for axis, scale in zip(chosen, scales, strict=True):
        # A factor that was rounded to 32 bits must not lose a row.
        found[axis] = math.floor(shape[axis] * scale + 1e-4)
    return tuple(found)


@translates("DepthToSpace", "SpaceToDepth")
def _(operation: Operation) -> list[Value]:
    x, size = operation.tensor(0, images=True), operation.whole("blocksize", 1)
    shape = x.shape or ()
    if len(shape) != 4 or size < 1:
        raise UnknownError
    many, rows, columns = shape[1:]
    if operation.op == "DepthToSpace":
        if many % size**2:
            raise UnknownError
        found = (shape[0], many // size**2, rows * size, columns * size)
    else:
        found = (shape[0], many * size**2, rows // size, columns // size)
    return operation.counted("depth to space" if operation.op == "DepthToSpace" else "space to depth", [x], found)


@translates("Expand", "Tile")
def _(operation: Operation) -> list[Value]:
    x, given = operation.tensor(), operation.constant(1)
    shape, whole = x.shape or (), None if given is None else given.whole()
    if whole is None:
        raise UnknownError
    if operation.op == "Tile":
        if len(whole) != len(shape):
            raise UnknownError
        found: Dims | None = tuple(side * often for side, often in zip(shape, whole, strict=True))
    else:
        found = broadcast([shape, tuple(whole)])
    if found is None:
        raise UnknownError
    if found == shape:
        return [x]
    return operation.counted("repeat", [x], found, positive=x.positive)


@translates("GatherND", "GatherElements")
def _(operation: Operation) -> list[Value]:
    x, places = operation.tensor(), operation.shape(1)
    shape, same = x.shape or (), operation.whole("batch_dims", 0)
    found = places
    if operation.op == "GatherND":
        if not places or same < 0 or same + places[-1] > len(shape):
            raise UnknownError
        found = (*places[:-1], *shape[same + places[-1] :])
    return operation.counted("choose", [x], found, operation.write.order(found), positive=x.positive)


@translates("CumSum", "ReverseSequence", "Scatter", "ScatterElements", "ScatterND", "Trilu")
def _(operation: Operation) -> list[Value]:
    x = operation.tensor()
    return operation.counted(operation.op.lower(), [x], x.shape or ())
