"""Layers that move or join numbers: padding, cropping, flattening, sums, concatenation."""

from dataclasses import dataclass
from math import prod
from typing import Literal, get_args

from cnnlab.graph.layer import POINT, Reach, Span, Weightless
from cnnlab.graph.shapes import (
    Shape,
    check_choice,
    check_positive,
    image,
    single,
    times,
)
from cnnlab.units import count, with_article


@dataclass(frozen=True, slots=True)
class ZeroPad(Weightless):
    """Rows and columns of zeros around a map."""

    top: int = 0
    bottom: int = 0
    left: int = 0
    right: int = 0

    kind = "zero pad"
    drawn_as = "other"

    def __str__(self) -> str:
        return f"top {self.top}, bottom {self.bottom}, left {self.left}, right {self.right}"

    @property
    def label(self) -> str:
        return "pad"

    def reach(self, inputs: tuple[Shape, ...]) -> Reach:
        return Reach(Span(first=-self.top, last=-self.top), Span(first=-self.left, last=-self.left))

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        height, width, channels = image(inputs, "zero padding")
        for value in (self.top, self.bottom, self.left, self.right):
            if type(value) is not int or value < 0:
                raise ValueError(f"padding must be a whole number of at least 0, not {value!r}")
        return height + self.top + self.bottom, width + self.left + self.right, channels


@dataclass(frozen=True, slots=True)
class Crop(Weightless):
    """Leaves out rows and columns at a map's edges."""

    top: int = 0
    bottom: int = 0
    left: int = 0
    right: int = 0

    kind = "crop"
    drawn_as = "other"

    def __str__(self) -> str:
        return f"top {self.top}, bottom {self.bottom}, left {self.left}, right {self.right}"

    def reach(self, inputs: tuple[Shape, ...]) -> Reach:
        return Reach(Span(first=self.top, last=self.top), Span(first=self.left, last=self.left))

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        height, width, channels = image(inputs, "cropping")
        for value in (self.top, self.bottom, self.left, self.right):
            if type(value) is not int or value < 0:
                raise ValueError(f"cropping must be a whole number of at least 0, not {value!r}")
        rows, columns = height - self.top - self.bottom, width - self.left - self.right
        if rows < 1 or columns < 1:
            raise ValueError(
                f"cropping removes all of {with_article(f'{height}×{width}')} map; crop less or use a larger input "
                "image"
            )
        return rows, columns, channels


@dataclass(frozen=True, slots=True)
class PadChannels(Weightless):
    """Channels of zeros behind the map's own: the shortcut of option A in He 2015."""

    channels: int

    kind = "pad channels"
    drawn_as = "other"

    def __str__(self) -> str:
        return f"{count(self.channels, 'channel')} of zeros"

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        height, width, channels = image(inputs, "channel padding")
        check_positive("channels", self.channels)
        return height, width, channels + self.channels


@dataclass(frozen=True, slots=True)
class Flatten(Weightless):
    """A map's numbers in one row."""

    kind = "flatten"
    drawn_as = "other"

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        shape = single(inputs, "flatten")
        if len(shape) == 1:
            raise ValueError(f"the input is already a vector of {shape[0]:,} numbers; remove this Flatten")
        return (prod(shape),)


@dataclass(frozen=True, slots=True)
class Reshape(Weightless):
    """The same numbers in another shape."""

    shape: Shape

    kind = "reshape"
    drawn_as = "other"

    def __str__(self) -> str:
        return f"to {times(self.shape)}"

    def reach(self, inputs: tuple[Shape, ...]) -> Reach | None:
        # Where positions are mixed, one of them sees at most what all of them saw.
        return POINT if len(self.shape) == 1 or self.shape[:2] == inputs[0][:2] else None

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        before = single(inputs, "reshape")
        if not self.shape:
            raise ValueError("a shape has at least one side")
        check_positive("each side of the shape", *self.shape)
        if prod(before) != prod(self.shape):
            raise ValueError(
                f"{times(before)} = {prod(before)} numbers cannot become {times(self.shape)} = {prod(self.shape)}; "
                "the two products must be equal"
            )
        return self.shape


def _several(inputs: tuple[Shape, ...], what: str) -> None:
    if len(inputs) < 2:
        raise ValueError(f"{what} takes at least two inputs, not {len(inputs)}")


def _list(inputs: tuple[Shape, ...]) -> str:
    return " and ".join(map(times, inputs))


@dataclass(frozen=True, slots=True)
class Add(Weightless):
    """The sum of equally shaped inputs: where a skip connection comes back."""

    kind = "add"
    drawn_as = "joining"

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        _several(inputs, "Add")
        if len(set(inputs)) > 1:
            raise ValueError(
                f"{_list(inputs)} cannot be added, their shapes differ; make them equal with a 1×1 projection, a "
                f"stride or zero padding"
            )
        return inputs[0]


@dataclass(frozen=True, slots=True)
class Multiply(Weightless):
    """The product of equally shaped inputs, or of a map and one factor a channel (1×1): a gate."""

    kind = "multiply"
    drawn_as = "joining"
    gates = True

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        _several(inputs, "Multiply")
        largest = max(inputs, key=prod)
        for shape in inputs:
            if shape != largest and not (len(shape) == len(largest) == 3 and shape == (1, 1, largest[2])):
                raise ValueError(
                    f"{_list(inputs)} cannot be multiplied; give equal shapes, or one factor per channel as "
                    f"1×1×channels"
                )
        return largest


Combination = Literal["average", "maximum", "minimum", "subtract"]
COMBINATIONS: tuple[str, ...] = get_args(Combination)


@dataclass(frozen=True, slots=True)
class Combine(Weightless):
    """Joins equal shapes number by number: their average, the largest or smallest, or the first less the second."""

    how: Combination

    kind = "combine"
    drawn_as = "joining"

    def __str__(self) -> str:
        return self.how

    @property
    def label(self) -> str:
        return self.how

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        check_choice("combination", self.how, COMBINATIONS)
        _several(inputs, "Combine")
        if len(set(inputs)) > 1:
            raise ValueError(f"{_list(inputs)} cannot be combined, their shapes differ; make them equal first")
        if self.how == "subtract" and len(inputs) != 2:
            raise ValueError(f"Subtract takes two inputs, not {len(inputs)}")
        return inputs[0]


@dataclass(frozen=True, slots=True)
class Concatenate(Weightless):
    """Puts inputs side by side along the channels."""

    kind = "concatenate"
    drawn_as = "joining"

    @property
    def label(self) -> str:
        return "concat"

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        _several(inputs, "Concatenate")
        if len({shape[:-1] for shape in inputs}) > 1:
            raise ValueError(
                f"{_list(inputs)} cannot be concatenated, their heights and widths differ; "
                'use "same" padding and equal strides in every branch, or images whose sides each stride divides'
            )
        return (*inputs[0][:-1], sum(shape[-1] for shape in inputs))


@dataclass(frozen=True, slots=True)
class Outputs(Weightless):
    """Bundles a network's heads, the main one first, into one graph. It is no layer of the network."""

    kind = "outputs"
    drawn_as = "other"
    bundles = True

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        _several(inputs, "Outputs")
        return inputs[0]
