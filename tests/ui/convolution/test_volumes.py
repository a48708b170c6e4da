"""The benches' layers against the graph's counts and the course's numbers."""

from cnnlab.tricks import TRICKS, macs
from cnnlab.ui.convolution import depthwise, pointwise, shortcuts, volumes


def test_the_courses_layers() -> None:
    node = volumes.layer(6, 3, 3, 10, 1)
    assert (node.shape, sum(node.params), node.macs) == ((4, 4, 10), 280, 4320)
    one, five = (pointwise.layer(6, 32, 16, window) for window in (1, 5))
    assert one.shape == five.shape == (6, 6, 16)
    assert five.macs == 25 * one.macs == 460_800
    pair = TRICKS["depthwise_separable"].build()
    assert macs(pair.before) == 2160
    assert [node.macs for node in depthwise.both_steps(pair)] == [432, 240]


def test_costs_of_shortcuts() -> None:
    assert [(each.shape, each.params, each.macs) for each in shortcuts.count()] == [
        ((56, 56, 128), 0, 0),
        ((56, 56, 128), 8192, 25_690_112),
        ((28, 28, 64), 0, 0),
        ((28, 28, 128), 0, 0),
        ((28, 28, 128), 8192, 6_422_528),
    ]
    assert "cannot be added" in shortcuts.shape_error()
