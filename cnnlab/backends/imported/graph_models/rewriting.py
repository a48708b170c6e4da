"""Writes TensorFlow's operations as those of ONNX, which the walk through a graph of operations knows.

``image_operations`` and ``other_operations`` register how each is written.

TensorFlow has the channels last, ONNX behind the batch. A transposition before and one behind say so, as tf2onnx writes
them; they become no layers.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cnnlab.backends.imported.graph_models.parsing import Op
from cnnlab.backends.imported.onnx_models.constants import Constant, Number
from cnnlab.backends.imported.onnx_models.parsing import Node
from cnnlab.backends.imported.onnx_models.walking import UnknownError
from cnnlab.backends.imported.onnx_models.writing import channels_first

OWN = "tf."
"""Begins the names of TensorFlow's operations that ONNX does not have, or has otherwise."""

MOST_OUTPUTS = 1000
Rewriter = Callable[["Rewriting", Op], None]
REWRITERS: dict[str, Rewriter] = {}
"""By the name of TensorFlow's operation."""


@dataclass(slots=True)
class Rewriting:
    """The operations so far. ``known`` are the constants of the file by name, ``outputs`` how many each operation has.

    ``widths`` has for a tensor how long its vectors are, where a matrix says it that multiplies them.
    """

    known: Mapping[str, Constant]
    outputs: Mapping[str, int]
    widths: Mapping[str, int] = field(default_factory=dict)
    nodes: list[Node] = field(default_factory=list)

    def add(self, op: Op) -> None:
        """Append the operation as one or several of ONNX; one that has no equal there stays as it is."""
        before = len(self.nodes)
        try:
            REWRITERS[op.op](self, op)
        # Too few inputs, or settings that TensorFlow does not allow for this operation.
        except (UnknownError, KeyError, IndexError, ValueError, TypeError):
            del self.nodes[before:]
            constants = [self.known[name] for name in op.inputs if name in self.known]
            missing = op.op in REWRITERS and any(not each.stored and each.numbers is None for each in constants)
            settings = {"unnumbered": True} if missing else {}
            self.put(f"{OWN}{op.op}", op, op.inputs, outs(op, self.outputs.get(op.name, 1)), **settings)

    def put(self, kind: str, op: Op, inputs: Sequence[str], out: Sequence[str] | str = (), /, **settings: Any) -> str:
        """Append an operation and return its first output, which gets a new name unless one is given."""
        made = [out] if isinstance(out, str) else list(out)
        made = made or [f"{op.name};{len(self.nodes)}"]
        self.nodes.append(Node(kind, op.name, list(inputs), made, settings))
        return made[0]

    def row(self, op: Op, values: Sequence[Number]) -> str:
        """Append a constant row of numbers and return its name."""
        key = "value_ints" if all(isinstance(value, int) for value in values) else "value_floats"
        return self.put("Constant", op, [], **{key: list(values)})

    def number(self, op: Op, value: Number) -> str:
        """Append a constant that is one number and return its name."""
        return self.put("Constant", op, [], **{"value_int" if isinstance(value, int) else "value_float": value})

    def constant(self, name: str) -> Constant:
        """Return a constant of the file. Raises ``UnknownError`` if it is none."""
        found = self.known.get(name)
        if found is None:
            raise UnknownError
        return found

    def whole(self, name: str) -> list[int]:
        """Return the whole numbers of a constant. Raises ``UnknownError`` if they are not known."""
        found = self.constant(name).whole()
        if found is None:
            raise UnknownError
        return found

    def shape(self, name: str, rank: int) -> tuple[int, ...]:
        """Return the shape of a weight with so many sides."""
        found = self.constant(name).shape
        if found is None or len(found) != rank:
            raise UnknownError
        return found

    def on_images(
        self, op: Op, kind: str, x: str, more: Sequence[str], out: Sequence[str] | str = (), /, **settings: Any
    ) -> str:
        """Append an operation that takes images with the channels behind the batch, and bring the axes back."""
        if op.text("data_format", "NHWC") == "NCHW":
            return self.put(kind, op, [x, *more], out, **settings)
        x = self.put("Transpose", op, [x], perm=list(channels_first(4)))
        return self.put("Transpose", op, [self.put(kind, op, [x, *more], **settings)], out, perm=[0, 2, 3, 1])


def outs(op: Op, many: int) -> list[str]:
    """Return the names of an operation's outputs. Raises ``UnknownError`` if no operation has as many."""
    if many > MOST_OUTPUTS:
        raise UnknownError
    return [op.name, *(f"{op.name}:{number}" for number in range(1, many))]


def rewrites(*ops: str) -> Callable[[Rewriter], Rewriter]:
    """Register a function for these operations of TensorFlow."""

    def register(rewriter: Rewriter) -> Rewriter:
        REWRITERS.update(dict.fromkeys(ops, rewriter))
        return rewriter

    return register
