"""Backbones: networks without a head, with what they know. Keras is loaded when one is made.

>>> names()
('embedded',)
>>> backbone("embedded").input_size, backbone("resnet20_cifar?depth=8").knows
(48, None)
"""

from functools import lru_cache
from typing import Any

from cnnlab.data.fetching import Progress
from cnnlab.network import Network
from cnnlab.training.backbones import embedded, scratch
from cnnlab.training.backbones.stages import Stage, stages, unfreeze, unfrozen
from cnnlab.training.backbones.value import Backbone, Weights
from cnnlab.training.backbones.weights import WeightsError

__all__ = [
    "Backbone",
    "Stage",
    "Weights",
    "WeightsError",
    "backbone",
    "names",
    "stages",
    "unfreeze",
    "unfrozen",
]

EMBEDDED = "embedded"


def names() -> tuple[str, ...]:
    """The backbones that come with weights, the default first."""
    return (EMBEDDED,)


@lru_cache(maxsize=64)
def backbone(name: str) -> Backbone:
    """A backbone by name, or what a network reference makes of it, from scratch.

    Raises ``ValueError`` with a sentence for a name that is unknown or a network that cannot be one.
    """
    if name == EMBEDDED:
        return _embedded()
    return scratch.of(Network.parse(name))


def _embedded() -> Backbone:
    from cnnlab.backends.keras import to_keras

    def fill(model: Any, input_size: int, progress: Progress | None) -> None:
        embedded.fill(model)

    return Backbone(
        EMBEDDED,
        "Embedded",
        "A small residual network of plain 3×3 convolutions that comes along. It learned to tell 60 kinds of drawings "
        "apart, shapes, made-up characters and patterns, which this program drew itself. It has never seen a "
        "photograph, and it is no replacement for a network that was trained on ImageNet.",
        "Its head, which knew the drawings, is left out; a new one is put behind its last map of 128 channels.",
        embedded.SIZE,
        (16, scratch.LARGEST),
        lambda input_size: to_keras(embedded.body(input_size), "embedded"),
        "drawings",
        "Trained by this project: python -m cnnlab.training.pretrain.",
        "MIT, as CNN Lab.",
        fill,
    )
