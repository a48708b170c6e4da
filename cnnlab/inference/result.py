"""Results, and how the process sends them."""

import base64
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

LEVELS = 127  # of a map's numbers on each side of zero


@dataclass(frozen=True, slots=True)
class StageCounts:
    """A stage of the backbone, from its ``first`` to its ``last`` layer, on maps of about ``side`` × ``side``.

    ``params`` are all its parameters, ``trained`` those that fine-tuning changes.
    """

    first: str
    last: str
    side: int
    params: int
    trained: int


@dataclass(frozen=True, slots=True)
class ParameterCounts:
    """A network's stages, the deepest last, and its parameters.

    ``depths``: the backbone's trained parameters at depth 0, 1 … all. ``whole``: all parameters. ``scratch``: trained
    parameters if everything is trained, 0 otherwise.
    """

    stages: tuple[StageCounts, ...]
    depths: tuple[int, ...]
    head: int
    whole: int
    scratch: int

    def trained(self, unfreeze: int) -> int:
        """Return the number of parameters that the second phase trains."""
        return self.scratch or self.head + self.depths[self.depth(unfreeze)]

    def depth(self, unfreeze: int) -> int:
        """Return the number of stages that the second phase trains."""
        return len(self.stages) if self.scratch else min(unfreeze, len(self.stages))


@dataclass(frozen=True, slots=True)
class StepTimes:
    """Seconds of one step, which is one batch: ``forward`` through the frozen backbone, ``head`` of training the head
    on features, ``tuning`` of the second phase; 0 for a phase that the run leaves out.

    ``measured``: whether ``tuning`` was, or follows from ``forward`` because a step takes too long. ``ready``: seconds
    that TensorFlow takes, once, before the first steps of both phases, if that was measured.
    """

    forward: float
    head: float
    tuning: float
    measured: bool
    ready: float


@dataclass(frozen=True, slots=True)
class FeatureMap:
    """One channel of a layer's output: numbers of −127…127, of which 127 stands for ``most``."""

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
        """Return the array, height × width, to within the 254th part of its range."""
        levels = np.frombuffer(base64.b64decode(self.data), dtype=np.int8).reshape(self.height, self.width)
        found: NDArray[np.float64] = levels.astype(float) * (self.most / LEVELS)
        return found


@dataclass(frozen=True, slots=True)
class LayerMaps:
    """A layer's output for an image, ``side`` × ``side``: of its ``channels`` those that vary most over the image."""

    name: str
    side: int
    channels: int
    maps: tuple[FeatureMap, ...]


@dataclass(frozen=True, slots=True)
class Prediction:
    """The share of each class, for the crop, the whole image, and ten crops averaged.

    ``seen`` is the crop as the network saw it, ``side`` × ``side`` × 3 bytes; ``layers`` are the outputs of the
    backbone's stages for it.
    """

    crop: tuple[float, ...]
    whole: tuple[float, ...]
    ten: tuple[float, ...]
    side: int
    seen: str
    layers: tuple[LayerMaps, ...]

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """Return what the network saw, side × side × 3."""
        return np.frombuffer(base64.b64decode(self.seen), dtype=np.uint8).reshape(self.side, self.side, 3)


Result = ParameterCounts | StepTimes | Prediction


def to_document(result: Result) -> dict[str, Any]:
    """Return the fields as JSON has them, and the kind of result."""
    return {"kind": type(result).__name__} | asdict(result)


def from_document(document: dict[str, Any]) -> Result:
    """Return the result that ``to_document`` wrote. Raises ``ValueError`` for anything else."""
    values = {name: value for name, value in document.items() if name != "kind"}
    match document.get("kind"):
        case "ParameterCounts":
            stages = tuple(StageCounts(**each) for each in values.pop("stages"))
            return ParameterCounts(stages, tuple(values.pop("depths")), **values)
        case "StepTimes":
            return StepTimes(**values)
        case "Prediction":
            layers = tuple(
                LayerMaps(**each | {"maps": tuple(FeatureMap(**one) for one in each["maps"])})
                for each in values.pop("layers")
            )
            values |= {name: tuple(values[name]) for name in ("crop", "whole", "ten")}
            return Prediction(layers=layers, **values)
    raise ValueError(f"{document.get('kind')!r} is no kind of result")


def size_of(result: Result) -> int:
    """Return the bytes that a result takes, about."""
    if not isinstance(result, Prediction):
        return 1_000
    return len(result.seen) + sum(len(one.data) for layer in result.layers for one in layer.maps)
