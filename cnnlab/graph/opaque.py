"""The layer that only imported networks have: one that no reader understands."""

from dataclasses import dataclass

from cnnlab.graph.layer import POINT, Reach, Weightless
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
