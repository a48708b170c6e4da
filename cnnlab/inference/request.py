"""What is asked: the parameters of a run's network, how fast it learns, and what a trained one says of a picture."""

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


def plain(spec: Spec) -> Spec:
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
    """Orders whose document is all there is to them."""

    __slots__ = ()

    def document(self) -> dict[str, Any]:
        """As JSON has it."""
        raise NotImplementedError

    @property
    def key(self) -> str:
        """The same for equal orders."""
        return hashlib.sha256(json.dumps(self.document(), sort_keys=True).encode()).hexdigest()

    @property
    def bytes(self) -> int:
        """Next to nothing."""
        return 0


@dataclass(frozen=True, slots=True)
class Counting(_Keyed):
    """The stages and parameters of a spec's network for so many classes."""

    spec: Spec
    classes: int

    def document(self) -> dict[str, Any]:
        """As JSON has it."""
        return {"view": "counts", "spec": plain(self.spec).to_json(), "classes": self.classes}


@dataclass(frozen=True, slots=True)
class Timing(_Keyed):
    """How long a step of each phase takes."""

    spec: Spec
    classes: int

    def document(self) -> dict[str, Any]:
        """As JSON has it."""
        spec = _without(self.spec, TIMELESS)
        spec = replace(
            spec,
            weights=SCRATCH if spec.weights == SCRATCH else PRETRAINED,
            head_epochs=min(spec.head_epochs, 1),
            tuning_epochs=min(spec.tuning_epochs, 1),
        )
        return {"view": "pace", "spec": spec.to_json(), "classes": self.classes}


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as a value that can be compared: height × width × 3 bytes."""

    height: int
    width: int
    data: bytes

    @classmethod
    def of(cls, pixels: Pixels) -> "Picture":
        """From an array of height × width × 3."""
        return cls(pixels.shape[0], pixels.shape[1], pixels.tobytes())

    @property
    def pixels(self) -> Pixels:
        """The array again."""
        return np.frombuffer(self.data, dtype=np.uint8).reshape(self.height, self.width, 3)


@dataclass(frozen=True, slots=True)
class Try:
    """What a trained network says of a picture, of a square in it, and of ten crops.

    ``model`` is the run's own file, ``stamp`` tells one version of it from another. Pictures arrive at the network as
    those of the test did: ``arriving`` × ``arriving``, of which it sees the middle. ``treated`` is the data set whose
    treatment the picture still needs, or empty.
    """

    model: str
    stamp: tuple[int, int]
    arriving: int
    picture: Picture
    box: Box
    treated: str = ""

    @classmethod
    def of(cls, model: Path, spec: Spec, pixels: Pixels, box: Box, treated: str = "") -> "Try":
        """For the model of a run with this spec. Raises ``OSError`` where its file is gone."""
        found = model.stat()
        stamp = found.st_mtime_ns, found.st_size
        arriving = spec.augmentation.input_side(spec.input_size)
        return cls(str(model.absolute()), stamp, arriving, Picture.of(pixels), box, treated)

    @property
    def key(self) -> str:
        """The same for equal orders, and short: the picture need not be kept by who keeps the answer."""
        head = repr((self.model, self.stamp, self.arriving, self.box, self.treated))
        size = f"/{self.picture.height}/{self.picture.width}/"
        return hashlib.sha256(head.encode() + size.encode() + self.picture.data).hexdigest()

    @property
    def bytes(self) -> int:
        """Of its picture."""
        return len(self.picture.data)

    def document(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "view": "try",
            "model": self.model,
            "stamp": list(self.stamp),
            "arriving": self.arriving,
            "picture": [self.picture.height, self.picture.width, base64.b64encode(self.picture.data).decode()],
            "box": list(self.box),
            "treated": self.treated,
        }


Order = Counting | Timing | Try


def read(document: dict[str, Any]) -> Order:
    """What ``document`` wrote."""
    if document["view"] == "try":
        height, width, data = document["picture"]
        return Try(
            document["model"],
            tuple(document["stamp"]),
            document["arriving"],
            Picture(height, width, base64.b64decode(data)),
            tuple(document["box"]),
            document["treated"],
        )
    kind = Counting if document["view"] == "counts" else Timing
    return kind(from_json(document["spec"]), document["classes"])
