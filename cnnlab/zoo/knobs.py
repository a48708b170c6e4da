"""Knobs that many case studies share."""

from typing import Annotated

from cnnlab.knobs import Range

InputSize = Annotated[int, Range(8, 1024, 32, typed=True), "Side of the square input image, in pixels."]
Classes = Annotated[int, Range(2, 21_841, typed=True), "Number of classes."]
Width = Annotated[
    float,
    Range(0.1, 4.0, 0.05),
    "Width multiplier: every layer's number of channels is multiplied by it.",
]
