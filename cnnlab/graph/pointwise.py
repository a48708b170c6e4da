"""Layers that treat each number, or each channel, by itself: normalisation, activation, dropout, rescaling."""

from dataclasses import dataclass
from typing import Literal, get_args

from cnnlab.graph.layer import POINT, Layer, Params, Reach, Weightless
from cnnlab.graph.shapes import Shape, check_choice, check_positive, image, single, times
from cnnlab.units import count

Function = Literal[
    "relu", "relu6", "leaky_relu", "elu", "gelu", "swish", "hard_swish", "tanh", "sigmoid", "softmax", "linear"
]
FUNCTIONS: tuple[str, ...] = get_args(Function)


def _affine(scale: bool, center: bool) -> str:
    return "" if scale and center else "no shift" if scale else "no scale" if center else "no scale, no shift"


@dataclass(frozen=True, slots=True)
class BatchNorm(Layer):
    """Batch normalisation: a scale and a shift a channel, trained, and a moving mean and variance, kept."""

    scale: bool = True
    center: bool = True
    momentum: float = 0.99
    epsilon: float = 1e-3

    kind = "batch norm"
    drawn_as = "normalisation"

    def __str__(self) -> str:
        return _affine(self.scale, self.center)

    @property
    def label(self) -> str:
        return "bn"

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        return single(inputs, "batch normalisation")

    def params(self, inputs: tuple[Shape, ...]) -> Params:
        channels = inputs[0][-1]
        return Params(channels * (self.scale + self.center), 2 * channels)

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        return 0  # Folded into the convolution before it at inference; papers do not count it.


@dataclass(frozen=True, slots=True)
class LayerNorm(Layer):
    """Layer normalisation over the channels of each position; a trained scale and shift a channel (Ba 2016)."""

    scale: bool = True
    center: bool = True
    epsilon: float = 1e-3

    kind = "layer norm"
    drawn_as = "normalisation"

    def __str__(self) -> str:
        return _affine(self.scale, self.center)

    @property
    def label(self) -> str:
        return "ln"

    def reach(self, inputs: tuple[Shape, ...]) -> Reach | None:
        return POINT if len(inputs[0]) == 3 else None  # of a vector, all numbers are normalised together

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        return single(inputs, "layer normalisation")

    def params(self, inputs: tuple[Shape, ...]) -> Params:
        return Params(inputs[0][-1] * (self.scale + self.center), 0)

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        return 0  # Neither a convolution nor a dense layer.


@dataclass(frozen=True, slots=True)
class GroupNorm(Layer):
    """Normalisation over a map's positions and one of ``groups`` of channels; a scale and shift a channel (Wu 2018)."""

    groups: int = 32
    scale: bool = True
    center: bool = True
    epsilon: float = 1e-3

    kind = "group norm"
    drawn_as = "normalisation"

    def __str__(self) -> str:
        return ", ".join(filter(None, (count(self.groups, "group"), _affine(self.scale, self.center))))

    @property
    def label(self) -> str:
        return "gn"

    def reach(self, inputs: tuple[Shape, ...]) -> None:
        return None

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        shape = image(inputs, "group normalisation")
        check_positive("groups", self.groups)
        if shape[2] % self.groups:
            raise ValueError(
                f"the number of groups, {self.groups}, must divide the {count(shape[2], 'channel')}; choose a "
                "number that does"
            )
        return shape

    def params(self, inputs: tuple[Shape, ...]) -> Params:
        return Params(inputs[0][2] * (self.scale + self.center), 0)

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        return 0  # Neither a convolution nor a dense layer.


@dataclass(frozen=True, slots=True)
class ChannelScale(Layer):
    """One trained factor a channel: ConvNeXt's layer scale (Touvron 2021, "Going deeper with image transformers")."""

    kind = "channel scale"
    drawn_as = "other"

    @property
    def label(self) -> str:
        return "scale"

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        return image(inputs, "channel scaling")

    def params(self, inputs: tuple[Shape, ...]) -> Params:
        return Params(inputs[0][2], 0)

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        return 0  # Neither a convolution nor a dense layer.


@dataclass(frozen=True, slots=True)
class LocalResponseNorm(Weightless):
    """AlexNet's normalisation over ``2 × radius + 1`` neighbouring channels (Krizhevsky 2012, section 3.3).

    x / (k + alpha · Σ x²) ^ beta; alpha as in the paper, not divided by the number of channels.
    """

    radius: int = 2
    k: float = 2.0
    alpha: float = 1e-4
    beta: float = 0.75

    kind = "local response norm"
    drawn_as = "normalisation"

    def __str__(self) -> str:
        return f"over {count(2 * self.radius + 1, 'channel')}"

    @property
    def label(self) -> str:
        return "lrn"

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        check_positive("radius", self.radius)
        return image(inputs, "local response normalisation")


@dataclass(frozen=True, slots=True)
class Activation(Weightless):
    """A function applied to each number (softmax: to each vector of channels)."""

    function: Function

    kind = "activation"
    drawn_as = "other"

    def __str__(self) -> str:
        return self.function

    @property
    def label(self) -> str:
        return self.function

    def reach(self, inputs: tuple[Shape, ...]) -> Reach | None:
        return None if self.function == "softmax" and len(inputs[0]) == 1 else POINT

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        check_choice("activation", self.function, FUNCTIONS)
        return single(inputs, "an activation")


@dataclass(frozen=True, slots=True)
class Dropout(Weightless):
    """Sets a share of the numbers to zero while training; ``whole_image`` drops all of an image's or none.

    The second is stochastic depth (Huang 2016), which EfficientNet uses inside its skips.
    """

    rate: float
    whole_image: bool = False

    kind = "dropout"
    drawn_as = "other"

    def __str__(self) -> str:
        return f"{self.rate:.3g} of {'images' if self.whole_image else 'numbers'}"

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        if not 0 <= self.rate < 1:
            raise ValueError(f"dropout rate must be at least 0 and less than 1, not {self.rate!r}")
        return image(inputs, "dropout of whole images") if self.whole_image else single(inputs, "dropout")


@dataclass(frozen=True, slots=True)
class Rescale(Weightless):
    """x · scale + offset, for inputs given as 0…255; both may be given a channel."""

    scale: float | tuple[float, ...]
    offset: float | tuple[float, ...] = 0.0

    kind = "rescale"
    drawn_as = "other"

    def __str__(self) -> str:
        if isinstance(self.scale, tuple) or isinstance(self.offset, tuple):
            return "one factor and one addend per channel"
        return f"× {self.scale:.4g}" + (f" + {self.offset:.4g}" if self.offset else "")

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        shape = single(inputs, "rescaling")
        for values in (self.scale, self.offset):
            if isinstance(values, tuple) and len(values) != shape[-1]:
                raise ValueError(f"{len(values)} factors or addends for {shape[-1]} channels; give one per channel")
        return shape


@dataclass(frozen=True, slots=True)
class Normalize(Layer):
    """Subtract a mean and divide by a deviation, one a channel, taken from the data and not trained.

    Keras' ``Normalization`` keeps a mean and a variance a channel and one count of the images seen.
    """

    kind = "normalize"
    drawn_as = "normalisation"

    def __str__(self) -> str:
        return "mean and variance of the data"

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        return image(inputs, "input normalisation")

    def params(self, inputs: tuple[Shape, ...]) -> Params:
        return Params(0, 2 * inputs[0][2] + 1)

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        return 0  # Neither a convolution nor a dense layer.


@dataclass(frozen=True, slots=True)
class Input(Weightless):
    """The entry of an image (height, width, channels), of a vector (units,), or of something else."""

    shape: Shape

    kind = "input"
    drawn_as = "other"

    def __str__(self) -> str:
        return times(self.shape)

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        if inputs:
            raise ValueError("an input layer takes no inputs")
        if not self.shape:
            raise ValueError("an input has at least one side, such as height×width×channels")
        check_positive("each side of the input", *self.shape)
        return self.shape
