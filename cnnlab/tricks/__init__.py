"""Tricks that save: a piece of a network, built in the standard and in a cheaper way. PURE.

Each trick is a function of its knobs that returns two graphs on the same input; every number shown is counted on them.

>>> from cnnlab import tricks
>>> pair = tricks.TRICKS["bottleneck"].build()
>>> macs(pair.before), macs(pair.after)
(120422400, 12443648)
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from cnnlab.graph import Node, walk
from cnnlab.knobs import HasKnobs, Value, lookup
from cnnlab.tricks.pairs import (
    Law,
    Pair,
    asymmetric,
    asymmetric_law,
    bottleneck,
    bottleneck_law,
    dense_head,
    depthwise_separable,
    grouped,
    grouped_law,
    inception,
    inverted_residual,
    residual_block,
    separable_law,
    two_3x3,
    two_law,
)

__all__ = ["TRICKS", "Law", "Pair", "Trick", "macs", "params", "trick"]


@dataclass(frozen=True)
class Trick(HasKnobs):
    """One trick: both of its sides, and the knob along which its cost is drawn."""

    name: str
    title: str
    before: str
    after: str
    idea: str
    """A sentence or two on why the trick saves."""
    function: Callable[..., Pair]
    along: str
    law: Callable[..., Law] | None = None

    def build(self, **values: Value) -> Pair:
        """Return both graphs. Raises ``ValueError`` for a value out of range, or for shapes that do not fit."""
        return self.function(**self.check(values))

    def ratio(self, **values: Value) -> Law | None:
        """Return the law with these numbers; None if there is no short one."""
        return self.law(**self.check(values)) if self.law else None


def macs(root: Node) -> int:
    """Return the multiply-accumulates of a whole graph."""
    return sum(node.macs for node in walk(root))


def params(root: Node) -> int:
    """Return the number of parameters of a whole graph."""
    return sum(sum(node.params) for node in walk(root))


TRICKS: Mapping[str, Trick] = MappingProxyType(
    {
        trick.name: trick
        for trick in (
            Trick(
                "bottleneck",
                "1×1 bottleneck",
                "direct",
                "through a 1×1 bottleneck",
                "A 1×1 convolution first reduces the channels; the larger convolution then works on few.",
                bottleneck,
                "bottleneck_width",
                bottleneck_law,
            ),
            Trick(
                "depthwise_separable",
                "Depthwise-separable convolution",
                "standard",
                "depthwise + pointwise",
                "A standard convolution filters and mixes at once. Filter each channel alone, then mix the channels "
                "with a 1×1: the two costs are added, not multiplied.",
                depthwise_separable,
                "filters",
                separable_law,
            ),
            Trick(
                "inception",
                "Inception module",
                "naive module",
                "with 1×1 reductions",
                "Several kernel sizes side by side are expensive, and pooling keeps all its channels: each module "
                "would be wider than the last. 1×1 convolutions limit both.",
                inception,
                "module",
            ),
            Trick(
                "two_3x3",
                "Two 3×3 for one 5×5",
                "one 5×5",
                "two 3×3",
                "Two 3×3 kernels, one after the other, have the same 5×5 receptive field: 18 weights instead of 25 for "
                "each pair of channels, and one more activation.",
                two_3x3,
                "channels",
                two_law,
            ),
            Trick(
                "asymmetric",
                "1×n and n×1 for n×n",
                "one n×n",
                "1×n, then n×1",
                "A 1×n and an n×1 together have the receptive field of an n×n: 2 × n weights instead of n².",
                asymmetric,
                "kernel",
                asymmetric_law,
            ),
            Trick(
                "grouped",
                "Grouped convolution",
                "one group",
                "in groups",
                "Each group reads only its own share of the channels. AlexNet used two groups, to fit on two graphics "
                "cards.",
                grouped,
                "groups",
                grouped_law,
            ),
            Trick(
                "residual_block",
                "Basic or bottleneck residual block",
                "basic block",
                "bottleneck block",
                "Input and output keep many channels, and the 3×3 works on few. So ResNet-50 can have 256 to 2,048 "
                "channels.",
                residual_block,
                "bottleneck_width",
            ),
            Trick(
                "dense_head",
                "Dense head or global average pooling",
                "three dense layers",
                "global average pooling",
                "A dense layer on a flattened map has a weight for each position of each channel. Global average "
                "pooling keeps one number per channel, so each class needs one weight per channel.",
                dense_head,
                "size",
            ),
            Trick(
                "inverted_residual",
                "Residual or inverted residual block",
                "residual block",
                "inverted residual",
                "The skip joins maps with few channels, which saves memory; inside there are many channels, and a "
                "depthwise convolution keeps that cheap.",
                inverted_residual,
                "expand",
            ),
        )
    }
)
"""Every trick by name; the first three are the course's own."""


def trick(name: str) -> Trick:
    """Return the trick of that name. Raises ``ValueError`` that suggests the nearest names."""
    return lookup(TRICKS, name, "trick")
