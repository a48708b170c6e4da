"""Filters over several channels: one window in each channel, and the sum of all their products."""

import numpy as np

from cnnlab.convolution.windows import Numbers, side, windows


def products(volume: Numbers, filter_: Numbers) -> Numbers:
    """Return every product of a filter: shape (positions down, positions across, f, f, channels).

    ``volume`` is (height, width, channels), ``filter_`` (f, f, channels); no padding, stride 1. Raises ``ValueError``
    if their channels differ or the window does not fit.
    """
    if volume.shape[2] != filter_.shape[2]:
        raise ValueError(f"a filter of {filter_.shape[2]} channels does not fit a volume of {volume.shape[2]} channels")
    rows, columns = (side(n, f) for n, f in zip(volume.shape[:2], filter_.shape[:2], strict=True))
    by_channel = [windows(volume[:, :, channel], rows, columns) for channel in range(volume.shape[2])]
    every: Numbers = np.stack(by_channel, axis=-1) * filter_
    return every


def channel_sums(volume: Numbers, filter_: Numbers) -> Numbers:
    """Return a depthwise convolution: one sum for each position and channel, shape (down, across, channels).

    Raises ``ValueError`` as ``products`` does.
    """
    sums: Numbers = products(volume, filter_).sum(axis=(2, 3))
    return sums


def convolve(volume: Numbers, filter_: Numbers) -> Numbers:
    """Return the feature map of one filter over all channels, shape (down, across). Raises as ``products`` does."""
    feature_map: Numbers = channel_sums(volume, filter_).sum(axis=2)
    return feature_map


def standard_filter(depthwise: Numbers, pointwise: Numbers) -> Numbers:
    """Return the standard filter that equals a depthwise filter followed by a 1×1 filter of these weights."""
    product: Numbers = depthwise * pointwise
    return product
