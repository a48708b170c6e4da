"""A case study: a function that builds a network, and what there is to say about it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

from cnnlab.graph import Node
from cnnlab.knobs import Knob, Value, knobs_of

Family = Literal["LeNet, AlexNet, VGG", "ResNet", "NiN and Inception", "MobileNet", "EfficientNet"]
FAMILIES: tuple[Family, ...] = get_args(Family)


@dataclass(frozen=True)
class Paper:
    """Where a network was published."""

    authors: str
    year: int
    title: str
    link: str


@dataclass(frozen=True)
class Story:
    """What a teacher says in a minute: what came before, what the paper introduced, what to look at on the screen."""

    before: str
    introduced: str
    look_at: str
    differs: str
    """What the network here does differently from the paper, and which knob gives the paper's form."""


@dataclass(frozen=True)
class CaseStudy:
    """One row of the catalogue. ``function`` takes the knobs as keyword arguments and returns the graph."""

    name: str
    title: str
    family: Family
    paper: Paper
    story: Story
    function: Callable[..., Node]
    idea: str
    """What is new in it, or how it differs from its siblings, in one sentence."""
    torchvision: Mapping[str, Value] | None = None
    """The knobs that give torchvision's form, which tools for PyTorch are run on; those left out are free there too.

    None where torchvision has no such network, or one that the knobs here do not give.
    """

    @cached_property
    def knobs(self) -> dict[str, Knob]:
        """The knobs of this network by name, with this network's own defaults."""
        return {knob.name: knob for knob in knobs_of(self.function)}

    def build(self, **values: Value) -> Node:
        """The graph. Raises ``ValueError`` for an unknown knob, a value out of range, or shapes that do not fit."""
        return self.function(**{name: self.knob(name).check(value) for name, value in values.items()})

    def knob(self, name: str) -> Knob:
        """The knob of that name. Raises ``ValueError`` that lists the ones there are."""
        try:
            return self.knobs[name]
        except KeyError:
            raise ValueError(f"{self.title} has no knob {name[:40]!r}; its knobs are {', '.join(self.knobs)}") from None
