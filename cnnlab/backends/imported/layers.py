"""Readers of Keras layers: each turns a configuration into layers of a graph. Knows Keras by name only.

A reader takes the settings and the shapes that arrive, and returns layers that follow one another.
"""

from collections.abc import Callable, Mapping
from math import sqrt
from typing import Any, cast

from cnnlab import graph
from cnnlab.backends.imported.fields import Fields, NotUnderstoodError, abbreviated
from cnnlab.graph import Layer, Padding, Shape

Shapes = tuple[Shape, ...]
Reader = Callable[[Fields, Shapes], list[Layer]]

READERS: dict[str, Reader] = {}
"""The readers by the name of their Keras class."""


def reads(*classes: str) -> Callable[[Reader], Reader]:
    """Register a reader for these Keras classes."""

    def register(reader: Reader) -> Reader:
        READERS.update(dict.fromkeys(classes, reader))
        return reader

    return register


FUNCTIONS = {"silu": "swish", "hard_silu": "hard_swish"} | {name: name for name in graph.FUNCTIONS}


POINTWISE = {
    "celu", "exponential", "hard_shrink", "hard_sigmoid", "hard_tanh", "log_sigmoid", "mish", "selu", "soft_shrink",
    "softplus", "softsign", "sparse_plus", "sparse_sigmoid", "squareplus", "tanh_shrink", "threshold",
}  # fmt: skip
"""Keras' further functions that take each number alone."""


def function(value: object, fields: Fields) -> list[Layer]:
    """Return an activation: nothing for a linear one, and ``Opaque`` for one that is not ours."""
    if isinstance(value, dict):  # a function, or a layer used as one
        config, cls = value.get("config"), str(value.get("class_name"))
        if cls in ("ReLU", "LeakyReLU", "ELU", "Softmax") and isinstance(config, dict):
            return READERS[cls](Fields(cls, fields.name, config), ())
        value = config if cls == "function" and isinstance(config, str) else cls
    if value in (None, "linear"):
        return []
    if not isinstance(value, str):
        raise ValueError(f"{fields.title}: activation must be the name of a function, got {abbreviated(value)}")
    name = FUNCTIONS.get(value)
    if name:
        return [graph.Activation(cast(graph.Function, name))]
    return [graph.Opaque(f"activation {abbreviated(value)}", pointwise=value in POINTWISE)]


def padding(fields: Fields) -> Padding:
    """Return the padding of a window."""
    return cast(Padding, fields.choice("padding", ("same", "valid"), "valid"))


def _dilation(fields: Fields) -> int:
    size = fields.size("dilation_rate", 1)
    if isinstance(size, tuple):
        raise NotUnderstoodError("two dilations, one per direction")
    return size


@reads("Conv2D", "Convolution2D")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    fields.channels_last()
    conv = graph.Conv(
        fields.whole("filters"),
        fields.size("kernel_size"),
        fields.size("strides", 1),
        padding(fields),
        fields.whole("groups", default=1),
        _dilation(fields),
        fields.flag("use_bias", True),
    )
    return [conv, *function(fields.config.get("activation"), fields)]


def _depthwise(fields: Fields, bias: bool) -> graph.DepthwiseConv:
    return graph.DepthwiseConv(
        fields.size("kernel_size"),
        fields.size("strides", 1),
        padding(fields),
        _dilation(fields),
        fields.whole("depth_multiplier", default=1),
        bias,
    )


@reads("Conv2DTranspose", "Convolution2DTranspose")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    fields.channels_last()
    if fields.config.get("output_padding") is not None or _dilation(fields) != 1:
        raise NotUnderstoodError("a transposed convolution with output padding or dilation")
    conv = graph.TransposedConv(
        fields.whole("filters"),
        fields.size("kernel_size"),
        fields.size("strides", 1),
        padding(fields),
        fields.flag("use_bias", True),
    )
    return [conv, *function(fields.config.get("activation"), fields)]


@reads("DepthwiseConv2D")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    fields.channels_last()
    conv = _depthwise(fields, fields.flag("use_bias", True))
    return [conv, *function(fields.config.get("activation"), fields)]


@reads("SeparableConv2D", "SeparableConvolution2D")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    fields.channels_last()
    point = graph.Conv(fields.whole("filters"), 1, bias=fields.flag("use_bias", True))
    return [_depthwise(fields, bias=False), point, *function(fields.config.get("activation"), fields)]


@reads("Dense")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    units, bias = fields.whole("units"), fields.flag("use_bias", True)
    # On a map, a dense layer weighs the channels of each position: a 1×1 convolution.
    dense = graph.Conv(units, 1, bias=bias) if shapes and len(shapes[0]) == 3 else graph.Dense(units, bias)
    return [dense, *function(fields.config.get("activation"), fields)]


def channels_alone(fields: Fields, shapes: Shapes) -> None:
    """Raise ``NotUnderstoodError`` for an axis that is not the channels'."""
    if shapes and not fields.last_axis(len(shapes[0])):
        raise NotUnderstoodError("an axis other than the channels")


def _affine(fields: Fields) -> dict[str, Any]:
    return {
        "scale": fields.flag("scale", True),
        "center": fields.flag("center", True),
        "epsilon": fields.number("epsilon", 1e-3),
    }


@reads("BatchNormalization", "SyncBatchNormalization")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    channels_alone(fields, shapes)
    if fields.flag("renorm", False):
        raise NotUnderstoodError("batch renormalisation")
    return [graph.BatchNorm(**_affine(fields), momentum=fields.number("momentum", 0.99))]


@reads("LayerNormalization")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    channels_alone(fields, shapes)
    if fields.config.get("rms_scaling"):
        raise NotUnderstoodError("scaling by the root mean square")
    return [graph.LayerNorm(**_affine(fields))]


@reads("GroupNormalization")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    channels_alone(fields, shapes)
    groups = fields.config.get("groups", 32)
    if groups == -1 and shapes:
        groups = shapes[0][-1]  # each channel alone
    return [graph.GroupNorm(groups if groups is not None else 0, **_affine(fields))]


@reads("LayerScale")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    if shapes and fields.whole("projection_dim") != shapes[0][-1]:
        raise fields.wrong("projection_dim", f"the number of input channels, {shapes[0][-1]}")
    return [graph.ChannelScale()]


@reads("LocalResponseNormalization")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    values = (fields.number("k", 2.0), fields.number("alpha", 1e-4), fields.number("beta", 0.75))
    return [graph.LocalResponseNorm(fields.whole("radius", default=2), *values)]


@reads("Rescaling")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    return [graph.Rescale(fields.numbers("scale"), fields.numbers("offset", 0.0))]


@reads("Normalization")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    channels_alone(fields, shapes)
    if fields.flag("invert", False):
        raise NotUnderstoodError("an inverted normalisation")
    if fields.config.get("mean") is None:
        return [graph.Normalize()]
    means, variances = fields.numbers("mean"), fields.numbers("variance")
    if len(_listed(means)) != len(_listed(variances)) or not _listed(means):
        raise fields.wrong("variance", "as many numbers as the mean")
    # Mean and variance given beforehand are part of the architecture, not numbers that a file stores.
    both = zip(_listed(means), _listed(variances), strict=False)
    pairs = [(mean, max(sqrt(max(variance, 0.0)), 1e-7)) for mean, variance in both]
    if not isinstance(means, tuple):
        return [graph.Rescale(1 / pairs[0][1], -pairs[0][0] / pairs[0][1])]
    return [graph.Rescale(tuple(1 / scale for _, scale in pairs), tuple(-mean / scale for mean, scale in pairs))]


def _listed(values: float | tuple[float, ...]) -> tuple[float, ...]:
    return values if isinstance(values, tuple) else (values,)


@reads("Activation")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    return function(fields.config.get("activation"), fields) or [graph.Activation("linear")]


@reads("Identity", "ActivityRegularization", "Masking")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    return [graph.Activation("linear")]


@reads("ReLU")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    slope, most = fields.config.get("negative_slope") or 0, fields.config.get("max_value")
    if fields.config.get("threshold") or most not in (None, 6) or slope not in (0, SLOPE) or (slope and most):
        return [graph.Opaque("ReLU with its own limits", pointwise=True)]
    return [graph.Activation("leaky_relu" if slope else "relu6" if most == 6 else "relu")]


@reads("LeakyReLU", "ELU", "Softmax")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    functions: dict[str, graph.Function] = {"LeakyReLU": "leaky_relu", "ELU": "elu", "Softmax": "softmax"}
    other = unusual(fields.config, shapes, {"LeakyReLU": 0.3}.get(fields.cls, SLOPE))
    return (
        [graph.Opaque(f"{fields.cls} with {other}", pointwise=fields.cls != "Softmax")]
        if other
        else [graph.Activation(functions[fields.cls])]
    )


SLOPE = 0.2
"""The slope of Keras' function leaky_relu, which is ours; Keras' layer LeakyReLU has 0.3 by default."""


def unusual(config: Mapping[str, Any], shapes: Shapes, slope: float = SLOPE) -> str | None:
    """Return the setting that makes an activation differ from ours of that name, in words; None if none does."""
    given = config.get("negative_slope", slope)
    if given != SLOPE:
        return f"a slope of {abbreviated(given)}"
    if config.get("alpha", 1) != 1:
        return f"alpha {abbreviated(config['alpha'])}"
    if config.get("approximate"):
        return "an approximation"
    rank = len(shapes[0]) if shapes else 0
    axis = config.get("axis", -1)
    return None if axis in (-1, None, rank) else f"axis {abbreviated(axis)}"


@reads("Dropout", "FixedDropout")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    rate, noise = fields.number("rate"), fields.config.get("noise_shape")
    if not 0 <= rate < 1:
        raise fields.wrong("rate", "at least 0 and less than 1")
    return [graph.Dropout(rate, whole_image=isinstance(noise, list) and noise[1:] == [1, 1, 1])]


@reads("StochasticDepth")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    rate = fields.number("drop_path_rate")
    if not 0 <= rate < 1:
        raise fields.wrong("drop_path_rate", "at least 0 and less than 1")
    return [graph.Dropout(rate, whole_image=bool(shapes) and len(shapes[0]) == 3)]
