"""Network references: text and value round trip, and nonsense raises a sentence."""

import re

import pytest
from hypothesis import given
from random_graphs import networks

from cnnlab.network import LONGEST, Network, smallest_input


@given(networks())
def test_text_round_trip(network: Network) -> None:
    assert Network.parse(str(network)) == network
    assert hash(Network.parse(str(network))) == hash(network)
    assert Network.read(network.url_text) == (network, [])


def test_defaults_are_not_written() -> None:
    assert str(Network.of("resnet50", input_size=224, bias=True)) == "resnet50"
    assert str(Network.parse("resnet50?bias=no&input_size=160")) == "resnet50?input_size=160&bias=false"
    assert str(Network.of("mobilenet_v1", width=0.1 + 0.05)) == "mobilenet_v1?width=0.15"
    assert Network.parse("resnet50?input_size=160").replace(input_size=224) == Network.of("resnet50")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("resnet51", "the nearest are resnet50"),
        ("", "choose one such as lenet5, vgg16 or resnet50"),
        ("RESNET51", "the nearest are resnet50"),
        ("resnet50?input_size=" + "9" * 400, "not 99999"),
        ("resnet50?input_size=1&input_size=2", "sets the same knob again"),
        ("mobilenet_v1?width=inf", "width must be"),
        ("resnet50?width=2", "no knob 'width'; its knobs are input_size"),
        (
            "resnet50?input_size=abc",
            "input size must be a whole number from 8 to 1,024, or height x width such as 224x320, not 'abc'",
        ),
        ("resnet50?input_size=-1", "not -1; the default is 224"),
        ("resnet50?input_size=224.5", "whole number"),
        ("mobilenet_v1?width=0", "width must be a number from 0.1 to 4"),
        ("mobilenet_v1?width=nan", "width must be"),
        ("mobilenet_v1?width=1e999", "width must be"),
        ("resnet50?bias=maybe", "bias must be true or false"),
        ("resnet50?stride_on=v2", "one of v1, v1.5"),
        ("resnet50?input_size", "not of the form knob=value"),
        ("resnet50?" + "a" * LONGEST, f"at most {LONGEST} characters"),
    ],
)
def test_nonsense_raises_a_sentence(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        Network.parse(text)


def test_reading_a_url_keeps_the_valid_parts() -> None:
    network, problems = Network.read("resnet50?input_size=160&bias=?&layer=x&&input_size=224+drop_skips+dance")
    assert network == Network.parse("resnet50?input_size=160+drop_skips")
    assert [problem.partition(";")[0] for problem in problems] == [
        "ResNet-50 has no knob 'layer'",
        "'' is not of the form knob=value",
        "'input_size=224' sets the same knob again",
        "bias must be true or false, not '?'",
        "there is no rewrite 'dance'",
    ]
    assert problems[3].endswith("; the default is true, which is shown instead")
    assert problems[4].endswith("; this part is ignored")


def test_graph_is_built_once() -> None:
    assert Network.of("lenet5").graph() is Network.parse("lenet5").graph()


@pytest.mark.parametrize(
    ("text", "smallest"),
    [("vgg16", 32), ("inception_v3", 75), ("resnet50", 8), ("lenet5", 16), ("alexnet?classes=10", 67)],
)
def test_smallest_input_can_be_built(text: str, smallest: int) -> None:
    network = Network.parse(text)
    assert smallest_input(network) == smallest
    network.replace(input_size=smallest).graph()
    if smallest > 8:
        with pytest.raises(ValueError, match="larger input image"):
            network.replace(input_size=smallest - 1).graph()


def test_infinite_numbers_are_refused() -> None:
    for value in (float("inf"), float("nan"), 10**400):
        with pytest.raises(ValueError, match="input size must be"):
            Network.of("resnet50", input_size=value)


def test_labels_write_numbers_and_letters_as_the_papers_do() -> None:
    assert Network.parse("efficientnet_b0?phi=1").label == "EfficientNet-B0 (φ 1)"
    assert Network.parse("mobilenet_v1?width=0.75").label == "MobileNet v1 (width 0.75)"
