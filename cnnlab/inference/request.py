"""Requests as values: count a run's parameters, time its training, predict an image with its trained network."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cnnlab.training.spec import PRETRAINED, SCRATCH, Spec, from_json
from cnnlab.workers.images import Images, Pixels

Box = tuple[int, int, int]
"""Top, left and side of a square, in pixels."""


# Settings that make no difference to how long a step takes; the others do until somebody says otherwise.
NO_EFFECT_ON_TIME = (
    "data", "per_class", "validation", "seed", "augmentation", "momentum", "head_rate", "tuning_rate", "dropout",
    "label_smoothing", "stop_at", "patience",
)  # fmt: skip
NO_EFFECT_ON_PARAMETERS = (*NO_EFFECT_ON_TIME, "optimiser", "batch")


def _without(spec: Spec, names: Sequence[str]) -> Spec:
    """Return the spec with these settings at their defaults."""
    standing = Spec()
    return replace(spec, **{name: getattr(standing, name) for name in names})


def plain(spec: Spec) -> Spec:
    """Return a spec with all that its network's parameters follow from, and nothing else: equal ones are counted once.

    Its weights are random: they have the same number, and nothing is downloaded to be counted.
    """
    known = spec.weights != SCRATCH
    head = 1 if known else min(spec.head_epochs, 1)  # without a head's phase random weights would all be trained
    return replace(
        _without(spec, NO_EFFECT_ON_PARAMETERS),
        weights=SCRATCH,
        head_epochs=head,
        tuning_epochs=1,
        unfreeze=0 if head else spec.unfreeze,
    )


class _Keyed:
    """Requests that their document determines."""

    __slots__ = ()

    def document(self) -> dict[str, Any]:
        """Return the JSON document."""
        raise NotImplementedError

    @property
    def key(self) -> str:
        """Return a digest, the same for equal requests."""
        return hashlib.sha256(json.dumps(self.document(), sort_keys=True).encode()).hexdigest()

    @property
    def bytes(self) -> int:
        """Return the bytes of the image: 0, there is none."""
        return 0


@dataclass(frozen=True, slots=True)
class CountRequest(_Keyed):
    """Count the stages and parameters of a spec's network for so many classes."""

    spec: Spec
    classes: int

    def document(self) -> dict[str, Any]:
        """Return the JSON document."""
        return {"view": "counts", "spec": plain(self.spec).to_json(), "classes": self.classes}


@dataclass(frozen=True, slots=True)
class PaceRequest(_Keyed):
    """Measure how long a step of each phase takes."""

    spec: Spec
    classes: int

    def document(self) -> dict[str, Any]:
        """Return the JSON document."""
        spec = _without(self.spec, NO_EFFECT_ON_TIME)
        spec = replace(
            spec,
            weights=SCRATCH if spec.weights == SCRATCH else PRETRAINED,
            head_epochs=min(spec.head_epochs, 1),
            tuning_epochs=min(spec.tuning_epochs, 1),
        )
        return {"view": "pace", "spec": spec.to_json(), "classes": self.classes}


@dataclass(frozen=True, slots=True)
class PredictRequest:
    """Predict an image, a square in it, and ten crops.

    ``model`` is the run's own file, ``stamp`` changes with each version of it. Images arrive at the network as those of
    the test did: ``arriving`` × ``arriving``, of which it sees the middle. ``treated`` is the data set whose
    treatment the image still needs, or empty.
    """

    model: str
    stamp: tuple[int, int]
    arriving: int
    image: Images
    box: Box
    treated: str = ""

    @classmethod
    def of(cls, model: Path, spec: Spec, pixels: Pixels, box: Box, treated: str = "") -> "PredictRequest":
        """Return a request to the model of a run with this spec. Raises ``OSError`` if its file is missing."""
        found = model.stat()
        stamp = found.st_mtime_ns, found.st_size
        arriving = spec.augmentation.input_side(spec.input_size)
        return cls(str(model.absolute()), stamp, arriving, Images.of(pixels), box, treated)

    @property
    def key(self) -> str:
        """Return a digest, the same for equal requests: whoever keeps the answer need not keep the image."""
        head = repr((self.model, self.stamp, self.arriving, self.box, self.treated, self.image.shape))
        return hashlib.sha256(head.encode() + self.image.data).hexdigest()

    @property
    def bytes(self) -> int:
        """Return the bytes of the image."""
        return len(self.image.data)

    def document(self) -> dict[str, Any]:
        """Return the JSON document."""
        return {
            "view": "try",
            "model": self.model,
            "stamp": list(self.stamp),
            "arriving": self.arriving,
            "image": self.image.document(),
            "box": list(self.box),
            "treated": self.treated,
        }


Request = CountRequest | PaceRequest | PredictRequest


def read(document: dict[str, Any]) -> Request:
    """Return the request of a document."""
    if document["view"] == "try":
        return PredictRequest(
            document["model"],
            tuple(document["stamp"]),
            document["arriving"],
            Images.from_document(document["image"]),
            tuple(document["box"]),
            document["treated"],
        )
    kind = CountRequest if document["view"] == "counts" else PaceRequest
    return kind(from_json(document["spec"]), document["classes"])
