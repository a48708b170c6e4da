"""Layers that multiply and accumulate: convolutions and dense layers."""

from dataclasses import dataclass
from math import prod

from cnnlab.graph.layer import POINT, Layer, Params, Reach, Span
from cnnlab.graph.shapes import Padding, Shape, Size, check_choice, check_positive, image, pair, single, slide, times
from cnnlab.graph.sliding import sliding
from cnnlab.units import count, with_article


def _window_text(kernel: Size, stride: Size, padding: Padding, dilation: int) -> str:
    rows, columns = pair(kernel)
    text = f"{rows}×{columns}"
    if stride != 1:
        text += f", stride {times(stride) if isinstance(stride, tuple) else stride}"
    if dilation != 1:
        text += f", dilation {dilation}"
    return f"{text}, valid" if padding == "valid" and rows * columns > 1 else text


def _check_spread(stride: Size, dilation: int) -> None:
    if dilation != 1 and pair(stride) != (1, 1):
        raise ValueError(
            f"stride {stride} and dilation {dilation} cannot be used together; set one of the two to 1 (Keras agrees)"
        )


@dataclass(frozen=True, slots=True)
class Conv(Layer):
    """A convolution: ``filters`` kernels of ``kernel`` × (input channels / ``groups``), moved by ``stride``."""

    filters: int
    kernel: Size
    stride: Size = 1
    padding: Padding = "same"
    groups: int = 1
    dilation: int = 1
    bias: bool = True

    kind = "conv"
    drawn_as = "convolution"

    def __str__(self) -> str:
        groups = f", {self.groups} groups" if self.groups > 1 else ""
        window = _window_text(self.kernel, self.stride, self.padding, self.dilation)
        return f"{window}, {count(self.filters, 'filter')}{groups}"

    def reach(self, inputs: tuple[Shape, ...]) -> Reach:
        if self.kernel == self.stride == 1:
            return POINT
        return sliding(inputs[0], self.kernel, self.stride, self.padding, self.dilation)

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        height, width, channels = image(inputs, "a convolution")
        check_positive("filters", self.filters)
        check_positive("groups", self.groups)
        if self.groups > 1 and (channels % self.groups or self.filters % self.groups):
            raise ValueError(
                f"the number of groups, {self.groups}, must divide both the {count(channels, 'input channel')} and the "
                f"{count(self.filters, 'filter')}; choose a number of groups that divides both"
            )
        height, width = slide((height, width), self.kernel, self.stride, self.padding, self.dilation)
        _check_spread(self.stride, self.dilation)
        return height, width, self.filters

    def params(self, inputs: tuple[Shape, ...]) -> Params:
        weights = prod(pair(self.kernel)) * (inputs[0][2] // self.groups) * self.filters
        return Params(weights + (self.filters if self.bias else 0), 0)

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        return prod(output) * prod(pair(self.kernel)) * (inputs[0][2] // self.groups)


@dataclass(frozen=True, slots=True)
class DepthwiseConv(Layer):
    """A convolution that filters each channel alone, with ``multiplier`` kernels a channel."""

    kernel: Size
    stride: Size = 1
    padding: Padding = "same"
    dilation: int = 1
    multiplier: int = 1
    bias: bool = True

    kind = "depthwise conv"
    drawn_as = "depthwise convolution"

    def __str__(self) -> str:
        more = f", {self.multiplier} filters per channel" if self.multiplier > 1 else ""
        return f"{_window_text(self.kernel, self.stride, self.padding, self.dilation)}, each channel alone{more}"

    @property
    def label(self) -> str:
        return "depthwise"

    def reach(self, inputs: tuple[Shape, ...]) -> Reach:
        return sliding(inputs[0], self.kernel, self.stride, self.padding, self.dilation)

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        height, width, channels = image(inputs, "a depthwise convolution")
        check_positive("multiplier", self.multiplier)
        height, width = slide((height, width), self.kernel, self.stride, self.padding, self.dilation)
        down, right = pair(self.stride)
        if down != right:
            raise ValueError(
                f"a depthwise convolution needs one stride for both directions, not {down}×{right} (TensorFlow agrees)"
            )
        _check_spread(self.stride, self.dilation)
        return height, width, channels * self.multiplier

    def params(self, inputs: tuple[Shape, ...]) -> Params:
        channels = inputs[0][2] * self.multiplier
        return Params(channels * (prod(pair(self.kernel)) + (1 if self.bias else 0)), 0)

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        return prod(output) * prod(pair(self.kernel))


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

    kind = "transposed conv"
    drawn_as = "convolution"

    def __str__(self) -> str:
        stride = "" if self.stride == 1 else f", stride {times(pair(self.stride))}"
        valid = ", valid" * (self.padding == "valid")
        return f"{times(pair(self.kernel))}{stride}{valid}, {count(self.filters, 'filter')}"

    def reach(self, inputs: tuple[Shape, ...]) -> Reach:
        height, width = (
            self._span(window, stride) for window, stride in zip(pair(self.kernel), pair(self.stride), strict=True)
        )
        return Reach(height, width)

    def _span(self, window: int, stride: int) -> Span:
        # Input position q spreads over the outputs from q · stride − before; a window below the stride leaves gaps.
        before = max(window - stride, 0) // 2 if self.padding == "same" else 0
        return Span(first=before - window + stride, last=before, up=stride)

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
class Dense(Layer):
    """A fully connected layer: every unit weighs every number of the input vector."""

    units: int
    bias: bool = True

    kind = "dense"
    drawn_as = "dense"

    def __str__(self) -> str:
        return count(self.units, "unit")

    def reach(self, inputs: tuple[Shape, ...]) -> None:
        return None

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        shape = single(inputs, "a dense layer")
        check_positive("units", self.units)
        if len(shape) != 1:
            raise ValueError(
                f"a dense layer needs a vector, not {with_article(times(shape))} map; put Flatten or global pooling "
                "before it"
            )
        return (self.units,)

    def params(self, inputs: tuple[Shape, ...]) -> Params:
        return Params((inputs[0][0] + (1 if self.bias else 0)) * self.units, 0)

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        return inputs[0][0] * self.units
