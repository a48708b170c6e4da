"""Guesses of a number: reads the typed text, and marks it. PURE: the standard library alone.

>>> read("28 × 28 × 32 + 1k"), read("12.4 M"), read("12,4 million"), read("12,443,648")
(26088.0, 12400000.0, 12400000.0, 12443648.0)
"""

import re
from math import isfinite
from typing import NamedTuple

from cnnlab.units import factor, percent

FACTORS = {"": 1.0, "k": 1e3, "thousand": 1e3, "m": 1e6, "million": 1e6, "g": 1e9, "b": 1e9, "billion": 1e9}
NUMBER = re.compile(rf"(\d+(?:\.\d+)?(?:e\d{{1,2}})?)\s*({'|'.join(FACTORS)})", re.IGNORECASE)
# A mark in front of every three digits: 12,443,648. One dot alone is a decimal point, as in 0.125.
THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?:(?:,\d{3})+|(?:\.\d{3}){2,})(?![\d,])")
LONGEST = 200  # characters of a guess


def read(text: str) -> float:
    """Return the value of a typed guess: a number with k, M or G, or a sum of products of such numbers.

    A comma is a decimal comma, unless it stands before every three digits. Spaces and underscores between digits, and
    a last "times", are passed over. Raises ``ValueError`` for anything else; nothing is ever executed.
    """
    if len(text) > LONGEST:
        raise ValueError(f"a guess has at most {LONGEST} characters")
    plain = re.sub(r"(?<=\d)\s*(?:x|×|times)$", "", text.strip(), flags=re.IGNORECASE)
    plain = THOUSANDS.sub(lambda match: re.sub("[.,]", "", match[0]), plain)
    plain = re.sub(r"(?<=\d)[_'\s]+(?=\d)", "", plain).replace(",", ".")
    total = 0.0
    for summand in plain.split("+"):
        product = 1.0
        for number in re.split(r"[*×·x]", summand):
            match = NUMBER.fullmatch(number.strip())
            if match is None:
                raise ValueError(
                    f"{text[:40]!r} is not a number; write 6.8, 12443648, 12.4 M, or a product such as 28 × 28 × 32"
                )
            product *= float(match[1]) * FACTORS[match[2].lower()]
        total += product
    if not isfinite(total):
        raise ValueError("that is more than any network does; write a smaller number")
    return total


class Mark(NamedTuple):
    """The mark of a guess: whether it counts as right, and a sentence."""

    good: bool
    text: str


def mark(guess: float, answer: float, near: float = 0.05, twice: str = "") -> Mark:
    """Mark a guess: right to the last digit, near (within a share of the answer), or off by a factor.

    ``twice`` is added for a guess that is twice the answer, if there is a usual reason for that.

    >>> mark(120, 100).text
    '20 % too much.'
    >>> mark(200, 100, twice="Did you count both sides?").text
    'Twice as much. Did you count both sides?'
    """
    if guess == answer:
        return Mark(True, "Exactly right.")
    if not answer or not guess:
        return Mark(False, "Not nothing." if answer else "There are none.")
    ratio = guess / answer
    if abs(ratio - 1) <= near:
        return Mark(True, f"Right to {percent(abs(ratio - 1), 1)}.")
    if ratio == 2:
        return Mark(False, f"Twice as much. {twice}".strip())
    if 0.5 < ratio < 2:
        return Mark(False, f"{percent(abs(ratio - 1), 1)} too {'much' if ratio > 1 else 'little'}.")
    return Mark(False, f"{factor(max(ratio, 1 / ratio))} times too {'much' if ratio > 1 else 'little'}.")
