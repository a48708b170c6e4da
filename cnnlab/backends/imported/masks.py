"""Tells the tensors of a call apart by the names of its arguments: inputs in their order, and masks.

A mask says which steps of a sequence count. It has no weights, and no shape depends on it. Keras passes on the mask of
an embedding or of a masking layer by itself, and writes that down.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from cnnlab.backends.imported.structure import Call, tensors_of
from cnnlab.graph import Counted, Node

_SEQUENCE = ("sequences", "initial_state", "mask")
_JOINT = ("query", "value", "key", "query_mask", "value_mask", "key_mask", "attention_mask")
ARGUMENTS = {
    "AdditiveAttention": ("inputs", "mask"), "Attention": ("inputs", "mask"),
    "BatchNormalization": ("inputs", "training", "mask"), "Bidirectional": _SEQUENCE, "ConvLSTM1D": _SEQUENCE,
    "ConvLSTM2D": _SEQUENCE, "ConvLSTM3D": _SEQUENCE, "GRU": _SEQUENCE, "GlobalAveragePooling1D": ("inputs", "mask"),
    "GlobalAvgPool1D": ("inputs", "mask"), "GroupQueryAttention": _JOINT, "GroupedQueryAttention": _JOINT,
    "LSTM": _SEQUENCE, "MultiHeadAttention": _JOINT, "RNN": _SEQUENCE, "SimpleRNN": _SEQUENCE,
    "Softmax": ("inputs", "mask"), "TimeDistributed": ("inputs", "training", "mask"),
}  # fmt: skip
"""What Keras' layers with masks call their arguments, in order."""


class Arrived(NamedTuple):
    """The nodes that a call takes: inputs in the order of its arguments, and masks."""

    inputs: list[Node]
    masks: list[Node]

    def masked(self, name: str) -> list[Node]:
        """Return the inputs, the first of them behind a layer that applies the masks, if there are any."""
        if not self.masks or not self.inputs:
            return self.inputs
        first, *rest = self.inputs
        return [Counted("mask", "", first.shape, pointwise=True)(first, *self.masks, name=name), *rest]


def arrived(call: Call, nodes: Sequence[Node]) -> Arrived:
    """Return the nodes of a call's tensors, told apart by the names of their arguments."""
    order = ARGUMENTS.get(call.layer["class_name"], ())
    names = list(_names(call.given, order))
    if len(names) != len(nodes) or all(name.endswith("mask") for name in names):
        return Arrived(list(nodes), [])
    inputs = [(name, node) for name, node in zip(names, nodes, strict=True) if not name.endswith("mask")]
    # Keywords stand in the order in which somebody wrote them.
    inputs.sort(key=lambda each: order.index(each[0]) if each[0] in order else len(order))
    masks = [node for name, node in zip(names, nodes, strict=True) if name.endswith("mask")]
    return Arrived([node for _, node in inputs], list(dict.fromkeys(masks)))


def _names(given: Any, order: tuple[str, ...]) -> Iterator[str]:
    """Yield the name of the argument of each tensor, in the order of the tensors; empty if it is not known."""
    if isinstance(given, dict):
        for part, values in given.items():
            if part == "args" and isinstance(values, list):
                for place, value in enumerate(values):
                    yield from _repeated(order[place] if place < len(order) else "", value)
            elif part == "kwargs" and isinstance(values, dict):
                for name, value in values.items():
                    yield from _repeated(name, value)
            else:
                yield from _repeated("", values)
        return
    # Keras 2 writes the tensors of the first argument, each with all keywords behind it.
    match given:
        case [str(), int(), int(), *_]:
            given = [given]
    for entry in given if isinstance(given, list) else []:
        match entry:
            case [str(name), int(), int(), *more]:
                if name != "_CONSTANT_VALUE":
                    yield order[0] if order else ""
                for keywords in more:
                    for key, value in keywords.items() if isinstance(keywords, dict) else ():
                        yield from _repeated(key, value)
            case _:
                yield from _repeated(order[0] if order else "", entry)


def _repeated(name: str, value: Any) -> Iterator[str]:
    for _ in tensors_of(value, ""):
        yield name
