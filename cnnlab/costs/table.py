"""The layer table, its roll-up by blocks, and the totals.

Counting: MACs are multiply-accumulates of convolutions and dense layers for one image, biases not counted. Papers call
this "FLOPs" or "mult-adds"; here FLOPs are 2 × MACs. Parameters are what Keras' ``count_params()`` says.
"""

from dataclasses import dataclass
from math import prod

import numpy as np
import pandas as pd

from cnnlab.costs.memory import BYTES, peak
from cnnlab.costs.receptive import receptive_fields
from cnnlab.graph import Node, block_name, named, outputs, walk


def layer_table(root: Node) -> pd.DataFrame:
    """Return one row a layer, in execution order.

    Columns: ``layer``, ``block`` (the path in front of the layer's own name), ``kind``, ``settings``, ``input_shape``
    (a tuple; a tuple of tuples where several inputs arrive), ``output_shape``, ``params``, ``trainable_params``,
    ``macs`` (one image), ``activations`` (output elements), ``receptive_field`` (pixels, the larger side),
    ``receptive_field_height``, ``receptive_field_width``, ``effective_stride`` (missing if the whole image is seen).
    """
    layers = named(root)
    nodes = list(layers.values())
    fields = list(receptive_fields(nodes).values())
    arrived = [node.input_shapes for node in nodes]
    params = [node.layer.params(shapes) for node, shapes in zip(nodes, arrived, strict=True)]
    # Column by column and with types given: pandas takes several times as long to infer them.
    return pd.DataFrame(
        {
            "layer": list(layers),
            "block": [block_name(name) for name in layers],
            "kind": [node.layer.kind for node in nodes],
            "settings": [str(node.layer) for node in nodes],
            "input_shape": [
                shapes[0] if len(shapes) == 1 else shapes or node.shape
                for node, shapes in zip(nodes, arrived, strict=True)
            ],
            "output_shape": [node.shape for node in nodes],
            "params": _whole([trainable + fixed for trainable, fixed in params]),
            "trainable_params": _whole([trainable for trainable, _ in params]),
            "macs": _whole([node.layer.macs(shapes, node.shape) for node, shapes in zip(nodes, arrived, strict=True)]),
            "activations": _whole([prod(node.shape) for node in nodes]),
            "receptive_field": _whole([max(height, width) for height, width, _ in fields]),
            "receptive_field_height": _whole([height for height, _, _ in fields]),
            "receptive_field_width": _whole([width for _, width, _ in fields]),
            "effective_stride": pd.array([max(step) if step else None for _, _, step in fields], dtype="Int64"),
        }
    )


def _whole(values: list[int]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(values, dtype=np.int64)


def block_table(layers: pd.DataFrame) -> pd.DataFrame:
    """Roll the layer table up by block, in order; each column's sum equals the total.

    Columns: ``block``, ``layers`` (how many), ``output_shape`` and ``receptive_field`` of the last one, and the sums of
    ``params``, ``trainable_params``, ``macs`` and ``activations``.
    """
    rows: dict[str, dict[str, object]] = {}
    sums = ("params", "trainable_params", "macs", "activations")
    values = zip(*(layers[name].tolist() for name in sums), strict=True)
    lasts = zip(layers["output_shape"], layers["receptive_field"].tolist(), strict=True)
    for key, numbers, (shape, field) in zip(layers["block"].tolist(), values, lasts, strict=True):
        row = rows.setdefault(key, {"block": key, "layers": 0, "output_shape": shape} | dict.fromkeys(sums, 0))
        row["layers"] += 1  # type: ignore[operator]
        for name, number in zip(sums, numbers, strict=True):
            row[name] += number
        row["output_shape"], row["receptive_field"] = shape, field
    return pd.DataFrame(list(rows.values()))


@dataclass(frozen=True, slots=True)
class Totals:
    """A network's costs for one image. Counts are exact integers; sizes in bytes are methods of a precision."""

    params: int
    trainable_params: int
    macs: int
    activations: int
    peak_activations: int
    peak_layer: str
    receptive_field: int
    effective_stride: int
    depth: int
    layers: int

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
            raise ValueError(f"a batch has at least one image, got {batch}")
        numbers = self.params + self.trainable_params * (1 + slots) + batch * self.activations
        return numbers * BYTES["fp32"]


def totals(root: Node, table: pd.DataFrame | None = None) -> Totals:
    """Sum up a graph's layers. Pass the layer table if there is one already.

    ``receptive_field`` and ``effective_stride`` are those of the last feature map of the main head, before whatever
    summarises it. ``depth`` counts the layers that multiply, convolutions and dense layers, along the longest path, as
    papers do; a gate (whatever is multiplied with the first input) lies beside it.
    """
    table = layer_table(root) if table is None else table
    names = {node: name for name, node in named(root).items()}
    main = walk(outputs(root)[0])
    fields = receptive_fields(main)
    high, wide, step = next(fields[node] for node in reversed(main) if fields[node].step)
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
        receptive_field=max(high, wide),
        effective_stride=max(step or (1, 1)),
        depth=depth[main[-1]],
        layers=len(table),
    )
