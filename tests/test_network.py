"""References: what is written is read back, and nonsense gets a sentence."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab import zoo
from cnnlab.network import LONGEST, Network


@st.composite
def networks(draw: st.DrawFn) -> Network:
    case = zoo.case(draw(st.sampled_from(zoo.names())))
    values: dict[str, zoo.Value] = {}
    for knob in case.knobs.values():
        if not draw(st.booleans()):
            continue
        if knob.type is bool:
            values[knob.name] = draw(st.booleans())
        elif knob.choices:
            values[knob.name] = draw(st.sampled_from(knob.choices))
        elif knob.limits and knob.type is int:
            values[knob.name] = draw(st.integers(int(knob.limits.low), int(knob.limits.high)))
        elif knob.limits:
            values[knob.name] = draw(st.floats(knob.limits.low, knob.limits.high))
    return Network.of(case.name, **values)


@given(networks())
def test_text_round_trip(network: Network) -> None:
    assert Network.parse(str(network)) == network
    assert hash(Network.parse(str(network))) == hash(network)
    read, problems = Network.read(network.name, network.params)
    assert (read, problems) == (network, [])


def test_defaults_are_not_written() -> None:
    assert str(Network.of("resnet50", input_size=224, bias=True)) == "resnet50"
    assert str(Network.parse("resnet50?bias=no&input_size=160")) == "resnet50?input_size=160&bias=false"
    assert Network.parse("resnet50?input_size=160").replace(input_size=224) == Network.of("resnet50")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("resnet51", "did you mean resnet50"),
        ("", "no network"),
        ("resnet50?width=2", "no setting 'width'; it has input_size"),
        ("resnet50?input_size=abc", "input_size must be a whole number from 8 to 1024, got 'abc'"),
        ("resnet50?input_size=-1", "got -1; the usual value is 224"),
        ("resnet50?input_size=224.5", "whole number"),
        ("mobilenet_v1?width=0", "width must be a number from 0.1 to 4"),
        ("mobilenet_v1?width=nan", "width must be"),
        ("mobilenet_v1?width=1e999", "width must be"),
        ("resnet50?bias=maybe", "bias must be yes or no"),
        ("resnet50?stride_on=v2", "one of v1, v1.5"),
        ("resnet50?input_size", "not of the form knob=value"),
        ("resnet50?" + "a" * LONGEST, f"at most {LONGEST} characters"),
    ],
)
def test_nonsense_gets_a_sentence(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        Network.parse(text)


def test_reading_a_url_keeps_what_is_good() -> None:
    network, problems = Network.read(
        "resnet50", {"input_size": "160", "bias": "?", "layer": "x", "network": "resnet50"}
    )
    assert network == Network.of("resnet50", input_size=160)
    assert len(problems) == 1
    assert problems[0].startswith("bias must be yes or no")


def test_graph_is_built_once() -> None:
    assert Network.of("lenet5").graph() is Network.parse("lenet5").graph()
