"""TensorFlow's operations without weights, as those of ONNX: functions of each number, averages, shapes, slices."""

from cnnlab.backends.imported.graph_models.image_operations import activated
from cnnlab.backends.imported.graph_models.parsing import Op
from cnnlab.backends.imported.graph_models.rewriting import OWN, Rewriting, outs, rewrites
from cnnlab.backends.imported.onnx_models.walking import UnknownError

_EQUAL = {
    "Abs": "Abs", "Acos": "Acos", "Add": "Add", "AddN": "Sum", "AddV2": "Add", "Asin": "Asin", "Atan": "Atan",
    "BiasAdd": "Add", "Cast": "Cast", "Ceil": "Ceil", "Cos": "Cos", "Cosh": "Cosh", "Div": "Div", "Elu": "Elu",
    "Equal": "Equal", "Erf": "Erf", "Exp": "Exp", "Floor": "Floor", "FloorDiv": "Div", "FloorMod": "Mod",
    "Greater": "Greater", "GreaterEqual": "GreaterOrEqual", "Less": "Less", "LessEqual": "LessOrEqual", "Log": "Log",
    "LogSoftmax": "LogSoftmax", "LogicalAnd": "And", "LogicalNot": "Not", "LogicalOr": "Or", "Maximum": "Max",
    "Minimum": "Min", "Mul": "Mul", "Neg": "Neg", "Pow": "Pow", "Prelu": "PRelu", "RealDiv": "Div",
    "Reciprocal": "Reciprocal", "Relu": "Relu", "Round": "Round", "Select": "Where", "SelectV2": "Where",
    "Selu": "Selu", "Shape": "Shape", "Sigmoid": "Sigmoid", "Sign": "Sign", "Sin": "Sin", "Sinh": "Sinh",
    "Softmax": "Softmax", "Softplus": "Softplus", "Softsign": "Softsign", "Sqrt": "Sqrt", "Sub": "Sub", "Tan": "Tan",
    "Tanh": "Tanh", "Tile": "Tile",
}  # fmt: skip
"""Operations that are one of ONNX, with the same inputs."""


@rewrites(*_EQUAL)
def _(to: Rewriting, op: Op) -> None:
    if op.op == "BiasAdd" and op.text("data_format", "NHWC") == "NCHW":
        raise UnknownError
    to.put(_EQUAL[op.op], op, op.inputs, op.name)


@rewrites("Identity", "StopGradient", "PreventGradient", "Snapshot", "CheckNumerics", "PlaceholderWithDefault",
          "FakeQuantWithMinMaxVars", "ReadVariableOp")  # fmt: skip
def _(to: Rewriting, op: Op) -> None:
    to.put("Identity", op, op.inputs[:1], op.name)


@rewrites("IdentityN")
def _(to: Rewriting, op: Op) -> None:
    for name, out in zip(op.inputs, outs(op, len(op.inputs)), strict=True):
        to.put("Identity", op, [name], out)


@rewrites("Relu6")
def _(to: Rewriting, op: Op) -> None:
    activated(to, op, op.inputs[0], ["Relu6"], [])


@rewrites("LeakyRelu")
def _(to: Rewriting, op: Op) -> None:
    to.put("LeakyRelu", op, op.inputs, op.name, alpha=op.number("alpha", 0.2))


@rewrites("Square")
def _(to: Rewriting, op: Op) -> None:
    to.put("Mul", op, [op.inputs[0]] * 2, op.name)


@rewrites("SquaredDifference")
def _(to: Rewriting, op: Op) -> None:
    to.put("Mul", op, [to.put("Sub", op, op.inputs)] * 2, op.name)


@rewrites("Rsqrt")
def _(to: Rewriting, op: Op) -> None:
    to.put("Reciprocal", op, [to.put("Sqrt", op, op.inputs)], op.name)


_REDUCED = {"Mean": "ReduceMean", "Max": "ReduceMax", "Min": "ReduceMin", "Sum": "ReduceSum", "Prod": "ReduceProd"}


@rewrites(*_REDUCED)
def _(to: Rewriting, op: Op) -> None:
    kept = int(op.flag("keep_dims"))
    axes = to.known.get(op.inputs[1])
    if axes is not None and axes.numbers is None:
        to.put(f"{OWN}Reduce", op, op.inputs, op.name, op=_REDUCED[op.op], keepdims=kept)
        return
    axes_ = to.put("Reshape", op, [op.inputs[1], to.row(op, [-1])])
    to.put(_REDUCED[op.op], op, [op.inputs[0], axes_], op.name, keepdims=kept)


@rewrites("Reshape")
def _(to: Rewriting, op: Op) -> None:
    target = to.known.get(op.inputs[1])
    if target is not None and target.numbers is None:
        width = to.widths.get(op.name) if target.shape == (2,) else None
        if width is None:
            raise UnknownError
        # A matrix takes the result: its rows say how long each vector is.
        to.put("Reshape", op, [op.inputs[0], to.row(op, [-1, width])], op.name)
        return
    to.put("Reshape", op, op.inputs, op.name, allowzero=1)


@rewrites("Squeeze")
def _(to: Rewriting, op: Op) -> None:
    axes = op.ints("squeeze_dims") or op.ints("axis")
    to.put("Squeeze", op, op.inputs, op.name, **({"axes": axes} if axes else {}))


@rewrites("ExpandDims")
def _(to: Rewriting, op: Op) -> None:
    to.put("Unsqueeze", op, [op.inputs[0]], op.name, axes=to.whole(op.inputs[1])[:1])


@rewrites("Transpose")
def _(to: Rewriting, op: Op) -> None:
    to.put("Transpose", op, [op.inputs[0]], op.name, perm=to.whole(op.inputs[1]))


@rewrites("Pad", "PadV2", "MirrorPad")
def _(to: Rewriting, op: Op) -> None:
    pads = to.whole(op.inputs[1])
    mode = {"REFLECT": "reflect", "SYMMETRIC": "symmetric"}.get(op.text("mode"), "constant")
    value = list(op.inputs[2:3])
    to.put("Pad", op, [op.inputs[0], to.row(op, [*pads[::2], *pads[1::2]]), *value], op.name, mode=mode)


@rewrites("ConcatV2")
def _(to: Rewriting, op: Op) -> None:
    *inputs, axis = op.inputs
    if to.constant(axis).numbers is None:
        to.put(f"{OWN}Concat", op, inputs, op.name)
    else:
        to.put("Concat", op, inputs, op.name, axis=to.whole(axis)[0])


@rewrites("Pack")
def _(to: Rewriting, op: Op) -> None:
    axis = op.int("axis", 0)
    parts = [to.put("Unsqueeze", op, [name], axes=[axis]) for name in op.inputs]
    to.put("Concat", op, parts, op.name, axis=axis)


@rewrites("Unpack")
def _(to: Rewriting, op: Op) -> None:
    axis, names = op.int("axis", 0), outs(op, op.int("num", 1))
    parts = [f"{name};part" for name in names]
    to.put("Split", op, op.inputs, parts, axis=axis)
    for part, name in zip(parts, names, strict=True):
        to.put("Squeeze", op, [part], name, axes=[axis])


@rewrites("Split")
def _(to: Rewriting, op: Op) -> None:
    to.put("Split", op, [op.inputs[1]], outs(op, op.int("num_split", 1)), axis=to.whole(op.inputs[0])[0])


@rewrites("SplitV")
def _(to: Rewriting, op: Op) -> None:
    names = outs(op, op.int("num_split", 1))
    to.put("Split", op, list(op.inputs[:2]), names, axis=to.whole(op.inputs[2])[0])


@rewrites("GatherV2")
def _(to: Rewriting, op: Op) -> None:
    to.put("Gather", op, op.inputs[:2], op.name, axis=to.whole(op.inputs[2])[0])


@rewrites("ArgMax", "ArgMin")
def _(to: Rewriting, op: Op) -> None:
    to.put(op.op, op, op.inputs[:1], op.name, axis=to.whole(op.inputs[1])[0], keepdims=0)


@rewrites("Fill")
def _(to: Rewriting, op: Op) -> None:
    to.put("Expand", op, [op.inputs[1], op.inputs[0]], op.name)


@rewrites("Slice")
def _(to: Rewriting, op: Op) -> None:
    starts, sizes = to.whole(op.inputs[1]), to.whole(op.inputs[2])
    ends = [2**31 if size == -1 else start + size for start, size in zip(starts, sizes, strict=True)]
    to.put("Slice", op, [op.inputs[0], to.row(op, starts), to.row(op, ends)], op.name)


@rewrites("StridedSlice")
def _(to: Rewriting, op: Op) -> None:
    starts, ends, steps = (to.whole(name) for name in op.inputs[1:4])
    begin, end, shrink = (op.int(f"{name}_mask", 0) for name in ("begin", "end", "shrink_axis"))
    if op.int("ellipsis_mask", 0) or op.int("new_axis_mask", 0) or not len(starts) == len(ends) == len(steps):
        raise UnknownError
    for place, step in enumerate(steps):
        if shrink >> place & 1:
            ends[place] = starts[place] + 1 if starts[place] != -1 else 2**31
            continue
        if begin >> place & 1:
            starts[place] = 0 if step > 0 else 2**31
        if end >> place & 1:
            ends[place] = 2**31 if step > 0 else -(2**31)
    gone = [place for place in range(len(steps)) if shrink >> place & 1]
    rows = [to.row(op, numbers) for numbers in (starts, ends, list(range(len(starts))), steps)]
    cut = to.put("Slice", op, [op.inputs[0], *rows], () if gone else op.name)
    if gone:
        to.put("Squeeze", op, [cut], op.name, axes=gone)


@rewrites("ResizeBilinear", "ResizeNearestNeighbor")
def _(to: Rewriting, op: Op) -> None:
    way = (
        "half_pixel" if op.flag("half_pixel_centers") else "align_corners" if op.flag("align_corners") else "asymmetric"
    )
    mode = "linear" if op.op == "ResizeBilinear" else "nearest"
    size = op.inputs[1]
    target = to.known.get(size)
    if target is not None and target.numbers is None:
        raise UnknownError
    settings = {"mode": mode, "coordinate_transformation_mode": way, "axes": [1, 2]}
    to.put("Resize", op, [op.inputs[0], "", "", size], op.name, **settings)


@rewrites("Einsum")
def _(to: Rewriting, op: Op) -> None:
    to.put("Einsum", op, op.inputs, op.name, equation=op.text("equation"))
