"""Knobs that many case studies share."""

from typing import Annotated

from cnnlab.knobs import Range
from cnnlab.knobs.image_size import ImageSize

InputSize = Annotated[
    ImageSize,
    Range(8, 1024, 32, typed=True),
    "Size of the input image in pixels: the side of a square one, or height x width.",
]
Classes = Annotated[int, Range(2, 21_841, typed=True), "Number of classes."]
Width = Annotated[
    float,
    Range(0.1, 4.0, 0.05),
    "Width multiplier: every layer's number of channels is multiplied by it.",
]
