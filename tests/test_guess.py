"""What a student types, and how it is marked."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.guess import limit, mark, read, unit_meant


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("12443648", 12_443_648),
        ("12,443,648", 12_443_648),
        ("12 443 648", 12_443_648),
        ("12.443.648", 12_443_648),
        ("12'443’648", 12_443_648),
        ("12_443_648", 12_443_648),
        ("1.234,5", 1234.5),
        ("12.4M", 12_400_000),
        ("1.2e7", 12_000_000),
        ("1.2e+7", 12_000_000),
        ("1.2E-1", 0.12),
        ("10^7", 1e7),
        ("10**7", 1e7),
        ("1.24 × 10⁷", 12_400_000),
        ("1.24·10^7", 12_400_000),
        ("2^3^2", 512),
        ("(28*28)*16", 12_544),
        ("28² × 16", 12_544),
        ("(28 − 5 + 1)^2", 576),
        ("(28*28)(16)", 12_544),
        ("28 x 28 X 16", 12_544),
        ("28 by 28 times 16", 12_544),
        ("28*28*16*192", 2_408_448),
        ("28 × 28 × 16 × 192 + 28x28x32x400", 12_443_648),
        ("120422400 / 9.7", 120_422_400 / 9.7),
        ("1 M − 1", 999_999),
        ("(3 + 4) M", 7e6),
        ("2 M + 400 k", 2_400_000),
        (" 3 G ", 3e9),
        ("12.4M MACs", 12_400_000),
        ("12.4 MMACs", 12_400_000),
        ("24.9 MFLOPs", 24_900_000),
        ("12,4 Mio", 12_400_000),
        ("12,4 Mio.", 12_400_000),
        ("3,9 Mrd. MACs", 3_900_000_000),
        ("12.4 millions", 12_400_000),
        ("12.4 mln", 12_400_000),
        ("3.9 bn", 3_900_000_000),
        ("456 parameters", 456),
        ("200 kB", 200_000),
        ("2 MB", 2_000_000),
        ("3 B", 3_000_000_000),
        ("~12M", 12_000_000),
        ("≈ 12 M", 12_000_000),
        ("about 12 million multiply-adds", 12_000_000),
        ("ca. 12 M", 12_000_000),
        ("= 12 M", 12_000_000),
        ("8 times", 8),
        ("8x", 8),
        ("8x fewer", 8),
        ("9.7×", 9.7),
        ("8-fold", 8),
        (".5 M", 500_000),
        ("12 M.", 12_000_000),
        ("12 M?", 12_000_000),
        ("１２ Ｍ", 12_000_000),
        ("+12", 12),
    ],
)
def test_typed_numbers_are_read(typed: str, value: float) -> None:
    assert read(typed) == pytest.approx(value)


@pytest.mark.parametrize(
    ("typed", "named"),
    [
        ("", "a number is missing"),
        ("many", "“many” cannot be read"),
        ("twelve million", "“twelve” cannot be read"),
        ("12.4 Q", "“Q” cannot be read"),
        ("12 %", "“%” cannot be read"),
        ("__import__('os')", "“__import__” cannot be read"),
        ("os.system('ls')", "“os” cannot be read"),
        ("1/0", "division by 0"),
        ("0^-1", "division by 0"),
        ("-5", "below 0"),
        ("−5 M", "below 0"),
        ("3 - 5", "below 0"),
        ("(-8)^(1/3)", "cannot be computed"),
        ("1e99999", "larger than the count of any network"),
        ("9^9^9", "larger than the count of any network"),
        ("10^400", "larger than the count of any network"),
        ("9" * 201, "at most 200 characters"),
        ("1+", "a number is missing after “+”"),
        ("2 ** ", "a number is missing after “^”"),
        ("*3", "a number is missing before “*”"),
        ("28 28 16", "“28” follows a number"),
        ("(28 * 28", "a bracket is not closed"),
        ("28 * 28)", "a closing bracket has no opening one"),
        ("()", "a number is missing"),
        ("(" * 150, "brackets"),
        ("1.2.3", "“.3” follows a number"),
        ("28; 28", "“;” cannot be read"),
    ],
)
def test_what_cannot_be_read_is_named(typed: str, named: str) -> None:
    with pytest.raises(ValueError, match=r"guess|number|network|0|read|bracket|computed") as caught:
        read(typed)
    assert named in str(caught.value)


@given(st.text(max_size=250) | st.text("0123456789.,+-*/^()exkMG ~²_'", max_size=200))
def test_any_text_is_read_or_refused(typed: str) -> None:
    with suppress(ValueError):
        assert 0 <= read(typed) < float("inf")


@given(st.integers(0, 10**12))
def test_a_full_number_is_read_to_the_digit(number: int) -> None:
    assert read(f"{number:,}") == number
    assert read(f"{number:_}") == number
    assert read(f"{number:,}".replace(",", " ")) == number


numbers = st.integers(0, 999).map(str)
arithmetic = st.recursive(
    numbers,
    lambda inner: st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda parts: f"({' '.join(parts)})"),
    max_leaves=12,
)


@given(arithmetic)
def test_arithmetic_is_that_of_python(typed: str) -> None:
    try:
        value = eval(typed)  # what hypothesis wrote above
    except ZeroDivisionError:
        with pytest.raises(ValueError, match="division by 0"):
            read(typed)
        return
    if value < 0:
        with pytest.raises(ValueError, match="below 0"):
            read(typed)
    else:
        assert read(typed) == pytest.approx(value, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    ("guess", "good", "text"),
    [
        (1000, True, "Exactly right."),
        (1040, True, "Right: it is 4 % off."),
        (999.9, True, "Right: it is under 0.1 % off."),
        (1500, False, "50 % too high."),
        (700, False, "30 % too low."),
        (2000, False, "Twice the answer. Why?"),
        (2040, False, "About twice the answer. Why?"),
        (1960, False, "About twice the answer. Why?"),
        (500, False, "Half the answer. How?"),
        (510, False, "About half the answer. How?"),
        (100, False, "10 times too low."),
        (1, False, "1,000 times too low. With k it is exactly right."),
        (1.04, False, "962 times too low. With k it is 4 % off."),
        (10_000, False, "10 times too high."),
        (0, False, ""),
    ],
)
def test_marks_of_guesses(guess: float, good: bool, text: str) -> None:
    assert mark(guess, 1000, twice="Why?", half="How?") == (good, text)


def test_a_guess_where_the_answer_is_nothing() -> None:
    assert mark(0, 0).good
    assert mark(3, 0) == (False, "")


@pytest.mark.parametrize(
    ("typed", "answer", "unit"),
    [
        ("12.4", 12_443_648, "M"),
        ("12,4", 12_443_648, "M"),
        ("~12.4 MACs", 12_443_648, "M"),
        ("24.9", 12_443_648, "M"),
        ("12443", 12_443_648, "k"),
        ("3.86", 3_857_973_248, "G"),
        ("12.4 k", 12_443_648, ""),
        ("3 * 4", 12_443_648, ""),
        ("12443648", 12_443_648, ""),
        ("500", 12_443_648, ""),
        ("0", 12_443_648, ""),
        ("0", 0, ""),
        ("456", 456, ""),
    ],
)
def test_a_bare_number_is_asked_for_its_unit(typed: str, answer: float, unit: str) -> None:
    assert unit_meant(typed, answer) == unit


@pytest.mark.parametrize("typed", ["0", "-5", "−5", "0.4", "", "none"])
def test_a_limit_is_a_whole_number_of_at_least_one(typed: str) -> None:
    with pytest.raises(ValueError, match=r"1 or more|below 0|missing|cannot be read"):
        limit(typed)


def test_a_limit_is_cut_to_a_whole_number() -> None:
    assert (limit("300 M"), limit("1"), limit("1.9")) == (300_000_000, 1, 1)
