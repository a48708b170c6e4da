"""A backbone: a network without its head, from pixels of 0…255 to a feature map."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from cnnlab.data.download_file import DownloadProgress
from cnnlab.training.backbones import weights as files
from cnnlab.training.backbones.graphs import MOMENTUM

Weights = Literal["pretrained", "random"] | Path
"""A backbone's weights at the start: its own, random ones, or those of a file."""


@dataclass(frozen=True)
class Backbone:
    """A backbone. ``name`` finds it again, ``explained`` describes it, ``cut`` is the place of a new head.

    Both are about its own weights, if it has any; ``plain`` describes the network alone, for other weights.
    ``knows`` is what its own weights were trained on, None where it has none; ``source`` is where they come from.
    ``limits`` are the smallest and the largest side of its images.
    """

    name: str
    title: str
    explained: str
    cut: str
    input_size: int
    limits: tuple[int, int]
    build: Callable[[int], Any]
    knows: str | None = None
    plain: str = ""
    source: str = ""
    licence: str = ""
    fill: Callable[[Any, int, DownloadProgress | None], None] | None = None
    """Sets a model's weights to the backbone's own."""
    ready: Callable[[int], bool] = lambda input_size: True
    """Returns whether its own weights are on this computer."""
    fix: Callable[[Any], None] | None = None
    """Corrects a model for errors in the file of its weights."""

    @property
    def default(self) -> Weights:
        """Return the default weights."""
        return "pretrained" if self.knows else "random"

    def make(
        self, weights: Weights | None = None, input_size: int | None = None, progress: DownloadProgress | None = None
    ) -> Any:
        """Make a ``keras.Model`` from N × side × side × 3 pixels of 0…255 to a feature map, preprocessing included;
        to a vector if ``cut`` says that the network has no map.

        With ``training=False``, or after ``head.unfreeze``, its batch norms use their moving statistics. Random weights
        follow from ``keras.utils.set_random_seed``. Raises ``ValueError`` with a sentence where the size does not fit
        or the weights cannot be had, and ``OSError`` where a file is not there.
        """
        weights = self.default if weights is None else weights
        if not isinstance(weights, Path) and weights not in ("pretrained", "random"):
            raise ValueError(f"weights are “pretrained”, “random” or a file, not {str(weights)[:40]!r}")
        size = self.checked(self.input_size if input_size is None else input_size)
        if weights == "pretrained" and self.fill is None:
            raise ValueError(f"{self.title} has no weights: train it from scratch, or name a file of weights")
        model = self.build(size)
        if isinstance(weights, Path):
            files.load(model, weights, self.title)
            if self.fix:
                self.fix(model)
        elif weights == "pretrained" and self.fill:
            self.fill(model, size, progress)
        else:
            _hurry(model)
        return model

    def description(self, weights: Weights) -> tuple[str, str]:
        """Return what it is with these weights, and where a new head follows."""
        if weights == self.default:
            return self.explained, self.cut
        if weights == "random":
            text = (
                "Its weights are random: nothing is transferred. With random weights, batch norms here use a momentum "
                f"of {MOMENTUM:g}, since runs are short."
            )
        else:
            text = "Its weights come from your file."
        return f"{self.plain} {text}", "A new head follows its last map."

    def checked(self, input_size: int) -> int:
        """Return the input size. Raises ``ValueError`` if it is impossible."""
        low, high = self.limits
        if type(input_size) is not int or not low <= input_size <= high:
            wanted = f"{low}×{low}" if low == high else f"{low}×{low} to {high}×{high}"
            raise ValueError(f"{self.title} takes images of {wanted} pixels, not of {input_size}×{input_size}")
        return input_size


def _hurry(model: Any) -> None:
    """Lower the momentum of batch norms to ``MOMENTUM``: Keras' own are made for longer trainings."""
    import keras

    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = min(layer.momentum, MOMENTUM)
