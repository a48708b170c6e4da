"""Readers of layers that pool, pad, reshape or join, and of operations written with tensors."""

from math import prod
from typing import Literal, cast

from cnnlab import graph
from cnnlab.backends.imported.fields import MOST_SIDE, Fields, NotUnderstoodError
from cnnlab.backends.imported.layers import FUNCTIONS, READERS, Shapes, channels_alone, padding, reads, unusual
from cnnlab.graph import Layer, Shape


def _summary(fields: Fields) -> Literal["max", "avg"]:
    return "max" if "Max" in fields.cls else "avg"


@reads("MaxPooling2D", "AveragePooling2D", "MaxPool2D", "AvgPool2D")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    fields.channels_last()
    stride = None if fields.config.get("strides") is None else fields.size("strides")
    size = fields.size("pool_size", 2)
    return [graph.Pool(_summary(fields), size, None if stride == size else stride, padding(fields))]


@reads("GlobalMaxPooling2D", "GlobalAveragePooling2D", "GlobalMaxPool2D", "GlobalAvgPool2D")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    fields.channels_last()
    return [graph.GlobalPool(_summary(fields), fields.flag("keepdims", False))]


@reads("AdaptiveAveragePooling2D")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    fields.channels_last()
    return [graph.AdaptivePool(fields.size("output_size"))]


@reads("UpSampling2D")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    fields.channels_last()
    kinds = ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5")
    kind, size = fields.choice("interpolation", kinds, "nearest"), fields.size("size", 2)
    upsample = graph.Upsample(size, kind != "nearest")
    if kind in ("nearest", "bilinear"):
        return [upsample]
    return [graph.Opaque(f"{kind} interpolation", upsample.output_shape(shapes) if shapes else None)]


@reads("ZeroPadding2D")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    top, bottom, left, right = fields.sides("padding")
    # With channels said to come first, Keras pads (width, channels) of a map: option A's shortcut, as we export it.
    if fields.config.get("data_format") == "channels_first" and right and not (top or bottom or left):
        return [graph.PadChannels(right)]
    fields.channels_last()
    return [graph.ZeroPad(top, bottom, left, right)]


@reads("Cropping2D")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    fields.channels_last()
    return [graph.Crop(*fields.sides("cropping"))]


@reads("Flatten")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    # Keras lets a vector be flattened again; it stays what it is.
    return [graph.Reshape(shapes[0]) if shapes and len(shapes[0]) == 1 else graph.Flatten()]


@reads("Reshape")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    target = fields.config.get("target_shape")
    if not isinstance(target, list) or not all(type(side) is int and -1 <= side <= 10**9 for side in target):
        raise fields.wrong("target_shape", "a list of whole numbers")
    if len(target) not in (1, 3):
        raise NotUnderstoodError(f"a shape of {len(target)} sides")
    known = prod(side for side in target if side != -1)
    if target.count(-1) == 1 and known > 0 and shapes:
        target = [prod(shapes[0]) // known if side == -1 else side for side in target]
    return [graph.Reshape(tuple(target))]


@reads("Add", "Multiply", "Average", "Maximum", "Minimum", "Subtract")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    if len(shapes) == 1:
        return [graph.Activation("linear")]
    ours: dict[str, Layer] = {"Add": graph.Add(), "Multiply": graph.Multiply()}
    joined = ours.get(fields.cls) or graph.Combine(cast(graph.Combination, fields.cls.lower()))
    wide = _broadcast(shapes)
    try:
        joined.output_shape(shapes)
    except ValueError:
        if wide is None:
            raise
        # Keras repeats the smaller one; it has no weights, so that nothing is left out of a count.
        return [graph.Opaque(f"{fields.cls} of unequal shapes", wide, pointwise=True)]
    return [joined]


def _broadcast(shapes: Shapes) -> Shape | None:
    """Return the shape that all of them can be repeated to, or None."""
    if len({len(shape) for shape in shapes}) != 1:
        return None
    sides = [{*column} - {1} for column in zip(*shapes, strict=True)]
    return tuple(max(side, default=1) for side in sides) if all(len(side) < 2 for side in sides) else None


@reads("Concatenate")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    channels_alone(fields, shapes)
    return [graph.Concatenate() if len(shapes) > 1 else graph.Activation("linear")]


def operation(fields: Fields, shapes: Shapes, constants: list[float], leading: bool) -> list[Layer]:
    """Return the layers of an operation such as ``x * 2 + 1``, with or without a number beside the tensor.

    ``leading`` if the number comes first, as in ``1 - x``.
    """
    cls = fields.cls
    if len(shapes) > 1 and not constants and cls in ("Add", "Multiply", "Subtract", "Maximum", "Minimum"):
        return READERS[cls](fields, shapes)
    if len(shapes) == 1 and len(constants) == 1:
        value = constants[0]
        if cls == "Subtract" and leading:
            return [graph.Rescale(-1.0, value)]
        if cls in ("Add", "Subtract"):
            return [graph.Rescale(1.0, value if cls == "Add" else -value)]
        if cls == "Multiply" or (cls in ("Divide", "TrueDivide") and value and not leading):
            return [graph.Rescale(value if cls == "Multiply" else 1 / value)]
    name = FUNCTIONS.get({"HardSilu": "hard_silu", "LeakyRelu": "leaky_relu"}.get(cls, cls.lower()))
    if name and len(shapes) == 1 and not constants and not unusual(fields.config, shapes):
        return [graph.Activation(cast(graph.Function, name))]
    raise NotUnderstoodError("an operation that CNN Lab does not have")


TRAINING_ONLY = (
    "AlphaDropout", "AutoContrast", "AugMix", "CutMix", "Equalization", "GaussianDropout", "GaussianNoise", "MixUp",
    "RandAugment", "RandomBrightness", "RandomColorDegeneration", "RandomColorJitter", "RandomContrast",
    "RandomElasticTransform", "RandomErasing", "RandomFlip", "RandomGaussianBlur", "RandomGrayscale", "RandomHue",
    "RandomInvert", "RandomPerspective", "RandomPosterization", "RandomRotation", "RandomSaturation",
    "RandomSharpness", "RandomShear", "RandomTranslation", "RandomZoom", "Solarization", "SpatialDropout2D",
)  # fmt: skip
"""Layers without weights that leave the shape as it is and change images, most of them only while training."""


@reads("Resizing", "CenterCrop", "RandomCrop")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    fields.channels_last()
    rows, columns = fields.whole("height", MOST_SIDE), fields.whole("width", MOST_SIDE)
    return [graph.Opaque(fields.cls, (rows, columns, shapes[0][-1]) if shapes else None)]
