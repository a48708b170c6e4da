"""Filters over volumes against SciPy."""

import numpy as np
import pytest
from scipy.signal import correlate

from cnnlab.convolution.volumes import channel_sums, convolve, products


@pytest.mark.parametrize("shape", [(6, 6, 3), (7, 5, 2), (3, 3, 4)])
@pytest.mark.parametrize("f", [1, 3])
def test_a_filter_is_scipys_correlation(shape: tuple[int, int, int], f: int) -> None:
    random = np.random.default_rng(0)
    volume, one = random.normal(size=shape), random.normal(size=(f, f, shape[2]))
    np.testing.assert_allclose(convolve(volume, one), correlate(volume, one, "valid")[:, :, 0])
    for channel in range(shape[2]):
        alone = correlate(volume[:, :, channel], one[:, :, channel], "valid")
        np.testing.assert_allclose(channel_sums(volume, one)[:, :, channel], alone)
    assert products(volume, one).shape == (shape[0] - f + 1, shape[1] - f + 1, f, f, shape[2])


def test_a_filter_that_does_not_fit_raises() -> None:
    with pytest.raises(ValueError, match="3 channels does not fit a volume of 2"):
        convolve(np.zeros((4, 4, 2)), np.zeros((3, 3, 3)))
    with pytest.raises(ValueError, match="does not fit"):
        convolve(np.zeros((2, 2, 1)), np.zeros((3, 3, 1)))
