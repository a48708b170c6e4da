"""The summary against the totals, which come from the layer table."""

import pytest
from hypothesis import given
from random_graphs import graphs

from cnnlab import costs, zoo
from cnnlab.graph import Add, Concatenate, Conv, Input, Node


def check(root: Node) -> None:
    short, long = costs.summary(root), costs.totals(root)
    for name, number in short._asdict().items():
        assert number == getattr(long, name), name
        assert type(number) is int
    for precision in costs.BYTES:
        assert short.weight_bytes(precision) == long.weight_bytes(precision)
        assert short.peak_bytes(precision) == long.peak_bytes(precision)


@pytest.mark.parametrize("name", zoo.names())
def test_summaries_of_the_catalogue_equal_the_totals(name: str) -> None:
    check(zoo.build(name))


def test_summary_of_two_heads_equals_the_totals() -> None:
    check(zoo.build("googlenet", auxiliary_heads=True))


@given(graphs())
def test_summaries_of_random_graphs_equal_the_totals(drawn: tuple[Node, list[str]]) -> None:
    check(drawn[0])


def test_one_tensor_taken_twice_is_freed_once() -> None:
    x = Input((8, 8, 2))() >> Conv(2, 3)
    doubled = Concatenate()(x, x) >> Conv(2, 1)
    assert (
        costs.summary(Add()(doubled, doubled)).peak_activations == costs.peak(Add()(doubled, doubled)).elements == 384
    )
    check(Add()(doubled, doubled))
