"""Turns a network into a list of steps, and finds steps that belong together. Wiring refers to the graph's nodes."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from cnnlab.backends.source.framework import Framework
from cnnlab.graph import Activation, BatchNorm, Conv, Dense, DepthwiseConv, Node, block_name, named

UNITS = {Conv: "conv", DepthwiseConv: "depthwise", Dense: "dense"}
RESERVED = {
    "keras", "layers", "inputs", "model", "build", "name", "number", "block", "stage", "blocks", "rows", "range",
    "enumerate", "x", "y", "LocalResponseNormalization", "torch", "nn", "F", "self", "super", "pair", "pad_same",
    "module",
}  # fmt: skip
"""Names that have a meaning in the file already."""
FUNCTION, NUMBER = "\0", "\1"
"""A key's part for an activation's function, or for a number from 1 on. No layer is named like this."""
REPEATS = "in a row"
"""The value that says how often a step is done in a row."""
CHANNELS, LATER_CHANNELS = "channels", "later_channels"
"""The value that says how many channels arrive, where a layer has to know, and how many where a step is repeated."""


def same(one: object, other: object) -> bool:
    """Return whether two values are equal as written: ``1`` is not ``True``."""
    return type(one) is type(other) and repr(one) == repr(other)


@dataclass(frozen=True)
class Callee:
    """A layer class that a line calls; a line may also call a function of the file (``fitting.Function``)."""

    name: str
    positional: tuple[str, ...] = ()
    custom: bool = False
    defaults: Mapping[str, Any] = field(default_factory=dict, compare=False)

    def default(self, param: str) -> tuple[Any, ...]:
        """Return the value that need not be written, in a tuple of one; empty if there is none."""
        return () if param in self.positional or param not in self.defaults else (self.defaults[param],)


@dataclass(frozen=True, eq=False)
class Step:
    """A call that makes one tensor: ``key`` is its place in the enclosing function, ``name`` its full name.

    ``members`` are the steps inside, in the function's order; none for a layer.
    """

    key: str
    name: str
    callee: Any
    values: Mapping[str, Any]
    inputs: tuple[Node, ...]
    output: Node
    members: "tuple[Step, ...]" = ()


def steps_of(root: Node, framework: Framework) -> list[Step]:
    """Return one step for each layer."""
    found = []
    calls = framework.calls(root)
    for name, node in named(root).items():
        call = calls[node]
        callee = Callee(call.cls, tuple(dict(call.positional)), call.custom, framework.defaults(call.cls))
        values = dict(call.positional) | dict(call.named)
        found.append(Step(name, name, callee, values, node.inputs, node))
    return found


def layers_of(steps: Iterable[Step]) -> list[Node]:
    """Return the layers of steps in the order in which the file makes them."""
    return [node for step in steps for node in (layers_of(step.members) if step.members else [step.output])]


@dataclass(frozen=True, eq=False)
class Use:
    """Steps that might be one call of a function, with their inputs and their output."""

    name: str
    steps: dict[str, Step]
    externals: tuple[Node, ...]
    output: Node

    def place(self, node: Node) -> str | int:
        """Return the step that makes a node, or the number of the argument it is."""
        if node in self.externals:
            return self.externals.index(node)
        return self._makers[node]

    @cached_property
    def _makers(self) -> dict[Node, str]:
        return {step.output: key for key, step in self.steps.items()}

    @cached_property
    def signature(self) -> tuple[object, ...]:
        """A value that is equal for the same steps wired in the same way."""
        wiring = []
        for key, step in self.steps.items():
            called = step.callee.name if isinstance(step.callee, Callee) else step.callee
            wiring.append((key, called, tuple(self.place(node) for node in step.inputs)))
        return tuple(wiring), len(self.externals), self.place(self.output)


def use_of(name: str, steps: Sequence[Step], users: Mapping[Node, Collection[Node]], keys: Iterable[str]) -> Use | None:
    """Return steps as one use of a function; None if more than one tensor leaves them, or an image enters inside."""
    keyed = dict(zip(keys, steps, strict=True))
    made = {step.output for step in steps}
    inside = {node for step in steps for node in inner(step)}
    leaving = [step.output for step in steps if not users[step.output] or not set(users[step.output]) <= inside]
    if len(keyed) < len(steps) or len(leaving) != 1 or not all(step.inputs for step in steps):
        return None
    externals = tuple(dict.fromkeys(node for step in steps for node in step.inputs if node not in made))
    return Use(name, keyed, externals, leaving[0])


def inner(step: Step) -> set[Node]:
    """Return the layers of a step, which may be a call of a function: from its output back to its inputs."""
    waiting, found = [step.output], set[Node]()
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting += [before for before in node.inputs if before not in step.inputs]
    return found


def units(steps: Sequence[Step], users: Mapping[Node, Collection[Node]]) -> dict[str, list[Use]]:
    """Return convolutions and dense layers with the batch norm and activation named after them, by kind of unit."""
    makers = {step.output: step for step in steps}
    found: dict[str, list[Use]] = {}
    for step in steps:
        kind = UNITS.get(type(step.output.layer))
        if kind is None:
            continue
        parts, keys = [step], [""]
        before = makers.get(step.inputs[0])
        if before and before.name == f"{step.name}_pad" and len(users[before.output]) == 1:
            parts.insert(0, before)
            keys.insert(0, "_pad")
        normed = False
        for wanted in (BatchNorm, Activation):
            after = next(iter(users[parts[-1].output]), None) if len(users[parts[-1].output]) == 1 else None
            label = after.layer.label if after else ""
            if after and isinstance(after.layer, wanted) and makers[after].name == f"{step.name}_{label}":
                normed |= wanted is BatchNorm
                parts.append(makers[after])
                keys.append(f"_{FUNCTION}" if wanted is Activation else "_bn")
        use = use_of(step.name, parts, users, keys) if len(parts) > 1 else None
        if use:
            found.setdefault(f"{kind}_bn" if normed else f"{kind}_act", []).append(use)
    return found


def scopes(steps: Sequence[Step], users: Mapping[Node, Collection[Node]]) -> list[Use]:
    """Return the steps that share a path, if only one tensor leaves them."""
    rows: dict[str, list[Step]] = {}
    for step in steps:
        block = block_name(step.name)
        if block != step.name:
            rows.setdefault(block, []).append(step)
    found = []
    for block, members in rows.items():
        gathered = _gathered(members, users)
        keys = [_key(step, step.name.removeprefix(block)) for step in gathered]
        use = use_of(block, gathered, users, keys)
        if use and len(members) > 1:
            found.append(use)
    return found


def _key(step: Step, local: str) -> str:
    layer = step.output.layer
    if isinstance(step.callee, Callee) and isinstance(layer, Activation) and local == f".{layer.function}":
        return f".{FUNCTION}"
    return local


def _gathered(steps: Sequence[Step], users: Mapping[Node, Collection[Node]]) -> list[Step]:
    """Merge conv1, conv2, conv3 in a row with the same settings into one step, done three times."""
    result: list[Step] = []
    for step in steps:
        last = result[-1] if result else None
        match = re.fullmatch(r"(.*\D)(?<!\dx)(\d+)", step.name)  # not the size of a window, as in conv1x1
        if last and match and _continues(last, step, match, users):
            values = dict(last.values) | {REPEATS: last.values[REPEATS] + 1}
            members = (*last.members, step)
            result[-1] = Step(last.key, last.name, last.callee, values, last.inputs, step.output, members)
        elif match and match[2] == "1" and not isinstance(step.callee, Callee) and len(step.inputs) == 1:
            key = f"{match[1]}{NUMBER}"
            values = dict(step.values) | {REPEATS: 1}
            if CHANNELS in values:
                values[LATER_CHANNELS] = step.output.shape[-1]
            result.append(Step(key, key, step.callee, values, step.inputs, step.output, (step,)))
        else:
            result.append(step)
    return result


def _continues(last: Step, step: Step, match: re.Match[str], users: Mapping[Node, Collection[Node]]) -> bool:
    """Return whether a step repeats the last ones under the next number."""
    return (
        last.key == f"{match[1]}{NUMBER}"
        and int(match[2]) == last.values[REPEATS] + 1
        and step.callee is last.callee
        and step.inputs == (last.output,)
        and len(users[last.output]) == 1
        and step.values.get(CHANNELS) == last.values.get(LATER_CHANNELS)
        and same(
            [value for name, value in step.values.items() if name != CHANNELS],
            [value for name, value in last.values.items() if name not in (CHANNELS, LATER_CHANNELS, REPEATS)],
        )
    )
