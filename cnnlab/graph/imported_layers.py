"""Layers that only imported networks have: those no reader understands, and further uses of the same weights."""

from dataclasses import dataclass

from cnnlab.graph.layer import NO_PARAMS, POINT, DrawnAs, Layer, Params, Reach, Weightless
from cnnlab.graph.shapes import Shape, check_positive, times


@dataclass(frozen=True, slots=True)
class Opaque(Weightless):
    """A layer that no reader understands: it passes on its first input, or a map of ``shape`` if that is known.

    Nothing of it is counted, and whoever makes one must say so. ``what`` is its name in the file. ``pointwise`` if each
    position is known to depend on the same position of the inputs alone.
    """

    what: str
    shape: Shape | None = None
    pointwise: bool = False

    kind = "unknown"
    drawn_as = "other"

    def __str__(self) -> str:
        return self.what

    def reach(self, inputs: tuple[Shape, ...]) -> Reach | None:
        return POINT if self.pointwise else None

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        if not inputs:
            raise ValueError("a layer takes at least one input, got none")
        if self.shape is None:
            return inputs[0]
        if len(self.shape) not in (1, 3):
            raise ValueError(f"a shape is height×width×channels or one number of units, got {times(self.shape)}")
        check_positive("each side of the shape", *self.shape)
        return self.shape


@dataclass(frozen=True, slots=True)
class Reuse(Layer):
    """A further use of a layer; the node named ``of`` is the first use and counts the weights."""

    layer: Layer
    of: str

    @property
    def kind(self) -> str:  # type: ignore[override]
        """The kind of the layer that is used again: the arithmetic is the same."""
        return self.layer.kind

    @property
    def drawn_as(self) -> DrawnAs:  # type: ignore[override]
        return self.layer.drawn_as

    def __str__(self) -> str:
        return ", ".join(filter(None, (str(self.layer), f"weights of {self.of}")))

    @property
    def label(self) -> str:
        return self.layer.label

    def reach(self, inputs: tuple[Shape, ...]) -> Reach | None:
        return self.layer.reach(inputs)

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        return self.layer.output_shape(inputs)

    def params(self, inputs: tuple[Shape, ...]) -> Params:
        return NO_PARAMS

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        return self.layer.macs(inputs, output)
