"""Readers of layers that pool, pad, reshape or join, and of operations written with tensors."""

from math import prod
from typing import Literal, cast

from cnnlab import graph
from cnnlab.backends.imported.fields import MOST_SIDE, Fields
from cnnlab.backends.imported.layers import padding
from cnnlab.backends.imported.registry import Shapes, reads
from cnnlab.graph import Layer, Shape, times


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
    return [graph.Counted("upsample", f"{kind} interpolation", upsample.output_shape(shapes) if shapes else None)]


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
    wide = broadcast(shapes)
    try:
        joined.output_shape(shapes)
    except ValueError:
        if wide is None:
            raise
        # Keras repeats the smaller one; it has no weights, so that nothing is left out of a count.
        return [graph.Counted(fields.cls.lower(), "the smaller input repeated", wide, pointwise=True)]
    return [joined]


def broadcast(shapes: Shapes) -> Shape | None:
    """Return the shape that all of them can be repeated to, or None.

    Keras fits shapes of fewer sides to the last sides of the others.

    >>> broadcast(((8, 8, 3), (3,))), broadcast(((8, 6, 3), (8,)))
    ((8, 8, 3), None)
    """
    most = max(map(len, shapes))
    sides = [{*column} - {1} for column in zip(*((1,) * (most - len(shape)) + shape for shape in shapes), strict=True)]
    return tuple(max(side, default=1) for side in sides) if all(len(side) < 2 for side in sides) else None


@reads("Concatenate")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    if len(shapes) == 1:
        return [graph.Activation("linear")]
    rank = len(shapes[0])
    if fields.last_axis(rank):
        return [graph.Concatenate()]
    return [concatenated(shapes, fields.whole("axis", rank, -rank) % (rank + 1))]


def concatenated(shapes: Shapes, axis: int) -> Layer:
    """Return inputs put one behind the other along an axis, from 1. Raises ``ValueError`` if they do not fit."""
    rest = {tuple(side for place, side in enumerate(shape, 1) if place != axis) for shape in shapes}
    if not axis or len(rest) > 1 or len({len(shape) for shape in shapes}) > 1:
        raise ValueError(f"inputs of {' and '.join(map(times, shapes))} do not fit along axis {axis}")
    shape = list(shapes[0])
    shape[axis - 1] = sum(each[axis - 1] for each in shapes)
    return graph.Counted("concatenate", f"axis {axis}", tuple(shape))


TRAINING_ONLY = (
    "AlphaDropout", "AugMix", "AutoContrast", "ContrastLimitedAdaptiveHistogramEqualization", "CutMix",
    "Equalization", "GaussianDropout", "GaussianNoise", "MixUp", "RandAugment", "RandomBrightness",
    "RandomColorDegeneration", "RandomColorJitter", "RandomContrast", "RandomElasticTransform", "RandomErasing",
    "RandomFlip", "RandomGaussianBlur", "RandomGrayscale", "RandomHue", "RandomInvert", "RandomPerspective",
    "RandomPosterization", "RandomRotation", "RandomSaturation", "RandomSharpness", "RandomShear",
    "RandomTranslation", "RandomZoom", "Solarization", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D",
)  # fmt: skip
"""Layers without weights that leave the shape as it is and change images, most of them only while training."""


@reads("Resizing", "CenterCrop", "RandomCrop")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    fields.channels_last()
    rows, columns = fields.whole("height", MOST_SIDE), fields.whole("width", MOST_SIDE)
    return [graph.Counted("resize" if fields.cls == "Resizing" else "crop", "", (rows, columns, shapes[0][-1]))]
