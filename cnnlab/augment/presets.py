"""Pipelines to start from."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from cnnlab.augment.pipeline import Pipeline, step


@dataclass(frozen=True)
class Preset:
    """A pipeline with its title and the reason for its steps."""

    name: str
    title: str
    reason: str
    pipeline: Pipeline


_ALL = (
    Preset(
        "course", "Small changes",
        "Mirrored, cropped at random, rotated and recoloured a little, as other photographs of the same class may be. "
        "A start for photographs; switch off what changes your classes.",
        Pipeline.of(
            step("mirror"), step("resized_crop", least_area=0.5), step("rotation", degrees=10.0),
            step("shear", amount=0.1), step("colour_shift", amount=0.05),
        ),
    ),
    Preset(
        "alexnet", "AlexNet, 2012",
        "Images of 256×256, of which a random window of 224×224 is shown, mirrored in half of the cases, and colours "
        "shifted along their principal components (Krizhevsky 2012, section 4.1). With covariances of colours from 0 "
        "to 1, as here, its 0.1 moves those of photographs by 2 of 255 on average, which is not visible: 1 shows the "
        "direction.",
        Pipeline.of(step("random_crop", share=0.875), step("mirror"), step("pca_colour", amount=0.1)),
    ),
    Preset(
        "photographs", "Five common steps",
        "Mirroring, rotation, zoom, brightness and contrast: Keras' own layers, in the order of its tutorials.",
        Pipeline.of(
            step("mirror"), step("rotation", degrees=15.0), step("zoom"), step("brightness"), step("contrast"),
        ),
    ),
    Preset(
        "batches", "MixUp and CutMix",
        "Images of a batch are mixed, and so are their labels: the network learns probabilities between 0 and 1.",
        Pipeline.of(step("mirror"), step("mixup"), step("cutmix", on=False)),
    ),
    Preset(
        "too_much", "Too much",
        "Each step is common, and all of them at this strength leave no class to recognise: half a turn makes a 6 of a "
        "9, the crop shows grass instead of the dog, noise hides the rest. A network learns little from such images. "
        "Switch steps off until you would recognise the class yourself.",
        Pipeline.of(
            step("mirror", direction="both"), step("resized_crop", least_area=0.05, stretch=2.0),
            step("rotation", degrees=180.0), step("shear", amount=0.7), step("hue", amount=1.0),
            step("contrast", amount=0.9), step("noise", amount=0.3), step("erasing", side=0.7, probability=1.0),
        ),
    ),
)  # fmt: skip
PRESETS: Mapping[str, Preset] = MappingProxyType({each.name: each for each in _ALL})
