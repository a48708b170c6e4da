"""A node is one use of a layer; a graph is its output node.

>>> from cnnlab.graph import Activation, Conv, Input, Pool, named
>>> x = Input((32, 32, 1))()
>>> x = x >> Conv(6, 5, padding="valid") >> Activation("tanh") >> Pool("avg", 2)
>>> x.shape
(14, 14, 6)
>>> list(named(x))
['input', 'conv', 'tanh', 'pool']
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnlab.graph.shapes import Shape

if TYPE_CHECKING:
    from cnnlab.graph.base import Layer, Params

# The path in front of the names of nodes made now. A context variable, so that two threads can build at once.
_prefix: ContextVar[str] = ContextVar("prefix", default="")


@contextmanager
def scope(name: str) -> Iterator[None]:
    """Put a path in front of the names of the nodes made inside: ``with scope("stage2.block1"): …``."""
    token = _prefix.set(f"{_prefix.get()}{name}.")
    try:
        yield
    finally:
        _prefix.reset(token)


@dataclass(frozen=True, eq=False, repr=False, slots=True)
class Node:
    """One use of a layer. Equal by identity, since two equal siblings own separate weights.

    ``path`` is the wished name (``stage2.block1.conv``); ``named`` gives the unique one.
    """

    layer: "Layer"
    inputs: "tuple[Node, ...]"
    shape: Shape
    path: str

    def __repr__(self) -> str:
        # Not the inputs: they would print theirs, twice as much after each skip.
        return f"<Node {self.path}: {self.layer!r} -> {self.shape}>"

    def __rshift__(self, layer: "Layer") -> "Node":
        """``x >> layer`` is ``layer(x)``."""
        return layer(self)

    @property
    def input_shapes(self) -> tuple[Shape, ...]:
        return _shapes(self.inputs)

    @property
    def params(self) -> "Params":
        """Trainable and fixed numbers this node stores."""
        return self.layer.params(self.input_shapes)

    @property
    def macs(self) -> int:
        """Multiply-accumulates for one image."""
        return self.layer.macs(self.input_shapes, self.shape)


def _shapes(nodes: tuple[Node, ...]) -> tuple[Shape, ...]:
    # Nearly all layers have one input, and a catalogue has thousands of layers.
    return (nodes[0].shape,) if len(nodes) == 1 else tuple([node.shape for node in nodes])


def make_node(layer: "Layer", inputs: tuple[Node, ...], name: str | None) -> Node:
    """Use a layer: check the shapes and name the node.

    Raises ``ValueError`` that begins with the node's name and says what arrived and how to mend it.
    """
    if name and "/" in name:
        raise ValueError(f"{name}: a name has dots between its parts; Keras refuses the slash")
    path = _prefix.get() + (name or layer.label)
    try:
        shape = layer.output_shape(_shapes(inputs))
    except ValueError as error:
        # Only now is the unique name worth a walk: unnamed layers of one kind differ in their number alone.
        name = list(_named(walk(*inputs), (path,)))[-1]
        raise ValueError(f"{name}: {error}") from None
    return Node(layer, inputs, shape, path)


def walk(*roots: Node) -> tuple[Node, ...]:
    """Every node the roots need, each once, inputs before the nodes that use them: the order of execution.

    Iterative, since ResNet-152 is deeper than Python's recursion limit allows.
    """
    order: dict[Node, None] = {}  # a set that remembers the order
    stack = list(reversed(roots))
    while stack:
        node = stack[-1]
        for before in reversed(node.inputs):
            if before not in order:
                stack.append(before)  # noqa: PERF401  most have one input, where a comprehension takes twice as long
        if stack[-1] is node:
            order[node] = None
            stack.pop()
    return tuple(order)


def _named(nodes: tuple[Node, ...], more: tuple[str, ...] = ()) -> list[str]:
    names: dict[str, None] = {}
    used: dict[str, int] = {}  # the last number given to a path
    for path in (*[node.path for node in nodes], *more):
        name = path
        while name in names:
            used[path] = used.get(path, 1) + 1
            name = f"{path}_{used[path]}"
        names[name] = None
    return list(names)


def named(root: Node) -> dict[str, Node]:
    """The layers of a graph by their unique names, in execution order.

    A path that is used again gets a number: ``conv``, ``conv_2``. The bundle of several heads (``Outputs``) is no
    layer and is left out.
    """
    nodes = walk(*outputs(root))
    return dict(zip(_named(nodes), nodes, strict=True))


def outputs(root: Node) -> tuple[Node, ...]:
    """The graph's output nodes: one, unless it ends in ``Outputs``; the main head comes first."""
    return root.inputs if root.layer.bundles else (root,)
