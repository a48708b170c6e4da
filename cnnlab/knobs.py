"""Knobs: what a user may set on a case study or a rewrite, read from its function's signature and from nowhere else.

PURE: the standard library alone.

A parameter is a knob when it is annotated with ``Annotated[type, …, "what it does"]``; numbers carry a ``Range``.
Other parameters tell variants of one family apart and are set by the registry.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Literal, cast, get_args, get_origin, get_type_hints

Value = int | float | bool | str
WORDS = dict.fromkeys(("true", "yes", "on", "1"), True) | dict.fromkeys(("false", "no", "off", "0"), False)


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
        """«from 0 to 2 in steps of 0.05»."""
        return f"from {self.low:g} to {self.high:g}" + (f" in steps of {self.step:g}" if self.steps else "")

    def holds(self, value: float) -> bool:
        """Whether a number lies between the ends, and on a step where only those are allowed."""
        between = self.low <= value <= self.high
        away = (value - self.low) / self.step if between and self.steps else 0.0
        return between and abs(away - round(away)) < 1e-6


@dataclass(frozen=True, slots=True)
class Knob:
    """One setting: its type, default and limits, and a sentence on what it does."""

    name: str
    type: type
    default: Value
    help: str
    limits: Range | None = None
    choices: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        return self.name.replace("_", " ")

    @property
    def allowed(self) -> str:
        """What may be given, in words."""
        if self.limits:
            return f"a {'whole ' if self.type is int else ''}number {self.limits.words}"
        return "true or false" if self.type is bool else "one of " + ", ".join(self.choices)

    def check(self, value: Value) -> Value:
        """The value, or a ``ValueError`` that says what is allowed."""
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if self.limits:
            # Python compares whole numbers of any length exactly; infinity and NaN are out before int() sees them.
            good = number and self.limits.holds(value)  # type: ignore[arg-type]
            good = good and (self.type is float or int(value) == value)
        else:
            good = isinstance(value, bool) if self.type is bool else value in self.choices
        if not good:
            raise self._refusal(value)
        # Six digits: sliders give 0.15000000000000002, and nobody wants that in an address.
        return round(float(value), 6) if self.type is float else cast(Value, self.type(value))

    def parse(self, text: str) -> Value:
        """The value a URL or the command line writes. Raises ``ValueError`` for anything else."""
        try:
            value = WORDS[text.lower()] if self.type is bool else self.type(text)
        except (KeyError, ValueError):
            raise self._refusal(text) from None
        return self.check(value)

    def _refusal(self, value: Value) -> ValueError:
        got = repr(value) if len(repr(value)) <= 40 else repr(value)[:40] + "…"
        return ValueError(
            f"{self.label} must be {self.allowed}, got {got}; the usual value is {self.text(self.default)}"
        )

    def text(self, value: Value) -> str:
        """The value as ``parse`` reads it."""
        if isinstance(value, bool):
            return str(value).lower()
        return repr(value) if isinstance(value, float) else str(value)


def knobs_of(function: Callable[..., Any]) -> tuple[Knob, ...]:
    """The knobs a function declares, in its own order; ``functools.partial`` sets other defaults."""
    parameters = inspect.signature(function).parameters
    while isinstance(function, partial):
        function = function.func
    hints = get_type_hints(function, include_extras=True)
    return tuple(
        _knob(name, hints[name], parameters[name].default)
        for name in parameters
        if get_origin(hints.get(name)) is Annotated
    )


def _knob(name: str, hint: Any, default: Value) -> Knob:
    base, *extras = get_args(hint)
    texts = [extra for extra in extras if isinstance(extra, str)]
    limits = next((extra for extra in extras if isinstance(extra, Range)), None)
    choices: tuple[str, ...] = ()
    if get_origin(base) is Literal:
        choices, base = get_args(base), str
    return Knob(name, base, default, " ".join(texts), limits, choices)
