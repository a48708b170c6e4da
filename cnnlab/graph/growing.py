"""Layers that make a map larger, as decoders and generators have them."""

from dataclasses import dataclass
from math import prod
from typing import ClassVar

from cnnlab.graph.base import Layer, Params, Reach, Weightless
from cnnlab.graph.shapes import Padding, Shape, Size, check_choice, check_positive, image, pair, times


@dataclass(frozen=True, slots=True)
class TransposedConv(Layer):
    """A convolution run backwards: each number of the map spreads over a window, and ``stride`` lies between windows.

    "same" gives n · s rows, "valid" (n − 1) · s + max(f, s) (Dumoulin & Visin 2016, section 4, and Keras).
    """

    filters: int
    kernel: Size
    stride: Size = 1
    padding: Padding = "same"
    bias: bool = True

    kind: ClassVar[str] = "transposed conv"

    def __str__(self) -> str:
        stride = "" if self.stride == 1 else f", stride {times(pair(self.stride))}"
        return f"{times(pair(self.kernel))}{stride}{', valid' * (self.padding == 'valid')}, {self.filters} filters"

    def reach(self, inputs: tuple[Shape, ...]) -> Reach:
        sides = zip(pair(self.kernel), pair(self.stride), strict=True)
        rows, columns = (-(-window // step) for window, step in sides)
        return Reach((rows, columns), up=pair(self.stride))

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        height, width, _ = image(inputs, "a transposed convolution")
        check_positive("filters", self.filters)
        check_positive("window size", *pair(self.kernel))
        check_positive("stride", *pair(self.stride))
        check_choice("padding", self.padding, ("same", "valid"))
        sides = zip((height, width), pair(self.kernel), pair(self.stride), strict=True)
        rows, columns = ((n - 1) * s + (s if self.padding == "same" else max(f, s)) for n, f, s in sides)
        return rows, columns, self.filters

    def params(self, inputs: tuple[Shape, ...]) -> Params:
        weights = prod(pair(self.kernel)) * inputs[0][2] * self.filters
        return Params(weights + (self.filters if self.bias else 0), 0)

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        return prod(inputs[0]) * prod(pair(self.kernel)) * self.filters


@dataclass(frozen=True, slots=True)
class Upsample(Weightless):
    """Every number ``size`` times in each direction, or values in between where it is ``smooth`` (bilinear)."""

    size: Size
    smooth: bool = False

    kind: ClassVar[str] = "upsample"

    def __str__(self) -> str:
        return f"{times(pair(self.size))} times{', smooth' if self.smooth else ''}"

    def reach(self, inputs: tuple[Shape, ...]) -> Reach:
        return Reach((2, 2) if self.smooth else (1, 1), up=pair(self.size))

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        height, width, channels = image(inputs, "upsampling")
        rows, columns = pair(self.size)
        check_positive("size", rows, columns)
        return height * rows, width * columns, channels
