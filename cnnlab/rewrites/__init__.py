"""Rewrites: pure functions from a graph to a new graph. PURE: this folder imports the standard library alone.

A rewrite that does not apply raises ``ValueError`` with the reason.

>>> from cnnlab import rewrites, zoo
>>> from cnnlab.graph import named
>>> plain = rewrites.apply(zoo.build("resnet34", shortcut="A"), "drop_skips")
>>> sum(node.macs for node in named(plain).values()) == sum(node.macs for node in named(zoo.build("plain34")).values())
True
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

from cnnlab.graph import Node, walk
from cnnlab.knobs import Knob, Value, knobs_of, lookup, number
from cnnlab.rewrites.convolutions import bottleneck, depthwise_separable, no_bottleneck, standard_conv
from cnnlab.rewrites.heads import global_pooling, scale_width
from cnnlab.rewrites.residuals import basic_to_bottleneck, bottleneck_to_basic, drop_skips

__all__ = ["REWRITES", "Rewrite", "apply", "reason_against", "rewrite"]


@dataclass(frozen=True)
class Rewrite:
    """One row of the registry. ``function`` takes a graph and, as a keyword argument, its knob if it has one."""

    name: str
    title: str
    """The rewritten network's feature, shown behind its title: «ResNet-50 + basic blocks». «{}» is its setting."""
    does: str
    """The rewrite's action, for a menu: «standard → depthwise-separable convolutions»."""
    function: Callable[..., Node]

    @cached_property
    def knob(self) -> Knob | None:
        """The only setting; None if there is none."""
        return next(iter(knobs_of(self.function).values()), None)

    @property
    def explained(self) -> str:
        """The first line of the function's docstring: the rewrite and its reason."""
        return (self.function.__doc__ or "").partition("\n")[0].replace("``", "")

    def label(self, value: Value | None = None) -> str:
        """Return the title with its setting: «width × 0.5»."""
        return self.title if self.knob is None else self.title.format(f"{self.value(value):g}")

    def value(self, value: Value | None) -> float:
        """Return the setting, or its default."""
        assert self.knob is not None
        return float(number(self.knob.default if value is None else self.knob.check(value)))


REWRITES: Mapping[str, Rewrite] = MappingProxyType(
    {
        each.name: each
        for each in (
            Rewrite(
                "depthwise_separable",
                "depthwise-separable convolutions",
                "standard → depthwise-separable convolutions",
                depthwise_separable,
            ),
            Rewrite(
                "standard_conv",
                "standard convolutions",
                "depthwise-separable → standard convolutions",
                standard_conv,
            ),
            Rewrite("bottleneck", "1×1 bottlenecks ({} of the channels)", "add 1×1 bottlenecks", bottleneck),
            Rewrite("no_bottleneck", "no 1×1 bottlenecks", "remove 1×1 bottlenecks", no_bottleneck),
            Rewrite("drop_skips", "no skips", "drop the skips", drop_skips),
            Rewrite(
                "basic_to_bottleneck", "bottleneck blocks", "basic → bottleneck residual blocks", basic_to_bottleneck
            ),
            Rewrite("bottleneck_to_basic", "basic blocks", "bottleneck → basic residual blocks", bottleneck_to_basic),
            Rewrite(
                "global_pooling",
                "global average pooling",
                "dense head → global average pooling",
                global_pooling,
            ),
            Rewrite("scale_width", "width × {}", "scale the width", scale_width),
        )
    }
)
"""Every rewrite by name."""


def rewrite(name: str) -> Rewrite:
    """Return the rewrite of that name. Raises ``ValueError`` that suggests the nearest names."""
    return lookup(REWRITES, name, "rewrite")


def reason_against(root: Node, name: str) -> str:
    """Return why a rewrite does not apply to a graph; an empty text if it does."""
    try:
        _rewrite(root, rewrite(name), None)
    except ValueError as error:
        return str(error)
    return ""


def apply(root: Node, name: str, value: Value | None = None) -> Node:
    """Return the rewritten graph.

    Raises ``ValueError`` for an unknown name, a value out of range, or a rewrite that does not apply.
    """
    found = rewrite(name)
    try:
        return _rewrite(root, found, value)
    except ValueError as error:
        raise ValueError(f"“{found.does}” does not apply here: {error}") from None


def _rewrite(root: Node, found: Rewrite, value: Value | None) -> Node:
    owner = next((node.weights_of for node in walk(root) if node.weights_of), None)
    if owner:
        raise ValueError(
            f"the layer {owner.path} is used several times with the same weights, and a rewritten network would store "
            "them each time"
        )
    if found.knob is None:
        return found.function(root)
    return found.function(root, **{found.knob.name: found.value(value)})
