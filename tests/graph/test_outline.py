"""Blocks, folding and skips."""

import pytest

from cnnlab import zoo
from cnnlab.graph import Add, Conv, Input, blocks, fold, named, skips


@pytest.mark.parametrize("name", zoo.names())
def test_blocks_hold_every_layer_once(name: str) -> None:
    root = zoo.build(name)
    every = blocks(root)
    assert [layer for block in every for layer, _ in block.layers] == list(named(root))
    folded = fold(every)
    assert [member for block in folded for member in block.members] == [block.name for block in every]
    for block in folded:
        twins = [other for other in every if other.name in block.members]
        assert {(twin.params, twin.macs, twin.output.shape) for twin in twins} == {
            (block.params, block.macs, block.output.shape)
        }


def test_resnet_folds_to_its_table() -> None:
    folded = fold(blocks(zoo.build("resnet152")))
    assert [len(block.members) for block in folded] == [1, 1, 1, 2, 1, 7, 1, 35, 1, 2, 1]
    apart = fold(blocks(zoo.build("resnet152")), {"stage3.block2"})
    assert [block.name for block in apart if block.name.startswith("stage3")] == [
        f"stage3.block{n}" for n in range(1, 9)
    ]
    every = blocks(zoo.build("resnet152"))
    assert fold(every, {"nothing"}) == fold(every)


def test_skips_hold_the_layers_on_them() -> None:
    found = skips(list(named(zoo.build("resnet50")).values()))
    assert len(found) == 16
    assert sum(bool(skip.own) for skip in found) == 4
    assert {tuple(node.layer.kind for node in skip.own) for skip in found} == {(), ("batch norm", "conv")}
    assert skips(list(named(zoo.build("resnet50", residual=False)).values())) == ()
    assert len(skips(list(named(zoo.build("mobilenet_v2")).values()))) == 10


def test_a_skip_is_found_whatever_the_order_of_a_sum() -> None:
    x = Input((8, 8, 4))()
    y = x >> Conv(4, 3) >> Conv(4, 3)
    for total in (Add()(x, y), Add()(y, x)):
        (found,) = skips(list(named(total).values()))
        assert (found.start, found.own) == (x, ())
