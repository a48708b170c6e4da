"""Residual blocks: one block on small numbers, and the norms of signal and gradient through many random layers.

A block is relu(x + W₂ relu(W₁ x)) as in He 2015, without its normalisation; the plain block omits x.
"""

from dataclasses import dataclass

import numpy as np

from cnnlab.convolution.windows import Numbers

WIDTH = 64  # units of a layer: enough to even out chance, few enough for a hundred layers in milliseconds


@dataclass(frozen=True, slots=True)
class BlockOutput:
    """Every intermediate result of one block, with and without its skip."""

    hidden: Numbers
    branch: Numbers
    """F(x)."""
    skip: Numbers
    """relu(F(x) + x)."""
    plain: Numbers
    """relu(F(x))."""


def relu(values: Numbers) -> Numbers:
    """Replace negative numbers by 0."""
    rectified: Numbers = np.maximum(values, 0.0)
    return rectified


def block(x: Numbers, first: Numbers, second: Numbers) -> BlockOutput:
    """Compute two layers with a ReLU between them, with and without the skip.

    ``x`` has shape (n,), ``first`` (units, n), ``second`` (n, units); the outputs have shape (n,), as the sum needs.
    """
    hidden = relu(first @ x)
    branch = second @ hidden
    return BlockOutput(hidden, branch, relu(branch + x), relu(branch))


@dataclass(frozen=True, slots=True)
class Norms:
    """Euclidean norms of signal and gradient after each block, by the number of ``layers`` passed; 0 is the input.

    Signals are relative to the input, gradients to the gradient at the output.
    """

    layers: tuple[int, ...]
    signal: tuple[float, ...]
    gradient: tuple[float, ...]


def weights(seed: int, layers: int, scale: float, width: int = WIDTH) -> list[Numbers]:
    """Return random matrices; at scale 1 their spread is √(2 / width), with which ReLU layers keep norms (He 2015b)."""
    random = np.random.default_rng(seed)
    spread = scale * np.sqrt(2 / width)
    return [random.normal(size=(width, width)) * spread for _ in range(layers)]


def propagate(matrices: list[Numbers], start: Numbers, end: Numbers, skips: bool) -> Norms:
    """Propagate ``start`` forward and the gradient ``end`` backward.

    Two layers make a block; an odd last layer is a block of its own.
    """
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
    return Norms(
        tuple(int(layer) for layer in ends),
        tuple(float(np.linalg.norm(state) / np.linalg.norm(start)) for state in states),
        tuple(float(np.linalg.norm(one) / np.linalg.norm(end)) for one in reversed(gradients)),
    )


def norms(seed: int, layers: int, scale: float) -> tuple[Norms, Norms]:
    """Return the norms without and with skips, for the same random weights.

    Input and last gradient are random, the input not negative.
    """
    random = np.random.default_rng([seed, 1])
    start, end = np.abs(random.normal(size=WIDTH)), random.normal(size=WIDTH)
    matrices = weights(seed, layers, scale)
    return propagate(matrices, start, end, skips=False), propagate(matrices, start, end, skips=True)
