"""Readers of layers that are counted and never built here: sequences, volumes, attention, embeddings.

MACs are the products of matrices for one input. What is done number by number (gates, softmax, norms) is not counted,
nor are biases: the same convention as for images.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from math import prod
from typing import Any

from cnnlab.backends.imported.arithmetic import total
from cnnlab.backends.imported.fields import MOST_SIDE, Fields, NotUnderstoodError
from cnnlab.backends.imported.registry import Shapes, function, reads
from cnnlab.graph import Counted, Layer, Node, Shape, Sum, times

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
        raise ValueError(f"{fields.title} takes one input of {rank} sides, got {got}; save the model again with Keras")
    return shapes[0]


def _spatial(fields: Fields) -> int:
    return len(DIRECTIONS[next(letter for letter in fields.cls if letter.isdigit())])


def _per(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def convolution(fields: Fields, shapes: Shapes) -> list[Layer]:
    """Return a standard convolution along any number of sides."""
    fields.channels_last()
    spatial = _spatial(fields)
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
        f"{times(kernel)}, {_per(filters, 'filter')}",
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
    spatial = _spatial(fields)
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
        raise ValueError(f"{fields.title}: nothing is left of {times(shape)}; save the model again with Keras")
    letters = {"positions": prod(shape[:-1]), "k": filters, "window": prod(kernel), "c": shape[-1]}
    conv = Counted(
        "transposed conv",
        f"{times(kernel)}, {_per(filters, 'filter')}",
        (*out, filters),
        total("(window × c + 1) × k" if fields.flag("use_bias", True) else "window × c × k", **letters),
        total("positions × window × c × k", **letters),
    )
    return [conv, *function(fields.config.get("activation"), fields)]


for _name in ("Conv1DTranspose", "Convolution1DTranspose", "Conv3DTranspose", "Convolution3DTranspose"):
    reads(_name)(transposed)


def depthwise(fields: Fields, shapes: Shapes, bias: bool) -> Counted:
    """Return a convolution of each channel alone, along any number of sides."""
    spatial = _spatial(fields)
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
    return [depthwise(fields, shapes, fields.flag("use_bias", True)), *_activation(fields)]


def separable(fields: Fields, shapes: Shapes) -> list[Layer]:
    """Return a depthwise and a 1×1 convolution, along any number of sides."""
    fields.channels_last()
    first = depthwise(fields, shapes, bias=False)
    units = fields.whole("filters")
    return [
        first,
        dense(first.output_shape(shapes), units, fields.flag("use_bias", True), "conv"),
        *_activation(fields),
    ]


for _name in ("SeparableConv1D", "SeparableConvolution1D"):
    reads(_name)(separable)


def _activation(fields: Fields) -> list[Layer]:
    return function(fields.config.get("activation"), fields)


def dense(shape: Shape, units: int, bias: bool, what: str = "dense") -> Counted:
    """Return a dense layer over the last side of a shape, or a convolution with a window of one position."""
    letters = {"positions": prod(shape[:-1]), "c": shape[-1], "k": units}
    return Counted(
        what,
        _per(units, "unit") if what == "dense" else f"1, {_per(units, 'filter')}",
        (*shape[:-1], units),
        total("(c + 1) × k" if bias else "c × k", **letters),
        total("positions × c × k", **letters),
        pointwise=True,
    )


def locally_connected(fields: Fields, shapes: Shapes) -> list[Layer]:
    """Return a convolution whose weights differ from position to position, as Keras 2 had it."""
    fields.channels_last()
    spatial = _spatial(fields)
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
            f"{times(kernel)}, {_per(filters, 'filter')}",
            (*out, filters),
            total(f"positions × ({each}) × k", **letters),
            total("positions × window × c × k", **letters),
        ),
        *_activation(fields),
    ]


for _name in ("LocallyConnected1D", "LocallyConnected2D"):
    reads(_name)(locally_connected)


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


@reads("Embedding")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    return [_embedding(fields, shapes, "c × k")]


def _embedding(fields: Fields, shapes: Shapes, stored: str) -> Counted:
    words, units = fields.whole("input_dim", 10**9), fields.whole("output_dim")
    return Counted(
        "embedding",
        f"{words:,} entries of {_per(units, 'number')}",
        (*shapes[0], units),
        total(stored, c=words, k=units),
    )


@reads("ReversibleEmbedding")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    return [_embedding(fields, shapes, "c × k" if fields.flag("tie_weights", True) else "2 × c × k")]


GATES = {"SimpleRNN": 1, "GRU": 3, "LSTM": 4}


def recurrent(fields: Fields, shape: Shape) -> Counted:
    """Return a recurrent layer over a sequence (time, channels).

    Every gate multiplies the input and the last output: Keras' LSTM has 4 gates, GRU 3 and SimpleRNN 1.
    """
    if len(shape) != 2:
        raise ValueError(f"{fields.title} takes a sequence (time × channels), got {times(shape)}")
    cls = fields.cls.removesuffix("Cell")
    gates, units, bias = GATES[cls], fields.whole("units"), fields.flag("use_bias", True)
    biases = "" if not bias else " + 2" if cls == "GRU" and fields.config.get("reset_after", False) else " + 1"
    letters = {"gates": gates, "c": shape[1], "k": units, "t": shape[0]}
    sequences = fields.flag("return_sequences", False)
    return Counted(
        cls,
        _per(units, "unit") + (", whole sequence" if sequences else ""),
        (shape[0], units) if sequences else (units,),
        total(f"gates × (c + k{biases}) × k", **letters),
        total("t × gates × (c + k) × k", **letters),
    )


@reads("LSTM", "GRU", "SimpleRNN", "CuDNNLSTM", "CuDNNGRU")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    if fields.cls.startswith("CuDNN"):
        # Their two biases for each gate are one more vector than those of the plain layers.
        cls = fields.cls.removeprefix("CuDNN")
        layer = recurrent(Fields(cls, fields.name, dict(fields.config) | {"reset_after": True}), shapes[0])
        if cls == "LSTM":
            letters = {"gates": 4, "c": shapes[0][1], "k": fields.whole("units")}
            layer = replace(layer, stored=total("gates × (c + k + 2) × k", **letters))
        return [layer]
    return [recurrent(fields, shapes[0])]


@reads("RNN")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    cell = fields.config.get("cell")
    cells = _cells(fields, cell if isinstance(cell, list) else [cell])
    layers: list[Layer] = []
    shape = shapes[0]
    for number, each in enumerate(cells, 1):
        last = number == len(cells)
        config = dict(each.config) | {"return_sequences": not last or fields.flag("return_sequences", False)}
        layer = recurrent(Fields(each.cls, fields.name, config), shape)
        layers.append(layer)
        shape = layer.output_shape((shape,))
    return layers


def _cells(fields: Fields, cells: list[Any]) -> list[Fields]:
    found = []
    for cell in cells:
        match cell:
            case {"class_name": "StackedRNNCells", "config": {"cells": list(inside)}}:
                found += _cells(fields, inside)
            case {"class_name": ("LSTMCell" | "GRUCell" | "SimpleRNNCell") as cls, "config": dict(config)}:
                found.append(Fields(cls, fields.name, config))
            case _:
                raise NotUnderstoodError("a cell from outside Keras, whose code is never executed here")
    return found


@reads("Bidirectional")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    both = [fields.config.get(key) for key in ("layer", "backward_layer")]
    both[1] = both[1] or both[0]
    merged = fields.config.get("merge_mode", "concat")
    if merged not in ("concat", "sum", "mul", "ave"):
        raise NotUnderstoodError("two directions that are not joined")
    ways = []
    for each in both:
        match each:
            case {"class_name": ("LSTM" | "GRU" | "SimpleRNN") as cls, "config": dict(config)}:
                ways.append(recurrent(Fields(cls, fields.name, config), shapes[0]))
            case _:
                raise NotUnderstoodError("a layer in two directions that CNN Lab does not know")
    one, other = ways
    first, second = (way.output_shape(shapes) for way in ways)
    units = first[-1] + second[-1] if merged == "concat" else first[-1]
    stored, multiplied = (
        a and b and Sum(f"{a.formula}, for both directions", f"{a.numbers} + {b.numbers}", a.value + b.value)
        for a, b in ((one.stored, other.stored), (one.multiplied, other.multiplied))
    )
    return [Counted(f"bidirectional {one.what}", one.setting, (*first[:-1], units), stored, multiplied)]


@reads("ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    fields.channels_last()
    spatial = _spatial(fields)
    shape = ranked(fields, shapes, spatial + 2)
    kernel, strides = fields.sizes("kernel_size", spatial), fields.sizes("strides", spatial, 1)
    dilations = fields.sizes("dilation_rate", spatial, 1)
    padding, filters = fields.choice("padding", ("same", "valid"), "valid"), fields.whole("filters")
    out = tuple(map(slid, shape[1:-1], kernel, strides, dilations, [padding] * spatial))
    letters = {
        "t": shape[0], "positions": prod(out), "window": prod(kernel), "c": shape[-1], "k": filters, "gates": 4,
    }  # fmt: skip
    bias = " + 1" if fields.flag("use_bias", True) else ""
    sequences = fields.flag("return_sequences", False)
    return [
        Counted(
            "conv LSTM",
            f"{times(kernel)}, {_per(filters, 'filter')}",
            (*shape[:1], *out, filters) if sequences else (*out, filters),
            total(f"gates × (window × (c + k){bias}) × k", **letters),
            total("t × positions × gates × window × (c + k) × k", **letters),
        )
    ]


@reads("MultiHeadAttention")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    heads, size = fields.whole("num_heads"), fields.whole("key_dim")
    value = size if fields.config.get("value_dim") is None else fields.whole("value_dim")
    if fields.config.get("attention_axes") not in (None, [1]) and len(shapes[0]) != 2:
        raise NotUnderstoodError("attention along several axes")
    return [_attention(fields, shapes, heads, heads, size, value)]


@reads("GroupQueryAttention", "GroupedQueryAttention")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    size = fields.whole("head_dim")
    return [
        _attention(fields, shapes, fields.whole("num_query_heads"), fields.whole("num_key_value_heads"), size, size)
    ]


def _attention(fields: Fields, shapes: Shapes, heads: int, others: int, size: int, value: int) -> Counted:
    """Return attention: four matrices of weights, and two products of positions with positions."""
    shapes = (shapes * 2)[:2] if len(shapes) == 1 else shapes
    query, values = shapes[0], shapes[1]
    keys = shapes[2] if len(shapes) > 2 else values
    if not all(len(shape) == 2 for shape in (query, values, keys)):
        raise NotUnderstoodError("attention over inputs that are no sequences")
    out = fields.config.get("output_shape")
    units = out[0] if isinstance(out, list) and len(out) == 1 else out
    units = query[1] if units is None else units
    if type(units) is not int or units < 1:
        raise fields.wrong("output_shape", "one whole number")
    letters = {
        "h": heads, "g": others, "e": size, "v": value, "q": query[0], "t": values[0],
        "c1": query[1], "c2": keys[1], "c3": values[1], "k": units,
    }  # fmt: skip
    b = " + 1" if fields.flag("use_bias", True) else ""
    last = " + 1) × k" if b else ") × k"
    grouped = "g" if heads != others else "h"
    stored = f"(c1{b}) × h × e + (c2{b}) × {grouped} × e + (c3{b}) × {grouped} × v + (h × v{last}"
    products = f"q × c1 × h × e + t × c2 × {grouped} × e + t × c3 × {grouped} × v + q × t × h × (e + v) + q × h × v × k"
    return Counted(
        "attention",
        f"{_per(heads, 'head')} of {_per(size, 'number')}",
        (query[0], units),
        total(stored, **letters),
        total(products, **letters),
    )


@reads("Attention", "AdditiveAttention")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    if len(shapes) < 2 or not all(len(shape) == 2 for shape in shapes):
        raise NotUnderstoodError("attention over inputs that are no sequences")
    query, values, keys = shapes[0], shapes[1], shapes[2] if len(shapes) > 2 else shapes[1]
    additive = fields.cls == "AdditiveAttention"
    scaled = fields.flag("use_scale", additive)
    letters = {"q": query[0], "t": values[0], "e": keys[1], "v": values[1]}
    one = fields.config.get("score_mode") == "concat"
    stored = total("e" if additive else "1", **letters) if scaled else None
    if one and not additive:
        stored = total("2" if scaled else "1", **letters)
    scores = "" if one or (additive and not scaled) else "q × t × e + "
    return [Counted("attention", "", (query[0], values[1]), stored, total(f"{scores}q × t × v", **letters))]


@reads("EinsumDense")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    equation, shape = fields.config.get("equation"), shapes[0]
    match = re.fullmatch(r"(\.{0,3})([a-zA-Z]+),([a-zA-Z]+)->(\.{0,3})([a-zA-Z]+)", str(equation).replace(" ", ""))
    if not match:
        raise NotUnderstoodError("an equation that CNN Lab cannot read")
    dots, before, kernel, _, after = match.groups()
    given = fields.config.get("output_shape")
    given = [given] if type(given) is int else given
    if not isinstance(given, list):
        raise fields.wrong("output_shape", "whole numbers")
    sizes: dict[str, int] = {}
    # The batch is the first letter, or hidden in the dots.
    whole = [1, *shape]
    sizes |= dict(zip(reversed(before), reversed(whole), strict=False))
    hidden = whole[: len(whole) - len(before)] if dots else []
    batch = before[0] if not dots else ""
    names = [letter for letter in after if letter != batch]
    sizes |= {letter: side for letter, side in zip(reversed(names), reversed(given), strict=False) if side is not None}
    if not all(type(sizes.get(letter)) is int and sizes[letter] > 0 for letter in {*before, *kernel, *after}):
        raise NotUnderstoodError("an equation whose sides do not follow from its shapes")
    biases = fields.config.get("bias_axes") or ""
    extra = prod(sizes[letter] for letter in biases if letter in sizes)
    stored = "weights + biases" if biases else "weights"
    count = prod(sizes[letter] for letter in kernel)
    products = prod(sizes[letter] for letter in {*before, *kernel, *after}) * prod(hidden)
    out = (*hidden, *(sizes[letter] for letter in after))[1:]
    layer = Counted(
        "dense",
        str(equation),
        out,
        total(stored, weights=count, biases=extra),
        Sum("one product for each place of the equation", f"{products}", products),
    )
    return [layer, *_activation(fields)]


def at_each_step(node: Node, steps: int) -> Counted:
    """Return a layer that does what a node does at each step of a sequence, with the same weights each time."""
    trainable, fixed = node.params
    products = node.macs
    return Counted(
        node.layer.kind,
        ", ".join(filter(None, (node.settings, f"at each of {steps} steps"))),
        (steps, *node.shape),
        Sum("those of one step", str(trainable), trainable) if trainable else None,
        Sum("steps × those of one step", f"{steps} × {products}", steps * products) if products else None,
        Sum("those of one step", str(fixed), fixed) if fixed else None,
    )


@reads("Permute")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    order = fields.config.get("dims")
    if not isinstance(order, list) or sorted(map(str, order)) != [str(n) for n in range(1, len(shapes[0]) + 1)]:
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
    shape = ranked(fields, shapes, _spatial(fields) + 1)
    cut = fields.borders("cropping", _spatial(fields))
    return moved("crop", [side - a - b for side, (a, b) in zip(shape, cut, strict=False)] + [shape[-1]])


@reads("ZeroPadding1D", "ZeroPadding3D")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    fields.channels_last()
    shape = ranked(fields, shapes, _spatial(fields) + 1)
    added = fields.borders("padding", _spatial(fields))
    return moved("zero pad", [side + a + b for side, (a, b) in zip(shape, added, strict=False)] + [shape[-1]])


@reads("UpSampling1D", "UpSampling3D")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    fields.channels_last()
    shape = ranked(fields, shapes, _spatial(fields) + 1)
    by = fields.sizes("size", _spatial(fields), 2)
    return moved("upsample", [side * many for side, many in zip(shape, by, strict=False)] + [shape[-1]])


@reads(
    "MaxPooling1D", "AveragePooling1D", "MaxPool1D", "AvgPool1D",
    "MaxPooling3D", "AveragePooling3D", "MaxPool3D", "AvgPool3D",
)  # fmt: skip
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    fields.channels_last()
    spatial = _spatial(fields)
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
    shape = ranked(fields, shapes, _spatial(fields) + 1)
    kept = [1] * _spatial(fields) if fields.flag("keepdims", False) else []
    return moved("global pool", [*kept, shape[-1]])


@reads(
    "AdaptiveAveragePooling1D", "AdaptiveAveragePooling3D",
    "AdaptiveMaxPooling1D", "AdaptiveMaxPooling2D", "AdaptiveMaxPooling3D",
)  # fmt: skip
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    fields.channels_last()
    shape = ranked(fields, shapes, _spatial(fields) + 1)
    return moved("adaptive pool", [*fields.sizes("output_size", _spatial(fields), high=MOST_SIDE), shape[-1]])


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
