"""Finds the inputs of a graph of operations: which are images and no weights, their sizes, where their channels are."""

from collections import defaultdict
from collections.abc import Container, Mapping, Sequence
from typing import Any

from cnnlab.backends.imported.fields import MOST_SIDE, clean
from cnnlab.backends.imported.onnx_models import naming
from cnnlab.backends.imported.onnx_models.constants import Constant, Dims
from cnnlab.backends.imported.onnx_models.parsing import Node
from cnnlab.backends.imported.onnx_models.walking import OPEN_SIDE, Walk

Sides = Sequence[int | None]
"""The shape of an input, None for a side that the file leaves open."""

# The inputs of operations that are weights. Files without them have them as inputs of the network.
_WEIGHTS = {
    "Conv": (1, 2), "ConvTranspose": (1, 2), "Gemm": (1, 2), "MatMul": (1,), "PRelu": (1,),
    "BatchNormalization": (1, 2, 3, 4), "InstanceNormalization": (1, 2), "LayerNormalization": (1, 2),
    "GroupNormalization": (1, 2), "LSTM": (1, 2, 3), "GRU": (1, 2, 3), "RNN": (1, 2, 3),
}  # fmt: skip
# Operations behind which the channels are second.
_FIRST = {
    "AveragePool", "BatchNormalization", "Conv", "ConvTranspose", "DepthToSpace", "GlobalAveragePool", "GlobalMaxPool",
    "InstanceNormalization", "LRN", "MaxPool", "QLinearConv", "SpaceToDepth",
}  # fmt: skip
# Operations that leave the axes where they are.
_SAME = {
    "Add", "Cast", "CastLike", "Clip", "DequantizeLinear", "Div", "Identity", "Mul", "Pad", "QuantizeLinear", "Relu",
    "Resize", "Sub", "Upsample",
}  # fmt: skip


def begin(inputs: Mapping[str, Sides], ends: Container[str], nodes: Sequence[Node], walk: Walk) -> None:
    """Write the inputs that the outputs need, and take inputs that are weights for weights."""
    words = walk.write.words
    takers: dict[str, list[Node]] = defaultdict(list)
    for node in nodes:
        for name in dict.fromkeys(node.inputs):
            takers[name].append(node)
    given = {
        name: sides for name, sides in inputs.items() if name not in walk.values and (takers[name] or name in ends)
    }
    # The first input is an image, whatever it is called.
    images = [
        name
        for place, name in enumerate(given)
        if not _is_weight(name, takers) and (not place or not naming.is_weight(name))
    ] or list(given)[:1]
    if not images:
        raise ValueError(f"{words.file} has no input, so nothing in it depends on an image; {words.again}")
    for name in given.keys() - set(images):
        shape = tuple(side for side in given[name] if side is not None)
        walk.values[name] = Constant(shape if len(shape) == len(given[name]) else None, None, (name,))
        walk.write.stored[name] = shape
    walk.write.batch = (given[images[0]][:1] or [None])[0] or 1
    for name in images:
        sides = given[name]
        if not sides:
            raise ValueError(f"input ‘{clean(name)}’ of {words.file} has no shape; {words.again}")
        shape = (sides[0] or walk.write.batch, *(OPEN_SIDE if side is None else side for side in sides[1:]))
        if len(shape) > 2 and max(shape[1:]) > MOST_SIDE:
            raise ValueError(
                f"input ‘{clean(name)}’ of {words.file} has a side of {max(shape[1:]):,}; the largest that is "
                f"read here is {MOST_SIDE:,}; export the model for smaller inputs"
            )
        first = len(shape) > 2 and channels_are_second(name, shape, takers)
        walk.values[name] = walk.write.input(name, sides, walk.write.checked(shape, name), first)


def sides_of(info: Any) -> list[int | None]:
    """Return the sides of an input; None for one that the file leaves open."""
    dims = info.type.tensor_type.shape.dim
    return [each.dim_value if each.dim_value > 0 else None for each in dims]


def _is_weight(name: str, takers: dict[str, list[Node]], depth: int = 0) -> bool:
    """Return whether operations take an input as a weight alone, perhaps with its axes or its type changed."""
    uses = takers[name]
    return bool(uses) and all(_takes_weight(node, name, takers, depth) for node in uses)


def _takes_weight(node: Node, name: str, takers: dict[str, list[Node]], depth: int) -> bool:
    # Such an operation takes one tensor, so that each is looked at once.
    if node.op in ("Identity", "Transpose", "Cast"):
        found = node.inputs == [name] and bool(node.outputs)
        return found and depth < 4 and _is_weight(node.outputs[0], takers, depth + 1)
    places = _WEIGHTS.get(node.op, ())
    return all(place in places for place, each in enumerate(node.inputs) if each == name)


def channels_are_second(name: str, shape: Dims, takers: dict[str, list[Node]]) -> bool:
    """Return whether an input has its channels behind the batch, as PyTorch has, or last, as TensorFlow has.

    The first operation that needs them says it; without one, the sizes of the sides do.
    """
    rank, waiting, seen = len(shape), [name], {name}
    last_to_second, second_to_last = [0, rank - 1, *range(1, rank - 1)], [0, *range(2, rank), 1]
    while waiting:
        for node in takers[waiting.pop(0)]:
            order = node.settings.get("perm")
            if node.op == "Transpose" and order in (last_to_second, second_to_last) and rank > 3:
                return bool(order == second_to_last)
            if node.op in _FIRST:
                return True
            if node.op in _SAME and node.outputs and node.outputs[0] not in seen:
                seen.add(node.outputs[0])
                waiting.append(node.outputs[0])
    few = (1, 3, 4)
    return rank > 3 and not (shape[-1] in few and shape[1] not in few)
