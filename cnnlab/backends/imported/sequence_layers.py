"""Readers of layers over sequences, which are counted and never built here: recurrent, attention, embeddings.

MACs are the products of matrices for one input. What is done number by number (gates, softmax, norms) is not counted,
nor are biases: the same convention as for images.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from math import prod
from typing import Any

from cnnlab.backends.imported.arithmetic import total
from cnnlab.backends.imported.counted_convolutions import activation, counted, ranked, slid, spatial_sides
from cnnlab.backends.imported.fields import Fields, NotUnderstoodError
from cnnlab.backends.imported.registry import Shapes, reads
from cnnlab.graph import Counted, Layer, Node, Opaque, Shape, Sum, times


@reads("Embedding")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    return [_embedding(fields, shapes, "c × k")]


def _embedding(fields: Fields, shapes: Shapes, stored: str) -> Counted:
    words, units = fields.whole("input_dim", 10**9), fields.whole("output_dim")
    return Counted(
        "embedding",
        f"{words:,} entries of {counted(units, 'number')}",
        (*shapes[0], units),
        total(stored, c=words, k=units),
        letters=EMBEDDING,
    )


@reads("ReversibleEmbedding")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    return [_embedding(fields, shapes, "c × k" if fields.flag("tie_weights", True) else "2 × c × k")]


SETS = ("gates", "sets of weights: SimpleRNN 1, GRU 3, LSTM 4")
RECURRENT = (SETS, ("t", "steps of the sequence"), ("c", "input numbers of a step"), ("k", "units"))
CONVOLUTIONAL = (SETS, ("t", "steps of the sequence"))
EMBEDDING = (("c", "entries"), ("k", "numbers of an entry"))
ATTENTION = (
    ("h", "heads"),
    ("g", "heads of keys and values"),
    ("e", "numbers of a key in a head"),
    ("v", "numbers of a value in a head"),
    ("q", "queries"),
    ("t", "keys"),
    ("c1", "input numbers of a query"),
    ("c2", "input numbers of a key"),
    ("c3", "input numbers of a value"),
    ("k", "output numbers of a position"),
)
ONE_HEAD = (("q", "queries"), ("t", "keys"), ("e", "numbers of a key"), ("v", "numbers of a value"))
"""Letters in formulas, with their meanings."""

GATES = {"SimpleRNN": 1, "GRU": 3, "LSTM": 4}


def recurrent(fields: Fields, shape: Shape) -> Counted:
    """Return a recurrent layer over a sequence (time, channels).

    Every gate multiplies the input and the last output: Keras' LSTM has 4 gates, GRU 3 and SimpleRNN 1.
    """
    if len(shape) != 2:
        raise ValueError(f"{fields.title} takes a sequence (time × channels), not {times(shape)}")
    cls = fields.cls.removesuffix("Cell")
    gates, units, bias = GATES[cls], fields.whole("units"), fields.flag("use_bias", True)
    biases = "" if not bias else " + 2" if cls == "GRU" and fields.config.get("reset_after", False) else " + 1"
    letters = {"gates": gates, "c": shape[1], "k": units, "t": shape[0]}
    sequences = fields.flag("return_sequences", False)
    return Counted(
        cls,
        counted(units, "unit") + (", whole sequence" if sequences else ""),
        (shape[0], units) if sequences else (units,),
        total(f"gates × (c + k{biases}) × k", **letters),
        total("t × gates × (c + k) × k", **letters),
        letters=RECURRENT,
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
    return [
        Counted(f"bidirectional {one.what}", one.setting, (*first[:-1], units), stored, multiplied, letters=one.letters)
    ]


@reads("ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D")
def _(fields: Fields, shapes: Shapes) -> list[Layer]:
    fields.channels_last()
    spatial = spatial_sides(fields)
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
            f"{times(kernel)}, {counted(filters, 'filter')}",
            (*shape[:1], *out, filters) if sequences else (*out, filters),
            total(f"gates × (window × (c + k){bias}) × k", **letters),
            total("t × positions × gates × window × (c + k) × k", **letters),
            letters=CONVOLUTIONAL,
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
        f"{counted(heads, 'head')} of {counted(size, 'number')}",
        (query[0], units),
        total(stored, **letters),
        total(products, **letters),
        letters=ATTENTION,
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
    products = total(f"{scores}q × t × v", **letters)
    return [Counted("attention", "", (query[0], values[1]), stored, products, letters=ONE_HEAD)]


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
    return [layer, *activation(fields)]


def further_outputs(
    fields: Fields, shapes: Shapes, out: Shape, given: Mapping[str, Any]
) -> list[tuple[str, str, Shape]]:
    """Return the kind, name and shape of each output behind the first: states of recurrent layers, scores of attention.

    ``out`` is the first output's shape, ``given`` are the settings of the call.
    """
    states = [("state", f"state{number}", shape) for number, shape in enumerate(_states(fields, out), 1)]
    if "Attention" in fields.cls and given.get("return_attention_scores") is True and len(shapes) > 1:
        heads = [fields.whole(key) for key in ("num_heads", "num_query_heads") if key in fields.config]
        return [("attention scores", "scores", (*heads, shapes[0][0], shapes[1][0]))]
    return states


def _states(fields: Fields, out: Shape) -> list[Shape]:
    """Return the shapes of the states that a recurrent layer returns: two of an LSTM, one of others."""
    if fields.cls == "Bidirectional":
        ways = [fields.config.get(key) for key in ("layer", "backward_layer")]
        inside = [way for way in (ways[0], ways[1] or ways[0]) if isinstance(way, dict)]
        return [state for way in inside for state in _states(Fields(way["class_name"], "", way["config"]), out)]
    if fields.config.get("return_state") is not True:
        return []
    if fields.cls.startswith("ConvLSTM"):
        return [out[1:] if fields.flag("return_sequences", False) else out] * 2
    cell = fields.config.get("cell")
    cells = _cells(fields, cell if isinstance(cell, list) else [cell]) if fields.cls == "RNN" else [fields]
    return [(each.whole("units"),) for each in cells for _ in range(2 if "LSTM" in each.cls else 1)]


def at_each_step(node: Node, steps: int) -> Layer:
    """Return a layer that does what a node does at each step of a sequence, with the same weights each time."""
    if isinstance(node.layer, Opaque):
        return replace(node.layer, shape=(steps, *node.shape))
    trainable, fixed = node.layer.params(node.input_shapes)
    products = node.macs
    return Counted(
        node.layer.kind,
        ", ".join(filter(None, (str(node.layer), f"at each of {steps} steps"))),
        (steps, *node.shape),
        Sum("those of one step", str(trainable), trainable) if trainable else None,
        Sum("steps × those of one step", f"{steps} × {products}", steps * products) if products else None,
        Sum("those of one step", str(fixed), fixed) if fixed else None,
    )
