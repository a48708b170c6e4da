"""Why residual blocks work: one block on small numbers, and signal and gradient through many random layers.

A block is relu(x + W₂ relu(W₁ x)) as in He 2015, without its normalisation; the plain one leaves the x out.
"""

from dataclasses import dataclass

import numpy as np

from cnnlab.convolution.windows import Numbers

WIDTH = 64  # units of a layer: enough that chance evens out, few enough for a hundred layers in milliseconds


@dataclass(frozen=True, slots=True)
class Small:
    """One block, number by number."""

    hidden: Numbers
    branch: Numbers
    """F(x)."""
    skip: Numbers
    """relu(F(x) + x)."""
    plain: Numbers
    """relu(F(x))."""


def relu(values: Numbers) -> Numbers:
    """Negative numbers become 0."""
    found: Numbers = np.maximum(values, 0.0)
    return found


def block(x: Numbers, first: Numbers, second: Numbers) -> Small:
    """Two layers with a ReLU between them, with and without the skip around.

    ``x`` has n numbers, ``first`` is (units, n), ``second`` (n, units): what comes out has n, as the sum needs.
    """
    hidden = relu(first @ x)
    branch = second @ hidden
    return Small(hidden, branch, relu(branch + x), relu(branch))


@dataclass(frozen=True, slots=True)
class Depth:
    """Lengths (Euclidean norms) behind so many layers, 0 being the input, at the end of each block.

    Signals are measured against the input, gradients against the one at the output.
    """

    layers: tuple[int, ...]
    signal: tuple[float, ...]
    gradient: tuple[float, ...]


def weights(seed: int, layers: int, scale: float, width: int = WIDTH) -> list[Numbers]:
    """Random matrices; at scale 1 their spread is √(2 / width), with which ReLU layers keep lengths (He 2015b)."""
    random = np.random.default_rng(seed)
    spread = scale * np.sqrt(2 / width)
    return [random.normal(size=(width, width)) * spread for _ in range(layers)]


def through(matrices: list[Numbers], start: Numbers, end: Numbers, skips: bool) -> Depth:
    """Forward from ``start`` and backward from the gradient ``end``, two layers a block; an odd last one is its own."""
    x, states, blocks = start, [start], [matrices[place : place + 2] for place in range(0, len(matrices), 2)]
    masks: list[tuple[Numbers, ...]] = []
    for each in blocks:
        hidden = relu(each[0] @ x) if len(each) > 1 else x
        before = each[-1] @ hidden + (x if skips else 0.0)
        masks.append(((hidden > 0).astype(float), (before > 0).astype(float)))
        x = relu(before)
        states.append(x)
    gradients = [end]
    for each, (inner, outer) in zip(reversed(blocks), reversed(masks), strict=True):
        behind = gradients[-1] * outer
        within = each[-1].T @ behind
        if len(each) > 1:
            within = each[0].T @ (within * inner)
        gradients.append(within + (behind if skips else 0.0))
    ends = np.minimum(np.arange(len(states)) * 2, len(matrices))
    return Depth(
        tuple(int(layer) for layer in ends),
        tuple(float(np.linalg.norm(state) / np.linalg.norm(start)) for state in states),
        tuple(float(np.linalg.norm(one) / np.linalg.norm(end)) for one in reversed(gradients)),
    )


def depths(seed: int, layers: int, scale: float) -> tuple[Depth, Depth]:
    """The same random weights without and with skips. Input and last gradient are random, the input not negative."""
    random = np.random.default_rng([seed, 1])
    start, end = np.abs(random.normal(size=WIDTH)), random.normal(size=WIDTH)
    matrices = weights(seed, layers, scale)
    return through(matrices, start, end, skips=False), through(matrices, start, end, skips=True)
