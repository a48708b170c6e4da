"""A filter that is learned: gradient descent fits its numbers to what another kernel answers on a picture."""

from dataclasses import dataclass
from math import ceil, log

import numpy as np
from numpy.typing import ArrayLike

from cnnlab.convolution.kernels import positions
from cnnlab.convolution.windows import Numbers

POSITIONS = 4000  # of the window, chosen at random where there are more
FRAMES = 41
GOOD = 1e-4  # how little is left of what was wrong at first, in the direction that takes longest
SAME = 1e-7
"""Of the largest curvature: in a direction with less of it the picture does not vary, and no descent gets anywhere."""


@dataclass(frozen=True)
class Learned:
    """Moments of a descent: step numbers, the filter's numbers, and the mean squared error at each.

    ``told_apart`` is how many combinations of the filter's numbers the picture can tell apart; with fewer than the
    filter has, many filters answer alike, and the one that is found need not be the one that was copied.
    """

    steps: tuple[int, ...]
    filters: Numbers
    losses: Numbers
    told_apart: int


def learn(image: ArrayLike, kernel: ArrayLike, seed: int = 0) -> Learned:
    """Start at random and descend until the answers agree.

    The loss is the mean of (answer of the filter − answer of the kernel)² over the positions. Brightness counts from
    the picture's mean and in units of its spread, as networks are fed. The filter is linear, so that the loss is
    (w − k)ᵀ H (w − k), with H the mean of the windows' products; a step of plain gradient descent multiplies what is
    wrong along each eigenvector of H by 1 − rate × eigenvalue, and any number of steps is taken at once by its power.
    Raises ``ValueError`` where the kernel does not fit on the picture.
    """
    target = np.asarray(kernel, dtype=float)
    random = np.random.default_rng(seed)
    windows = _windows(np.asarray(image, dtype=float), target, random)
    scale = float(np.abs(target).max()) or 1.0
    wrong = random.uniform(-scale, scale, target.size) - target.ravel()
    curvatures, axes = np.linalg.eigh(windows.T @ windows / len(windows))
    top = float(curvatures[-1])
    varies = curvatures > SAME * max(top, SAME)  # a picture that is the same everywhere varies in no way
    told_apart = int(varies.sum())
    left = 1 - np.where(varies, curvatures, 0.0) / (top if told_apart else 1.0)  # of each part, after a step
    slowest = float(left[varies].max(initial=0.0))
    last = max(1, ceil(log(GOOD) / log(slowest))) if slowest > 0 else 1
    steps = np.unique(np.rint(np.geomspace(1, last + 1, FRAMES) - 1).astype(int))
    parts = (axes.T @ wrong) * left ** steps[:, None]
    losses = (parts**2) @ np.where(varies, curvatures, 0.0)
    filters = (parts @ axes.T + target.ravel()).reshape(-1, *target.shape)
    return Learned(tuple(steps.tolist()), filters, losses, told_apart)


def _windows(image: Numbers, kernel: Numbers, random: np.random.Generator) -> Numbers:
    """Every window as a row of its numbers, or a random part of them: shape (windows, kernel.size)."""
    down, across = positions(image, kernel)
    spread = float(image.std()) or 1.0
    pixels = (image - image.mean()) / spread
    places = np.arange(down * across)
    if len(places) > POSITIONS:
        places = random.choice(places, POSITIONS, replace=False)
    rows, columns = np.divmod(places, across)
    inside_rows, inside_columns = np.divmod(np.arange(kernel.size), kernel.shape[1])
    found: Numbers = pixels[rows[:, None] + inside_rows, columns[:, None] + inside_columns]
    return found
