"""A filter over several channels: a window in each, and the sums of all of them added up."""

import numpy as np

from cnnlab.convolution.windows import Numbers, side, windows


def products(volume: Numbers, filter_: Numbers) -> Numbers:
    """Every product a filter makes: shape (positions down, positions across, f, f, channels).

    ``volume`` is (height, width, channels), ``filter_`` (f, f, channels); no padding, stride 1. Raises ``ValueError``
    where their channels differ or the window does not fit.
    """
    if volume.shape[2] != filter_.shape[2]:
        raise ValueError(f"a filter of {filter_.shape[2]} channels does not fit a volume of {volume.shape[2]} channels")
    rows, columns = (side(n, f) for n, f in zip(volume.shape[:2], filter_.shape[:2], strict=True))
    seen = [windows(volume[:, :, channel], rows, columns) for channel in range(volume.shape[2])]
    found: Numbers = np.stack(seen, axis=-1) * filter_
    return found


def channel_sums(volume: Numbers, filter_: Numbers) -> Numbers:
    """One sum for each position and channel: what a depthwise convolution writes. Shape (down, across, channels).

    Raises ``ValueError`` as ``products`` does.
    """
    found: Numbers = products(volume, filter_).sum(axis=(2, 3))
    return found


def convolve(volume: Numbers, filter_: Numbers) -> Numbers:
    """One map from all channels: their sums added up. Shape (down, across). Raises as ``products`` does."""
    found: Numbers = channel_sums(volume, filter_).sum(axis=2)
    return found


def widened(filter_: Numbers, weights: Numbers) -> Numbers:
    """The standard filter that does what a depthwise filter and then a 1×1 filter of these weights do together."""
    found: Numbers = filter_ * weights
    return found
