"""Residual blocks: one block on small numbers, and the norms of signal and gradient through many random layers.

A block is relu(x + W₂ relu(W₁ x)) as in "Deep residual learning" (He, Zhang, Ren, Sun 2015), without its normalisation;
the plain block omits x.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnlab.convolution.windows import Numbers

WIDTH = 64  # units of a layer: enough to even out chance, few enough for a hundred layers in milliseconds
SAMPLES = 32  # inputs at once, which batch normalisation needs
EPSILON = 1e-5


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


class AllNorms(NamedTuple):
    """The norms of four networks with the same random weights."""

    plain: Norms
    normalised: Norms
    """Without skips, with batch normalisation behind each layer."""
    skips: Norms
    resnet: Norms
    """With both, as residual networks are built."""


def weights(seed: int, layers: int, scale: float, width: int = WIDTH) -> list[Numbers]:
    """Return random matrices; at scale 1 their spread is √(2 / width), with which ReLU layers keep norms.

    He, Zhang, Ren, Sun 2015, "Delving deep into rectifiers", section 2.2: another paper than that on ResNets.
    """
    random = np.random.default_rng(seed)
    spread = scale * np.sqrt(2 / width)
    return [random.normal(size=(width, width)) * spread for _ in range(layers)]


def propagate(
    matrices: list[Numbers], start: Numbers, end: Numbers, skips: bool = False, normalised: bool = False
) -> Norms:
    """Propagate inputs forward and the gradient ``end`` backward; both are units × samples.

    Two layers make a block; an odd last layer is a block of its own. ``normalised``: batch normalisation over the
    samples between each matrix and its ReLU, with γ = 1 and β = 0 (Ioffe & Szegedy 2015).
    """
    x, states, blocks = start, [start], [matrices[place : place + 2] for place in range(0, len(matrices), 2)]
    passed: list[list[_Layer]] = []
    for each in blocks:
        layers, y = [], x
        for place, matrix in enumerate(each):
            z, spread = matrix @ y, None
            if normalised:
                spread = np.sqrt(z.var(axis=1, keepdims=True) + EPSILON)
                z = (z - z.mean(axis=1, keepdims=True)) / spread
            before = z + x if skips and place == len(each) - 1 else z
            layers.append(_Layer(matrix, z, spread, before > 0))
            y = relu(before)
        passed.append(layers)
        x = y
        states.append(x)
    gradients = [end]
    for layers in reversed(passed):
        behind = gradients[-1] * layers[-1].active
        within = gradients[-1]
        for layer in reversed(layers):
            within = layer.backward(within)
        gradients.append(within + behind if skips else within)
    ends = np.minimum(np.arange(len(states)) * 2, len(matrices))
    return Norms(
        tuple(int(layer) for layer in ends),
        tuple(float(np.linalg.norm(state) / np.linalg.norm(start)) for state in states),
        tuple(float(np.linalg.norm(one) / np.linalg.norm(end)) for one in reversed(gradients)),
    )


@dataclass(frozen=True, slots=True)
class _Layer:
    """A layer on its way back: its matrix, what it gave before the sum, and where its ReLU let through."""

    matrix: Numbers
    given: Numbers
    spread: Numbers | None
    """The standard deviation of each unit that batch normalisation divided by."""
    active: NDArray[np.bool_]

    def backward(self, gradient: Numbers) -> Numbers:
        """Return the gradient with respect to the input."""
        behind = gradient * self.active
        if self.spread is not None:
            along = (behind * self.given).mean(axis=1, keepdims=True)
            behind = (behind - behind.mean(axis=1, keepdims=True) - self.given * along) / self.spread
        before: Numbers = self.matrix.T @ behind
        return before


def norms(seed: int, layers: int, scale: float) -> AllNorms:
    """Return the norms of four networks with the same random weights, for ``SAMPLES`` inputs.

    Inputs and last gradients are random, the inputs not negative.
    """
    random = np.random.default_rng([seed, 1])
    start, end = np.abs(random.normal(size=(WIDTH, SAMPLES))), random.normal(size=(WIDTH, SAMPLES))
    matrices = weights(seed, layers, scale)
    return AllNorms(
        propagate(matrices, start, end),
        propagate(matrices, start, end, normalised=True),
        propagate(matrices, start, end, skips=True),
        propagate(matrices, start, end, skips=True, normalised=True),
    )
