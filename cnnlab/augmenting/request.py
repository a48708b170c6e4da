"""What is asked of the studio, what comes back, and how both are written for the process between."""

import base64
import hashlib
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from cnnlab.augment import Pipeline, from_json

View = Literal["draws", "steps", "batch"]
Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Pictures:
    """Square pictures as a value that can be compared: ``count`` of side × side × 3 bytes."""

    count: int
    side: int
    data: bytes

    @classmethod
    def of(cls, pixels: Pixels) -> "Pictures":
        """From an array of count × side × side × 3."""
        return cls(pixels.shape[0], pixels.shape[1], pixels.tobytes())

    @property
    def pixels(self) -> Pixels:
        """The array again."""
        return np.frombuffer(self.data, dtype=np.uint8).reshape(self.count, self.side, self.side, 3)


@dataclass(frozen=True, slots=True)
class Order:
    """Draw one picture ``count`` times, or after each step, or a batch of pictures with their classes.

    ``covariance`` is of the colours on a scale from 0 to 1, row by row; ``labels`` is the class of each picture of a
    batch, a number under ``classes``.
    """

    view: View
    pipeline: Pipeline
    pictures: Pictures
    count: int = 12
    covariance: tuple[tuple[float, ...], ...] | None = None
    labels: tuple[int, ...] = ()
    classes: int = 0

    @property
    def key(self) -> str:
        """The same for equal orders, and short: answers are kept by it, and the pictures need not be."""
        told = repr((self.view, self.pipeline.to_json(), self.count, self.covariance, self.labels, self.classes))
        head = f"{told}/{self.pictures.count}/{self.pictures.side}/"
        return hashlib.sha256(head.encode() + self.pictures.data).hexdigest()

    @property
    def bytes(self) -> int:
        """Of its pictures."""
        return len(self.pictures.data)

    def document(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "view": self.view,
            "pipeline": self.pipeline.to_json(),
            "pictures": [self.pictures.count, self.pictures.side, base64.b64encode(self.pictures.data).decode()],
            "count": self.count,
            "covariance": self.covariance,
            "labels": self.labels,
            "classes": self.classes,
        }


def read(document: dict[str, Any]) -> Order:
    """What ``Order.document`` wrote."""
    count, side, data = document["pictures"]
    covariance = document["covariance"]
    return Order(
        document["view"],
        from_json(document["pipeline"]),
        Pictures(count, side, base64.b64decode(data)),
        document["count"],
        tuple(map(tuple, covariance)) if covariance else None,
        tuple(document["labels"]),
        document["classes"],
    )


@dataclass(frozen=True, slots=True)
class Drawn:
    """The pictures as addresses that a browser shows (``data:image/…``), each ``side`` × ``side`` pixels.

    ``labels`` has a row for each picture of a batch, a share for each class; ``different`` is how many of the draws
    differ; ``seconds`` is what drawing took.
    """

    pictures: tuple[str, ...]
    side: int
    labels: tuple[tuple[float, ...], ...] = ()
    different: int = 0
    seconds: float = 0.0
