"""Tricks: the course's own numbers, laws against counts, and any knobs."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab import tricks, zoo
from cnnlab.graph import Node, named, walk
from cnnlab.knobs import Value
from cnnlab.tricks import TRICKS, Trick


def by_name(root: Node) -> dict[str, int]:
    return {name: node.macs for name, node in named(root).items() if node.macs}


def test_the_courses_bottleneck() -> None:
    pair = TRICKS["bottleneck"].build()
    assert tricks.macs(pair.before) == 120_422_400
    assert by_name(pair.after) == {"reduce": 2_408_448, "conv": 10_035_200}
    assert tricks.macs(pair.after) == 12_443_648


def test_the_courses_separable_convolution() -> None:
    pair = TRICKS["depthwise_separable"].build()
    assert (pair.before.shape, pair.after.shape) == ((4, 4, 5), (4, 4, 5))
    assert tricks.macs(pair.before) == 2_160
    assert by_name(pair.after) == {"depthwise": 432, "pointwise": 240}
    law = TRICKS["depthwise_separable"].ratio()
    assert law is not None
    assert law.value == Fraction(1, 5) + Fraction(1, 9) == Fraction(672, 2160)


@pytest.mark.parametrize("module", TRICKS["inception"].knobs["module"].choices)
def test_the_inception_trick_equals_googlenets_module(module: str) -> None:
    after = TRICKS["inception"].build(module=module).after
    whole = [node for node in walk(zoo.build("googlenet")) if node.path.startswith(f"inception{module}.")]
    assert [node.macs for node in walk(after)[1:]] == [node.macs for node in whole]
    assert after.shape == whole[-1].shape


@st.composite
def set_tricks(draw: st.DrawFn) -> tuple[Trick, dict[str, Value]]:
    trick = TRICKS[draw(st.sampled_from(list(TRICKS)))]
    values: dict[str, Value] = {}
    for knob in trick.knobs.values():
        if knob.limits:
            values[knob.name] = draw(st.integers(int(knob.limits.low), min(int(knob.limits.high), 64)))
        else:
            values[knob.name] = draw(st.sampled_from(knob.choices))
    return trick, values


@given(set_tricks())
def test_laws_hold_for_any_knobs(drawn: tuple[Trick, dict[str, Value]]) -> None:
    trick, values = drawn
    try:
        pair = trick.build(**values)
    except ValueError:
        return
    if trick.name != "inception":  # whose naive module passes more channels on
        assert pair.before.shape == pair.after.shape
    law = trick.ratio(**values)
    if law:
        assert law.value == Fraction(tricks.macs(pair.after), tricks.macs(pair.before))


def test_every_trick_saves_with_its_usual_numbers() -> None:
    for trick in TRICKS.values():
        pair = trick.build()
        assert tricks.macs(pair.after) < tricks.macs(pair.before), trick.name
        assert trick.along in trick.knobs


def test_wrong_names_and_values_raise_a_sentence() -> None:
    with pytest.raises(ValueError, match="there is no trick 'botleneck'; the nearest is bottleneck"):
        tricks.trick("botleneck")
    with pytest.raises(ValueError, match="kernel must be a whole number from 1 to 11"):
        TRICKS["bottleneck"].build(kernel=99)
    with pytest.raises(ValueError, match="the number of groups, 3, must divide both"):
        TRICKS["grouped"].build(groups=3, channels=64)
