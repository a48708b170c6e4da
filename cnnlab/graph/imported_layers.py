"""Layers that only imported networks have: those with numbers from their file's reader, and those not understood."""

from dataclasses import dataclass
from typing import NamedTuple

from cnnlab.graph.layer import NO_PARAMS, POINT, DrawnAs, Layer, Params, Reach
from cnnlab.graph.shapes import Shape, check_positive


class Sum(NamedTuple):
    """A number with its arithmetic: ``numbers`` is ``formula`` with numbers for letters, and worked out ``value``."""

    formula: str
    numbers: str
    value: int


@dataclass(frozen=True, slots=True)
class Counted(Layer):
    """A layer that is counted but never built here, such as an LSTM: its reader works out shape, weights and products.

    ``what`` is its kind on screen, ``setting`` its settings in words. ``stored`` are its trainable weights, ``fixed``
    the others, ``multiplied`` its MACs; None where there are none. ``pointwise`` if each position depends on the same
    position of the inputs alone. Without a ``shape`` the output has that of the first input. ``letters`` are those of
    the formulas, with their meanings, where these are not the usual ones of images.
    """

    what: str
    setting: str = ""
    shape: Shape | None = None
    stored: Sum | None = None
    multiplied: Sum | None = None
    fixed: Sum | None = None
    pointwise: bool = False
    letters: tuple[tuple[str, str], ...] = ()

    @property
    def kind(self) -> str:  # type: ignore[override]
        return self.what

    @property
    def drawn_as(self) -> DrawnAs:  # type: ignore[override]
        if self.multiplied is None:
            return "other"
        return "convolution" if "conv" in self.what else "dense"

    def __str__(self) -> str:
        return self.setting

    def reach(self, inputs: tuple[Shape, ...]) -> Reach | None:
        return POINT if self.pointwise else None

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        return _given(inputs, self.shape)

    def params(self, inputs: tuple[Shape, ...]) -> Params:
        return Params(self.stored.value if self.stored else 0, self.fixed.value if self.fixed else 0)

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        return self.multiplied.value if self.multiplied else 0


@dataclass(frozen=True, slots=True)
class Opaque(Layer):
    """A layer that no reader understands: it passes on its first input, or a map of ``shape`` if that is known.

    ``what`` is its name in the file. ``weights`` are the numbers that the file stores for it. What it multiplies is not
    known: totals are lower bounds. ``pointwise`` if each position is known to depend on the same position of the inputs
    alone.
    """

    what: str
    shape: Shape | None = None
    pointwise: bool = False
    weights: Params = NO_PARAMS

    kind = "unknown"
    drawn_as = "other"

    def __str__(self) -> str:
        return self.what

    def reach(self, inputs: tuple[Shape, ...]) -> Reach | None:
        return POINT if self.pointwise else None

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        return _given(inputs, self.shape)

    def params(self, inputs: tuple[Shape, ...]) -> Params:
        return self.weights

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        return 0


def _given(inputs: tuple[Shape, ...], shape: Shape | None) -> Shape:
    if not inputs:
        raise ValueError("a layer takes at least one input, got none")
    if shape is None:
        return inputs[0]
    check_positive("each side of the shape", *shape)
    return shape
