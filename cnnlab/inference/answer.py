"""Answers as values, and as JSON between two processes."""

import base64
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

LEVELS = 127  # of a map's numbers on each side of zero


@dataclass(frozen=True, slots=True)
class StageCounts:
    """The parameters of a stage of the backbone, from its first to its last layer, on maps of about ``side``.

    ``params`` are all its parameters, ``trained`` those that fine-tuning changes.
    """

    first: str
    last: str
    side: int
    params: int
    trained: int


@dataclass(frozen=True, slots=True)
class Counts:
    """The parameters of a network and of its stages, the deepest last.

    ``depths``: how many of the backbone's are trained at depth 0, 1 … all. ``whole``: of all it has. ``scratch``: those
    that are trained where everything is, and 0 elsewhere.
    """

    stages: tuple[StageCounts, ...]
    depths: tuple[int, ...]
    head: int
    whole: int
    scratch: int

    def trained(self, unfreeze: int) -> int:
        """Return how many parameters are trained in the second phase."""
        return self.scratch or self.head + self.depths[self.depth(unfreeze)]

    def depth(self, unfreeze: int) -> int:
        """Return how many stages are trained in the second phase."""
        return len(self.stages) if self.scratch else min(unfreeze, len(self.stages))


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds of one step, as long as one batch takes: ``forward`` through the frozen backbone, ``head`` of training
    the head on features, ``tuning`` of the second phase; 0 for a phase that there is not.

    ``measured``: whether the last was, or follows from the first since it takes too long. ``ready``: seconds that
    TensorFlow takes, once, before the first steps of both phases, where that was measured.
    """

    forward: float
    head: float
    tuning: float
    measured: bool
    ready: float


@dataclass(frozen=True, slots=True)
class FeatureMap:
    """A channel of a feature map: numbers of −127…127, of which 127 stands for ``most``."""

    channel: int
    height: int
    width: int
    most: float
    data: str

    @classmethod
    def of(cls, channel: int, values: NDArray[Any]) -> "FeatureMap":
        """Return the map of an array of height × width."""
        most = float(np.abs(values).max())
        levels = np.rint(values * (LEVELS / (most or 1))).astype(np.int8)
        height, width = values.shape
        return cls(channel, height, width, most, base64.b64encode(levels.tobytes()).decode())

    @property
    def values(self) -> NDArray[np.float64]:
        """Return the array, to within the 254th part of its range."""
        levels = np.frombuffer(base64.b64decode(self.data), dtype=np.int8).reshape(self.height, self.width)
        found: NDArray[np.float64] = levels.astype(float) * (self.most / LEVELS)
        return found


@dataclass(frozen=True, slots=True)
class LayerMaps:
    """A layer's feature maps of ``side`` × ``side`` on an image: of its ``channels`` those that vary most over it."""

    name: str
    side: int
    channels: int
    maps: tuple[FeatureMap, ...]


@dataclass(frozen=True, slots=True)
class Prediction:
    """A prediction: the probability of each class, for the crop, the whole image, and ten crops averaged.

    ``seen`` is the crop as the network saw it, ``side`` × ``side`` × 3 bytes; ``layers`` its feature maps.
    """

    crop: tuple[float, ...]
    whole: tuple[float, ...]
    ten: tuple[float, ...]
    side: int
    seen: str
    layers: tuple[LayerMaps, ...]

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """Return the network's input, side × side × 3."""
        return np.frombuffer(base64.b64decode(self.seen), dtype=np.uint8).reshape(self.side, self.side, 3)


Answer = Counts | Pace | Prediction


def to_document(answer: Answer) -> dict[str, Any]:
    """Return the JSON document of an answer."""
    return {"kind": type(answer).__name__} | asdict(answer)


def read(found: dict[str, Any]) -> Answer:
    """Return the answer of a document. Raises ``ValueError`` for anything else."""
    values = {name: value for name, value in found.items() if name != "kind"}
    match found.get("kind"):
        case "Counts":
            stages = tuple(StageCounts(**each) for each in values.pop("stages"))
            return Counts(stages, tuple(values.pop("depths")), **values)
        case "Pace":
            return Pace(**values)
        case "Prediction":
            layers = tuple(
                LayerMaps(**each | {"maps": tuple(FeatureMap(**one) for one in each["maps"])})
                for each in values.pop("layers")
            )
            values |= {name: tuple(values[name]) for name in ("crop", "whole", "ten")}
            return Prediction(layers=layers, **values)
    raise ValueError(f"{found.get('kind')!r} is no answer")


def weight(answer: Answer) -> int:
    """Return about how many bytes an answer takes."""
    if not isinstance(answer, Prediction):
        return 1_000
    return len(answer.seen) + sum(len(one.data) for layer in answer.layers for one in layer.maps)
