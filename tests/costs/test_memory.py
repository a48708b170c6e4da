"""Peak memory against a simulation that keeps every tensor with the list of its later users."""

from math import prod

import pytest
from hypothesis import given
from random_graphs import graphs

from cnnlab import costs, zoo
from cnnlab.graph import Add, Conv, Input, Node, outputs, walk


def simulated_peak(root: Node) -> int:
    order = walk(*outputs(root))
    most = 0
    for now in range(len(order)):
        alive = [
            node
            for made, node in enumerate(order[: now + 1])
            if made == now or node in outputs(root) or any(node in later.inputs for later in order[now:])
        ]
        most = max(most, sum(prod(node.shape) for node in alive))
    return most


@given(graphs())
def test_peak_matches_a_simulation(drawn: tuple[Node, list[str]]) -> None:
    assert costs.peak(drawn[0]).elements == simulated_peak(drawn[0])


@pytest.mark.parametrize("name", ["resnet18", "googlenet", "mobilenet_v2", "resnet20_cifar"])
def test_known_peaks_of_case_studies(name: str) -> None:
    root = zoo.build(name)
    assert costs.peak(root).elements == simulated_peak(root)


def test_a_skip_keeps_its_tensor_alive() -> None:
    x = Input((10, 10, 1))() >> Conv(1, 1)
    plain = x >> Conv(1, 1) >> Conv(1, 1)
    assert costs.peak(plain).elements == 200
    assert costs.peak(Add()(plain, x)).elements == 300
