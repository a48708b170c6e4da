"""Knobs: the settings of a case study, a block, an augmentation or a run, and the one way to check a value.

PURE: the standard library alone.

The signature of a function or dataclass is the only place where its knobs are declared: a parameter is a knob when it
is annotated with ``Annotated[type, …, "what it does"]``. A number carries a ``Range``, a free text a ``Length``, a
``Literal`` has choices, an ``ImageSize`` is a side or height and width. Other parameters tell variants of one family
apart and are set by the registry.

>>> from typing import Annotated
>>> def blur(radius: Annotated[int, Range(1, 9), "Pixels on each side."] = 2) -> None: ...
>>> radius = knobs_of(blur)["radius"]
>>> radius.parse("3"), radius.text(3)
(3, '3')
>>> radius.check(0)
Traceback (most recent call last):
ValueError: radius must be a whole number from 1 to 9, not 0; the default is 2
"""

import inspect
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property, partial
from numbers import Integral, Real
from types import MappingProxyType
from typing import Annotated, Any, Literal, TypeVar, cast, get_args, get_origin, get_type_hints

from cnnlab.knobs.image_size import EXAMPLE, ImageSize, Sides, of_sides, parts
from cnnlab.units import listed

Value = int | float | bool | str | Sides
SWITCH = dict.fromkeys(("true", "yes", "on", "1"), True) | dict.fromkeys(("false", "no", "off", "0"), False)
Entry = TypeVar("Entry")
GREEK = {"phi": "φ"}
"""Letters that a URL spells out and sentences write as papers do."""
DEFAULT_SHOWN = ", which is shown instead"
"""The end of the sentence about a knob's wrong value in a URL, behind the error that ends with the usual value."""
CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


class FieldError(ValueError):
    """Raised for one or more wrong fields. ``problems`` has a sentence for each by its name; the message is all."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(problems)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(self.problems.values())


@dataclass(frozen=True, slots=True)
class Range:
    """The values a number may take, both ends included.

    ``step`` is a widget's; any value between is accepted, unless there are ``steps`` only. ``typed`` asks for a field
    to type into instead of a slider, where one exact value out of many matters.
    """

    low: float
    high: float
    step: float = 1
    typed: bool = False
    steps: bool = False

    @property
    def words(self) -> str:
        """The limits in words: «from 0 to 2 in steps of 0.05»."""
        return self.ends + (f" in steps of {self.step:g}" if self.steps else "")

    @property
    def ends(self) -> str:
        """The limits alone, in words: «from 0 to 2»."""
        return f"from {_short(self.low)} to {_short(self.high)}"

    def holds(self, value: float) -> bool:
        """Return whether a number lies between the ends, and on a step if only those are allowed."""
        between = self.low <= value <= self.high
        away = (value - self.low) / self.step if between and self.steps else 0.0
        return between and abs(away - round(away)) < 1e-6


def _short(number: float) -> str:
    return f"{number:g}" if abs(number) < 1000 else f"{number:,.0f}"


def _own(value: object) -> object:
    """Return a number or truth value of another library, such as NumPy, as Python's own; anything else as it is."""
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real) and hasattr(value, "dtype"):
        return float(value)
    return bool(value) if type(value).__module__ == "numpy" and type(value).__name__ in ("bool", "bool_") else value


@dataclass(frozen=True, slots=True)
class Length:
    """The number of characters that a free text may have. Control characters are never allowed."""

    most: int
    least: int = 0

    @property
    def words(self) -> str:
        """The limits in words: «of 1 to 300 characters»."""
        return f"of {self.least} to {self.most} characters" if self.least else f"of at most {self.most} characters"

    def holds(self, value: str) -> bool:
        """Return whether a text is as long as allowed and has no control characters."""
        return self.least <= len(value) <= self.most and not CONTROL.search(value)


@dataclass(frozen=True, slots=True)
class Knob:
    """One setting: its type, default and limits, and a sentence on what it does."""

    name: str
    type: type
    default: Value
    help: str
    limits: Range | None = None
    choices: tuple[str, ...] = ()
    length: Length | None = None

    @property
    def label(self) -> str:
        return GREEK.get(self.name) or self.name.replace("_", " ")

    @property
    def allowed(self) -> str:
        """The values that are allowed, in words."""
        if self.limits:
            number = f"a {'number' if self.type is float else 'whole number'} {self.limits.words}"
            return f"{number}, or height x width such as {EXAMPLE.text}" if self.type is Sides else number
        if self.length:
            return f"a text {self.length.words}, without control characters"
        return "true or false" if self.type is bool else "one of " + ", ".join(self.choices)

    def check(self, value: object) -> Value:
        """Return the value, a number in its own type. Raises ``ValueError`` with the allowed values.

        A whole number, number or truth value of NumPy does as well as Python's own. The size of an image may be a pair
        or a text such as 224x320, and a square one is returned as its side.
        """
        if self.type is Sides:
            return self._size(value)
        value = _own(value)
        if not self._holds(value):
            raise self._refusal(value)
        # Six digits: sliders give 0.15000000000000002, and nobody wants that in an address.
        return round(float(cast(float, value)), 6) if self.type is float else cast(Value, self.type(value))

    def _size(self, value: object) -> ImageSize:
        """Return the size of an image, given as a side, or as height and width in a pair or a text."""
        plain = value.tolist() if type(value).__module__ == "numpy" and hasattr(value, "tolist") else value
        try:
            both = list(map(_own, parts(plain)))
        except ValueError:
            raise self._refusal(value) from None
        if not all(map(self._holds, both)):
            raise self._refusal(value)
        height, width = (int(cast(int, side)) for side in both)
        return of_sides(height, width)

    def _holds(self, value: object) -> bool:
        if self.limits:
            # Python compares whole numbers of any length exactly; infinity and NaN are out before int() sees them.
            number = isinstance(value, int | float) and not isinstance(value, bool) and self.limits.holds(value)
            return number and (self.type is float or int(cast(float, value)) == value)
        if self.length:
            return isinstance(value, str) and self.length.holds(value)
        return isinstance(value, bool) if self.type is bool else isinstance(value, str) and value in self.choices

    def parse(self, text: str) -> Value:
        """Return the value that a URL or the command line writes. Raises ``ValueError`` for anything else."""
        try:
            if self.type is Sides:
                value = int(text) if re.fullmatch(r"\s*[+-]?\d+\s*", text) else text
            else:
                value = SWITCH[text.lower()] if self.type is bool else self.type(text)
        except (KeyError, ValueError):
            raise self._refusal(text) from None
        return self.check(value)

    def _refusal(self, value: object) -> ValueError:
        given = self.text(value) if isinstance(value, Sides) else " ".join(repr(value).split())
        given = given if len(given) <= 40 else given[:40] + "…"
        usual = f"{self.default:,}" if type(self.default) is int else self.text(self.default) or "empty"
        return ValueError(f"{self.label} must be {self.allowed}, not {given}; the default is {usual}")

    def text(self, value: Value) -> str:
        """Return the value as ``parse`` reads it."""
        if isinstance(value, Sides):
            return value.text
        if isinstance(value, bool):
            return str(value).lower()
        return repr(value) if isinstance(value, float) else str(value)


def number(value: Value) -> int | float:
    """Return the value of a knob that takes a number. Raises ``ValueError`` for a text, or for height and width."""
    if isinstance(value, str | Sides):
        raise ValueError(f"there can be only one number here, such as the side of a square image, not {value}")
    return value


def knobs_of(function: Callable[..., Any]) -> Mapping[str, Knob]:
    """Return the knobs a function or class declares, by name in its own order.

    ``functools.partial`` sets other defaults.
    """
    parameters = inspect.signature(function).parameters
    while isinstance(function, partial):
        function = function.func
    hints = get_type_hints(function, include_extras=True)
    return MappingProxyType(
        {
            name: _knob(name, hints[name], parameters[name].default)
            for name in parameters
            if get_origin(hints.get(name)) is Annotated
        }
    )


def _knob(name: str, hint: Any, default: Value) -> Knob:
    base, *extras = get_args(hint)
    text = " ".join(extra for extra in extras if isinstance(extra, str))
    limits = next((extra for extra in extras if isinstance(extra, Range)), None)
    length = next((extra for extra in extras if isinstance(extra, Length)), None)
    choices: tuple[str, ...] = ()
    if get_origin(base) is Literal:
        choices, base = get_args(base), str
    elif base == ImageSize:
        base = Sides
    return Knob(name, base, default, text, limits, choices, length)


def check_fields(made: Any, knobs: Mapping[str, Knob]) -> dict[str, str]:
    """Check the knobs of a new frozen dataclass in place; return a sentence for each wrong field, by its name."""
    problems: dict[str, str] = {}
    for name, knob in knobs.items():
        try:
            object.__setattr__(made, name, knob.check(getattr(made, name)))
        except ValueError as error:
            problems[name] = str(error)
    return problems


class HasKnobs:
    """Mixin for owners of a ``function`` with knobs: a case study, a trick, a block or an augmentation."""

    title: str
    function: Callable[..., Any]

    @cached_property
    def knobs(self) -> Mapping[str, Knob]:
        """The knobs by name, with this owner's defaults."""
        return knobs_of(self.function)

    @property
    def description(self) -> str:
        """The first line of the function's docstring."""
        function = self.function.func if isinstance(self.function, partial) else self.function
        return (function.__doc__ or "").partition("\n")[0].replace("``", "")

    def knob(self, name: str) -> Knob:
        """Return the knob of that name. Raises ``ValueError`` that lists the ones there are."""
        if name not in self.knobs:
            raise unknown(self.title, "knob", name, self.knobs)
        return self.knobs[name]

    def check(self, values: Mapping[str, object]) -> dict[str, Value]:
        """Return the value of every knob, those not given at their defaults.

        Raises ``FieldError`` for wrong values and unknown names, all of them at once.
        """
        return self._read(values, Knob.check)

    def parse(self, texts: Mapping[str, str]) -> dict[str, Value]:
        """Return the checked values of texts from a URL. Raises ``FieldError``."""
        return self._read(texts, Knob.parse)

    def _read(self, given: Mapping[str, Any], read: Callable[[Knob, Any], Value]) -> dict[str, Value]:
        found, problems = {name: knob.default for name, knob in self.knobs.items()}, {}
        for name, value in given.items():
            try:
                found[name] = read(self.knob(name), value)
            except ValueError as error:
                problems[name] = str(error) if name not in self.knobs else f"{self.title}: {error}"
        if problems:
            raise FieldError(problems)
        return found

    def changed(self, values: Mapping[str, object]) -> tuple[tuple[str, Value], ...]:
        """Return the names and values that differ from the defaults, in the order of the knobs. Raises as ``check``."""
        return tuple((name, value) for name, value in self.check(values).items() if value != self.knobs[name].default)


def unknown(owner: str, what: str, name: str, known: Iterable[str]) -> ValueError:
    """Return the error for a name that its owner does not have: «VGG-16 has no knob 'wdth'; its knobs are …»."""
    return ValueError(f"{owner} has no {what} {name[:40]!r}; its {what}s are {', '.join(known) or 'none'}")


def lookup(registry: Mapping[str, Entry], name: object, what: str) -> Entry:
    """Return the entry of that name. Raises ``ValueError`` that lists the nearest names, or all if none is near."""
    if isinstance(name, str) and name in registry:
        return registry[name]
    raise missing(what, name, registry)


def missing(what: str, name: object, known: Iterable[str], such_as: Sequence[str] = ()) -> ValueError:
    """Return the error for an unknown name; it lists the nearest names, or all if none is near.

    Of a long list, ``such_as`` has the names to give in place of all.
    """
    known = list(known)
    near = get_close_matches(str(name)[:40].lower(), known, n=3)
    if near:
        hint = f"the nearest {'is' if len(near) == 1 else 'are'} {listed(near, 'and')}"
    elif such_as:
        hint = f"choose one such as {listed(such_as, 'or')}"
    else:
        hint = f"choose {listed(known, 'or')}" if known else "there are none yet"
    return ValueError(f"there is no {what} {str(name)[:40]!r}; {hint}")
