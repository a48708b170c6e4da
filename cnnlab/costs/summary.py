"""A network's totals alone: no table, no names, no receptive fields. For sweeps over a thousand networks."""

from math import prod
from typing import NamedTuple

from cnnlab.costs.memory import BYTES, held
from cnnlab.graph import Node, outputs, walk


class Summary(NamedTuple):
    """Costs of a network for one image, exact integers: the same numbers as in ``Totals``."""

    params: int
    trainable_params: int
    macs: int
    activations: int
    peak_activations: int

    def weight_bytes(self, precision: str = "fp32") -> int:
        """Return the size of all stored numbers."""
        return self.params * BYTES[precision]

    def peak_bytes(self, precision: str = "fp32") -> int:
        """Return the largest sum of tensors alive at one moment of inference, weights not included."""
        return self.peak_activations * BYTES[precision]


def summary(root: Node) -> Summary:
    """Sum up a graph in one walk: several times as fast as ``totals``, with equal results.

    >>> from cnnlab import zoo
    >>> summary(zoo.build("lenet5")).macs
    416520
    """
    heads = outputs(root)
    nodes = walk(*heads)
    sizes = {node: prod(node.shape) for node in nodes}
    trainable = fixed = macs = 0
    for node in nodes:
        if not node.layer.weighted:  # neither parameters nor MACs
            continue
        learned, kept = node.params
        trainable += learned
        fixed += kept
        macs += node.macs
    return Summary(trainable + fixed, trainable, macs, sum(sizes.values()), max(held(sizes, heads)))
