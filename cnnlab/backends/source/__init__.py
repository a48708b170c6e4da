"""Source of a graph in Keras or PyTorch, a file that runs by itself. Imports neither: it prints their calls.

The file has a function or class for each kind of block that is used more than once, and a loop if it is used in a row.
A layer that is used several times with the same weights is made once; a network with such layers is written line by
line. Functions are found in the graph: ``steps`` finds layers that belong together, ``equal_blocks`` decides which of
them can be one function, ``fitting`` makes one of ``functions`` with parameters for their differences,
``function_names`` names it, ``grouping`` does this for a network, ``loops`` writes tables of consecutive calls,
``variables`` and ``text`` the lines of Keras, ``modules`` and ``torch_file`` those of PyTorch. ``framework`` has what
the two differ in.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from cnnlab.backends.source.framework import KERAS
from cnnlab.backends.source.functions import Function
from cnnlab.backends.source.grouping import grouped, heading, runs
from cnnlab.backends.source.loops import Write, loop_lines
from cnnlab.backends.source.steps import RESERVED, Callee, Step
from cnnlab.backends.source.text import INDENT, WIDTH, call, docstring, function_lines, listed, literal, literals
from cnnlab.backends.source.torch_file import torch_source
from cnnlab.backends.source.variables import Variables, identifier
from cnnlab.graph import Node, outputs, times

__all__ = ["definitions", "keras_source", "torch_source"]

NOTE = "Made by CNN Lab; needs Keras 3 (pip install tensorflow)."
LRN_FILE = Path(__file__).parents[1] / "lrn.py"


def keras_source(root: Node, title: str) -> str:
    """Return a Python file that builds this very network with Keras 3 and prints its summary.

    Layer names are those of the graph. ``title`` says in the file's first line what network it is.
    Raises ``TypeError`` for a layer that Keras does not have.
    """
    # Two empty lines between top-level definitions, as formatters want.
    parts = ["\n\n".join([docstring(root, title, NOTE), "import keras\nfrom keras import layers"])]
    parts += definitions(root)
    parts.append('model = build()\n\nif __name__ == "__main__":\n    model.summary()\n')
    return "\n\n\n".join(parts)


def definitions(root: Node, taken: Collection[str] = ()) -> list[str]:
    """Return the classes and functions of that file, ``build`` last; none has a name that is ``taken``."""
    steps, functions = grouped(root, KERAS, taken)
    parts = []
    called = [*(step.callee for step in steps), *(part.callee for function, _ in functions for part in function.parts)]
    if any(isinstance(callee, Callee) and callee.custom for callee in called):
        parts.append(_lrn_class())
    parts += ["\n".join(function_lines(function, sentence)) for function, sentence in functions]
    parts.append("\n".join(_build(root, steps, [function for function, _ in functions])))
    return parts


def _build(root: Node, steps: Sequence[Step], functions: Sequence[Function]) -> list[str]:
    """Return the function ``build``: plain lines, and loops over calls of one function in a row."""
    users = Counter(before for step in steps for before in step.inputs)
    heads = outputs(root)
    users.update(heads)
    loops = runs(steps, users, lambda step: _writer(step.callee, "x"))
    flow = [(step.output, step.inputs, place in loops) for place, step in enumerate(steps)]
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
        step, length = steps[place], loops.get(place, 1)
        target = variables[step.output]
        block, comment = heading(step, block)
        if comment and length == 1:
            lines.append(f"{INDENT}# {comment}"[:WIDTH].rstrip())
        if length > 1:
            if step.output in variables.copied:
                lines.append(f"{INDENT}{target} = {variables[step.inputs[0]]}")
            lines += loop_lines(steps[place : place + length], _writer(step.callee, target))
        else:
            lines += _line(step, target, [variables[before] for before in step.inputs], shared)
        place += length
    ends = [variables[head] for head in heads]
    return [*lines, f"{INDENT}return keras.Model({listed(list(given.values()), False)}, {listed(ends, False)})"]


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


def _writer(callee: Any, variable: str) -> Write:
    """Return what writes one of a loop's calls, which take and make the same variable."""

    def write(values: Mapping[str, str], name: str, indent: str) -> list[str]:
        return call(callee, values, name, variable, indent, f"{variable} = ")

    return write


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


def _lrn_class() -> str:
    """Return the source of the class for local response normalisation, without its module's head."""
    text = LRN_FILE.read_text(encoding="utf-8")
    return text[text.index("@keras.saving") :].rstrip()
