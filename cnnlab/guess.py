"""Guesses of a number: reads the typed text, and marks it. PURE: the standard library alone.

>>> read("28 × 28 × 32 + 1k"), read("(28*28)*16"), read("12,4 Mio"), read("12,443,648 MACs")
(26088.0, 12544.0, 12400000.0, 12443648.0)
"""

import math
import re
import unicodedata
from collections.abc import Callable
from typing import NamedTuple

from cnnlab.units import capitalised, factor, percent

UNITS = {"k": 1e3, "M": 1e6, "G": 1e9}
FACTORS = dict.fromkeys(("k", "thousand", "thousands", "tsd", "kilo"), 1e3)
FACTORS |= dict.fromkeys(("m", "million", "millions", "mio", "mill", "mln", "mn", "mega", "millionen"), 1e6)
FACTORS |= dict.fromkeys(("g", "b", "billion", "billions", "bn", "mrd", "giga", "milliard", "milliarden"), 1e9)
COUNTED = {"mac", "macs", "flop", "flops", "param", "params", "parameter", "parameters", "weight", "weights", "bytes"}
PREFIXED = {*COUNTED, "b"}  # behind k, M or G without a space: 12 MMACs, 200 kB
# Words behind a number that do not change its value.
NOUNS = {*COUNTED, "multiplication", "multiplications", "operation", "operations", "ops", "biases"}
NOUNS |= {"times", "x", "fold", "more", "fewer", "less", "as", "many", "lower", "higher"}
TIMES = ("x", "times", "by")  # between two factors; the first two also behind the last number
NEARLY = {"about", "approx", "approximately", "around", "roughly", "circa", "ca", "c", "nearly", "almost", "maybe"}
PLAIN_SIGNS = str.maketrans("−–×·⋅÷⁄", "--***//")
SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
# A mark in front of every three digits: 12,443,648, 12 443 648, 12.443.648. One dot alone is a decimal point, as in
# 0.125, unless a decimal comma follows: 1.234,5.
THOUSANDS = re.compile(
    r"(?<![\d.,])\d{1,3}(?:(?:,\d{3})+(?![\d,])|(?:[ _'’]\d{3})+(?!\d)|(?:\.\d{3}){2,}(?![\d.])|(?:\.\d{3})+(?=,\d))"
)
TOKEN = re.compile(
    r"(?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?)|(?P<word>[^\W\d_]+)|(?P<other>\w+|\S)", re.IGNORECASE
)
SIGNS = tuple("+-*/^)")
LONGEST = 200  # characters of a guess
DEEPEST = 20  # brackets and powers within one another
HOW = "write digits, with k, M or G if you like, or a product with ×"


def read(text: str) -> float:
    """Return the value of a typed guess: a number with k, M or G, or arithmetic with such numbers.

    It may have + − × / ^ and brackets, and words that change nothing, such as "about" and "MACs". A comma is a decimal
    comma, unless it stands before every three digits. Raises ``ValueError`` that names what cannot be read; nothing is
    ever executed.
    """
    value = _parse(text).value
    if value < 0:
        raise ValueError("no answer here is below 0; write a number without a minus sign")
    return value


def limit(text: str) -> int:
    """Return a typed limit of a cost, as a whole number. Raises ``ValueError`` for less than 1, and as ``read``."""
    value = _parse(text).value
    if value < 1:
        raise ValueError(f"a limit is 1 or more, not {text.strip()[:40]}; empty the field for no limit")
    return int(value)


def unit_meant(text: str, answer: float) -> str:
    """Return k, M or G where a number without a unit comes near the answer with it; nothing otherwise.

    >>> unit_meant("12.4", 12443648), unit_meant("12.4 M", 12443648)
    ('M', '')
    """
    guess = _parse(text)
    return _unit(guess.value, answer, 3) if guess.bare else ""


def _unit(guess: float, answer: float, near: float) -> str:
    """Return the unit with which the guess is off by a factor of at most ``near``; nothing if there is none."""
    fits = (unit for unit, size in UNITS.items() if guess and answer and 1 / near <= guess * size / answer <= near)
    return next(fits, "")


class _Guess(NamedTuple):
    value: float
    bare: bool  # a number alone, without a unit and without arithmetic


def _parse(text: str) -> _Guess:
    """Return the value of the typed text. Raises as ``read``."""
    if len(text) > LONGEST:
        raise ValueError(f"a guess has at most {LONGEST} characters")
    parser = _Parser(_tokens(text))
    try:
        value = parser.whole()
    except OverflowError:
        value = math.inf
    if not math.isfinite(value):
        raise ValueError("that is larger than the count of any network; write a smaller number")
    return _Guess(value, parser.bare)


def _tokens(text: str) -> list[str]:
    """Return numbers, words and signs of the text, each written in one way: ×, x and · between numbers are ``*``."""
    plain = re.sub(r"×\s*$", " times", text)
    plain = re.sub(f"[{SUPERSCRIPTS}]+", lambda raised: f"^{unicodedata.normalize('NFKC', raised[0])}", plain)
    plain = " ".join(unicodedata.normalize("NFKC", plain).split())
    plain = re.sub(r"mult\w*-(?:add|acc)\w*|-fold\b", " times ", plain, flags=re.IGNORECASE)
    plain = THOUSANDS.sub(lambda match: re.sub("[.,_'’ ]", "", match[0]), plain)
    plain = re.sub(r"(?<=\d),(?=\d)", ".", plain)
    plain = plain.replace("**", "^").translate(PLAIN_SIGNS)
    plain = re.sub(r"(?<=[^\W\d_])\.|[.?!]+$", " ", plain.strip())  # the dots of "Mio." and "ca.", and the last one
    return [match[0] for match in TOKEN.finditer(plain)]


class _Parser:
    """Arithmetic by recursive descent, as deep as ``DEEPEST`` allows: it computes floats and looks nothing up."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.place = 0
        self.depth = 0
        self.bare = True

    def whole(self) -> float:
        """Return the value of all tokens. Raises ``ValueError`` if one of them is left."""
        while self._next() in ("~", "≈", "≃", "∼", "=") or self._next().lower() in NEARLY:
            self.place += 1
        value = self._sum()
        if self._next():
            raise self._left_over()
        return value

    def _next(self, ahead: int = 0) -> str:
        """Return the next token, or one further on; empty behind the last."""
        place = self.place + ahead
        return self.tokens[place] if place < len(self.tokens) else ""

    def _take(self) -> str:
        self.place += 1
        return self.tokens[self.place - 1]

    def _sum(self) -> float:
        value = self._product()
        while self._next() in ("+", "-"):
            self.bare = False
            value = value + self._product() if self._take() == "+" else value - self._product()
        return value

    def _product(self) -> float:
        value = self._signed()
        while sign := self._product_sign():
            self.bare = False
            other = self._signed()
            if sign == "/" and not other:
                raise ValueError("a division by 0 has no value")
            value = value / other if sign == "/" else value * other
        return value

    def _product_sign(self) -> str:
        """Return the sign of the next factor, past it; nothing if no factor follows."""
        if self._next() in ("*", "/"):
            return self._take()
        if self._next() == "(":
            return "*"
        if self._next().lower() in TIMES and self._operand(1):
            self.place += 1
            return "*"
        return ""

    def _operand(self, ahead: int) -> bool:
        """Return whether a number or a bracket stands so many tokens further on."""
        token = self._next(ahead)
        return token == "(" or token[:1].isdecimal() or token[:1] == "."

    def _signed(self) -> float:
        negative = False
        while self._next() in ("+", "-"):
            negative ^= self._take() == "-"
        value = self._power()
        return -value if negative else value

    def _power(self) -> float:
        value = self._with_unit()
        if self._next() != "^":
            return value
        self.place += 1
        self.bare = False
        exponent = self._deeper(self._signed)
        if not value and exponent < 0:
            raise ValueError("a division by 0 has no value")
        try:
            return math.pow(value, exponent)
        except ValueError:
            raise ValueError("this power cannot be computed; write a number") from None

    def _with_unit(self) -> float:
        """Return a number or what is in brackets, times its unit; words that change nothing are passed over."""
        value = self._number()
        while word := self._next().lower():
            size = FACTORS.get(word) or (FACTORS.get(word[:1]) if word[1:] in PREFIXED else None)
            if word in NOUNS and not (word in TIMES and self._operand(1)):
                size = 1.0
            elif size:
                self.bare = False
            else:
                break
            self.place += 1
            value *= size
        return value

    def _number(self) -> float:
        token = self._next()
        if not self._operand(0):
            if token and token not in SIGNS:
                raise _unreadable(token)
            raise ValueError(f"a number is missing{self._where(token)}; {HOW}")
        self.place += 1
        if token != "(":
            return float(token)
        value = self._deeper(self._sum)
        if not self._next():
            raise ValueError("a bracket is not closed")
        if self._next() != ")":
            raise self._left_over()
        self.place += 1
        return value

    def _where(self, token: str) -> str:
        """Return the sign after or before which a number is missing, in words."""
        if self.place:
            return f" after “{self.tokens[self.place - 1]}”"
        return f" before “{token}”" if token else ""

    def _deeper(self, read: Callable[[], float]) -> float:
        """Return what ``read`` returns one level further in. Raises ``ValueError`` for too many levels."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise ValueError(f"there are more than {DEEPEST} nested brackets or powers")
        value = read()
        self.depth -= 1
        return value

    def _left_over(self) -> ValueError:
        """Return the error for the next token, which continues nothing."""
        token = self._next()
        if token == ")":
            return ValueError("a closing bracket has no opening one")
        if self._operand(0):
            return ValueError(f"“{token[:40]}” follows a number; write a sign such as × between them")
        return _unreadable(token)


def _unreadable(token: str) -> ValueError:
    return ValueError(f"“{token[:40]}” cannot be read; {HOW}")


class Mark(NamedTuple):
    """The mark of a guess: whether it counts as right, and a sentence."""

    good: bool
    text: str


def mark(guess: float, answer: float, near: float = 0.05, twice: str = "", half: str = "") -> Mark:
    """Mark a guess: right to the last digit, near (within a share of the answer), or off by a factor.

    ``twice`` and ``half`` are added for a guess near twice the answer and near half of it: the usual reasons.

    >>> mark(120, 100).text
    '20 % too high.'
    >>> mark(205, 100, twice="Did you count both sides?").text
    'About twice the answer. Did you count both sides?'
    """
    if guess == answer:
        return Mark(True, "Exactly right.")
    if not answer or not guess:
        return Mark(False, "")
    ratio = guess / answer
    if abs(ratio - 1) <= near:
        return Mark(True, f"Right: it is {percent(abs(ratio - 1), 1)} off.")
    for times, words, reason in ((2, "twice", twice), (0.5, "half", half)):
        if abs(ratio / times - 1) <= near:
            exact = words if ratio == times else f"about {words}"
            return Mark(False, f"{capitalised(exact)} the answer. {reason}".strip())
    much = "too high" if ratio > 1 else "too low"
    if 0.5 < ratio < 2:
        return Mark(False, f"{percent(abs(ratio - 1), 1)} {much}.")
    text = f"{factor(max(ratio, 1 / ratio))} times {much}."
    unit = _unit(guess, answer, 1 + near)
    if unit:
        right = mark(guess * UNITS[unit], answer, near).text.removeprefix("Right: it is ")
        text += f" With {unit} it is {right[:1].lower()}{right[1:]}"
    return Mark(False, text)
