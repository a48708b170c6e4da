"""The registry of augmentations: the effect of each, and whether an image keeps its label."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

from cnnlab.augment import keras_calls
from cnnlab.augment.keras_calls import Call
from cnnlab.knobs import HasKnobs

Keeps = Literal["always", "mostly", "not always"]


@dataclass(frozen=True)
class Example:
    """A digit as an example of the augmentation's effect on a label.

    ``knobs`` and ``seed`` are chosen so that the first draws show the point, which ``caption`` puts into words.
    """

    digit: int
    knobs: Mapping[str, Any]
    caption: str
    seed: int = 0


@dataclass(frozen=True)
class Kind(HasKnobs):
    """One row of the registry.

    ``keeps`` says whether the label stays right, ``note`` when it does not. ``one_by_one`` is set if Keras draws once
    for a whole batch, or fills it with its first image. ``per_batch`` is set if images of a batch are mixed.
    ``slow`` is how many milliseconds an image of 224×224 takes, if that is more than a few.
    """

    function: Callable[..., tuple[Call, ...]]
    title: str
    keeps: Keeps
    note: str
    example: Example
    one_by_one: bool = False
    per_batch: bool = False
    slow: int = 0

    @property
    def name(self) -> str:
        """The name in URLs and files: that of the function."""
        return self.function.__name__


_ALL = (
    Kind(
        keras_calls.mirror, "Mirroring", "mostly",
        "Cats look the same in a mirror. Letters, digits, road signs and hands do not: a mirrored b is a d.",
        Example(3, {}, "mirrored, a 3 is no longer a digit", 8),
    ),
    Kind(
        keras_calls.random_crop, "Random crop", "mostly",
        "What shows the class must stay inside the window: an image from which the cat was cut shows no cat.",
        Example(9, {"share": 0.5}, "half of each side: the loop that makes a 9 may be gone"), one_by_one=True,
    ),
    Kind(
        keras_calls.resized_crop, "Resized crop", "mostly",
        "A small window may show grass where the label is dog. That is less likely for large objects than for small "
        "ones.",
        Example(8, {"least_area": 0.15, "stretch": 1.35}, "the first window holds one loop, which looks like a 0", 2),
    ),
    Kind(
        keras_calls.rotation, "Rotation", "mostly",
        "People hold cameras a few degrees off. Half a turn makes a 6 of a 9, and an arrow points the other way.",
        Example(6, {"degrees": 180.0, "fill": "nearest"}, "after half a turn, a 6 is a 9", 1),
    ),
    Kind(
        keras_calls.zoom, "Zoom", "mostly",
        "Zoomed in too far, only a part is visible; zoomed out too far, the object has too few pixels.",
        Example(9, {"amount": 0.8, "fill": "constant"}, "zoomed in, only one stroke may be visible, and other digits "
        "have the same stroke", 5),
    ),
    Kind(
        keras_calls.translation, "Translation", "mostly",
        "An object near the border may leave the image; a mirrored border may show it twice.",
        Example(3, {"amount": 0.6, "fill": "constant"}, "shifted so far that a half is missing"),
    ),
    Kind(
        keras_calls.shear, "Shear", "mostly",
        "Slanted handwriting stays readable. Not where the angle is the class, such as a caret or a corner.",
        Example(7, {"amount": 0.5, "fill": "nearest"}, "slanted this much, a 7 looks like a 2", 2),
    ),
    Kind(
        keras_calls.warping, "Local warping", "mostly",
        "Good for handwriting, tissue and clouds. Straight lines of buildings and printed text become bent.",
        Example(1, {"strength": 1.0}, "strokes bend, thin ones break"), one_by_one=True, slow=60,
    ),
    Kind(
        keras_calls.brightness, "Brightness", "mostly",
        "Like day and evening: the class stays. At full strength an image may become all black or white.",
        Example(0, {"amount": 0.6}, "dark or bright, still a 0"),
    ),
    Kind(
        keras_calls.contrast, "Contrast", "mostly",
        "Cameras differ in contrast. Without any contrast nothing is visible.",
        Example(4, {"amount": 0.9}, "pale or hard, still a 4"),
    ),
    Kind(
        keras_calls.saturation, "Saturation", "mostly",
        "Not where the strength of a colour is the class, such as faded or fresh.",
        Example(2, {"amount": 1.0}, "nothing changes, since gray has no saturation"),
    ),
    Kind(
        keras_calls.hue, "Hue", "mostly",
        "A blue banana is still a banana, a green traffic light is not a red one: harmful where colour is the class.",
        Example(2, {"amount": 1.0}, "nothing changes, since gray has no hue"),
    ),
    Kind(
        keras_calls.colour_shift, "Colour shift", "mostly",
        "Lamps colour what we see: the class stays. Not where colour is the class: ripe or unripe.",
        Example(5, {"amount": 0.3}, "in any colour still a 5"),
    ),
    Kind(
        keras_calls.pca_colour, "PCA colour augmentation", "always",
        "It shifts colours along their principal components, the directions in which they vary most.",
        Example(5, {"amount": 1.0}, "gray images vary in brightness only, and so do these"),
    ),
    Kind(
        keras_calls.noise, "Gaussian noise", "mostly",
        "Like a camera in the dark. At full strength fine textures disappear.",
        Example(3, {"amount": 0.3}, "grainy, still a 3"),
    ),
    Kind(
        keras_calls.blur, "Blur", "mostly",
        "Like an image out of focus. Classes that differ only in fine texture may look the same. Pixels outside the "
        "image count as black: the network may learn that dark frame instead.",
        Example(8, {"sigma": 2.0}, "blurred, still an 8"),
    ),
    Kind(
        keras_calls.erasing, "Erasing (cutout)", "mostly",
        "The network must use more than one part. Where a single part shows the class, it may be erased.",
        Example(9, {"side": 0.5, "probability": 1.0}, "where the patch hides its loop, a 9 may be a 1 or a 7", 4),
    ),
    Kind(
        keras_calls.grayscale, "Grayscale", "mostly",
        "Shapes stay. Not where colour is the class: a lemon and a lime.",
        Example(7, {"probability": 1.0}, "nothing changes, since it was gray before"),
    ),
    Kind(
        keras_calls.rand_augment, "RandAugment", "mostly",
        "Some of the eleven changes are shifts and rotations. Some are strong at every setting: negatives, two values "
        "per colour.",
        Example(6, {"operations": 3, "strength": 0.8}, "three of eleven changes; the same one may come twice"),
        one_by_one=True, slow=120,
    ),
    Kind(
        keras_calls.mixup, "MixUp", "not always",
        "The label changes on purpose: 70 % cat and 30 % coffee is what the image shows.",
        Example(3, {"alpha": 1.0}, "two digits at once, and the label says how much of each"), per_batch=True,
    ),
    Kind(
        keras_calls.cutmix, "CutMix", "not always",
        "The label changes on purpose, by area. A patch of background also counts as its class.",
        Example(3, {"alpha": 1.0}, "a patch of another digit, and the label says how large"), per_batch=True,
    ),
)  # fmt: skip
KINDS: Mapping[str, Kind] = MappingProxyType({kind.name: kind for kind in _ALL})
"""Every augmentation by name."""
