"""The one check of values: every knob of the project, and every value that is none of its own."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab import augment, recipe, zoo
from cnnlab.knobs import FieldError, HasKnobs, Knob, Length, Range, check_fields, knobs_of, lookup
from cnnlab.knobs.image_size import Sides, of_sides
from cnnlab.tricks import TRICKS

KINDS: tuple[HasKnobs, ...] = (
    *zoo.CASES.values(),
    *TRICKS.values(),
    *recipe.KINDS.values(),
    *augment.KINDS.values(),
)
KNOBS = list(dict.fromkeys(knob for kind in KINDS for knob in kind.knobs.values()))
SHARE = Knob("share", float, 0.5, "A share.", Range(0, 1, 0.25))
WIDTH = Knob("width_factor", float, 1.0, "A width.", Range(0.5, 2, 0.25, steps=True))
COUNT = Knob("count", int, 3, "How many.", Range(1, 2_000_000))
NAME = Knob("name", str, "", "A name.", length=Length(8, least=1))
ON = Knob("on", bool, True, "On or off.")
PADDING = Knob("padding", str, "same", "At the edge.", choices=("same", "valid"))


def test_every_default_is_allowed_and_every_knob_explained() -> None:
    for knob in KNOBS:
        assert knob.check(knob.default) == knob.default
        assert type(knob.check(knob.default)) is (int if knob.type is Sides else knob.type)
        assert knob.help.endswith(".")
        assert knob.choices or knob.type is bool or (knob.limits and knob.limits.low < knob.limits.high)


def values(knob: Knob) -> st.SearchStrategy[Any]:
    if knob.choices:
        return st.sampled_from(knob.choices)
    if knob.limits is None:
        return st.booleans()
    low, high = knob.limits.low, knob.limits.high
    if knob.type is Sides:
        side = st.integers(int(low), int(high))
        return side | st.builds(of_sides, side, side)
    return st.integers(int(low), int(high)) if knob.type is int else st.floats(low, high)


@given(st.sampled_from(KNOBS).flatmap(lambda knob: st.tuples(st.just(knob), values(knob))))
def test_knob_text_round_trip(pair: tuple[Knob, Any]) -> None:
    knob, value = pair
    if knob.limits and knob.type is not Sides and not knob.limits.holds(value):  # between two of its steps
        return
    checked = knob.check(value)
    assert knob.parse(knob.text(checked)) == checked == knob.check(checked)
    assert checked == pytest.approx(value, abs=1e-6) if knob.type is float else checked == value


@pytest.mark.parametrize(
    ("knob", "value", "sentence"),
    [
        (SHARE, 1.01, "share must be a number from 0 to 1, not 1.01; the default is 0.5"),
        (SHARE, -1e-9, "share must be a number from 0 to 1"),
        (SHARE, math.nan, "share must be a number"),
        (SHARE, math.inf, "share must be a number"),
        (SHARE, 10**400, "share must be a number"),
        (SHARE, True, "share must be a number from 0 to 1, not True"),
        (SHARE, "0.5", "share must be a number from 0 to 1, not '0.5'"),
        (SHARE, None, "share must be a number from 0 to 1, not None"),
        (SHARE, {"a": 1}, "share must be a number"),
        (WIDTH, 0.6, "width factor must be a number from 0.5 to 2 in steps of 0.25, not 0.6"),
        (COUNT, 2.5, "count must be a whole number from 1 to 2,000,000, not 2.5; the default is 3"),
        (NAME, "", "name must be a text of 1 to 8 characters, without control characters, not ''"),
        (NAME, "x" * 9, "name must be a text of 1 to 8 characters"),
        (NAME, "a\nb", "name must be a text of 1 to 8 characters, without control characters, not 'a\\nb'"),
        (NAME, "\ud800", "name must be a text"),
        (NAME, 3, "name must be a text of 1 to 8 characters, without control characters, not 3; the default is em"),
        (ON, 1, "on must be true or false, not 1; the default is true"),
        (PADDING, "full", "padding must be one of same, valid, not 'full'; the default is same"),
        (PADDING, ["same"], "padding must be one of same, valid"),
    ],
)
def test_wrong_values_are_refused(knob: Knob, value: object, sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}"):
        knob.check(value)


@given(st.sampled_from([*KNOBS, NAME]), st.text(max_size=60) | st.binary(max_size=60).map(repr))
def test_any_text_is_read_or_refused_with_a_sentence(knob: Knob, text: str) -> None:
    refusal = f"{knob.label} must be "
    try:
        knob.check(knob.parse(text))
    except ValueError as error:
        refusal = str(error)
    assert refusal.startswith(f"{knob.label} must be ")
    assert len(refusal) < 300


def test_numbers_are_kept_in_their_own_type_and_to_six_digits() -> None:
    assert (SHARE.check(1), type(SHARE.check(1))) == (1.0, float)
    assert (COUNT.check(3.0), type(COUNT.check(3.0))) == (3, int)
    assert SHARE.check(0.1 + 0.2) == 0.3
    assert [ON.parse(text) for text in ("true", "Yes", "1", "off")] == [True, True, True, False]


def blur(
    _: int,
    *,
    radius: Annotated[int, Range(1, 9), "Pixels."] = 2,
    edge: Annotated[Literal["black", "mirrored"], "What lies outside."] = "black",
) -> None:
    """Blurs."""


@dataclass(frozen=True)
class Kind(HasKnobs):
    title: str
    function: Callable[..., None]


BLUR = Kind("Blur", blur)


def test_one_error_lists_all_wrong_values_and_names() -> None:
    assert BLUR.check({"radius": 4.0}) == {"radius": 4, "edge": "black"}
    assert BLUR.parse({"radius": "4"}) == {"radius": 4, "edge": "black"}
    assert BLUR.changed({"edge": "mirrored", "radius": 2}) == (("edge", "mirrored"),)
    wrong: Mapping[str, object] = {"edge": 3, "raduis": 1, "radius": 0}
    with pytest.raises(FieldError) as refused:
        BLUR.check(wrong)
    assert list(refused.value.problems) == list(wrong)
    assert str(refused.value).splitlines() == [
        "Blur: edge must be one of black, mirrored, not 3; the default is black",
        "Blur has no knob 'raduis'; its knobs are radius, edge",
        "Blur: radius must be a whole number from 1 to 9, not 0; the default is 2",
    ]


def test_a_dataclass_declares_knobs_as_a_function_does() -> None:
    @dataclass(frozen=True)
    class Square:
        side: Annotated[int, Range(1, 9), "Pixels."] = 3
        note: str = "no knob"

    knobs = knobs_of(Square)
    assert set(knobs) < {each.name for each in fields(Square)}
    square = Square(side=4.0)  # type: ignore[arg-type]
    assert check_fields(square, knobs) == {}
    assert type(square.side) is int
    assert list(check_fields(Square(side=10), knobs)) == ["side"]


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    registry = {"mirror": 1, "blur": 2, "noise": 3}
    assert lookup(registry, "blur", "step") == 2
    for name, hint in [("mirorr", "the nearest is mirror"), ("xyz", "choose mirror, blur or noise")]:
        with pytest.raises(ValueError, match=f"^there is no step '{name}'; {hint}$"):
            lookup(registry, name, "step")
    for hostile in (["mirror"], None, "x" * 10_000):
        with pytest.raises(ValueError, match="there is no step"):
            lookup(registry, hostile, "step")
