"""Filters over volumes against SciPy, and the benches' layers against the graph's counts."""

import numpy as np
import pytest
from scipy.signal import correlate

from cnnlab.convolution.volumes import channel_sums, convolve, products, widened
from cnnlab.figures.boxes import Column, Solid, boxes
from cnnlab.graph import walk
from cnnlab.recipe import build
from cnnlab.tricks import TRICKS, macs
from cnnlab.ui.convolution import chains, depthwise, pointwise, shortcuts, volumes


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


def test_what_does_not_fit_is_told() -> None:
    with pytest.raises(ValueError, match="3 channels does not fit a volume of 2"):
        convolve(np.zeros((4, 4, 2)), np.zeros((3, 3, 3)))
    with pytest.raises(ValueError, match="does not fit"):
        convolve(np.zeros((2, 2, 1)), np.zeros((3, 3, 1)))


def test_two_steps_are_one_standard_filter() -> None:
    image, one = volumes.image(), depthwise.filter_()
    for weights in depthwise.WEIGHTS:
        two = channel_sums(image, one) @ weights
        np.testing.assert_allclose(two, correlate(image, widened(one, weights), "valid")[:, :, 0])


def test_the_courses_layers() -> None:
    node = volumes.layer(6, 3, 3, 10, 1)
    assert (node.shape, sum(node.params), node.macs) == ((4, 4, 10), 280, 4320)
    one, five = (pointwise.layer(6, 32, 16, window) for window in (1, 5))
    assert one.shape == five.shape == (6, 6, 16)
    assert five.macs == 25 * one.macs == 460_800
    pair = TRICKS["depthwise_separable"].build()
    assert macs(pair.before) == 2160
    assert [node.macs for node in depthwise.two(pair)] == [432, 240]


def test_chains() -> None:
    first, second = (build(chain.recipe) for chain in chains.CHAINS.values())
    assert [row.shape for row in first.rows] == [(37, 37, 10), (17, 17, 20), (7, 7, 40), (1960,)]
    assert [row.params for row in first.rows] == [280, 5020, 20_040, 0]
    assert [row.params for row in second.rows if row.params] == [608, 3216, 48_120, 10_164, 850]


def test_wrong_counts_come_about_as_told() -> None:
    for chain in chains.CHAINS.values():
        right = {row.name: row.params for row in build(chain.recipe).rows}
        for name, printed in chain.printed.items():
            arithmetic = printed.reason.split(":")[0].replace("×", "*")
            assert eval(arithmetic) == printed.params != right[name]


def test_shortcuts() -> None:
    assert [(way.shape, way.params, way.macs) for way in shortcuts.counted()] == [
        ((56, 56, 128), 0, 0),
        ((56, 56, 128), 8192, 25_690_112),
        ((28, 28, 64), 0, 0),
        ((28, 28, 128), 0, 0),
        ((28, 28, 128), 8192, 6_422_528),
    ]
    assert "cannot be added" in shortcuts.refusal()


def test_every_frame_has_a_text_and_a_place() -> None:
    examples = [volumes.example(name) for name in volumes.FILTER.choices]
    examples += [pointwise.example(name) for name in pointwise.MIX.choices]
    examples += [depthwise.example(output, together) for output in range(1, 6) for together in (True, False)]
    for _, texts, moves in examples:
        assert {len(places) for places in moves.values()} == {len(texts)}
    one, two = (depthwise.example(2, together)[1] for together in (True, False))
    results = [[text.split("<b>")[1] for text in texts[3::4]] for texts in (one, two)]
    assert results[0] == results[1]


def test_texts_are_right_sums() -> None:
    for text in (*volumes.example("vertical edges")[1], *depthwise.example(3, together=False)[1]):
        told = text.rpartition(": ")[2].replace("×", "*").replace("−", "-").replace("<b>", "").replace("</b>", "")
        left, _, right = told.rpartition(" = ")
        assert eval(left) == pytest.approx(float(right))


def test_boxes_are_to_scale() -> None:
    drawn = boxes(
        (Column((Solid((4, 4, 2)), Solid((4, 4, 2))), "a < b"), Column((Solid((8, 8, 4)),), "c", "d", "=")), "t"
    )
    assert "a &lt; b" in drawn
    fronts = [part.split('"') for part in drawn.split("<rect ")[1:]]
    sizes = [(float(part[5]), float(part[7])) for part in fronts]
    assert sizes[0] == sizes[1]
    assert sizes[2] == pytest.approx((2 * sizes[0][0], 2 * sizes[0][1]), abs=0.2)


def test_every_layer_of_a_chain_is_in_its_table() -> None:
    for chain in chains.CHAINS.values():
        head, rows = chains.table(chain)
        assert {len(row) for row in rows} == {len(head)}
        graph = build(chain.recipe).output
        assert rows[-1][3:5] == (
            f"{sum(sum(node.params) for node in walk(graph)):,}",
            f"{sum(node.macs for node in walk(graph)):,}",
        )
