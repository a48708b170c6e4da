"""Readers of convolutions that are counted and never built here: along one or three sides, or with unusual settings.

MACs are the products of matrices for one input. What is done number by number (gates, softmax, norms) is not counted,
nor are biases: the same convention as for images.
"""

from math import prod

from cnnlab.backends.imported.arithmetic import total
from cnnlab.backends.imported.fields import Fields
from cnnlab.backends.imported.registry import Shapes, function, reads
from cnnlab.backends.imported.words import MisfitError
from cnnlab.graph import Counted, Layer, Shape, times

DIRECTIONS = {"1": ("positions",), "2": ("height", "width"), "3": ("depth", "height", "width")}
"""The spatial sides of a shape, by the digit in the name of a Keras class."""


def slid(n: int, f: int, s: int, d: int, padding: str) -> int:
    """Return the positions of a window of ``f`` weights along a side of ``n``.

    Raises ``ValueError`` if there are none.
    """
    if padding != "valid":
        return -(-n // s)  # "causal" pads the front alone
    extent = (f - 1) * d + 1
    if extent > n:
        raise ValueError(f"a window of {extent} does not fit a side of {n}")
    return (n - extent) // s + 1


def ranked(fields: Fields, shapes: Shapes, rank: int) -> Shape:
    """Return the one input shape, which has so many sides. Raises ``ValueError`` for another."""
    if len(shapes) != 1 or len(shapes[0]) != rank:
        got = " and ".join(map(times, shapes)) or "none"
        raise MisfitError(f"{fields.title} takes one input of {rank} sides, not {got}")
    return shapes[0]


def spatial_sides(fields: Fields) -> int:
    return len(DIRECTIONS[next(letter for letter in fields.cls if letter.isdigit())])


def counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def convolution(fields: Fields, shapes: Shapes) -> list[Layer]:
    """Return a standard convolution along any number of sides."""
    fields.channels_last()
    spatial = spatial_sides(fields)
    shape = ranked(fields, shapes, spatial + 1)
    padding = fields.choice("padding", ("same", "valid", "causal"), "valid")
    kernel, strides = fields.sizes("kernel_size", spatial), fields.sizes("strides", spatial, 1)
    dilations = fields.sizes("dilation_rate", spatial, 1)
    filters, groups, bias = fields.whole("filters"), fields.whole("groups", default=1), fields.flag("use_bias", True)
    channels = shape[-1]
    if channels % groups or filters % groups:
        raise ValueError(f"{fields.title}: {groups} groups must divide {channels} channels and {filters} filters")
    out = tuple(map(slid, shape[:-1], kernel, strides, dilations, [padding] * spatial))
    letters = {"positions": prod(out), "k": filters, "window": prod(kernel), "c": channels, "g": groups}
    each = "window × c / g" if groups > 1 else "window × c"
    conv = Counted(
        "conv",
        f"{times(kernel)}, {counted(filters, 'filter')}",
        (*out, filters),
        total(f"({each} + 1) × k" if bias else f"{each} × k", **letters),
        total(f"positions × k × ({each})", **letters),
    )
    return [conv, *function(fields.config.get("activation"), fields)]


for _name in ("Conv1D", "Convolution1D", "Conv3D", "Convolution3D"):
    reads(_name)(convolution)


def transposed(fields: Fields, shapes: Shapes) -> list[Layer]:
    """Return a transposed convolution along any number of sides, with output padding and dilation.

    Sides follow ``keras.src.backend.common.backend_utils.compute_conv_transpose_output_shape``.
    """
    fields.channels_last()
    spatial = spatial_sides(fields)
    shape = ranked(fields, shapes, spatial + 1)
    padding = fields.choice("padding", ("same", "valid"), "valid")
    kernel, strides = fields.sizes("kernel_size", spatial), fields.sizes("strides", spatial, 1)
    dilations, filters = fields.sizes("dilation_rate", spatial, 1), fields.whole("filters")
    more = fields.sizes("output_padding", spatial, low=0) if fields.config.get("output_padding") is not None else None
    out = []
    for place, (n, f, s, d) in enumerate(zip(shape, kernel, strides, dilations, strict=False)):
        extent = (f - 1) * d + 1
        if more is None:
            out.append(n * s + (max(extent - s, 0) if padding == "valid" else 0))
        else:
            removed = 2 * (extent // 2) if padding == "same" else 0
            out.append((n - 1) * s + extent - removed + more[place])
    if min(out) < 1:
        raise MisfitError(f"{fields.title}: nothing is left of {times(shape)}")
    letters = {"positions": prod(shape[:-1]), "k": filters, "window": prod(kernel), "c": shape[-1]}
    conv = Counted(
        "transposed conv",
        f"{times(kernel)}, {counted(filters, 'filter')}",
        (*out, filters),
        total("(window × c + 1) × k" if fields.flag("use_bias", True) else "window × c × k", **letters),
        total("positions × window × c × k", **letters),
    )
    return [conv, *function(fields.config.get("activation"), fields)]


for _name in ("Conv1DTranspose", "Convolution1DTranspose", "Conv3DTranspose", "Convolution3DTranspose"):
    reads(_name)(transposed)


def depthwise(fields: Fields, shapes: Shapes, bias: bool) -> Counted:
    """Return a convolution of each channel alone, along any number of sides."""
    spatial = spatial_sides(fields)
    shape = ranked(fields, shapes, spatial + 1)
    padding = fields.choice("padding", ("same", "valid", "causal"), "valid")
    kernel, strides = fields.sizes("kernel_size", spatial), fields.sizes("strides", spatial, 1)
    dilations = fields.sizes("dilation_rate", spatial, 1)
    channels = shape[-1] * fields.whole("depth_multiplier", default=1)
    out = tuple(map(slid, shape[:-1], kernel, strides, dilations, [padding] * spatial))
    letters = {"positions": prod(out), "window": prod(kernel), "c": channels}
    return Counted(
        "depthwise conv",
        f"{times(kernel)}, each channel alone",
        (*out, channels),
        total("(window + 1) × c" if bias else "window × c", **letters),
        total("positions × window × c", **letters),
    )


@reads("DepthwiseConv1D")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    fields.channels_last()
    return [depthwise(fields, shapes, fields.flag("use_bias", True)), *activation(fields)]


def separable(fields: Fields, shapes: Shapes) -> list[Layer]:
    """Return a depthwise and a 1×1 convolution, along any number of sides."""
    fields.channels_last()
    first = depthwise(fields, shapes, bias=False)
    units = fields.whole("filters")
    return [
        first,
        dense(first.output_shape(shapes), units, fields.flag("use_bias", True), "conv"),
        *activation(fields),
    ]


for _name in ("SeparableConv1D", "SeparableConvolution1D"):
    reads(_name)(separable)


def activation(fields: Fields) -> list[Layer]:
    return function(fields.config.get("activation"), fields)


def dense(shape: Shape, units: int, bias: bool, what: str = "dense") -> Counted:
    """Return a dense layer over the last side of a shape, or a convolution with a window of one position."""
    letters = {"positions": prod(shape[:-1]), "c": shape[-1], "k": units}
    return Counted(
        what,
        counted(units, "unit") if what == "dense" else f"1, {counted(units, 'filter')}",
        (*shape[:-1], units),
        total("(c + 1) × k" if bias else "c × k", **letters),
        total("positions × c × k", **letters),
        pointwise=True,
    )


def locally_connected(fields: Fields, shapes: Shapes) -> list[Layer]:
    """Return a convolution whose weights differ from position to position, as Keras 2 had it."""
    fields.channels_last()
    spatial = spatial_sides(fields)
    shape = ranked(fields, shapes, spatial + 1)
    kernel, strides = fields.sizes("kernel_size", spatial), fields.sizes("strides", spatial, 1)
    padding, filters = fields.choice("padding", ("valid", "same"), "valid"), fields.whole("filters")
    if padding == "same" and fields.config.get("implementation", 1) == 1:
        raise fields.wrong("padding", "valid")
    out = tuple(map(slid, shape[:-1], kernel, strides, [1] * spatial, [padding] * spatial))
    letters = {"positions": prod(out), "window": prod(kernel), "c": shape[-1], "k": filters}
    each = "window × c + 1" if fields.flag("use_bias", True) else "window × c"
    return [
        Counted(
            "locally connected conv",
            f"{times(kernel)}, {counted(filters, 'filter')}",
            (*out, filters),
            total(f"positions × ({each}) × k", **letters),
            total("positions × window × c × k", **letters),
        ),
        *activation(fields),
    ]


for _name in ("LocallyConnected1D", "LocallyConnected2D"):
    reads(_name)(locally_connected)
