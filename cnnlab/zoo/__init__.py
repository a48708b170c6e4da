"""The case studies, and the registry that lists them. PURE: this folder imports the standard library alone.

>>> from cnnlab import zoo
>>> zoo.names()[:3]
('lenet5', 'alexnet', 'vgg11')
>>> zoo.build("mobilenet_v1", input_size=192, classes=10, width=0.75).shape
(10,)
"""

from collections.abc import Mapping
from types import MappingProxyType

from cnnlab.graph import Node
from cnnlab.knobs import Value, missing
from cnnlab.knobs.image_size import naming_smallest
from cnnlab.zoo import alexnet, efficientnet, googlenet, inception_v3, lenet, mobilenet, nin, resnet, vgg
from cnnlab.zoo.case import FAMILIES, CaseStudy, Family, Paper, Story

__all__ = [
    "CASES",
    "FAMILIES",
    "CaseStudy",
    "Family",
    "Paper",
    "Story",
    "build",
    "case",
    "names",
]

CASES: Mapping[str, CaseStudy] = MappingProxyType(
    {
        case.name: case
        for module in (lenet, alexnet, vgg, nin, googlenet, inception_v3, resnet, mobilenet, efficientnet)
        for case in module.CASES
    }
)
"""The catalogue: every case study by name, in the order of the course."""


def names() -> tuple[str, ...]:
    """Return the names of the catalogue, in the order of the course."""
    return tuple(CASES)


def case(name: str) -> CaseStudy:
    """Return the case study of that name. Raises ``ValueError`` that suggests the nearest names."""
    try:
        return CASES[name]
    except KeyError:
        raise missing("network", name, CASES, ("lenet5", "vgg16", "resnet50")) from None


def build(name: str, **knobs: Value) -> Node:
    """Return the graph of a case study. ``input_size`` is a side, or height and width: (224, 320) or "224x320".

    Raises ``ValueError`` for an unknown name or knob, a value out of range, or an input too small for the network.
    """
    found = case(name)
    checked = found.check(knobs)
    try:
        return found.build(**checked)
    except ValueError as error:
        size = found.knobs["input_size"]
        assert size.limits is not None
        ends = int(size.limits.low), int(size.limits.high)
        raise naming_smallest(
            error, checked["input_size"], *ends, lambda other: found.build(**checked | {"input_size": other})
        ) from None
