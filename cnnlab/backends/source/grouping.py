"""Groups a network's layers into functions and runs of equal calls, for any framework."""

from collections.abc import Callable, Collection, Mapping, Sequence

from cnnlab.backends.source.equal_blocks import template
from cnnlab.backends.source.fitting import fit
from cnnlab.backends.source.framework import Framework
from cnnlab.backends.source.function_names import UNITS, kind_of
from cnnlab.backends.source.functions import Function
from cnnlab.backends.source.loops import SHORTEST, Write, loop_lines, run_at
from cnnlab.backends.source.steps import RESERVED, Callee, Step, Use, inner, scopes, steps_of, units
from cnnlab.backends.source.text import literal
from cnnlab.graph import Node, block_name, outputs, walk

MOSTLY_EQUAL = 0.5
"""Share of equal steps from which two blocks may be one function."""


def grouped(
    root: Node, framework: Framework, taken: Collection[str] = ()
) -> tuple[list[Step], list[tuple[Function, str]]]:
    """Return the calls at the top, and the functions in the order in which they call each other."""
    steps = steps_of(root, framework)
    if any(step.output.weights_of for step in steps):
        return steps, []
    users: dict[Node, list[Node]] = {node: [] for node in walk(root)}
    for node in users:
        for before in node.inputs:
            users[before].append(node)
    for head in outputs(root):
        users[head].append(root)  # a head leaves every group, also if a layer inside uses it
    functions: list[tuple[Function, str]] = []
    names = {*RESERVED, *taken}
    for kind, uses in units(steps, users).items():
        steps = _replaced(steps, uses, kind, UNITS[kind], functions, names, framework)
    for uses in _clusters(scopes(steps, users)):
        kind, docstring = kind_of(uses)
        steps = _replaced(steps, uses, kind, docstring, functions, names, framework)
    return steps, functions


def _replaced(
    steps: list[Step],
    uses: Sequence[Use],
    kind: str,
    docstring: str,
    functions: list[tuple[Function, str]],
    names: set[str],
    framework: Framework,
) -> list[Step]:
    """Return the steps with calls of a new function in place of its uses; unchanged if a function does not pay."""
    if len(uses) < 2:
        return steps
    called = [function.name for function, _ in functions]
    fitted = fit(uses, framework.named(kind), literal, called, names, framework.knows_shapes)
    if fitted is None:
        groups: dict[object, list[Use]] = {}
        for use in uses:
            groups.setdefault(use.signature, []).append(use)
        if len(groups) > 1:
            for group in groups.values():
                steps = _replaced(steps, group, kind, docstring, functions, names, framework)
        return steps
    function, calls = fitted
    if any(param.name == "activation" and None in param.column for param in function.params):
        docstring = f"{docstring[:-1]}, or none."
    functions.append((function, docstring))
    # No later function may be named like a parameter: loops use those names for their variables.
    names |= {function.name, *(param.name for param in function.params)}
    made = {each.output: each for each in calls}
    gone = {node for each in calls for node in inner(each)}
    return [made.get(step.output, step) for step in steps if step.output in made or step.output not in gone]


def _clusters(uses: Sequence[Use]) -> list[list[Use]]:
    """Group blocks of the same steps, or most of them, that are wired so that one function can do all."""
    groups: dict[object, list[Use]] = {}
    for use in uses:
        groups.setdefault(use.signature, []).append(use)
    clusters: list[list[list[Use]]] = []
    for group in groups.values():
        for cluster in clusters:
            ours, theirs = set(group[0].steps), {key for other in cluster for key in other[0].steps}
            if len(ours & theirs) >= MOSTLY_EQUAL * len(ours | theirs) and template(
                [group[0], *(other[0] for other in cluster)]
            ):
                cluster.append(group)
                break
        else:
            clusters.append([group])
    return [[use for group in cluster for use in group] for cluster in clusters]


def runs(steps: Sequence[Step], users: Mapping[Node, int], writer: Callable[[Step], Write]) -> dict[int, int]:
    """Return the start of each loop, and the number of calls that it replaces."""
    found, place = {}, 0
    while place < len(steps):
        length = run_at(steps, place, users)
        if length >= SHORTEST and (
            # A line for a unit is short: a table must save some.
            steps[place].callee.parts[0].key.startswith(".")
            or len(loop_lines(steps[place : place + length], writer(steps[place]))) < length
        ):
            found[place] = length
        place += length
    return found


def heading(step: Step, block: str) -> tuple[str, str | None]:
    """Return the block of a call at the top, and the comment above it where another block than the last one begins."""
    above = block_name(step.name) if isinstance(step.callee, Callee) or "." in step.name else step.name
    return above, " ".join(above.split()) if above not in (block, step.name) else None
