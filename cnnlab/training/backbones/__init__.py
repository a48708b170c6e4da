"""Backbones: networks without a head, with their weights. Keras is loaded when one is made.

>>> names()[:3]
('built_in', 'imagenet:mobilenet_v1', 'imagenet:mobilenet_v2')
>>> backbone("built_in").input_size, backbone("resnet20_cifar?depth=8").knows
(48, None)
"""

from functools import lru_cache
from typing import Any

from cnnlab.data.download_file import DownloadProgress
from cnnlab.knobs import missing
from cnnlab.network import Network
from cnnlab.training.backbones import built_in, untrained
from cnnlab.training.backbones.backbone import Backbone, Weights
from cnnlab.training.backbones.imagenet import APPLICATIONS, Application, fetch_weights, fix, found
from cnnlab.training.backbones.stages import Stage, last_layers, stages, unfrozen
from cnnlab.training.backbones.weights import WeightsError, load

__all__ = [
    "Backbone",
    "Stage",
    "Weights",
    "WeightsError",
    "backbone",
    "last_layers",
    "names",
    "stages",
    "unfrozen",
]

BUILT_IN, IMAGENET = "built_in", "imagenet:"
LARGEST = 1024  # pixels of a side


def names() -> tuple[str, ...]:
    """Return the names of the backbones that come with weights, the default first."""
    return (BUILT_IN, *(f"{IMAGENET}{name}" for name in APPLICATIONS))


@lru_cache(maxsize=64)
def backbone(name: str) -> Backbone:
    """Return a backbone by name, or that of a network reference, which has no weights.

    Raises ``ValueError`` with a sentence for a name that is unknown or a network that cannot be one.
    """
    if name == BUILT_IN:
        return _built_in()
    if name.startswith(IMAGENET):
        row = APPLICATIONS.get(name.removeprefix(IMAGENET))
        if row is None:
            raise missing("backbone", name, names())
        return _imagenet(name, row)
    return untrained.backbone_of(Network.parse(name))


def _built_in() -> Backbone:
    from cnnlab.backends.keras import to_keras

    def fill(model: Any, input_size: int, progress: DownloadProgress | None) -> None:
        built_in.fill(model)

    plain = "A small residual network of 3×3 convolutions, included with CNN Lab."
    return Backbone(
        BUILT_IN,
        "Built-in backbone",
        f"{plain} It was trained to classify 60 kinds of drawings (shapes, made-up characters and patterns) that CNN "
        "Lab draws. It was not trained on photographs, and it does not replace a network trained on ImageNet.",
        "Its head, trained on the drawings, is left out; a new one follows its last map of 128 channels.",
        built_in.SIZE,
        (16, untrained.LARGEST),
        lambda input_size: to_keras(built_in.body(input_size), "built_in"),
        "drawings",
        plain,
        "Trained by this project: python -m cnnlab.training.pretrain.",
        "MIT, as CNN Lab.",
        fill,
    )


def _imagenet(name: str, row: Application) -> Backbone:
    def fill(model: Any, input_size: int, progress: DownloadProgress | None) -> None:
        load(model, fetch_weights(row, input_size, progress), row.title)
        fix(model)

    return Backbone(
        name,
        f"{row.title} (ImageNet)",
        f"keras.applications.{row.function}, trained on the 1.3 million photographs of 1,000 classes of ImageNet: "
        "animals, plants and objects, few people, no drawings, no medical images.",
        "Its head, trained on ImageNet's classes, is left out; a new one follows its last map.",
        row.input_size,
        (row.smallest, LARGEST),
        row.build,
        "ImageNet",
        f"keras.applications.{row.function}, without its head.",
        f"{row.url(row.input_size)}, {row.megabytes} MB, from Keras' cache or downloaded into it.",
        f"{row.licence} ImageNet's photographs themselves are for research only.",
        fill,
        lambda input_size: found(row, input_size) is not None,
        fix,
    )
