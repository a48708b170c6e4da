"""Translates convolutions, dense layers and pooling."""

import math
from dataclasses import replace
from typing import Any

from cnnlab.backends.imported.onnx_models.constants import Constant, Dims
from cnnlab.backends.imported.onnx_models.normalising import product
from cnnlab.backends.imported.onnx_models.walking import TRANSLATORS, Operation, UnknownError, Value, translates
from cnnlab.backends.imported.onnx_models.writing import Other, Tensor, Weight, channels_first
from cnnlab.graph import times


def image(operation: Operation) -> tuple[Tensor, Dims]:
    """Return the map that arrives, channels last in ours, and its shape in the file."""
    x = operation.tensor(0, images=True)
    if x.shape is None or len(x.shape) < 3 or x.axes != channels_first(len(x.shape)):
        raise UnknownError
    return x, x.shape


def window(operation: Operation, kernel: Dims) -> dict[str, Any]:
    """Return kernel, strides, dilations and padding (all begins, then all ends) of a window that slides."""
    sides = len(kernel)
    strides = operation.ints("strides") or [1] * sides
    dilations = operation.ints("dilations") or [1] * sides
    pads = operation.ints("pads") or [0] * (2 * sides)
    auto = operation.text("auto_pad", "NOTSET")
    if not len(strides) == len(dilations) == sides or len(pads) != 2 * sides or min(pads) < 0:
        raise UnknownError
    if min(*strides, *dilations, *kernel) < 1:
        raise UnknownError
    if auto == "VALID":
        pads = [0] * (2 * sides)
    return {"kernel_size": list(kernel), "strides": strides, "dilations": dilations, "pads": pads, "auto_pad": auto}


def padded(settings: dict[str, Any], sizes: Dims) -> dict[str, Any]:
    """Return the settings with the padding in numbers where it is given as SAME."""
    if not settings["auto_pad"].startswith("SAME"):
        return settings
    begins, ends = [], []
    for side, taps, step, spread in zip(
        sizes, settings["kernel_size"], settings["strides"], settings["dilations"], strict=True
    ):
        total = max((-(-side // step) - 1) * step + (taps - 1) * spread + 1 - side, 0)
        small = total // 2
        begins.append(small if settings["auto_pad"] == "SAME_UPPER" else total - small)
        ends.append(total - begins[-1])
    return {**settings, "pads": [*begins, *ends]}


def slid(settings: dict[str, Any], sizes: Dims, ceil: bool = False) -> Dims:
    """Return the sides of the map that a window leaves.

    With ``ceil``, a last window may hang over the edge, but begins inside the map or its padding in front.
    """
    found = []
    half = len(sizes)
    for place, side in enumerate(sizes):
        taps, step = settings["kernel_size"][place], settings["strides"][place]
        begin, end = settings["pads"][place], settings["pads"][place + half]
        room = side + begin + end - (taps - 1) * settings["dilations"][place] - 1
        steps = -(-room // step) if ceil else room // step
        if ceil and steps * step >= side + begin:
            steps -= 1
        found.append(steps + 1)
    return tuple(found)


# Where weight and bias stand among the inputs of operations on whole numbers.
_PLACES = {"QLinearConv": (3, 8), "ConvInteger": (1, None), "QLinearMatMul": (3, None), "QGemm": (3, 6)}


@translates("FusedConv", "FusedGemm", "FusedMatMul")
def _(operation: Operation) -> list[Value]:
    if len(operation.inputs) > 3 or operation.text("activation", "Relu") != "Relu":
        raise UnknownError
    plain = replace(operation.node, op=operation.op.removeprefix("Fused"))
    made = TRANSLATORS[plain.op](replace(operation, node=plain))
    before = made[0]
    if not isinstance(before, Tensor) or "activation" not in operation.node.settings:
        return made
    return operation.made("ReLU", [before], {}, before.shape, positive=True)


@translates("Conv", "QLinearConv", "ConvInteger")
def _(operation: Operation) -> list[Value]:
    x, shape = image(operation)
    kernel, bias = _kernel(operation)
    sizes, channels = kernel.shape or (), shape[1]
    groups = operation.whole("group", 1)
    if not groups and len(sizes) > 1 and sizes[1]:
        groups = channels // sizes[1]  # as many as the shapes say
    if len(sizes) != len(shape) or groups < 1 or sizes[1] * groups != channels or sizes[0] % groups:
        raise UnknownError
    filters = sizes[0]
    settings = window(operation, sizes[2:])
    sides = slid(padded(settings, shape[2:]), shape[2:])
    weights = with_bias(operation, kernel, bias)
    config = {**settings, "filters": filters, "groups": groups, **_bias(weights, bias)}
    other = Other(
        math.prod(sizes) + (filters if len(weights) > 1 else 0),
        "conv",
        multiplied=[("positions", math.prod(sides)), ("k", filters), ("window", math.prod(sizes[2:])), ("c", sizes[1])],
        setting=times(sizes[2:]),
    )
    found, cls = (shape[0], filters, *sides), "padded Conv2D"
    if len(shape) != 4:
        ranked = _other_rank(config, len(shape) - 2)
        if ranked is None:
            return operation.counted("conv", [x], found, x.axes, weights, other.multiplied, setting=other.setting)
        cls, config = ranked
    return operation.made(cls, [x], config, found, x.axes, weights, other)


def _kernel(operation: Operation) -> tuple[Constant, Constant | None]:
    """Return the inputs that are the weight and the bias."""
    weight, bias = _PLACES.get(operation.op, (1, 2))
    return operation.weight(weight), None if bias is None else operation.constant(bias)


def with_bias(operation: Operation, kernel: Constant, bias: Constant | None) -> list[Weight]:
    """Return the weights of a layer with a matrix and a bias.

    A bias of zeros that is computed is none. One that another layer has already is left out, so that it counts once.
    """
    if bias is None or not bias.stored:
        return [Weight(kernel)]
    if operation.write.counted(bias) and not operation.write.counted(kernel):
        return [Weight(kernel)]
    return [Weight(kernel), Weight(bias)]


def _other_rank(config: dict[str, Any], sides: int) -> tuple[str, dict[str, Any]] | None:
    """Return Keras' convolution of a row or of a volume; None where Keras pads in no such way."""
    pads, taps = config["pads"], config["kernel_size"]
    same = all(2 * pads[place] == 2 * pads[place + sides] == taps[place] - 1 for place in range(sides))
    one = set(config["strides"]) == {1} == set(config["dilations"])
    if (any(pads) and not (same and one) and config["auto_pad"] != "SAME_UPPER") or config["auto_pad"] == "SAME_LOWER":
        return None
    padding = "same" if any(pads) or config["auto_pad"] == "SAME_UPPER" else "valid"
    found = {
        "filters": config["filters"], "kernel_size": taps, "strides": config["strides"], "padding": padding,
        "dilation_rate": config["dilations"], "groups": config["groups"], "use_bias": config["use_bias"],
        "bias_elsewhere": config.get("bias_elsewhere", False),
    }  # fmt: skip
    return f"Conv{sides}D", found


def _bias(weights: list[Weight], bias: Constant | None) -> dict[str, bool]:
    """Return the settings on the bias: whether the layer has one, or another layer has it, too."""
    if len(weights) == 1 and bias is not None and bias.stored:
        return {"use_bias": False, "bias_elsewhere": True}
    return {"use_bias": len(weights) > 1}


@translates("ConvTranspose")
def _(operation: Operation) -> list[Value]:
    x, shape = image(operation)
    kernel, bias = operation.weight(1), operation.constant(2)
    sizes, groups = kernel.shape or (), operation.whole("group", 1)
    if len(sizes) != len(shape) or sizes[0] != shape[1] or groups < 1 or sizes[0] % groups:
        raise UnknownError
    settings, spatial = window(operation, sizes[2:]), len(shape) - 2
    extra = operation.ints("output_padding") or [0] * spatial
    target = operation.ints("output_shape")
    if len(extra) != spatial or (target is not None and len(target) not in (spatial, spatial + 2)):
        raise UnknownError
    crops, sides = [], []
    for place in range(spatial):
        step, spread, taps = settings["strides"][place], settings["dilations"][place], sizes[2 + place]
        full = (shape[2 + place] - 1) * step + (taps - 1) * spread + 1
        begin, end = settings["pads"][place], settings["pads"][place + spatial] - extra[place]
        if target is not None or settings["auto_pad"].startswith("SAME"):
            total = full - (target[place - spatial] if target is not None else shape[2 + place] * step)
            begin = total // 2 if settings["auto_pad"] != "SAME_LOWER" else total - total // 2
            end = total - begin
        crops.append([begin, end])
        sides.append(full - begin - end)
    filters = sizes[1] * groups
    weights = with_bias(operation, kernel, bias)
    config = {
        "filters": filters, "kernel_size": list(sizes[2:]), "strides": settings["strides"], "groups": groups,
        "dilations": settings["dilations"], "cropping": crops, **_bias(weights, bias),
    }  # fmt: skip
    found = (shape[0], filters, *sides)
    multiplied = [
        ("positions", math.prod(shape[2:])),
        ("window", math.prod(sizes[2:])),
        ("c", sizes[0]),
        ("k", sizes[1]),
    ]
    # Keras' layer has no groups.
    usual = math.prod(sizes) + (filters if len(weights) > 1 else 0) if groups == 1 else -1
    other = Other(usual, "transposed conv", multiplied=multiplied, setting=times(sizes[2:]))
    if spatial != 2:
        return operation.counted("transposed conv", [x], found, x.axes, weights, multiplied, setting=other.setting)
    return operation.made("padded ConvTranspose2D", [x], config, found, x.axes, weights, other)


@translates("Gemm", "QGemm")
def _(operation: Operation) -> list[Value]:
    x = operation.tensor()
    weight, bias = _kernel(operation)
    sizes = weight.shape or ()
    if x.shape is None or len(x.shape) != 2 or len(sizes) != 2 or operation.whole("transA", 0):
        raise UnknownError
    units, width = sizes if operation.whole("transB", 0) else sizes[::-1]
    return _dense(operation, x, weight, bias, units, width)


@translates("MatMul", "QLinearMatMul")
def _(operation: Operation) -> list[Value]:
    if all(isinstance(each, Tensor) for each in operation.inputs[:2]):
        return product(operation)
    x = operation.tensor()
    weight, bias = _kernel(operation)
    sizes = weight.shape or ()
    if len(sizes) != 2 or not weight.stored:
        raise UnknownError
    return _dense(operation, x, weight, bias, sizes[1], sizes[0])


def _dense(
    operation: Operation, x: Tensor, weight: Constant, bias: Constant | None, units: int, width: int
) -> list[Value]:
    """Write a dense layer over the last axis."""
    shape, axes = x.shape or (), x.axes or ()
    if not shape or shape[-1] != width:
        raise UnknownError
    if axes[-1] != max(axes):
        x = operation.write.reordered(x, operation.write.order(shape))
        axes = x.axes or ()
    weights = with_bias(operation, weight, bias)
    used = len(weights) > 1
    positions = math.prod(operation.write.ours(shape, axes)) // width
    other = Other(
        units * width + (units if used else 0),
        "dense",
        multiplied=[("positions", positions), ("c", width), ("k", units)],
        pointwise=True,
    )
    config = {"units": units, **_bias(weights, bias)}
    return operation.made("Dense", [x], config, (*shape[:-1], units), axes, weights, other)


@translates("MaxPool", "AveragePool")
def _(operation: Operation) -> list[Value]:
    x, shape = image(operation)
    settings = window(operation, tuple(operation.ints("kernel_shape") or ()))
    if len(settings["kernel_size"]) != len(shape) - 2:
        raise UnknownError
    ceil = bool(operation.whole("ceil_mode", 0))
    sides = slid(padded(settings, shape[2:]), shape[2:], ceil)
    config = {
        **settings, "ceil_mode": ceil, "positive": x.positive,
        "count_include_pad": bool(operation.whole("count_include_pad", 0)),
    }  # fmt: skip
    found = (*shape[:2], *sides)
    if len(shape) != 4:
        return operation.counted("pool", [x], found, setting=operation.op)
    return operation.made(f"padded {operation.op}2D", [x], config, found, x.axes, positive=x.positive)


@translates("GlobalAveragePool", "GlobalMaxPool", "QLinearGlobalAveragePool")
def _(operation: Operation) -> list[Value]:
    if operation.whole("channels_last", 0):
        raise UnknownError
    x, shape = image(operation)
    found = (*shape[:2], *[1] * (len(shape) - 2))
    kind = "Max" if operation.op == "GlobalMaxPool" else "Average"
    cls = f"Global{kind}Pooling{len(shape) - 2}D"
    return operation.made(cls, [x], {"keepdims": True}, found, x.axes, positive=x.positive)


@translates("PRelu")
def _(operation: Operation) -> list[Value]:
    x, slope = operation.tensor(), operation.weight(1)
    shape, axes, sizes = x.shape or (), x.axes or (), slope.shape or ()
    wide = (1,) * (len(shape) - len(sizes)) + sizes
    if len(wide) != len(shape):
        raise UnknownError
    shared = [axes[place] for place, side in enumerate(wide) if axes[place] and side == 1 and shape[place] != 1]
    config = {"shared_axes": sorted(shared)}
    other = Other(math.prod(wide), "prelu", pointwise=True)
    return operation.made("PReLU", [x], config, shape, axes, [Weight(slope)], other)
