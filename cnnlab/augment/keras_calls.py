"""The kinds of augmentation as functions that return calls of Keras layers by name; Keras itself is not needed.

A function's signature declares its knobs, and its first parameter is the side of the images. It makes no layers but
names them: ``augment.layers`` makes them and ``augment.source`` prints them, so that the two cannot differ. Pixels are
numbers from 0 to 255 everywhere. Comments on Keras are about 3.15. First lines of docstrings stand on the page.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from cnnlab.knobs import Range


@dataclass(frozen=True, slots=True)
class Call:
    """``keras.layers.<cls>(**kwargs)``; ``own`` means a class of ``custom_layers`` instead.

    ``seeded`` layers take a ``seed``. With ``covariance`` the layer takes that of the images' colours as well, which is
    known only where the pipeline is used.
    """

    cls: str
    kwargs: tuple[tuple[str, Any], ...] = ()
    seeded: bool = True
    own: bool = False
    covariance: bool = False

    def arguments(self, seed: int, covariance: Sequence[Sequence[float]] | None) -> dict[str, Any]:
        """Return every argument by name. Raises ``ValueError`` if the covariance is needed and not given."""
        found = dict(self.kwargs)
        if self.seeded:
            found["seed"] = seed
        if self.covariance:
            if covariance is None:
                raise ValueError("PCA colours need the colour covariance of the data set")
            found["covariance"] = [[float(number) for number in row] for row in covariance]
        return found


Fill = Annotated[
    Literal["reflect", "nearest", "constant"], "What fills the border: the mirrored image, its last row, or black."
]
Probability = Annotated[float, Range(0, 1, 0.05), "Share of the images that it changes."]

INTO_RANGE = Call("ReLU", (("max_value", 255.0),), seeded=False)
"""Clips to 0…255."""


def _call(cls: str, **kwargs: Any) -> Call:
    return Call(cls, tuple(kwargs.items()))


def _own(cls: str, **kwargs: Any) -> Call:
    return Call(cls, tuple(kwargs.items()), own=True)


def mirror(
    _: int,
    *,
    direction: Annotated[
        Literal["horizontal", "vertical", "both"],
        "Left and right, top and bottom, or both at random.",
    ] = "horizontal",
) -> tuple[Call, ...]:
    """Each chosen direction is mirrored with probability 1/2."""
    # Keras' own "horizontal_and_vertical" flips both ways or neither, and never one of them alone.
    modes = ("horizontal", "vertical") if direction == "both" else (direction,)
    return tuple(_call("RandomFlip", mode=each) for each in modes)


def random_crop(
    size: int, *, share: Annotated[float, Range(0.3, 1, 0.025), "Share of each side that is kept."] = 0.875
) -> tuple[Call, ...]:
    """A window at a random place is kept; the image becomes smaller."""
    side = cropped(size, share)
    # Outside training RandomCrop leaves the image whole, and a network would get the wrong size: CenterCrop takes the
    # middle then, and changes nothing in training.
    middle = Call("CenterCrop", (("height", side), ("width", side)), seeded=False)
    return (_call("RandomCrop", height=side, width=side), middle)


def resized_crop(
    size: int,
    *,
    least_area: Annotated[float, Range(0.05, 1, 0.05), "The smallest share of the area that is kept."] = 0.35,
    stretch: Annotated[float, Range(1, 2, 0.05), "At most: longer side ÷ shorter side."] = 1.35,
) -> tuple[Call, ...]:
    """A window of random area, shape and place is enlarged to the full size."""
    return (_own("RandomResizedCrop", least_area=least_area, stretch=stretch),)


def rotation(
    _: int,
    *,
    degrees: Annotated[float, Range(0, 180, 5), "At most, in both directions."] = 15.0,
    fill: Fill = "reflect",
) -> tuple[Call, ...]:
    """The image is rotated around its centre."""
    return (_call("RandomRotation", factor=_short(degrees / 360), fill_mode=fill),)


def zoom(
    _: int, *, amount: Annotated[float, Range(0, 0.9, 0.05), "At most, in or out."] = 0.2, fill: Fill = "reflect"
) -> tuple[Call, ...]:
    """The image is enlarged or reduced around its centre."""
    return (_call("RandomZoom", height_factor=amount, fill_mode=fill),)


def translation(
    _: int,
    *,
    amount: Annotated[float, Range(0, 0.9, 0.05), "At most, a share of the side."] = 0.1,
    fill: Fill = "reflect",
) -> tuple[Call, ...]:
    """The image is shifted, across and down."""
    return (_call("RandomTranslation", height_factor=amount, width_factor=amount, fill_mode=fill),)


def shear(
    _: int,
    *,
    amount: Annotated[
        float, Range(0, 0.8, 0.05), "At most: pixels to the side for each pixel down; 0.27 is 15°."
    ] = 0.2,
    fill: Fill = "reflect",
) -> tuple[Call, ...]:
    """Rows and columns are shifted, more with the distance from the upper left corner: squares become slanted."""
    # Ranges from 0, since a layer with one number is saved with (-number, number), which its own class then refuses.
    # Keras draws one sign for both axes in addition. At 1 for both, the whole image would come from a single line.
    return (_call("RandomShear", x_factor=(0.0, amount), y_factor=(0.0, amount), fill_mode=fill),)


def warping(
    size: int, *, strength: Annotated[float, Range(0.05, 1, 0.05), "How far pixels move."] = 0.4
) -> tuple[Call, ...]:
    """Each pixel moves by its own distance along a diagonal, as on a rubber sheet."""
    # Along a diagonal, since Keras draws the same numbers for both axes. It smooths them over 0.05 · scale · size
    # pixels; below 1 pixel it does not smooth, and neighbours would be scrambled. The range has one value, otherwise
    # Keras draws one for a whole batch.
    least = min(1.0, 20 / max(size, 1))
    scale = _short(least + (1 - least) * strength)
    return (_call("RandomElasticTransform", factor=(1.0, 1.0), scale=(scale, scale)),)


def brightness(
    _: int, *, amount: Annotated[float, Range(0, 1, 0.05), "At most: a share of the range from black to white."] = 0.2
) -> tuple[Call, ...]:
    """The same number is added to each pixel."""
    return (_call("RandomBrightness", factor=amount),)


def contrast(
    _: int, *, amount: Annotated[float, Range(0, 1, 0.05), "At most, stronger or weaker."] = 0.3
) -> tuple[Call, ...]:
    """Pixels move away from the image's mean colour, or towards it."""
    # Two numbers, for weaker and stronger: with one number, Keras makes it stronger only.
    return (_call("RandomContrast", factor=(amount, amount)),)


def saturation(
    _: int, *, amount: Annotated[float, Range(0, 1, 0.05), "At 1: from gray to the strongest colours."] = 0.3
) -> tuple[Call, ...]:
    """Colours become stronger or paler."""
    # Keras' factor is 0 for gray and 0.5 for no change. It clips saturation at the end of value_range, and a saturation
    # is at most 1 whatever the range of the pixels: with (0, 255), pixels would leave theirs.
    low, high = _short(0.5 - amount / 2), _short(0.5 + 0.45 * amount)
    return (_call("RandomSaturation", factor=(low, high), value_range=(0, 1)),)


def hue(_: int, *, amount: Annotated[float, Range(0, 1, 0.05), "At 1: any hue."] = 0.1) -> tuple[Call, ...]:
    """Each colour moves by the same angle around the colour wheel."""
    return (_call("RandomHue", factor=amount),)


def colour_shift(
    _: int, *, amount: Annotated[float, Range(0, 0.5, 0.01), "Standard deviation; 0.1 is 25 of 255."] = 0.08
) -> tuple[Call, ...]:
    """A random number is added to each of red, green and blue: the same number for all pixels."""
    return (_own("RandomColorShift", amount=amount), INTO_RANGE)


def pca_colour(
    _: int, *, amount: Annotated[float, Range(0, 1, 0.05), "Standard deviation; AlexNet used 0.1."] = 0.1
) -> tuple[Call, ...]:
    """A colour shift along the directions in which the images' own colours vary, as for AlexNet."""
    shift = Call("RandomColorShift", (("amount", amount),), own=True, covariance=True)
    return (shift, INTO_RANGE)


def noise(
    _: int, *, amount: Annotated[float, Range(0, 0.5, 0.01), "Standard deviation; 0.1 is 25 of 255."] = 0.08
) -> tuple[Call, ...]:
    """A random number is added to each colour of each pixel."""
    # Keras' layer takes deviations up to 1, so pixels are rescaled to 0…1 for it.
    there, back = (Call("Rescaling", (("scale", scale),), seeded=False) for scale in (1 / 255, 255.0))
    return (there, _call("GaussianNoise", stddev=amount), back, INTO_RANGE)


def blur(_: int, *, sigma: Annotated[float, Range(0.2, 2, 0.1), "At most, in pixels."] = 1.4) -> tuple[Call, ...]:
    """Each pixel becomes a weighted mean of its neighbours; pixels outside the image count as black."""
    # Keras' layer goes up to 1 pixel and draws one sigma for a whole batch. Several layers of a fixed sigma in a row,
    # each for half of the images, give every image a wider blur of its own: the squares of their sigmas add up.
    times = math.ceil(sigma**2)
    each = _short(sigma / math.sqrt(times))
    return (_call("RandomGaussianBlur", factor=(0.5, 0.5), kernel_size=7, sigma=(each, each)),) * times


def erasing(
    _: int,
    *,
    side: Annotated[float, Range(0.05, 0.7, 0.05), "Sides of the patch, at most: a share of the image's sides."] = 0.35,
    probability: Probability = 0.5,
) -> tuple[Call, ...]:
    """A patch is filled with noise (random erasing); cutout fills it with one value."""
    # Keras takes shares of the area, and draws width and height independently.
    scale = (_short((side / 2) ** 2), _short(side**2))
    return (_call("RandomErasing", factor=(probability, probability), scale=scale),)


def grayscale(_: int, *, probability: Probability = 0.5) -> tuple[Call, ...]:
    """The image loses its colours."""
    # This layer's configuration lacks its seed: a saved model draws other numbers each time it is loaded.
    return (_call("RandomGrayscale", factor=probability),)


def rand_augment(
    _: int,
    *,
    operations: Annotated[int, Range(1, 4), "Number of changes, one after the other."] = 2,
    strength: Annotated[
        float,
        Range(0.05, 1, 0.05),
        "Strength of shifts, rotations (1 is a full turn) and colours, at most; at any strength some images become "
        "negatives or have two values per colour.",
    ] = 0.1,
) -> tuple[Call, ...]:
    """A few of eleven operations are drawn for each image; one may be drawn twice (Cubuk 2020)."""
    # Keras takes one number for all operations, as (0, strength): rotations go one way, brightness only increases.
    # Posterization keeps at most 8 · strength bits and at least 1, so that less strength leaves fewer values; sharpness
    # smooths most near 0; solarization inverts all above a threshold that is low then; AutoContrast and Equalization
    # take no strength.
    return (_call("RandAugment", num_ops=operations, factor=strength),)


def mixup(
    _: int, *, alpha: Annotated[float, Range(0.05, 1, 0.05), "Near 0: mostly one image. At 1: any mixture."] = 0.4
) -> tuple[Call, ...]:
    """Two images of the batch are averaged with random weights, and so are their labels (Zhang 2018)."""
    return (_call("MixUp", alpha=alpha),)


def cutmix(
    _: int, *, alpha: Annotated[float, Range(0.05, 1, 0.05), "Near 0: a tiny or a full patch. At 1: any size."] = 1.0
) -> tuple[Call, ...]:
    """A patch is replaced by one of another image of the batch; labels are mixed by area (Yun 2019)."""
    # A range of one value; otherwise Keras draws one for each batch.
    return (_call("CutMix", factor=(alpha, alpha)),)


def cropped(size: int, share: float) -> int:
    """Return the side of the window that ``random_crop`` cuts out of an image, in pixels."""
    return max(1, round(size * share))


def _short(number: float) -> float:
    return round(number, 6)
