"""Readers of Keras layers: each turns a configuration into layers of a graph. Knows Keras by name only.

A reader takes the settings and the shapes that arrive, and returns layers that follow one another.
"""

from collections.abc import Mapping
from math import sqrt
from typing import Any, cast

from cnnlab import graph
from cnnlab.backends.imported import counted_convolutions
from cnnlab.backends.imported.counted_layers import normalisation
from cnnlab.backends.imported.fields import Fields, NotUnderstoodError, abbreviated
from cnnlab.backends.imported.registry import Shapes, function, reads
from cnnlab.graph import Layer, Padding


def padding(fields: Fields) -> Padding:
    """Return the padding of a window."""
    return cast(Padding, fields.choice("padding", ("same", "valid"), "valid"))


@reads("Conv2D", "Convolution2D")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    fields.channels_last()
    dilation = fields.size("dilation_rate", 1)
    if isinstance(dilation, tuple):
        return counted_convolutions.convolution(fields, shapes)
    conv = graph.Conv(
        fields.whole("filters"),
        fields.size("kernel_size"),
        fields.size("strides", 1),
        padding(fields),
        fields.whole("groups", default=1),
        dilation,
        fields.flag("use_bias", True),
    )
    return [conv, *function(fields.config.get("activation"), fields)]


def _depthwise(fields: Fields, shapes: Shapes, bias: bool) -> Layer:
    dilation = fields.size("dilation_rate", 1)
    if isinstance(dilation, tuple):
        return counted_convolutions.depthwise(fields, shapes, bias)
    return graph.DepthwiseConv(
        fields.size("kernel_size"),
        fields.size("strides", 1),
        padding(fields),
        dilation,
        fields.whole("depth_multiplier", default=1),
        bias,
    )


@reads("Conv2DTranspose", "Convolution2DTranspose")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    fields.channels_last()
    if fields.config.get("output_padding") is not None or fields.size("dilation_rate", 1) != 1:
        return counted_convolutions.transposed(fields, shapes)
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
    conv = _depthwise(fields, shapes, fields.flag("use_bias", True))
    return [conv, *function(fields.config.get("activation"), fields)]


@reads("SeparableConv2D", "SeparableConvolution2D")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    fields.channels_last()
    point = graph.Conv(fields.whole("filters"), 1, bias=fields.flag("use_bias", True))
    return [_depthwise(fields, shapes, bias=False), point, *function(fields.config.get("activation"), fields)]


@reads("Dense")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    units, bias = fields.whole("units"), fields.flag("use_bias", True)
    dense: Layer = graph.Dense(units, bias)
    if shapes and len(shapes[0]) == 3:  # on a map it weighs the channels of each position: a 1×1 convolution
        dense = graph.Conv(units, 1, bias=bias)
    elif shapes and len(shapes[0]) > 1:
        dense = counted_convolutions.dense(shapes[0], units, bias)
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


def _trained(fields: Fields) -> list[str]:
    return [part for part in ("scale", "center") if fields.flag(part, True)]


@reads("BatchNormalization", "SyncBatchNormalization")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    if fields.flag("renorm", False):
        raise NotUnderstoodError("batch renormalisation")
    if shapes and not fields.last_axis(len(shapes[0])):
        return [normalisation("batch norm", fields, shapes, _trained(fields), 2)]
    return [graph.BatchNorm(**_affine(fields), momentum=fields.number("momentum", 0.99))]


@reads("LayerNormalization")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    if fields.config.get("rms_scaling") or (shapes and not fields.last_axis(len(shapes[0]))):
        return [normalisation("layer norm", fields, shapes, _trained(fields))]
    return [graph.LayerNorm(**_affine(fields))]


@reads("GroupNormalization")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    if shapes and (len(shapes[0]) != 3 or not fields.last_axis(len(shapes[0]))):
        return [normalisation("group norm", fields, shapes, _trained(fields))]
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
        return [graph.Counted("activation", "relu with its own limits", pointwise=True)]
    return [graph.Activation("leaky_relu" if slope else "relu6" if most == 6 else "relu")]


@reads("LeakyReLU", "ELU", "Softmax")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    functions: dict[str, graph.Function] = {"LeakyReLU": "leaky_relu", "ELU": "elu", "Softmax": "softmax"}
    other = unusual(fields.config, shapes, {"LeakyReLU": 0.3}.get(fields.cls, SLOPE))
    return (
        [graph.Counted("activation", f"{functions[fields.cls]} with {other}", pointwise=fields.cls != "Softmax")]
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
