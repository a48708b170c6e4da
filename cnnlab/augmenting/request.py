"""A request for augmented images, the result, and how both are sent."""

import hashlib
from dataclasses import dataclass
from typing import Any, Literal

from cnnlab.augment import Pipeline, from_json
from cnnlab.workers.images import Images

View = Literal["draws", "steps", "batch"]


@dataclass(frozen=True, slots=True)
class Request:
    """Draw one image ``count`` times, or after each step, or a batch of images with their classes.

    ``images`` are square, N × side × side × 3. ``covariance`` is of the colours on a scale from 0 to 1, row by row;
    ``labels`` is the class of each image of a batch, a number under ``classes``.
    """

    view: View
    pipeline: Pipeline
    images: Images
    count: int = 12
    covariance: tuple[tuple[float, ...], ...] | None = None
    labels: tuple[int, ...] = ()
    classes: int = 0

    @property
    def key(self) -> str:
        """Return a short text, the same for equal requests: the key of results, which are kept without the images."""
        shape, pipeline = self.images.shape, self.pipeline.to_json()
        head = repr((self.view, pipeline, self.count, self.covariance, self.labels, self.classes, shape))
        return hashlib.sha256(head.encode() + self.images.data).hexdigest()

    @property
    def bytes(self) -> int:
        """Return the bytes of the images."""
        return len(self.images.data)

    def document(self) -> dict[str, Any]:
        """Return the JSON document."""
        return {
            "view": self.view,
            "pipeline": self.pipeline.to_json(),
            "images": self.images.document(),
            "count": self.count,
            "covariance": self.covariance,
            "labels": self.labels,
            "classes": self.classes,
        }


def from_document(document: dict[str, Any]) -> Request:
    """Return the request that ``Request.document`` wrote."""
    covariance = document["covariance"]
    return Request(
        document["view"],
        from_json(document["pipeline"]),
        Images.from_document(document["images"]),
        document["count"],
        tuple(map(tuple, covariance)) if covariance else None,
        tuple(document["labels"]),
        document["classes"],
    )


@dataclass(frozen=True, slots=True)
class Augmented:
    """The images as URLs (``data:image/…``), each ``side`` × ``side`` pixels.

    ``labels`` has a row for each image of a batch, a share for each class; ``different`` is how many of the draws
    differ; ``seconds`` is what drawing took.
    """

    images: tuple[str, ...]
    side: int
    labels: tuple[tuple[float, ...], ...] = ()
    different: int = 0
    seconds: float = 0.0
