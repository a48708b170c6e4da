"""A case study: a function that builds a network, its paper and its story."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from cnnlab.graph import Node
from cnnlab.knobs import HasKnobs, Value

Family = Literal["LeNet, AlexNet, VGG", "ResNet", "NiN and Inception", "MobileNet", "EfficientNet"]
FAMILIES: tuple[Family, ...] = get_args(Family)


@dataclass(frozen=True)
class Paper:
    """The publication of a network."""

    authors: str
    year: int
    title: str
    link: str


@dataclass(frozen=True)
class Story:
    """A teacher's minute: the networks before, the paper's new idea, and a hint for the screen."""

    before: str
    introduced: str
    look_at: str
    differs: str
    """Differences from the paper, and the knob that gives the paper's form."""


@dataclass(frozen=True)
class CaseStudy(HasKnobs):
    """One row of the catalogue. ``function`` takes the knobs as keyword arguments and returns the graph."""

    name: str
    title: str
    family: Family
    paper: Paper
    story: Story
    function: Callable[..., Node]
    idea: str
    """The new idea, or the difference from its siblings, in one sentence."""
    torchvision: Mapping[str, Value] | None = None
    """The conventions of torchvision's form, which tools for PyTorch are run on: biases, place of the stride, pools.

    None if torchvision has no such network, or one that the knobs here do not give.
    """
    torchvision_needs: Mapping[str, Value] = field(default_factory=dict)
    """The knobs that make another network, each with the only value that torchvision has; others are free there."""

    @property
    def default_size(self) -> int:
        """The input size of the network as published."""
        size = self.knobs["input_size"].default
        assert isinstance(size, int)  # no paper's images are other than square
        return size

    def build(self, **values: Value) -> Node:
        """Return the graph. Raises ``ValueError`` for an unknown knob, a wrong value, or shapes that do not fit."""
        return self.function(**self.check(values))
