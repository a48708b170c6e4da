"""The sentence of what to notice, for each family and for knobs that change it."""

import re

import pytest
from hypothesis import given
from random_graphs import graphs

from cnnlab import costs, zoo
from cnnlab.graph import Add, Concatenate, Conv, Counted, DepthwiseConv, GlobalPool, Input, Node, Pool, Sum
from cnnlab.knobs import Value


@pytest.mark.parametrize(
    ("name", "knobs", "sentence"),
    [
        ("vgg16", {}, "89 % of VGG-16's parameters are in three dense layers that do 0.8 % of its MACs."),
        ("nin", {}, "has no dense layer"),
        ("googlenet", {}, "37 of GoogLeNet's 57 convolutions are 1×1. They do 23 % of its MACs; 36 of them"),
        ("resnet50", {}, "four projections with 11 % of the parameters"),
        ("resnet34", {"shortcut": "A"}, "no parameter"),
        ("resnet50", {"residual": False}, "the first 25 of the 50 layers"),
        ("mobilenet_v1", {}, "13 depthwise convolutions do 3 % of its MACs"),
        ("efficientnet_b0", {}, "16 depthwise convolutions"),
    ],
)
def test_the_sentence_fits_the_network(name: str, knobs: dict[str, Value], sentence: str) -> None:
    assert sentence in costs.notice(zoo.build(name, **knobs), zoo.case(name).title)


def test_every_graph_has_a_sentence() -> None:
    assert (
        costs.notice(Input((4, 4, 1))(), "nothing") == "Nothing does no MACs: it has no convolution and no dense layer."
    )
    assert all(costs.notice(zoo.build(name), name).endswith(".") for name in zoo.names())


def test_maps_are_a_reason_only_where_both_halves_have_them() -> None:
    maps = Input((32, 32, 3))() >> Conv(16, 9) >> Pool("max", 4) >> Conv(64, 5) >> Pool("max", 8)
    assert "large maps" in costs.notice(maps, "X")
    step = Sum("w", "9", 9), Sum("t × w", "900", 900)
    embedded = Sum("c × k", "50", 50), Sum("c × k", "50", 50)
    sequence = Input((100, 3))() >> Counted("LSTM", "", (9,), *step) >> Counted("dense", "", (5,), *embedded)
    assert "In X, the first of the 2 layers that multiply does" in costs.notice(sequence, "X")
    assert "large maps" not in costs.notice(sequence, "X")


def concatenated(*convs: Conv) -> Node:
    """Return a network of parallel convolutions, and the image beside them."""
    x = Input((8, 8, 3))()
    return Concatenate()(x, *(conv(x) for conv in convs))


X = Input((8, 8, 3))()


@pytest.mark.parametrize(
    ("root", "sentence"),
    [
        (concatenated(Conv(4, 3)), "In X, one layer does all the MACs."),
        (concatenated(Conv(4, 1)), "X's only convolution is 1×1. It does 100 % of its MACs."),
        (
            concatenated(Conv(2, 1)),
            "X's only convolution is 1×1. It does 100 % of its MACs; it has fewer output than",
        ),
        (concatenated(Conv(4, 1), Conv(2, 1)), "Both convolutions of X are 1×1. They do 100 % of its MACs; 1 of them"),
        (concatenated(Conv(4, 1), Conv(4, 3)), "1 of X's 2 convolutions is 1×1. It does 10 % of its MACs."),
        (X >> DepthwiseConv(3), "X's one depthwise convolution does 100 % of its MACs."),
        (X >> DepthwiseConv(3) >> Conv(4, 1), "; the 1×1 convolution that mixes the channels does 31 %."),
        (Add()(Conv(3, 3)(X), X), "In X, one skip connection goes around one block; it has no parameter"),
        (Add()(Conv(4, 3)(X), Conv(4, 1)(X)), "around one block; it has a projection, 12 % of the parameters"),
        (X >> GlobalPool("avg"), "X does no MACs: it has no convolution and no dense layer."),
        (X >> Conv(4, 3) >> GlobalPool("max"), "In X, one layer does all the MACs."),
        (
            X >> Conv(4, 3) >> Conv(8, 3),
            "In X, the first of the 2 layers that multiply does 27 % of the MACs and holds",
        ),
    ],
)
def test_none_one_and_all(root: Node, sentence: str) -> None:
    assert sentence in costs.notice(root, "X")


@given(graphs())
def test_no_sentence_counts_nothing_or_disagrees_in_number(drawn: tuple[Node, list[str]]) -> None:
    said = costs.notice(drawn[0], "X")
    assert not re.search(
        r"\b0 of|\bno (projection|depthwise|skip|dense layers)|\b1 \w+s\b|\bone \w+s\b|\bAll 1\b", said
    ), said
    assert not re.search(r"\b(one|1 of them|only convolution) [\w ]*\b(do|let|are|leave)\b(?! fewer)", said), said
