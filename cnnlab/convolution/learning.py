"""Learning a filter: gradient descent fits its weights to another kernel's response on an image."""

from dataclasses import dataclass
from math import ceil, log

import numpy as np
from numpy.typing import ArrayLike

from cnnlab.convolution.kernels import positions
from cnnlab.convolution.windows import Numbers

POSITIONS = 4000  # of the window; a random choice if there are more
FRAMES = 41
CONVERGED = 1e-4  # the share of the first error that remains in the slowest direction
FLAT = 1e-7
"""Share of the largest curvature; directions with less do not vary in the image, and descent does not move in them."""


@dataclass(frozen=True)
class Descent:
    """Frames of a descent: step numbers, the filter's weights, and the mean squared error at each.

    ``rank`` is the rank of the image's windows: how many combinations of the weights their answers determine. If it
    is below the number of weights, many filters answer alike, and the learned one need not be the copied one.
    """

    steps: tuple[int, ...]
    filters: Numbers
    losses: Numbers
    rank: int


def learn(image: ArrayLike, kernel: ArrayLike, seed: int = 0) -> Descent:
    """Start with random weights and descend until the answers agree.

    The loss is the mean of (answer of the filter − answer of the kernel)² over the positions. The image is
    standardized (mean 0, standard deviation 1), as networks receive it. The filter is linear, so that the loss is
    (w − k)ᵀ H (w − k), with H the mean of the windows' outer products. A step of plain gradient descent multiplies
    the error along each eigenvector of H by 1 − rate × eigenvalue; n steps multiply it by the n-th power.
    Raises ``ValueError`` if the kernel does not fit on the image.
    """
    target = np.asarray(kernel, dtype=float)
    random = np.random.default_rng(seed)
    windows = _windows(np.asarray(image, dtype=float), target, random)
    scale = float(np.abs(target).max()) or 1.0
    error = random.uniform(-scale, scale, target.size) - target.ravel()
    curvatures, axes = np.linalg.eigh(windows.T @ windows / len(windows))
    largest = float(curvatures[-1])
    varies = curvatures > FLAT * max(largest, FLAT)  # a constant image varies in no direction
    rank = int(varies.sum())
    factors = 1 - np.where(varies, curvatures, 0.0) / (largest if rank else 1.0)  # of the errors, one step
    slowest = float(factors[varies].max(initial=0.0))
    last = max(1, ceil(log(CONVERGED) / log(slowest))) if slowest > 0 else 1
    steps = np.unique(np.rint(np.geomspace(1, last + 1, FRAMES) - 1).astype(int))
    errors = (axes.T @ error) * factors ** steps[:, None]
    losses = (errors**2) @ np.where(varies, curvatures, 0.0)
    filters = (errors @ axes.T + target.ravel()).reshape(-1, *target.shape)
    return Descent(tuple(steps.tolist()), filters, losses, rank)


def _windows(image: Numbers, kernel: Numbers, random: np.random.Generator) -> Numbers:
    """Return the windows as rows, at most ``POSITIONS`` of them: shape (windows, kernel.size)."""
    down, across = positions(image, kernel)
    spread = float(image.std()) or 1.0
    pixels = (image - image.mean()) / spread
    chosen = np.arange(down * across)
    if len(chosen) > POSITIONS:
        chosen = random.choice(chosen, POSITIONS, replace=False)
    rows, columns = np.divmod(chosen, across)
    inside_rows, inside_columns = np.divmod(np.arange(kernel.size), kernel.shape[1])
    rows_of_windows: Numbers = pixels[rows[:, None] + inside_rows, columns[:, None] + inside_columns]
    return rows_of_windows
