"""Requests: count the parameters of a run's network, time its steps, or show a trained network an image."""

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnlab.training.spec import PRETRAINED, SCRATCH, Spec, from_json

Pixels = NDArray[np.uint8]
Box = tuple[int, int, int]
"""Top, left and side of a square, in pixels."""


# Settings that make no difference to how long a step takes; the others do until somebody says otherwise.
TIMELESS = (
    "data", "per_class", "validation", "seed", "augmentation", "momentum", "head_rate", "tuning_rate", "dropout",
    "label_smoothing", "stop_at", "patience",
)  # fmt: skip
UNCOUNTED = (*TIMELESS, "optimiser", "batch")  # nor to what a network has


def _without(spec: Spec, names: Sequence[str]) -> Spec:
    """Return the spec with these settings at their defaults."""
    standing = Spec()
    return replace(spec, **{name: getattr(standing, name) for name in names})


def canonical(spec: Spec) -> Spec:
    """Return a spec with all that its network's parameters follow from, and nothing else: equal ones are counted once.

    Its weights are random: they have the same number, and nothing is downloaded to be counted.
    """
    known = spec.weights != SCRATCH
    head = 1 if known else min(spec.head_epochs, 1)  # without a head's phase random weights would all be trained
    return replace(
        _without(spec, UNCOUNTED),
        weights=SCRATCH,
        head_epochs=head,
        tuning_epochs=1,
        unfreeze=0 if head else spec.unfreeze,
    )


class _Keyed:
    """A request that is identified by its document."""

    __slots__ = ()

    def document(self) -> dict[str, Any]:
        """Return the fields as JSON has them."""
        raise NotImplementedError

    @property
    def key(self) -> str:
        """Return a short text, the same for equal requests."""
        return hashlib.sha256(json.dumps(self.document(), sort_keys=True).encode()).hexdigest()

    @property
    def bytes(self) -> int:
        """Return the bytes that a request takes while it waits: next to nothing."""
        return 0


@dataclass(frozen=True, slots=True)
class CountRequest(_Keyed):
    """Count the stages and parameters of a spec's network for so many classes."""

    spec: Spec
    classes: int

    def document(self) -> dict[str, Any]:
        """Return the fields as JSON has them."""
        return {"view": "counts", "spec": canonical(self.spec).to_json(), "classes": self.classes}


@dataclass(frozen=True, slots=True)
class TimingRequest(_Keyed):
    """Time a step of each phase."""

    spec: Spec
    classes: int

    def document(self) -> dict[str, Any]:
        """Return the fields as JSON has them."""
        spec = _without(self.spec, TIMELESS)
        spec = replace(
            spec,
            weights=SCRATCH if spec.weights == SCRATCH else PRETRAINED,
            head_epochs=min(spec.head_epochs, 1),
            tuning_epochs=min(spec.tuning_epochs, 1),
        )
        return {"view": "pace", "spec": spec.to_json(), "classes": self.classes}


@dataclass(frozen=True, slots=True)
class Image:
    """An image that compares by value: height × width × 3 bytes."""

    height: int
    width: int
    data: bytes

    @classmethod
    def of(cls, pixels: Pixels) -> "Image":
        """Return the image of an array of height × width × 3."""
        return cls(pixels.shape[0], pixels.shape[1], pixels.tobytes())

    @property
    def pixels(self) -> Pixels:
        """Return the array, height × width × 3."""
        return np.frombuffer(self.data, dtype=np.uint8).reshape(self.height, self.width, 3)


@dataclass(frozen=True, slots=True)
class PredictRequest:
    """Predict the class of an image, of a square in it, and of ten crops averaged.

    ``model`` is the run's own file, ``stamp`` its modification time and length: another file is another request. The
    image arrives as those of the test did, ``arriving`` × ``arriving``, of which the network sees the middle.
    ``treated`` is the data set whose treatment the image still needs, or empty.
    """

    model: str
    stamp: tuple[int, int]
    arriving: int
    image: Image
    box: Box
    treated: str = ""

    @classmethod
    def of(cls, model: Path, spec: Spec, pixels: Pixels, box: Box, treated: str = "") -> "PredictRequest":
        """Return the request for the model of a run with this spec. Raises ``OSError`` if its file is gone."""
        found = model.stat()
        stamp = found.st_mtime_ns, found.st_size
        arriving = spec.augmentation.input_side(spec.input_size)
        return cls(str(model.absolute()), stamp, arriving, Image.of(pixels), box, treated)

    @property
    def key(self) -> str:
        """Return a short text, the same for equal requests: results are kept by it, without the image."""
        head = repr((self.model, self.stamp, self.arriving, self.box, self.treated))
        size = f"/{self.image.height}/{self.image.width}/"
        return hashlib.sha256(head.encode() + size.encode() + self.image.data).hexdigest()

    @property
    def bytes(self) -> int:
        """Return the bytes of the image."""
        return len(self.image.data)

    def document(self) -> dict[str, Any]:
        """Return the fields as JSON has them."""
        return {
            "view": "try",
            "model": self.model,
            "stamp": list(self.stamp),
            "arriving": self.arriving,
            "image": [self.image.height, self.image.width, base64.b64encode(self.image.data).decode()],
            "box": list(self.box),
            "treated": self.treated,
        }


Request = CountRequest | TimingRequest | PredictRequest


def from_document(document: dict[str, Any]) -> Request:
    """Return the request that ``document`` wrote."""
    if document["view"] == "try":
        height, width, data = document["image"]
        return PredictRequest(
            document["model"],
            tuple(document["stamp"]),
            document["arriving"],
            Image(height, width, base64.b64decode(data)),
            tuple(document["box"]),
            document["treated"],
        )
    kind = CountRequest if document["view"] == "counts" else TimingRequest
    return kind(from_json(document["spec"]), document["classes"])
