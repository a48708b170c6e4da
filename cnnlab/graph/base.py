"""What every layer knows about itself, all of it from shapes alone."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from cnnlab.graph.node import Node, make_node
from cnnlab.graph.shapes import Shape


class Params(NamedTuple):
    """Numbers a layer stores: those training changes, and those it only keeps (a batch norm's moving statistics)."""

    trainable: int
    fixed: int


NO_PARAMS = Params(0, 0)


@dataclass(frozen=True, slots=True)
class Reach:
    """Which positions of its input one output position sees: a window of height×width, moved by a stride.

    ``up`` is the number of output positions, each way, that stand where the input has one.
    """

    window: tuple[int, int] = (1, 1)
    stride: tuple[int, int] = (1, 1)
    dilation: int = 1
    up: tuple[int, int] = (1, 1)


MOST_MACS = 10**17
"""Of a network, and parameters. Tables count in 64 bits, and a way of counting takes up to some tens of each MAC: up to
here nothing can overflow unnoticed."""

POINT = Reach()
"""Each position sees the same position of the input."""


class Layer(ABC):
    """An immutable value: what a layer does, without its weights.

    Subclasses are frozen dataclasses. ``kind`` is the word on screen and in tables, ``label`` the default name of a
    node. ``reach`` is None where every output sees the whole map. Nothing counts as zero by default: a layer without
    weights says so by deriving from ``Weightless``.
    """

    __slots__ = ()

    kind: ClassVar[str]
    bundles: ClassVar[bool] = False

    def __call__(self, *inputs: Node, name: str | None = None) -> Node:
        """Use this layer on nodes. Raises ``ValueError`` where the shapes do not fit."""
        return make_node(self, inputs, name)

    @property
    def label(self) -> str:
        return self.kind.replace(" ", "_")

    def reach(self, inputs: tuple[Shape, ...]) -> Reach | None:
        return POINT

    @abstractmethod
    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        """Shape of the output. Raises ``ValueError`` where the inputs or the layer's own settings do not fit."""

    @abstractmethod
    def params(self, inputs: tuple[Shape, ...]) -> Params:
        """Numbers stored, as Keras counts them."""

    @abstractmethod
    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        """Multiply-accumulates of convolutions and dense layers for one image, biases not counted."""


class Weightless(Layer):
    """A layer that stores nothing and multiplies nothing that the convention counts."""

    __slots__ = ()

    def params(self, inputs: tuple[Shape, ...]) -> Params:
        return NO_PARAMS

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        return 0
