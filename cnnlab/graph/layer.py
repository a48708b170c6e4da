"""Layers, nodes and graphs: a layer is a computation, a node one use of it, a graph its output node.

>>> from cnnlab.graph import Activation, Conv, Input, Pool, named
>>> x = Input((32, 32, 1))()
>>> x = x >> Conv(6, 5, padding="valid") >> Activation("tanh") >> Pool("avg", 2)
>>> x.shape
(14, 14, 6)
>>> list(named(x))
['input', 'conv', 'tanh', 'pool']
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NamedTuple, get_args

from cnnlab.graph.shapes import Shape

DrawnAs = Literal["convolution", "depthwise convolution", "dense", "pooling", "normalisation", "joining", "other"]
"""The entries of the legend. ``figures.palette`` has a colour for each."""

MOST_MACS = 10**17
"""The most MACs, and the most parameters, of a network. Tables count in 64 bits, and a way of counting takes up to some
tens of each MAC: up to here nothing can overflow unnoticed."""

# The path in front of the names of nodes made now. A context variable, so that two threads can build at once.
_prefix: ContextVar[str] = ContextVar("prefix", default="")


class Params(NamedTuple):
    """Numbers a layer stores: those training changes, and those it only keeps (a batch norm's moving statistics)."""

    trainable: int
    fixed: int


NO_PARAMS = Params(0, 0)


@dataclass(frozen=True, slots=True)
class Span:
    """The input positions that one output position sees along one side of the map.

    Output position p sees those from ⌊(stride · p + first) / up⌋ to ⌊(stride · p + last) / up⌋, each ``dilation``-th;
    none where the first lies behind the last. Positions outside the map lie in the padding.
    """

    stride: int = 1
    first: int = 0
    last: int = 0
    dilation: int = 1
    up: int = 1

    @property
    def window(self) -> int | None:
        """The positions that each output position sees; None where their number differs."""
        return (self.last - self.first) // self.dilation + 1 if self.up == 1 else None

    @property
    def shifts(self) -> bool:
        """Whether each output position sees one input position and its neighbour sees the next."""
        return self.window == self.stride == 1


class Reach(NamedTuple):
    """The input positions that one output position sees, along each side of the map."""

    height: Span
    width: Span


POINT = Reach(Span(), Span())
"""The reach of layers whose positions each see the same position of the input."""


class Layer(ABC):
    """A computation without its weights, as an immutable value.

    Subclasses are frozen dataclasses that state the facts below; a class that leaves one out raises ``TypeError`` which
    names it. Nothing counts as zero by default: a layer without weights derives from ``Weightless``.
    """

    __slots__ = ()

    kind: ClassVar[str]
    """The word on screen and in tables, and nothing else."""
    drawn_as: ClassVar[DrawnAs]
    """The colour and the entry of the legend."""
    weighted: ClassVar[bool] = True
    """True if the layer may have weights; False for ``Weightless``."""
    bundles: ClassVar[bool] = False
    """True if the layer only bundles a network's outputs; it is then left out of tables and drawings."""
    gates: ClassVar[bool] = False
    """True if the first input is multiplied by the others: their path lies beside it and adds nothing to the depth."""

    def __init_subclass__(cls, abstract: bool = False, **more: Any) -> None:
        super().__init_subclass__(**more)
        if abstract:
            return
        for fact in ("kind", "drawn_as"):
            if not hasattr(cls, fact):
                raise TypeError(
                    f"the layer {cls.__name__} must state `{fact}`, as `Conv` in cnnlab/graph/weighted.py does"
                )
        if isinstance(cls.drawn_as, str) and cls.drawn_as not in get_args(DrawnAs):
            raise TypeError(
                f"the layer {cls.__name__} must be drawn as one of {', '.join(get_args(DrawnAs))}, not {cls.drawn_as!r}"
            )

    def __call__(
        self, *inputs: "Node", name: str | None = None, weights_of: "Node | None" = None, frozen: bool = False
    ) -> "Node":
        """Use this layer on nodes: check the shapes and name the node.

        ``weights_of`` is the first use of the layer if this is a further one, and ``frozen`` says that training leaves
        its weights as they are. Raises ``ValueError`` that begins with the node's name and says what arrived and how to
        fix it.
        """
        if name and "/" in name:
            raise ValueError(f"{name}: a name has dots between its parts; Keras refuses the slash")
        path = _prefix.get() + (name or self.label)
        try:
            shape = self.output_shape(_shapes(inputs))
        except ValueError as error:
            # Only now is the unique name worth a walk: unnamed layers of one kind differ in their number alone.
            name = list(_unique_names(walk(*inputs), (path,)))[-1]
            raise ValueError(f"{name}: {error}") from None
        return Node(self, inputs, shape, path, weights_of, frozen)

    def __str__(self) -> str:
        """Return the settings in words; empty if there are none."""
        return ""

    @property
    def label(self) -> str:
        """The default name of the layer's nodes."""
        return self.kind.replace(" ", "_")

    def reach(self, inputs: tuple[Shape, ...]) -> Reach | None:
        """Return the positions of the map that each output position sees; None if every output sees the whole map."""
        return POINT

    @abstractmethod
    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """Return the shape of the output. Raises ``ValueError`` if the inputs or its own settings do not fit."""

    @abstractmethod
    def params(self, inputs: tuple[Shape, ...]) -> Params:
        """Return the number of stored parameters, as Keras counts them."""

    @abstractmethod
    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        """Return the multiply-accumulates for one image, biases not counted.

        Only convolutions and dense layers have any; the layers that have are those that papers count as depth.
        """


class Weightless(Layer, abstract=True):
    """A layer that stores nothing and multiplies nothing that the convention counts."""

    __slots__ = ()

    weighted: ClassVar[bool] = False

    def params(self, inputs: tuple[Shape, ...]) -> Params:
        return NO_PARAMS

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        return 0


@dataclass(frozen=True, eq=False, repr=False, slots=True)
class Node:
    """One use of a layer. Equal by identity, since two equal siblings own separate weights.

    ``path`` is the wished name (``stage2.block1.conv``); ``named`` gives the unique one. ``weights_of`` is the first
    use of the same layer, which stores the weights; None if this is it. ``frozen``: training leaves its weights as they
    are.
    """

    layer: Layer
    inputs: "tuple[Node, ...]"
    shape: Shape
    path: str
    weights_of: "Node | None" = None
    frozen: bool = False

    def __repr__(self) -> str:
        # Not the inputs: they would print theirs, twice as much after each skip.
        return f"<Node {self.path}: {self.layer!r} -> {self.shape}>"

    def __rshift__(self, layer: Layer) -> "Node":
        """``x >> layer`` is ``layer(x)``."""
        return layer(self)

    @property
    def input_shapes(self) -> tuple[Shape, ...]:
        return _shapes(self.inputs)

    @property
    def params(self) -> Params:
        """Trainable and fixed numbers this node stores: none for a further use of a layer."""
        if self.weights_of is not None:
            return NO_PARAMS
        found = self.layer.params(self.input_shapes)
        return Params(0, sum(found)) if self.frozen else found

    @property
    def settings(self) -> str:
        """The layer's settings in words, whose weights it uses, and whether they are frozen."""
        if self.weights_of is None and not self.frozen:
            return str(self.layer)
        shared = f"weights of {self.weights_of.path}" if self.weights_of else ""
        return ", ".join(filter(None, (str(self.layer), shared, "frozen" if self.frozen else "")))

    @property
    def macs(self) -> int:
        """Multiply-accumulates for one image."""
        return self.layer.macs(self.input_shapes, self.shape)

    @property
    def reach(self) -> Reach | None:
        """The positions of the input map that each output position sees; None if every output sees the whole map."""
        return self.layer.reach(self.input_shapes)


@contextmanager
def scope(name: str) -> Iterator[None]:
    """Prefix the names of the nodes made inside with a path: ``with scope("stage2.block1"): …``."""
    token = _prefix.set(f"{_prefix.get()}{name}.")
    try:
        yield
    finally:
        _prefix.reset(token)


def walk(*roots: Node) -> tuple[Node, ...]:
    """Return every node the roots need, each once, inputs before the nodes that use them: the order of execution.

    The first use of a layer comes before its further ones. Iterative, since ResNet-152 is deeper than Python's
    recursion limit allows.
    """
    order: dict[Node, None] = {}  # a set that remembers the order
    stack = list(reversed(roots))
    while stack:
        node = stack[-1]
        for before in reversed(node.inputs):
            if before not in order:
                stack.append(before)  # noqa: PERF401  most have one input, where a comprehension takes twice as long
        if node.weights_of is not None and node.weights_of not in order:
            stack.append(node.weights_of)
        if stack[-1] is node:
            order[node] = None
            stack.pop()
    return tuple(order)


def named(root: Node) -> dict[str, Node]:
    """Return the layers of a graph by their unique names, in execution order.

    A path that is used again gets a number: ``conv``, ``conv_2``. The bundle of several heads (``Outputs``) is no
    layer and is left out.
    """
    nodes = walk(*outputs(root))
    return dict(zip(_unique_names(nodes), nodes, strict=True))


def outputs(root: Node) -> tuple[Node, ...]:
    """Return the graph's output nodes, the main head first: one, unless the graph ends in ``Outputs``."""
    return root.inputs if root.layer.bundles else (root,)


def _shapes(nodes: tuple[Node, ...]) -> tuple[Shape, ...]:
    # Nearly all layers have one input, and a catalogue has thousands of layers.
    return (nodes[0].shape,) if len(nodes) == 1 else tuple([node.shape for node in nodes])


def _unique_names(nodes: tuple[Node, ...], more: tuple[str, ...] = ()) -> list[str]:
    names: dict[str, None] = {}
    used: dict[str, int] = {}  # the last number given to a path
    for path in (*[node.path for node in nodes], *more):
        name = path
        while name in names:
            used[path] = used.get(path, 1) + 1
            name = f"{path}_{used[path]}"
        names[name] = None
    return list(names)
