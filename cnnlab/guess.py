"""Guesses of a number: reading what a student types, and marking it. PURE: the standard library alone.

>>> read("28 × 28 × 32 + 1k"), read("12.4 M")
(26088.0, 12400000.0)
"""

import re
from math import isfinite
from typing import NamedTuple

from cnnlab.units import factor, full, percent

FACTORS = {"": 1.0, "k": 1e3, "m": 1e6, "g": 1e9, "b": 1e9}
NUMBER = re.compile(r"(\d+(?:\.\d+)?(?:e\d{1,2})?)\s*([kmgb]?)", re.IGNORECASE)
LONGEST = 200  # characters of a guess


def read(text: str) -> float:
    """The value of what was typed: a number with k, M or G, or a sum of products of such numbers.

    Commas, underscores and spaces between digits are passed over. Raises ``ValueError`` for anything else; nothing is
    ever executed.
    """
    if len(text) > LONGEST:
        raise ValueError(f"a guess has at most {LONGEST} characters")
    plain = re.sub(r"(?<=\d)[,_'\s]+(?=\d)", "", text.strip())
    total = 0.0
    for summand in plain.split("+"):
        product = 1.0
        for number in re.split(r"[*×·x]", summand):
            match = NUMBER.fullmatch(number.strip())
            if match is None:
                raise ValueError(
                    f"{text[:40]!r} is not a number; write 12443648, 12.4 M, or a product such as 28 × 28 × 32"
                )
            product *= float(match[1]) * FACTORS[match[2].lower()]
        total += product
    if not isfinite(total):
        raise ValueError("that is more than any network does; write a smaller number")
    return total


class Mark(NamedTuple):
    """How good a guess is: ``good`` where it may count as right, and a sentence."""

    good: bool
    text: str


def mark(guess: float, answer: float, near: float = 0.05) -> Mark:
    """Mark a guess: right to the last digit, near (within a share of the answer), or off by a factor.

    >>> mark(120, 100).text
    '20 % too much.'
    >>> mark(200, 100).text
    'Twice as much: did you count multiplications and additions apart (FLOPs)?'
    """
    if guess == answer:
        return Mark(True, "Exactly right.")
    if not answer or not guess:
        return Mark(False, f"It is {full(round(answer))}.")
    ratio = guess / answer
    if abs(ratio - 1) <= near:
        return Mark(True, f"Right to {percent(abs(ratio - 1), 1)}.")
    if ratio == 2:
        return Mark(False, "Twice as much: did you count multiplications and additions apart (FLOPs)?")
    if 0.5 < ratio < 2:
        return Mark(False, f"{percent(abs(ratio - 1), 1)} too {'much' if ratio > 1 else 'little'}.")
    return Mark(False, f"{factor(max(ratio, 1 / ratio))} times too {'much' if ratio > 1 else 'little'}.")
