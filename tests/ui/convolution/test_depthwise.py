"""Notices of the bench "Depthwise and pointwise" on filters that can be split."""

import numpy as np

from cnnlab.convolution.volumes import standard_filter
from cnnlab.tricks import TRICKS
from cnnlab.ui.convolution import depthwise


def test_separable_filters_are_recognised() -> None:
    one, five = (depthwise.notice(TRICKS["depthwise_separable"].build(filters=filters)) for filters in (1, 5))
    assert "cannot" not in one
    assert "With one map each filter can be split" in one
    assert "Most filters cannot be split" in five
    assert "share one window per channel" in five
    # One filter is its own depthwise one, with weights of 1.
    any_filter = np.random.default_rng(0).normal(size=(3, 3, 3))
    assert np.array_equal(standard_filter(any_filter, np.ones(3)), any_filter)
