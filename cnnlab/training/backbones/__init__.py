"""Backbones: networks without a head, with what they know. Keras is loaded when one is made.

>>> backbone("resnet20_cifar?depth=8").input_size
32
"""

from functools import lru_cache

from cnnlab.network import Network
from cnnlab.training.backbones import scratch
from cnnlab.training.backbones.stages import Stage, stages, unfreeze, unfrozen
from cnnlab.training.backbones.value import Backbone, Weights
from cnnlab.training.backbones.weights import WeightsError

__all__ = [
    "Backbone",
    "Stage",
    "Weights",
    "WeightsError",
    "backbone",
    "stages",
    "unfreeze",
    "unfrozen",
]


@lru_cache(maxsize=64)
def backbone(name: str) -> Backbone:
    """A backbone by name, or what a network reference makes of it, from scratch.

    Raises ``ValueError`` with a sentence for a name that is unknown or a network that cannot be one.
    """
    return scratch.of(Network.parse(name))
