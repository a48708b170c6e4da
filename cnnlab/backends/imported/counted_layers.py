"""Readers of layers that are counted and never built here: norms, and what moves numbers along any sides."""

from collections.abc import Iterable
from math import prod

from cnnlab.backends.imported.arithmetic import total
from cnnlab.backends.imported.counted_convolutions import ranked, slid, spatial_sides
from cnnlab.backends.imported.fields import MOST_SIDE, Fields, NotUnderstoodError
from cnnlab.backends.imported.registry import Shapes, reads
from cnnlab.graph import Counted, Layer, Sum, times


@reads("PReLU")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    shared = fields.config.get("shared_axes") or []
    if not isinstance(shared, list) or not all(type(axis) is int for axis in shared):
        raise fields.wrong("shared_axes", "a list of axes")
    shape = shapes[0]
    axes = {axis % (len(shape) + 1) for axis in shared}
    own = tuple(1 if place in axes else side for place, side in enumerate(shape, 1))
    sides = {f"n{place}": side for place, side in enumerate(own, 1)}
    slopes = Sum(
        "one slope for each number" if own == shape else "one slope for each that is not shared",
        times(own).replace("×", " × "),
        prod(sides.values()),
    )
    return [Counted("prelu", "", shape, slopes, pointwise=True)]


@reads("RMSNormalization")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    return [normalisation("rms norm", fields, shapes, ("scale",))]


def normalisation(what: str, fields: Fields, shapes: Shapes, parts: Iterable[str], fixed: int = 0) -> Counted:
    """Return a normalisation with ``parts`` trainable numbers, and ``fixed`` others, for each place along its axes."""
    axis = fields.config.get("axis", -1)
    axes = axis if isinstance(axis, list) else [axis]
    shape, rank = shapes[0], len(shapes[0]) + 1
    if not all(type(each) is int and -rank < each < rank and each % rank for each in axes):
        raise fields.wrong("axis", f"one of the axes 1 to {rank - 1}")
    places, many = prod(shape[each % rank - 1] for each in {each % rank for each in axes}), len(list(parts))
    return Counted(
        what,
        f"axis {', '.join(str(each) for each in axes)}",
        shape,
        total("numbers × c", numbers=many, c=places) if many else None,
        fixed=total("numbers × c", numbers=fixed, c=places) if fixed else None,
        pointwise=axes in ([-1], [rank - 1]),
    )


@reads("UnitNormalization")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    return [Counted("unit norm", "", shapes[0], pointwise=fields.last_axis(len(shapes[0])))]


@reads("Permute")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    order = fields.config.get("dims")
    if not (isinstance(order, list) and all(type(each) is int for each in order)) or sorted(order) != list(
        range(1, len(shapes[0]) + 1)
    ):
        raise fields.wrong("dims", f"the numbers 1 to {len(shapes[0])} in some order")
    return [Counted("permute", f"order {', '.join(map(str, order))}", tuple(shapes[0][each - 1] for each in order))]


@reads("RepeatVector")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    return [Counted("repeat", "", (fields.whole("n"), *ranked(fields, shapes, 1)))]


def moved(what: str, shape: Iterable[int]) -> list[Layer]:
    """Return a layer that selects, repeats or pads numbers: nothing is stored and nothing multiplied."""
    found = tuple(shape)
    if not all(side > 0 for side in found):
        raise ValueError(f"{what}: nothing is left")
    return [Counted(what, "", found)]


@reads("Cropping1D", "Cropping3D")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    fields.channels_last()
    shape = ranked(fields, shapes, spatial_sides(fields) + 1)
    cut = fields.borders("cropping", spatial_sides(fields))
    return moved("crop", [side - a - b for side, (a, b) in zip(shape, cut, strict=False)] + [shape[-1]])


@reads("ZeroPadding1D", "ZeroPadding3D")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    fields.channels_last()
    shape = ranked(fields, shapes, spatial_sides(fields) + 1)
    added = fields.borders("padding", spatial_sides(fields))
    return moved("zero pad", [side + a + b for side, (a, b) in zip(shape, added, strict=False)] + [shape[-1]])


@reads("UpSampling1D", "UpSampling3D")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    fields.channels_last()
    shape = ranked(fields, shapes, spatial_sides(fields) + 1)
    by = fields.sizes("size", spatial_sides(fields), 2)
    return moved("upsample", [side * many for side, many in zip(shape, by, strict=False)] + [shape[-1]])


@reads(
    "MaxPooling1D", "AveragePooling1D", "MaxPool1D", "AvgPool1D",
    "MaxPooling3D", "AveragePooling3D", "MaxPool3D", "AvgPool3D",
)  # fmt: skip
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    fields.channels_last()
    spatial = spatial_sides(fields)
    shape = ranked(fields, shapes, spatial + 1)
    size = fields.sizes("pool_size", spatial, 2)
    strides = size if fields.config.get("strides") is None else fields.sizes("strides", spatial)
    padding = fields.choice("padding", ("same", "valid"), "valid")
    out = map(slid, shape[:-1], size, strides, [1] * spatial, [padding] * spatial)
    return moved("pool", [*out, shape[-1]])


@reads(
    "GlobalMaxPooling1D", "GlobalAveragePooling1D", "GlobalMaxPool1D", "GlobalAvgPool1D",
    "GlobalMaxPooling3D", "GlobalAveragePooling3D", "GlobalMaxPool3D", "GlobalAvgPool3D",
)  # fmt: skip
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    fields.channels_last()
    shape = ranked(fields, shapes, spatial_sides(fields) + 1)
    kept = [1] * spatial_sides(fields) if fields.flag("keepdims", False) else []
    return moved("global pool", [*kept, shape[-1]])


@reads(
    "AdaptiveAveragePooling1D", "AdaptiveAveragePooling3D",
    "AdaptiveMaxPooling1D", "AdaptiveMaxPooling2D", "AdaptiveMaxPooling3D",
)  # fmt: skip
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    fields.channels_last()
    shape = ranked(fields, shapes, spatial_sides(fields) + 1)
    return moved("adaptive pool", [*fields.sizes("output_size", spatial_sides(fields), high=MOST_SIDE), shape[-1]])


@reads("Dot")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    axes = fields.config.get("axes")
    pair = axes if isinstance(axes, list) else [axes, axes]
    if len(shapes) != 2 or len(pair) != 2 or not all(type(axis) is int for axis in pair):
        raise fields.wrong("axes", "one axis of each of two inputs")
    rows, columns = (axis % (len(shape) + 1) - 1 for axis, shape in zip(pair, shapes, strict=True))
    if rows < 0 or columns < 0 or shapes[0][rows] != shapes[1][columns]:
        raise fields.wrong("axes", "axes of equal length")
    rest = [side for place, side in enumerate(shapes[0]) if place != rows]
    rest += [side for place, side in enumerate(shapes[1]) if place != columns]
    out = tuple(rest) or (1,)
    return [Counted("dot", "", out, None, total("outputs × c", outputs=prod(out), c=shapes[0][rows]))]


@reads("CategoryEncoding", "IntegerLookup", "StringLookup", "TextVectorization", "Hashing", "HashedCrossing",
       "Discretization")  # fmt: skip
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    raise NotUnderstoodError("a layer that turns texts or categories into numbers")


@reads("STFTSpectrogram", "MelSpectrogram")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    raise NotUnderstoodError("a layer that turns sound into a spectrum")
