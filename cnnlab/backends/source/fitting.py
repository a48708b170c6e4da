"""Makes one function of similar uses: their differences become its parameters.

Uses may lack steps: such a step stands behind an ``if``, and its first input passes through if it is absent.
"""

import builtins
import keyword
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from cnnlab.backends.source.equal_blocks import Template, resolve, template
from cnnlab.backends.source.framework import ORDER
from cnnlab.backends.source.functions import STRIDES, WIDTHS, Expression, Function, Param, Part, Ref, scaled
from cnnlab.backends.source.steps import CHANNELS, FUNCTION, REPEATS, RESERVED, Step, Use, same
from cnnlab.graph import Node

FIRST = (*WIDTHS, "kernel", "size", *STRIDES, "shape")
"""Arguments that are settled first, since other values may follow from them."""
REQUIRED = (*WIDTHS, "kernel", "size", REPEATS)
"""Arguments that a call always gives."""
MOST_CONDITIONS = 4
"""The most alternatives in one function; with more, two functions are easier to read."""


class Absent:
    """The value of a step that is absent."""

    def __repr__(self) -> str:
        return "absent"


ABSENT = Absent()


@dataclass
class Fit:
    """Finds the parameters of one function."""

    uses: Sequence[Use]
    found: Template
    literal: Callable[[Any], str]
    taken: Collection[str]
    knows_shapes: bool
    params: list[Param] = field(default_factory=list)
    columns: dict[tuple[str, str], list[Any]] = field(default_factory=dict)
    expressions: dict[tuple[str, str], Expression] = field(default_factory=dict)
    conditions: dict[tuple[bool, ...], Expression] = field(default_factory=dict)

    def function(self, kind: str, names: Collection[str]) -> Function | None:
        """Return the function, named ``kind`` or like it; None for too many conditions or an unknown default."""
        for key in self.found.wiring:
            for arg in self._arguments(key):
                if any(key in use.steps and not _has_argument(use.steps[key], arg) for use in self.uses):
                    return None
                self.columns[key, arg] = [
                    _value(use.steps[key], arg) if key in use.steps else ABSENT for use in self.uses
                ]
        if not self.knows_shapes:
            for number in range(self.found.externals):
                arriving = [use.externals[number].shape[-1] for use in self.uses]
                self.params.append(Param(("", CHANNELS), arriving))
        for early in (True, False):
            for (key, arg), column in self.columns.items():
                if (arg in FIRST) == early:
                    self.expressions[key, arg] = self._expression(key, arg, column)
        conditions = self._conditions()
        if len(set(conditions.values())) > MOST_CONDITIONS:
            return None
        self._drop_unused()
        self._name()
        parts = tuple(
            Part(
                key,
                next(use.steps[key].callee for use in self.uses if key in use.steps),
                refs,
                {arg: self.expressions[key, arg] for arg in self._arguments(key)},
                conditions.get(key, ()),
            )
            for key, refs in self.found.wiring.items()
        )
        given = [param for param in self.params if not param.derived]
        ordered = sorted(given, key=lambda param: bool(param.default))
        own, name, number = {param.name for param in self.params}, kind, 1
        while name in names or name in own:
            number += 1
            name = f"{kind}_{number}" if kind.islower() else f"{kind}{number}"
        derived = tuple(param for param in self.params if param.derived)
        return Function(name, parts, tuple(ordered), self.found.externals, self.found.output, derived)

    def _arguments(self, key: str) -> list[str]:
        """Return all arguments that any use gives to a step, positional ones first."""
        steps = [use.steps[key] for use in self.uses if key in use.steps]
        given = dict.fromkeys(arg for step in steps for arg in step.values)
        first = steps[0].callee.positional
        later = sorted((arg for arg in given if arg not in first), key=[*ORDER, *given].index)
        return [*[arg for arg in first if arg in given], *later]

    def _expression(self, key: str, arg: str, column: list[Any]) -> Expression:
        present = [(use, value) for use, value in enumerate(column) if value is not ABSENT]
        # The activation that some uses lack reads best as a parameter: None says which.
        lacking = key.endswith(FUNCTION) and len(present) < len(column)
        if not lacking and all(same(value, present[0][1]) for _, value in present):
            return (self.literal(present[0][1]),)
        for param in self.params:
            if _same_sort(param.origin[1], arg) and _agrees(param.column, present):
                for use, value in present:
                    param.column[use] = value
                return (param,)
        if arg in WIDTHS:
            follows = self._width(key, present) or (self._either(key, present) if arg == CHANNELS else ())
            return follows or self._new(key, arg, column)
        if arg == "shape" and len({len(value) for _, value in present}) == 1:
            last = self._width(key, [(use, value[-1]) for use, value in present])
            if last and len({value[:-1] for _, value in present}) == 1:
                return ("(" + "".join(f"{side}, " for side in present[0][1][:-1]), *last, ")")
        for param in self.params:
            follows = () if arg == "activation" else self._follows(param, present)
            if follows:
                return follows
        return self._new(key, arg, column)

    def _new(self, key: str, arg: str, column: list[Any]) -> Expression:
        self.params.append(Param((key, arg), list(column)))
        return (self.params[-1],)

    def _drop_unused(self) -> None:
        """Drop the parameters that no expression mentions."""
        mentioned = [*self.expressions.values(), *self.conditions.values(), *(param.derived for param in self.params)]
        used = {each for expression in mentioned for each in expression if isinstance(each, Param)}
        self.params = [param for param in self.params if param in used]

    def _either(self, key: str, present: list[tuple[int, Any]]) -> Expression:
        """Return a variable for the channels behind a step that some uses lack: one width with it, one without."""
        ref = self.found.wiring[key][0]
        while isinstance(ref, str) and all(ref in use.steps for use in self.uses):
            ref = self.found.wiring[ref][0]
        if not isinstance(ref, str):
            return ()
        sides = [
            [(use, width) for use, width in present if (ref in self.uses[use].steps) == has] for has in (True, False)
        ]
        if not all(sides):
            return ()
        texts = [self._width(key, side) for side in sides]
        if not all(texts):
            return ()
        pattern = tuple(ref in use.steps for use in self.uses)
        keys = [each for each in self.found.wiring if tuple(each in use.steps for use in self.uses) == pattern]
        derived = (*texts[0], " if ", *self._condition(pattern, keys), " else ", *texts[1])
        column: list[Any] = [ABSENT] * len(self.uses)
        for use, width in present:
            column[use] = width
        self.params.append(Param((key, CHANNELS), column, derived=derived))
        return (self.params[-1],)

    def _width(self, key: str, present: list[tuple[int, Any]]) -> Expression:
        """Return a number of channels as a multiple or a share of another one."""
        for param in self.params:
            if param.origin[1] in WIDTHS:
                pairs = [(param.column[use], value) for use, value in present]
                if all(other is not ABSENT for other, _ in pairs):
                    text = scaled(pairs)
                    if text:
                        return (text[0], param, text[1])
        for ref in self._alive(key) if self.knows_shapes else ():
            text = scaled([(self._channels(use, ref), value) for use, value in present])
            if text:
                return (text[0], Ref(ref), f".shape[-1]{text[1]}")
        return ()

    def _alive(self, key: str) -> list[str | int]:
        """Return the tensors that still have a variable when a step is done."""
        keys = list(self.found.wiring)
        later = {ref for other in keys[keys.index(key) :] for ref in self.found.wiring[other]} | {self.found.output}
        before = [*range(self.found.externals), *keys[: keys.index(key)]]
        return [ref for ref in before if ref in later]

    def _channels(self, use: int, ref: str | int) -> int:
        at = resolve(self.found, self.uses[use], ref)
        node: Node = self.uses[use].externals[at] if isinstance(at, int) else self.uses[use].steps[at].output
        return node.shape[-1]

    def _follows(self, param: Param, present: list[tuple[int, Any]]) -> Expression:
        """Return an expression that chooses one of two values by whether a stride is above 1."""
        known = [(param.column[use], value) for use, value in present]
        if param.origin[1] not in STRIDES or not all(type(number) is int for number, _ in known):
            return ()
        values = [[value for number, value in known if (number > 1) == above] for above in (True, False)]
        if not all(values) or any(not same(value, side[0]) for side in values for value in side):
            return ()
        return (f"{self.literal(values[0][0])} if ", param, f" > 1 else {self.literal(values[1][0])}")

    def _conditions(self) -> dict[str, Expression]:
        """Return, for each step that some uses lack, the condition under which it is done."""
        patterns: dict[tuple[bool, ...], list[str]] = {}
        for key in self.found.wiring:
            pattern = tuple(key in use.steps for use in self.uses)
            if not all(pattern):
                patterns.setdefault(pattern, []).append(key)
        return {
            key: condition
            for pattern, keys in patterns.items()
            for condition in [self._condition(pattern, keys)]
            for key in keys
        }

    def _condition(self, pattern: tuple[bool, ...], keys: list[str]) -> Expression:
        if pattern not in self.conditions:
            self.conditions[pattern] = self._new_condition(pattern, keys)
        return self.conditions[pattern]

    def _new_condition(self, pattern: tuple[bool, ...], keys: list[str]) -> Expression:
        for param in self.params:
            if param.origin[0] in keys and tuple(value is not ABSENT for value in param.column) == pattern:
                given = [value for value in param.column if value is not ABSENT]
                param.column = [None if value is ABSENT else value for value in param.column]
                usual = _usual(param.column) if param.origin[1] == "activation" else None
                param.default = (usual,)
                return (param,) if all(given) else (param, " is not None")
        for param in self.params:
            numbers = [value for value in param.column if type(value) is int]
            if (
                param.origin[1] in STRIDES
                and len(numbers) == len(pattern)
                and pattern == tuple(number > 1 for number in numbers)
            ):
                return (param, " > 1")
        self.params.append(Param((keys[-1], "done"), list(pattern)))
        return (self.params[-1],)

    def _name(self) -> None:
        """Name each parameter after its purpose, and set its default if one value is usual."""
        counts = Counter(param.origin[1] for param in self.params)
        taken = {*RESERVED, *dir(builtins), *self.taken}
        for param in self.params:
            key, arg = param.origin
            step = "".join(letter if letter.isalnum() else "_" for letter in key).strip("_")
            step = step if step and not step[0].isdigit() else ""
            if arg == "done":
                name = step.removesuffix("_bn") or "normed"
            elif arg == REPEATS:
                name = "repeats"
            elif counts[arg] == 1 or not step:
                name = arg
            else:
                name = step if arg in WIDTHS and arg != CHANNELS else f"{step}_{arg}"
            while name in taken or keyword.iskeyword(name):
                name += "_"
            taken.add(name)
            param.name = name
            if param.derived:
                continue
            present = [value for value in param.column if value is not ABSENT]
            usual = 1 if arg in STRIDES and 1 in present else _usual(present)
            often = 2 * sum(same(value, usual) for value in present) >= len(present)
            if len(present) < len(param.column):
                param.default = (None,)
                param.column = [None if value is ABSENT else value for value in param.column]
            elif arg == "done":
                param.default = (False,)
            elif not param.default and arg not in REQUIRED and (often or arg in STRIDES):
                param.default = (usual,)


def _usual(values: list[Any]) -> Any:
    most = Counter(map(repr, values)).most_common(1)[0][0]
    return next(value for value in values if repr(value) == most)


def _has_argument(step: Step, arg: str) -> bool:
    """Return whether a step has this argument or is known to leave it at its default."""
    return arg in step.values or arg == REPEATS or bool(step.callee.default(arg))


def _value(step: Step, arg: str) -> Any:
    if arg in step.values:
        return step.values[arg]
    return 1 if arg == REPEATS else step.callee.default(arg)[0]


def _same_sort(one: str, other: str) -> bool:
    return one == other or (one in WIDTHS and other in WIDTHS)


def _agrees(column: list[Any], present: list[tuple[int, Any]]) -> bool:
    return any(column[use] is not ABSENT for use, _ in present) and all(
        column[use] is ABSENT or same(column[use], value) for use, value in present
    )


def fit(
    uses: Sequence[Use],
    kind: str,
    literal: Callable[[Any], str],
    called: Collection[str],
    names: Collection[str],
    knows_shapes: bool = True,
) -> tuple[Function, list[Step]] | None:
    """Return one function for all uses, and its calls; None if they do not fit into one.

    ``called`` are the functions before this one, which its parameters must not hide; ``names`` are taken already. Where
    a function ``knows_shapes``, it can read numbers of channels off its tensors.
    """
    found = template(uses)
    function = Fit(uses, found, literal, called, knows_shapes).function(kind, names) if found else None
    if function is None:
        return None
    calls = []
    for number, use in enumerate(uses):
        values = {param.name: param.column[number] for param in function.params}
        members = tuple(use.steps[part.key] for part in function.parts if part.key in use.steps)
        calls.append(Step(use.name, use.name, function, values, use.externals, use.output, members))
    return function, calls
