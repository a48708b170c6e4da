"""Keras source of a graph, a file that runs by itself. Imports no Keras: it prints what ``backends.keras`` would do.

The file has a function for each kind of block that is used more than once, and a loop if it is used in a row. A layer
that is used several times with the same weights has a variable; a network with such layers is written line by line.
Functions are found in the graph: ``steps`` finds layers that belong together, ``equal_blocks`` decides which of them
can be one function, ``fitting`` makes parameters of their differences, ``function_names`` names them, ``loops`` writes
tables of consecutive calls, ``variables`` and ``text`` the lines.
"""

import textwrap
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from cnnlab.backends.source.equal_blocks import template
from cnnlab.backends.source.fitting import Function, fit
from cnnlab.backends.source.function_names import UNITS, kind_of
from cnnlab.backends.source.loops import SHORTEST, loop_lines, run_at
from cnnlab.backends.source.steps import RESERVED, Callee, Step, Use, inner, scopes, steps_of, units
from cnnlab.backends.source.text import INDENT, WIDTH, call, function_lines, listed, literal, literals
from cnnlab.backends.source.variables import Variables, identifier
from cnnlab.graph import Node, block_name, named, outputs, times, walk
from cnnlab.units import full

__all__ = ["definitions", "keras_source"]

LRN_FILE = Path(__file__).parents[1] / "lrn.py"
MOSTLY_EQUAL = 0.5
"""Share of equal steps from which two blocks may be one function."""


def keras_source(root: Node, title: str) -> str:
    """Return a Python file that builds this very network with Keras 3 and prints its summary.

    Layer names are those of the graph. ``title`` says in the file's first line what network it is.
    Raises ``TypeError`` for a layer that Keras does not have.
    """
    # Two empty lines between top-level definitions, as formatters want.
    parts = ["\n\n".join([_docstring(root, title), "import keras\nfrom keras import layers"])]
    parts += definitions(root)
    parts.append('model = build()\n\nif __name__ == "__main__":\n    model.summary()\n')
    return "\n\n\n".join(parts)


def definitions(root: Node, taken: Collection[str] = ()) -> list[str]:
    """Return the classes and functions of that file, ``build`` last; none has a name that is ``taken``."""
    steps, functions = _grouped(root, taken)
    parts = []
    called = [*(step.callee for step in steps), *(part.callee for function, _ in functions for part in function.parts)]
    if any(isinstance(callee, Callee) and callee.custom for callee in called):
        parts.append(_lrn_class())
    parts += ["\n".join(function_lines(function, docstring)) for function, docstring in functions]
    parts.append("\n".join(_build(root, steps, [function for function, _ in functions])))
    return parts


def _grouped(root: Node, taken: Collection[str]) -> tuple[list[Step], list[tuple[Function, str]]]:
    """Return the calls that ``build`` makes, and the functions in the order in which they call each other."""
    steps = steps_of(root)
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
        steps = _replaced(steps, uses, kind, UNITS[kind], functions, names)
    for uses in _clusters(scopes(steps, users)):
        kind, docstring = kind_of(uses)
        steps = _replaced(steps, uses, kind, docstring, functions, names)
    return steps, functions


def _replaced(
    steps: list[Step],
    uses: Sequence[Use],
    kind: str,
    docstring: str,
    functions: list[tuple[Function, str]],
    names: set[str],
) -> list[Step]:
    """Return the steps with calls of a new function in place of its uses; unchanged if a function does not pay."""
    if len(uses) < 2:
        return steps
    called = [function.name for function, _ in functions]
    fitted = fit(uses, kind, literal, called, names)
    if fitted is None:
        groups: dict[object, list[Use]] = {}
        for use in uses:
            groups.setdefault(use.signature, []).append(use)
        if len(groups) > 1:
            for group in groups.values():
                steps = _replaced(steps, group, kind, docstring, functions, names)
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


def _build(root: Node, steps: Sequence[Step], functions: Sequence[Function]) -> list[str]:
    """Return the function ``build``: plain lines, and loops over calls of one function in a row."""
    users = Counter(before for step in steps for before in step.inputs)
    heads = outputs(root)
    users.update(heads)
    runs = _runs(steps, users)
    flow = [(step.output, step.inputs, place in runs) for place, step in enumerate(steps)]
    entries = [step for step in steps if not step.inputs]
    given = {step.output: f"inputs{number or ''}" for number, step in enumerate(entries)}
    taken = RESERVED - {"x"} | {function.name for function in functions}
    taken |= {param.name for function in functions for param in function.params}
    taken |= {f"{param.name}_after" for function in functions for param in function.params}
    words = {step.output: step.name for step in steps}
    flow = [row for row in flow if row[0] not in given]
    shared = _shared_layers(steps, taken)
    taken |= set(shared.values())
    variables = Variables[Node](flow, given, [*given, *heads], taken, words.__getitem__, "x")
    lines = ["def build():", f'{INDENT}"""Return the network with new random weights."""']
    block, place = "", 0
    while place < len(steps):
        step, length = steps[place], runs.get(place, 1)
        target = variables[step.output]
        above = block_name(step.name) if isinstance(step.callee, Callee) or "." in step.name else step.name
        if above != block and length == 1 and above != step.name:
            lines.append(f"{INDENT}# {' '.join(above.split())}"[:WIDTH].rstrip())
        block = above
        if length > 1:
            if step.output in variables.copied:
                lines.append(f"{INDENT}{target} = {variables[step.inputs[0]]}")
            lines += loop_lines(steps[place : place + length], target)
        else:
            lines += _line(step, target, [variables[before] for before in step.inputs], shared)
        place += length
    ends = [variables[head] for head in heads]
    return [*lines, f"{INDENT}return keras.Model({listed(list(given.values()), False)}, {listed(ends, False)})"]


def _runs(steps: Sequence[Step], users: Mapping[Node, int]) -> dict[int, int]:
    """Return the start of each loop, and the number of calls that it replaces."""
    found, place = {}, 0
    while place < len(steps):
        length = run_at(steps, place, users)
        if length >= SHORTEST and (
            # A line for a unit is short: a table must save some.
            steps[place].callee.parts[0].key.startswith(".")
            or len(loop_lines(steps[place : place + length], "x")) < length
        ):
            found[place] = length
        place += length
    return found


def _shared_layers(steps: Sequence[Step], taken: Collection[str]) -> dict[Node, str]:
    """Return a variable for each layer that is used several times, by its first use."""
    owners = {step.output.weights_of for step in steps}
    names: dict[Node, str] = {}
    for step in steps:
        if step.output in owners:
            name = f"{identifier(step.name)}_layer"
            while name in {*taken, *names.values()}:
                name += "_"
            names[step.output] = name
    return names


def _line(step: Step, target: str, taken: Sequence[str], shared: Mapping[Node, str]) -> list[str]:
    """Return the lines of a call, with the output shape as a comment."""
    arrived = listed(taken, not isinstance(step.callee, Callee))
    layer = shared.get(step.output.weights_of or step.output)
    lines = [f"{INDENT}{target} = {layer}({arrived})"]
    if layer is None or not step.output.weights_of:
        made = call(
            step.callee,
            literals(step),
            literal(step.name),
            "" if layer else arrived,
            INDENT,
            f"{layer or target} = ",
        )
        lines = [*made, *lines] if layer else made
    commented = f"{lines[-1]}  # {times(step.output.shape)}"
    return [*lines[:-1], commented if len(commented) <= WIDTH else lines[-1]]


def _docstring(root: Node, title: str) -> str:
    nodes = named(root).values()
    name = " ".join(title.replace("\\", "/").replace('"', "'").split())
    text = (
        f"{name}: {full(sum(sum(node.params) for node in nodes))} parameters, {full(sum(node.macs for node in nodes))} "
        "multiply-accumulates for one image."
    )
    return "\n".join(
        ['"""' + textwrap.fill(text, WIDTH - 3), "", "Made by CNN Lab; needs Keras 3 (pip install tensorflow).", '"""']
    )


def _lrn_class() -> str:
    """Return the source of the class for local response normalisation, without its module's head."""
    text = LRN_FILE.read_text(encoding="utf-8")
    return text[text.index("@keras.saving") :].rstrip()
