"""Stages, sentences and the frontier."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_graphs import graphs

from cnnlab import costs, zoo
from cnnlab.graph import Input, Node, ZeroPad, named
from cnnlab.network import Network


@pytest.mark.parametrize("name", zoo.names())
def test_stages_add_up_to_the_totals(name: str) -> None:
    root = zoo.build(name)
    table, total = costs.stage_table(root), costs.totals(root)
    for column in ("params", "macs", "activations", "layers"):
        assert table[column].sum() == getattr(total, column)
    numbers = [stage for stage in table["stage"] if stage != costs.HEAD]
    assert numbers == sorted(numbers)


def test_a_single_pixel_is_an_image() -> None:
    root = Input((1, 1, 1))() >> ZeroPad(right=1)
    assert costs.stage_table(root)["stage"].tolist() == [0]


@given(graphs())
def test_any_graph_has_stages(drawn: tuple[Node, list[str]]) -> None:
    root = drawn[0]
    assert costs.stage_table(root)["layers"].sum() == len(named(root))


NAMES = ("resnet50", "inception_v3", "efficientnet_b0")


def test_stages_of_different_images_are_aligned() -> None:
    tables = {name: costs.stage_table(zoo.build(name)) for name in NAMES}
    sides = {name: dict(zip(table["stage"], table["sides"], strict=True)) for name, table in tables.items()}
    assert [sides["resnet50"][stage] for stage in range(6)] == [((side, side),) for side in (224, 112, 56, 28, 14, 7)]
    assert [sides["inception_v3"][stage][-1][0] for stage in range(1, 6)] == [147, 71, 35, 17, 8]
    # A gate's vectors belong to the map that they weigh, not to the head.
    assert set(sides["efficientnet_b0"]) == {0, 1, 2, 3, 4, 5, costs.HEAD}


def said(*references: str) -> str:
    networks = [Network.parse(reference) for reference in references]
    return costs.verdict([each.label for each in networks], [costs.totals(each.graph()) for each in networks])


def test_two_networks_in_a_sentence() -> None:
    assert said("mobilenet_v1", "resnet50") == (
        "**ResNet-50** does 6.8 times as many MACs as **MobileNet v1**: 3.86 G against 569 M. ResNet-50 stores 6.0 "
        "times as many parameters and writes 2.2 times as many activations."
    )
    assert "but EfficientNet-B3 writes 2.7 times as many" in said("inception_v3", "efficientnet_b3")
    assert "do the same" in said("vgg16", "vgg16")
    assert "0.5 % more MACs than" in said("resnet34", "resnet34+drop_skips")


def test_several_networks_in_a_sentence() -> None:
    text = said("vgg16", "resnet50", "mobilenet_v1")
    assert "**VGG-16** does 15.5 G MACs, 27 times as many as **MobileNet v1**" in text
    assert "it also stores the most parameters, 138 M" in text
    with pytest.raises(ValueError, match="choose a second"):
        said("vgg16")


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), min_size=1, max_size=12))
def test_no_network_beats_the_frontier(dots: list[tuple[int, int]]) -> None:
    front = costs.frontier([cost for cost, _ in dots], [gain for _, gain in dots])
    kept = [dots[place] for place in front]
    assert kept == sorted(kept)
    for cost, gain in dots:
        assert any(better <= cost and more >= gain for better, more in kept)
    for cost, gain in kept:
        assert not any(other <= cost and more > gain for other, more in dots)
