"""The layer table, its roll-up by blocks, and the totals.

Counting: MACs are multiply-accumulates of convolutions and dense layers for one image, biases not counted. Papers call
this "FLOPs" or "mult-adds"; here FLOPs are 2 × MACs. Parameters are what Keras' ``count_params()`` says.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import pandas as pd

from cnnlab.costs.countable import Countable, graph_of
from cnnlab.costs.memory import BYTES, peak
from cnnlab.costs.receptive import receptive_fields
from cnnlab.graph import Node, Opaque, block_name, named, outputs, walk
from cnnlab.units import field

FIELD = ("receptive_field", "receptive_field_height", "receptive_field_width")
MOST = 2**63 - 1
"""The largest number of a column in 64 bits. Strides multiply: some fifty of them lead to pixels beyond it."""


def layer_table(network: Countable) -> pd.DataFrame:
    """Return one row a layer, in execution order, of a graph, a network reference or a Keras model.

    Columns: ``layer``, ``block`` (the path in front of the layer's own name), ``kind``, ``settings``, ``input_shape``
    (a tuple; a tuple of tuples where several inputs arrive), ``output_shape``, ``params``, ``trainable_params``,
    ``macs`` (one image), ``activations`` (output elements), ``receptive_field`` (pixels, the larger side),
    ``receptive_field_height``, ``receptive_field_width``, ``receptive_field_at_most`` (whether these are upper bounds),
    ``effective_stride`` (the larger one; missing if the whole image is seen), ``effective_stride_height``,
    ``effective_stride_width``. A layer that no image leads to has no receptive field and
    no stride.
    """
    layers = named(graph_of(network))
    nodes = list(layers.values())
    fields = list(receptive_fields(nodes).values())
    arrived = [node.input_shapes for node in nodes]
    params = [node.params for node in nodes]
    # Column by column and with types given: pandas takes several times as long to infer them.
    return pd.DataFrame(
        {
            "layer": list(layers),
            "block": [block_name(name) for name in layers],
            "kind": [node.layer.kind for node in nodes],
            "settings": [node.settings for node in nodes],
            "input_shape": [
                shapes[0] if len(shapes) == 1 else shapes or node.shape
                for node, shapes in zip(nodes, arrived, strict=True)
            ],
            "output_shape": [node.shape for node in nodes],
            "params": _whole([trainable + fixed for trainable, fixed in params]),
            "trainable_params": _whole([trainable for trainable, _ in params]),
            "macs": _whole([node.layer.macs(shapes, node.shape) for node, shapes in zip(nodes, arrived, strict=True)]),
            "activations": _whole([prod(node.shape) for node in nodes]),
            "receptive_field": _pixels([field and field.side for field in fields]),
            "receptive_field_height": _pixels([field and field.height for field in fields]),
            "receptive_field_width": _pixels([field and field.width for field in fields]),
            "receptive_field_at_most": [bool(field and field.at_most) for field in fields],
            "effective_stride": _steps([field.stride if field else None for field in fields]),
            "effective_stride_height": _steps(
                [field.strides[0] if field and field.strides else None for field in fields]
            ),
            "effective_stride_width": _steps(
                [field.strides[1] if field and field.strides else None for field in fields]
            ),
        }
    )


def _whole(values: Sequence[int | None]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(values, dtype=np.int64)


def _pixels(values: list[int | None]) -> Any:
    """Return a column of whole numbers; some may be missing."""
    if any(value is not None and value > MOST for value in values):
        return np.array(values, dtype=object)
    return pd.array(values, dtype="Int64") if None in values else _whole(values)


def _steps(values: list[int | float | None]) -> Any:
    """Return a column of numbers, whole ones if all are; some may be missing."""
    if any(isinstance(value, int) and value > MOST for value in values):
        return np.array(values, dtype=object)
    return pd.array(values, dtype="Float64" if any(isinstance(value, float) for value in values) else "Int64")


def block_table(layers: pd.DataFrame) -> pd.DataFrame:
    """Roll the layer table up by block, in order; each column's sum equals the total.

    Columns: ``block``, ``layers`` (how many), ``output_shape`` and the columns of the receptive field of the last one,
    and the sums of ``params``, ``trainable_params``, ``macs`` and ``activations``.
    """
    rows: dict[str, dict[str, object]] = {}
    sums = ("params", "trainable_params", "macs", "activations")
    values = zip(*(layers[name].tolist() for name in sums), strict=True)
    last_columns = ["output_shape", *FIELD, "receptive_field_at_most"]
    lasts = zip(*(layers[name].tolist() for name in last_columns), strict=True)
    for key, numbers, last in zip(layers["block"].tolist(), values, lasts, strict=True):
        row = rows.setdefault(key, {"block": key, "layers": 0, "output_shape": ()} | dict.fromkeys(sums, 0))
        row["layers"] += 1  # type: ignore[operator]
        for name, number in zip(sums, numbers, strict=True):
            row[name] += number
        row.update(zip(last_columns, last, strict=True))
    table = pd.DataFrame(list(rows.values()))
    return table.astype({name: layers[name].dtype for name in FIELD})


def field_texts(table: pd.DataFrame) -> list[str]:
    """Return the receptive field of each row of a table of layers or blocks: «483», «7×1» or «at most 64»."""
    columns = (table[name].astype(object).where(table[name].notna(), None) for name in FIELD[1:])
    return [field(*each) for each in zip(*columns, table["receptive_field_at_most"].tolist(), strict=True)]


@dataclass(frozen=True, slots=True)
class Totals:
    """A network's costs for one image. Counts are exact integers; sizes in bytes are methods of a precision.

    Without an image there is no receptive field and no stride; a map of which each position sees the whole image has no
    stride.
    """

    params: int
    trainable_params: int
    macs: int
    activations: int
    peak_activations: int
    peak_layer: str
    receptive_field: int | None
    receptive_field_height: int | None
    receptive_field_width: int | None
    receptive_field_at_most: bool
    effective_stride: int | float | None
    effective_stride_height: int | float | None
    effective_stride_width: int | float | None
    depth: int
    layers: int
    at_least: bool = False
    """Whether parameters and MACs are lower bounds, since the network has layers that are not understood."""

    @property
    def flops(self) -> int:
        """Multiplications and additions counted apart: 2 × MACs."""
        return 2 * self.macs

    @property
    def fixed_params(self) -> int:
        """Numbers that are stored but not trained, such as a batch norm's moving statistics."""
        return self.params - self.trainable_params

    def weight_bytes(self, precision: str = "fp32") -> int:
        """Return the size of all stored numbers."""
        return self.params * BYTES[precision]

    def activation_bytes(self, precision: str = "fp32") -> int:
        """Return the size of all layers' outputs together."""
        return self.activations * BYTES[precision]

    def peak_bytes(self, precision: str = "fp32") -> int:
        """Return the largest sum of tensors alive at one moment of inference, weights not included."""
        return self.peak_activations * BYTES[precision]

    def training_bytes(self, batch: int = 1, slots: int = 2) -> int:
        """Return the memory of one training step in fp32, in bytes.

        All weights, a gradient and ``slots`` optimiser numbers (Adam: 2) for each trained one, and every activation
        kept for the backward pass, times the batch. Raises ``ValueError`` for a batch below 1.
        """
        if batch < 1:
            raise ValueError(f"a batch has at least one image, not {batch}")
        numbers = self.params + self.trainable_params * (1 + slots) + batch * self.activations
        return numbers * BYTES["fp32"]


def totals(network: Countable, table: pd.DataFrame | None = None) -> Totals:
    """Sum up the layers of a graph, a network reference or a Keras model. Pass the layer table if there is one already.

    The receptive field and ``effective_stride`` are those of the last feature map of the main head, before whatever
    summarises it: ``receptive_field`` is its larger side, an upper bound if ``receptive_field_at_most``. ``depth``
    counts the layers that multiply, convolutions and dense layers, along the longest path, as papers do; a gate
    (whatever is multiplied with the first input) lies beside it.
    """
    root = graph_of(network)
    table = layer_table(root) if table is None else table
    names = {node: name for name, node in named(root).items()}
    main = walk(outputs(root)[0])
    last = _last_map(main, table)
    most = peak(root)
    depth: dict[Node, int] = {}
    for node in main:
        paths = node.inputs[:1] if node.layer.gates else node.inputs
        depth[node] = max((depth[before] for before in paths), default=0) + (node.macs > 0)
    return Totals(
        params=int(table["params"].sum()),
        trainable_params=int(table["trainable_params"].sum()),
        macs=int(table["macs"].sum()),
        activations=int(table["activations"].sum()),
        peak_activations=most.elements,
        peak_layer=names[most.node],
        receptive_field=_number(table, "receptive_field", last),
        receptive_field_height=_number(table, "receptive_field_height", last),
        receptive_field_width=_number(table, "receptive_field_width", last),
        receptive_field_at_most=bool(_number(table, "receptive_field_at_most", last)),
        effective_stride=_number(table, "effective_stride", last),
        effective_stride_height=_number(table, "effective_stride_height", last),
        effective_stride_width=_number(table, "effective_stride_width", last),
        depth=depth[main[-1]],
        layers=len(table),
        at_least=any(isinstance(node.layer, Opaque) for node in names),
    )


def _last_map(main: Sequence[Node], table: pd.DataFrame) -> int | None:
    """Return the place of the last feature map of a head, before whatever summarises it; None if there is no image.

    ``main`` are the nodes of the head, with which the table begins. A map that sees the whole image counts if it has
    more than one position, as a decoder's behind a dense layer.
    """
    seen, moves = table["receptive_field"].notna().tolist(), table["effective_stride"].notna().tolist()
    for place in reversed(range(len(main))):
        shape = main[place].shape
        if seen[place] and (moves[place] or (len(shape) == 3 and shape[:2] != (1, 1))):
            return place
    return None


def _number(table: pd.DataFrame, name: str, place: int | None) -> Any:
    """Return a number of the table as Python's own; None if there is none."""
    value = None if place is None else table[name].array[place]
    return None if value is None or pd.isna(value) else value.item() if isinstance(value, np.generic) else value
