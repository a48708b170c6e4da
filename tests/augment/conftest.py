"""Images to augment."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

SIDE = 32


@pytest.fixture(scope="session")
def images() -> NDArray[np.float32]:
    """Twelve of 32 × 32 × 3, smooth, from black to white."""
    drawn = ndimage.zoom(np.random.default_rng(1).random((12, 5, 5, 3)), (1, SIDE / 5, SIDE / 5, 1), order=1)
    drawn -= drawn.min(axis=(1, 2, 3), keepdims=True)
    return (255 * drawn / drawn.max(axis=(1, 2, 3), keepdims=True)).astype(np.float32)


@pytest.fixture(scope="session")
def places() -> NDArray[np.float32]:
    """Sixty-four images, each pixel of which says where it is: column, row, and 1, of 32 × 32."""
    row, column = np.mgrid[:SIDE, :SIDE]
    one = np.stack([column, row, np.ones_like(row)], axis=-1).astype(np.float32)
    return np.repeat(one[None], 64, axis=0)
