"""A function of the file: its steps, its parameters, and the expressions that its steps make of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cnnlab.backends.source.steps import CHANNELS, LATER_CHANNELS

WIDTHS = ("filters", "units", CHANNELS, LATER_CHANNELS)
STRIDES = ("strides", "stride")


@dataclass(eq=False)
class Param:
    """A parameter, and its value in each use. ``origin`` is the step and argument it was made for.

    One that is ``derived`` follows from others and is a variable of the function.
    """

    origin: tuple[str, str]
    column: list[Any]
    name: str = ""
    default: tuple[Any, ...] = ()
    derived: "Expression" = ()


@dataclass(frozen=True)
class Ref:
    """A tensor inside an expression: of a step, or the argument of that number."""

    place: str | int


Expression = tuple[str | Param | Ref, ...]


@dataclass(frozen=True)
class Part:
    """A step of a function, with expressions for its values and, unless it is always done, for its condition."""

    key: str
    callee: Any
    inputs: tuple[str | int, ...]
    values: Mapping[str, Expression]
    condition: Expression = ()


@dataclass(frozen=True, eq=False)
class Function:
    """A function of the file."""

    name: str
    parts: tuple[Part, ...]
    params: tuple[Param, ...]
    externals: int
    output: str | int
    derived: tuple[Param, ...] = ()

    @property
    def positional(self) -> tuple[str, ...]:
        return tuple(param.name for param in self.params if not param.default)

    def default(self, param: str) -> tuple[Any, ...]:
        """Return a parameter's default, as ``Callee.default`` does."""
        return next(each.default for each in self.params if each.name == param)


def scaled(pairs: list[tuple[int, int]]) -> tuple[str, str] | None:
    """Return the text before and behind the first numbers that turns them into the second."""
    first, second = pairs[0]
    if all(one == other for one, other in pairs):
        return "", ""
    times = second // first
    if 1 < times <= 8 and all(one * times == other for one, other in pairs):
        return f"{times} * ", ""
    share = first // second
    if 1 < share <= 32 and all(one // share == other for one, other in pairs):
        return "", f" // {share}"
    return None
