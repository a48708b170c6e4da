"""Nodes: names, identity, order of execution, and errors that point at the place."""

import threading
from dataclasses import FrozenInstanceError

import pytest

from cnnlab import zoo
from cnnlab.graph import Add, Conv, Input, Outputs, Pool, named, outputs, scope, to_document, walk


def test_equal_layers_are_different_nodes() -> None:
    x = Input((8, 8, 3))()
    one, two = x >> Conv(4, 3), x >> Conv(4, 3)
    assert one.layer == two.layer
    assert one != two
    assert len(walk(Add()(one, two))) == 4


def test_names_follow_scopes_and_stay_unique() -> None:
    x = Input((8, 8, 3))()
    with scope("stage1"):
        for number in (1, 2):
            with scope(f"block{number}"):
                x = x >> Conv(4, 3) >> Conv(4, 3)
    x = x >> Conv(4, 3)
    assert list(named(x)) == [
        "input",
        "stage1.block1.conv",
        "stage1.block1.conv_2",
        "stage1.block2.conv",
        "stage1.block2.conv_2",
        "conv",
    ]


def test_an_error_names_the_layer_that_could_not_be_added() -> None:
    x = Input((8, 8, 3))() >> Conv(4, 3) >> Pool("max", 4)
    with pytest.raises(ValueError, match=r"^conv_2: a 5×5 window"):
        x >> Conv(4, 5, padding="valid")
    with scope("stage3"), pytest.raises(ValueError, match=r"^stage3\.wide: a 5×5 window"):
        Conv(4, 5, padding="valid")(x, name="wide")
    assert x >> Conv(4, 2), "a failed layer leaves the graph as it was"


def test_threads_do_not_share_scopes() -> None:
    names: list[str] = []

    def build() -> None:
        names.append((Input((4, 4, 1))() >> Conv(1, 1)).path)

    with scope("mine"):
        thread = threading.Thread(target=build)
        thread.start()
        thread.join()
    assert names == ["conv"]


def test_nodes_cannot_be_changed() -> None:
    node = Input((4, 4, 1))()
    with pytest.raises(FrozenInstanceError):
        node.path = "other"  # type: ignore[misc]


def test_walk_is_deep_and_in_order() -> None:
    x = Input((4, 4, 1))()
    for _ in range(5000):
        x = x >> Conv(1, 1)
    order = walk(x)
    assert len(order) == 5001
    place = {node: number for number, node in enumerate(order)}
    assert all(place[before] < place[node] for node in order for before in node.inputs)


def test_several_heads_are_one_graph() -> None:
    x = Input((4, 4, 1))()
    main, side = x >> Conv(2, 1), x >> Conv(3, 1)
    both = Outputs()(main, side)
    assert outputs(both) == (main, side)
    assert list(named(both)) == ["input", "conv", "conv_2"]
    document = to_document(both, "two heads")
    assert document["outputs"] == ["conv", "conv_2"]
    assert document["layers"][1]["settings"]["filters"] == 2


def test_a_node_prints_itself_without_its_inputs() -> None:
    assert len(repr(zoo.build("resnet152"))) < 200


def test_names_that_keras_refuses() -> None:
    with pytest.raises(ValueError, match="Keras refuses the slash"):
        Conv(1, 1)(Input((4, 4, 1))(), name="a/b")
