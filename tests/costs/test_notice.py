"""The sentence of what to notice, for each family and for knobs that change it."""

import pytest

from cnnlab import costs, zoo
from cnnlab.graph import Input
from cnnlab.knobs import Value


@pytest.mark.parametrize(
    ("name", "knobs", "sentence"),
    [
        ("vgg16", {}, "89 % of VGG-16's parameters sit in three dense layers that do 0.8 % of its MACs."),
        ("nin", {}, "has no dense layer"),
        ("googlenet", {}, "37 of GoogLeNet's 57 convolutions are 1×1."),
        ("resnet50", {}, "four projections with 11 % of the parameters"),
        ("resnet34", {"shortcut": "A"}, "not a single parameter"),
        ("resnet50", {"residual": False}, "the first half of the 50 layers"),
        ("mobilenet_v1", {}, "13 depthwise convolutions do 3 % of its MACs"),
        ("efficientnet_b0", {}, "16 depthwise convolutions"),
    ],
)
def test_the_sentence_fits_the_network(name: str, knobs: dict[str, Value], sentence: str) -> None:
    assert sentence in costs.notice(zoo.build(name, **knobs), zoo.case(name).title)


def test_every_graph_has_a_sentence() -> None:
    assert costs.notice(Input((4, 4, 1))(), "nothing") == "Nothing has no layer that multiplies and accumulates."
    assert all(costs.notice(zoo.build(name), name).endswith(".") for name in zoo.names())
