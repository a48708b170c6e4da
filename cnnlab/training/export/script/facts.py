"""What a script has to know of a run's pictures and network."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Told:
    """Numbers of ``classes`` and pictures; ``side`` of the pictures that are learned from."""

    classes: int
    side: int
    train: int
    validation: int
    test: int
    scratch: bool
    has_map: bool
    """Whether the backbone ends with a map, which is pooled."""
    tuned: tuple[str, ...]
    """The backbone's layers that are unfrozen, in order; none where all are learned anyhow."""
    layers: Sequence[str]
    """All of its layers, in order."""
    stages: str
    normalised: bool
    """Whether it has a layer that keeps copies of its weights."""
    covariance: Sequence[Sequence[float]] | None
