"""What a student types, and how it is marked."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.guess import mark, read


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("12443648", 12_443_648),
        ("12,443,648", 12_443_648),
        ("12 443 648", 12_443_648),
        ("12.4M", 12_400_000),
        ("1.2e7", 12_000_000),
        ("28*28*16*192", 2_408_448),
        ("28 × 28 × 16 × 192 + 28x28x32x400", 12_443_648),
        (" 3 G ", 3e9),
    ],
)
def test_typed_numbers_are_read(typed: str, value: float) -> None:
    assert read(typed) == pytest.approx(value)


@pytest.mark.parametrize("typed", ["", "many", "__import__('os')", "1/0", "-5", "2**9", "1e99999", "9" * 201, "1+"])
def test_anything_else_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r"guess|number|network"):
        read(typed)


@given(st.text(max_size=250))
def test_any_text_is_read_or_refused(typed: str) -> None:
    with suppress(ValueError):
        assert read(typed) >= 0


@given(st.integers(0, 10**12))
def test_a_full_number_is_read_to_the_digit(number: int) -> None:
    assert read(f"{number:,}") == number


@pytest.mark.parametrize(
    ("guess", "good", "text"),
    [
        (1000, True, "Exactly right."),
        (1040, True, "Right to 4 %."),
        (1500, False, "50 % too much."),
        (2000, False, "Twice as much. Why?"),
        (100, False, "10 times too little."),
        (0, False, "Not nothing."),
    ],
)
def test_marks_of_guesses(guess: float, good: bool, text: str) -> None:
    assert mark(guess, 1000, twice="Why?") == (good, text)
