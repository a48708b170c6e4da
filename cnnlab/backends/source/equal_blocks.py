"""Decides which uses can be one function: their steps in one order, each with its inputs.

Uses may lack steps: the first input of an absent step passes through.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from cnnlab.backends.source.steps import Callee, Use


@dataclass(frozen=True)
class Template:
    """The steps of several uses in one order, and the inputs of each."""

    wiring: dict[str, tuple[str | int, ...]]
    output: str | int
    externals: int


def template(uses: Sequence[Use]) -> Template | None:
    """Return the steps and wiring that all uses share; None if they are wired differently."""
    order: list[str] = []
    callees: dict[str, object] = {}
    for use in sorted(uses, key=lambda use: -len(use.steps)):
        place = 0
        for key, step in use.steps.items():
            callee = step.callee.name if isinstance(step.callee, Callee) else step.callee
            if callees.setdefault(key, callee) != callee or (
                use.externals[1:] and len(use.externals) != len(uses[0].externals)
            ):
                return None
            if key not in order:
                order.insert(place, key)
            elif order.index(key) < place:
                return None
            place = order.index(key) + 1
    places = {key: place for place, key in enumerate(order)}
    wiring: dict[str, tuple[str | int, ...]] = {}
    if len({len(use.externals) for use in uses}) > 1:
        return None

    def latest(found: Sequence[str | int]) -> str | int:
        return max(found, key=lambda ref: -1 if isinstance(ref, int) else places[ref])

    for key in order:
        taken = [[use.place(node) for node in use.steps[key].inputs] for use in uses if key in use.steps]
        if len({len(each) for each in taken}) > 1:
            return None
        wiring[key] = tuple(latest(refs) for refs in zip(*taken, strict=True))
    output = latest([use.place(use.output) for use in uses])
    found = Template(wiring, output, len(uses[0].externals))
    if any(isinstance(ref, str) and places[ref] >= places[key] for key, refs in wiring.items() for ref in refs):
        return None
    for use in uses:
        if resolve(found, use, output) != use.place(use.output):
            return None
        for key, step in use.steps.items():
            if [resolve(found, use, ref) for ref in wiring[key]] != [use.place(node) for node in step.inputs]:
                return None
    return found


def resolve(found: Template, use: Use, ref: str | int) -> str | int:
    """Return where a tensor comes from in this use, in which some steps may be absent."""
    while isinstance(ref, str) and ref not in use.steps:
        ref = found.wiring[ref][0]
    return ref
