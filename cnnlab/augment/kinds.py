"""What a step of a pipeline can be: Keras' layers by name, their settings, and whether the label survives. PURE.

Settings are the knobs of a kind's own signature, declared there and nowhere else. A kind does not make layers but says
which ones: ``augment.layers`` makes them and ``augment.source`` prints them, so that the two cannot differ. Pixels are
numbers from 0 to 255 everywhere.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Annotated, Any, Literal

from cnnlab.knobs import Knob, Range, knobs_of


@dataclass(frozen=True, slots=True)
class Call:
    """``keras.layers.<cls>(**kwargs)``, with a ``seed`` where it draws numbers; ``own`` names a class of this project.

    ``covariance`` asks for the pictures' own colour covariance, which is known only where the pipeline is used.
    """

    cls: str
    kwargs: tuple[tuple[str, Any], ...] = ()
    seeded: bool = True
    own: bool = False
    covariance: bool = False


Keeps = Literal["always", "mostly", "not always"]
Fill = Annotated[
    Literal["reflect", "nearest", "constant"], "What comes into sight at the edge: mirrored, its last row, or black."
]
Probability = Annotated[float, Range(0, 1, 0.05), "Share of the pictures it happens to."]

INTO_RANGE = Call("ReLU", (("max_value", 255.0),), seeded=False)
"""Numbers under 0 become 0, those over 255 become 255."""


def _call(cls: str, **kwargs: Any) -> Call:
    return Call(cls, tuple(kwargs.items()))


def _own(cls: str, **kwargs: Any) -> Call:
    return Call(cls, tuple(kwargs.items()), own=True)


def mirror(
    _: int,
    *,
    direction: Annotated[
        Literal["horizontal", "vertical", "horizontal_and_vertical"], "Left with right, top with bottom, or each."
    ] = "horizontal",
) -> tuple[Call, ...]:
    """Half of the pictures are mirrored."""
    return (_call("RandomFlip", mode=direction),)


def random_crop(
    size: int, *, share: Annotated[float, Range(0.3, 1, 0.025), "Of each side that is kept."] = 0.875
) -> tuple[Call, ...]:
    """A window at a random place is cut out; the picture becomes smaller."""
    side = cropped(size, share)
    return (_call("RandomCrop", height=side, width=side),)


def resized_crop(
    size: int,
    *,
    least_area: Annotated[float, Range(0.05, 1, 0.05), "The smallest share of the area that is kept."] = 0.35,
    stretch: Annotated[float, Range(1, 2, 0.05), "How much wider than high the window may be, or higher."] = 1.35,
) -> tuple[Call, ...]:
    """A window of random area, shape and place is cut out and brought back to the full size."""
    return (_own("RandomResizedCrop", least_area=least_area, stretch=stretch),)


def rotation(
    _: int, *, degrees: Annotated[float, Range(0, 180, 5), "At most, either way."] = 15.0, fill: Fill = "reflect"
) -> tuple[Call, ...]:
    """The picture is turned around its middle."""
    return (_call("RandomRotation", factor=_short(degrees / 360), fill_mode=fill),)


def zoom(
    _: int, *, amount: Annotated[float, Range(0, 0.9, 0.05), "At most, in or out."] = 0.2, fill: Fill = "reflect"
) -> tuple[Call, ...]:
    """The picture is made larger or smaller, its middle stays."""
    return (_call("RandomZoom", height_factor=amount, fill_mode=fill),)


def translation(
    _: int,
    *,
    amount: Annotated[float, Range(0, 0.9, 0.05), "At most, a share of the side."] = 0.1,
    fill: Fill = "reflect",
) -> tuple[Call, ...]:
    """The picture is shifted, across and down."""
    return (_call("RandomTranslation", height_factor=amount, width_factor=amount, fill_mode=fill),)


def shear(
    _: int, *, amount: Annotated[float, Range(0, 1, 0.05), "At most; at 1 by 45 degrees."] = 0.2, fill: Fill = "reflect"
) -> tuple[Call, ...]:
    """Rows and columns are pushed aside, more and more: squares become slanted."""
    return (_call("RandomShear", x_factor=amount, y_factor=amount, fill_mode=fill),)


def warping(
    _: int, *, strength: Annotated[float, Range(0.05, 1, 0.05), "How far pixels wander."] = 0.4
) -> tuple[Call, ...]:
    """Each place is pulled its own way, as on a sheet of rubber."""
    # A range of one value: else Keras draws one strength for a whole batch.
    return (_call("RandomElasticTransform", factor=(1.0, 1.0), scale=(strength, strength)),)


def brightness(
    _: int, *, amount: Annotated[float, Range(0, 1, 0.05), "At most, a share of the range from black to white."] = 0.2
) -> tuple[Call, ...]:
    """The same number is added to every pixel."""
    return (_call("RandomBrightness", factor=amount),)


def contrast(
    _: int, *, amount: Annotated[float, Range(0, 1, 0.05), "At most, stronger or weaker."] = 0.3
) -> tuple[Call, ...]:
    """Pixels move away from the picture's mean, or towards it."""
    return (_call("RandomContrast", factor=amount),)


def saturation(
    _: int, *, amount: Annotated[float, Range(0, 1, 0.05), "At 1 from gray to glaring."] = 0.5
) -> tuple[Call, ...]:
    """Colours become stronger or paler."""
    # Keras' factor is 0 for gray and 0.5 for no change. It cuts saturation off at the end of value_range, and a
    # saturation is at most 1 whatever the pixels' range; with (0, 255) pixels would leave theirs.
    low, high = _short(0.5 - amount / 2), _short(0.5 + 0.45 * amount)
    return (_call("RandomSaturation", factor=(low, high), value_range=(0, 1)),)


def hue(_: int, *, amount: Annotated[float, Range(0, 1, 0.05), "At 1 any hue."] = 0.1) -> tuple[Call, ...]:
    """Every colour moves the same way around the colour wheel."""
    return (_call("RandomHue", factor=amount),)


def colour_shift(
    _: int, *, amount: Annotated[float, Range(0, 0.5, 0.01), "Standard deviation; 0.1 is 25 of 255."] = 0.08
) -> tuple[Call, ...]:
    """Red, green and blue each get a number added, the same for every pixel."""
    return (_own("RandomColorShift", amount=amount), INTO_RANGE)


def pca_colour(
    _: int, *, amount: Annotated[float, Range(0, 1, 0.05), "Standard deviation; AlexNet took 0.1."] = 0.1
) -> tuple[Call, ...]:
    """A colour shift along the directions in which the pictures' own colours vary, as AlexNet's."""
    shift = Call("RandomColorShift", (("amount", amount),), own=True, covariance=True)
    return (shift, INTO_RANGE)


def noise(
    _: int, *, amount: Annotated[float, Range(0, 0.5, 0.01), "Standard deviation; 0.1 is 25 of 255."] = 0.08
) -> tuple[Call, ...]:
    """Each number of each pixel gets a random one added."""
    # Keras' layer takes deviations up to 1, so that the pixels are brought to 0…1 for it.
    there, back = (Call("Rescaling", (("scale", scale),), seeded=False) for scale in (1 / 255, 255.0))
    return (there, _call("GaussianNoise", stddev=amount), back, INTO_RANGE)


def blur(_: int, *, sigma: Annotated[float, Range(0.2, 2, 0.1), "At most, in pixels."] = 1.4) -> tuple[Call, ...]:
    """Each pixel becomes a mean of those around it, near ones counting most."""
    # Keras' layer goes up to 1 pixel, and draws one sigma for a whole batch. Several of a fixed sigma in a row, each
    # for half of the pictures, make a wider blur that is each picture's own: the squares of their sigmas add up.
    times = math.ceil(sigma**2)
    each = _short(sigma / math.sqrt(times))
    return (_call("RandomGaussianBlur", factor=(0.5, 0.5), kernel_size=7, sigma=(each, each)),) * times


def erasing(
    _: int,
    *,
    side: Annotated[float, Range(0.05, 0.7, 0.05), "Of the patch, at most, as a share of the picture's."] = 0.35,
    probability: Probability = 0.5,
) -> tuple[Call, ...]:
    """A patch is filled with noise (cutout, random erasing)."""
    # Keras takes shares of squared sides.
    scale = (_short((side / 2) ** 2), _short(side**2))
    return (_call("RandomErasing", factor=(probability, probability), scale=scale),)


def grayscale(_: int, *, probability: Probability = 0.5) -> tuple[Call, ...]:
    """The picture loses its colours."""
    return (_call("RandomGrayscale", factor=probability),)


def rand_augment(
    _: int,
    *,
    operations: Annotated[int, Range(1, 4), "How many of them, one after the other."] = 2,
    strength: Annotated[float, Range(0.05, 1, 0.05), "Of each."] = 0.3,
) -> tuple[Call, ...]:
    """A few operations out of eleven are drawn for each picture (Cubuk 2020)."""
    return (_call("RandAugment", num_ops=operations, factor=strength),)


def mixup(
    _: int, *, alpha: Annotated[float, Range(0.05, 1, 0.05), "Near 0 one picture prevails, at 1 any mixture."] = 0.4
) -> tuple[Call, ...]:
    """Two pictures of the batch shine through each other, and their labels mix alike (Zhang 2018)."""
    return (_call("MixUp", alpha=alpha),)


def cutmix(
    _: int, *, alpha: Annotated[float, Range(0.05, 1, 0.05), "Near 0 all or nothing, at 1 any patch."] = 1.0
) -> tuple[Call, ...]:
    """A patch comes from another picture of the batch, and the labels mix by area (Yun 2019)."""
    # A range of one value, or Keras would draw it anew for each batch.
    return (_call("CutMix", factor=(alpha, alpha)),)


def cropped(size: int, share: float) -> int:
    """Side of the window that ``random_crop`` cuts out of a picture, in pixels."""
    return max(1, round(size * share))


def _short(number: float) -> float:
    return round(number, 6)


@dataclass(frozen=True)
class Example:
    """A digit, the settings it is shown with, and what a reader may take it for then."""

    digit: int
    fields: Mapping[str, Any]
    told: str


@dataclass(frozen=True)
class Kind:
    """One row of the registry.

    ``keeps`` says whether the label survives, ``note`` when it does not. ``alike`` is set where Keras draws once for a
    whole batch, so that pictures have to pass one by one. ``slow`` is how many milliseconds a picture of 224×224 takes,
    where that is more than a few.
    """

    make: Callable[..., tuple[Call, ...]]
    title: str
    keeps: Keeps
    note: str
    example: Example
    alike: bool = False
    on_batches: bool = False
    slow: int = 0

    @property
    def name(self) -> str:
        return self.make.__name__

    @property
    def explained(self) -> str:
        return self.make.__doc__ or ""

    @cached_property
    def fields(self) -> Mapping[str, Knob]:
        """The settings by name."""
        return MappingProxyType({knob.name: knob for knob in knobs_of(self.make)})


_ALL = (
    Kind(
        mirror, "Mirroring", "mostly",
        "Cats look the same in a mirror. Letters, digits, road signs and hands do not: a mirrored b is a d.",
        Example(6, {"direction": "vertical"}, "top and bottom swapped, a 6 is no 9 and no 6"),
    ),
    Kind(
        random_crop, "Random crop", "mostly",
        "Whatever tells the class must stay inside the window; a cat that was cut away is no cat.",
        Example(9, {"share": 0.5}, "half of each side: the loop that makes a 9 may be gone"), alike=True,
    ),
    Kind(
        resized_crop, "Resized crop", "mostly",
        "A small window may show grass where the label says dog. Large objects bear it, small ones do not.",
        Example(8, {"least_area": 0.15, "stretch": 1.35}, "one loop of an 8 looks like a 0"),
    ),
    Kind(
        rotation, "Rotation", "mostly",
        "A few degrees are how cameras are held. Half a turn makes a 6 of a 9, and an arrow point elsewhere.",
        Example(6, {"degrees": 180.0, "fill": "nearest"}, "turned around, a 6 is a 9"),
    ),
    Kind(
        zoom, "Zoom", "mostly",
        "Zoomed in too far only a part is left, zoomed out too far too few pixels.",
        Example(9, {"amount": 0.9, "fill": "constant"}, "zoomed in or out, parts are lost"),
    ),
    Kind(
        translation, "Translation", "mostly",
        "An object near the edge may leave the picture; mirrored edges may double it.",
        Example(3, {"amount": 0.6, "fill": "constant"}, "shifted so far that a half is missing"),
    ),
    Kind(
        shear, "Shear", "mostly",
        "Slanted handwriting still reads. Where the angle is the class (a caret or a corner) it does not.",
        Example(7, {"amount": 0.9, "fill": "nearest"}, "slanted so far that a 7 may pass for a 2"),
    ),
    Kind(
        warping, "Local warping", "mostly",
        "Good for handwriting, tissue and clouds. Straight things, such as buildings and texts, come out wrong.",
        Example(1, {"strength": 1.0}, "strokes bend, small ones tear"), slow=60,
    ),
    Kind(
        brightness, "Brightness", "always",
        "Day and evening, one class; at full strength a picture may become all black or white.",
        Example(0, {"amount": 0.6}, "dark or bright, still a 0"),
    ),
    Kind(
        contrast, "Contrast", "always",
        "A matter of the camera; without any contrast nothing is left to see.",
        Example(4, {"amount": 0.9}, "pale or hard, still a 4"),
    ),
    Kind(
        saturation, "Saturation", "always",
        "Unless the class is a colour's strength, such as faded against fresh.",
        Example(2, {"amount": 1.0}, "gray has no saturation to change"),
    ),
    Kind(
        hue, "Hue", "mostly",
        "A blue banana is still a banana, a green traffic light is not a red one: harmful where colour is the class.",
        Example(2, {"amount": 1.0}, "gray has no hue to change"),
    ),
    Kind(
        colour_shift, "Colour shift", "mostly",
        "Lamps colour what we see, and classes stay. Not where colour is the class: ripe or unripe.",
        Example(5, {"amount": 0.3}, "in any colour still a 5"),
    ),
    Kind(
        pca_colour, "PCA colour augmentation", "always",
        "It changes colours as light does, along the directions in which they vary anyway.",
        Example(5, {"amount": 1.0}, "gray pictures vary in brightness only, and so do these"),
    ),
    Kind(
        noise, "Gaussian noise", "always",
        "A camera in the dark; at full strength fine textures drown.",
        Example(3, {"amount": 0.3}, "grainy, still a 3"),
    ),
    Kind(
        blur, "Blur", "always",
        "Out of focus; classes that differ in fine texture only may be lost.",
        Example(8, {"sigma": 2.0}, "blurred, still an 8"),
    ),
    Kind(
        erasing, "Erasing (cutout)", "mostly",
        "The network must look at more than one part. Where one part tells the class, it may be the part erased.",
        Example(9, {"side": 0.5, "probability": 1.0}, "without its loop a 9 reads as a 1"),
    ),
    Kind(
        grayscale, "Grayscale", "mostly",
        "Shapes stay. Not where colour is the class: a lemon and a lime.",
        Example(7, {"probability": 1.0}, "was gray before"),
    ),
    Kind(
        rand_augment, "RandAugment", "mostly",
        "Eleven operations, shifts and rotations among them: what is said of those holds here too.",
        Example(6, {"operations": 3, "strength": 0.8}, "any three of eleven"), alike=True, slow=120,
    ),
    Kind(
        mixup, "MixUp", "not always",
        "The label changes on purpose: 70 % cat and 30 % coffee is what the picture shows.",
        Example(3, {"alpha": 1.0}, "two digits at once, and the label says how much of each"), on_batches=True,
    ),
    Kind(
        cutmix, "CutMix", "not always",
        "The label changes on purpose, by area; a patch of mere background still counts as its class.",
        Example(3, {"alpha": 1.0}, "a patch of another digit, and the label says how large"), on_batches=True,
    ),
)  # fmt: skip
KINDS: Mapping[str, Kind] = MappingProxyType({kind.name: kind for kind in _ALL})
"""By name, the course's own first."""
