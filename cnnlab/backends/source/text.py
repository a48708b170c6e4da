"""Writes steps and functions as lines of Python."""

import json
import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from cnnlab.backends.source.functions import Expression, Function, Param, Part, Ref
from cnnlab.backends.source.steps import FUNCTION, NUMBER, REPEATS, RESERVED, Callee, Step
from cnnlab.backends.source.variables import Variables
from cnnlab.backends.torch_calls import Name
from cnnlab.graph import Node, named
from cnnlab.units import full

WIDTH = 110
INDENT = "    "


def literal(value: object) -> str:
    """Return a value as Python, in double quotes as formatters write; JSON escapes in the same way."""
    if isinstance(value, str) and not isinstance(value, Name):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, tuple):
        return f"({', '.join(map(literal, value))}{',' if len(value) == 1 else ''})"
    return repr(value)


def braced(text: str) -> str:
    """Return text escaped for an f-string."""
    return literal(text)[1:-1].replace("{", "{{").replace("}", "}}")


def call(callee: Any, values: Mapping[str, str], name: str, arrived: str, indent: str, target: str) -> list[str]:
    """Return ``target = callee(...)`` in as few lines as fit; ``values`` and ``name`` are source text already."""
    arguments = [values[arg] for arg in callee.positional]
    layer = isinstance(callee, Callee)
    if not layer:
        arguments.insert(0, arrived)
    arguments += [
        f"{arg}={value}"
        for arg, value in values.items()
        if arg not in callee.positional
        and arg != REPEATS
        and [value] != [literal(each) for each in callee.default(arg)]
    ]
    arguments.append(f"name={name}")
    prefix = "layers." if layer and not callee.custom else ""
    head = f"{indent}{target}{prefix}{callee.name}("
    if layer and len(indent) + len(arrived) + 3 > WIDTH:
        return bracketed(f"{head}{', '.join(arguments)})([", arrived[1:-1].split(", "), "])", indent)
    return bracketed(head, arguments, f")({arrived})" if layer and arrived else ")", indent)


def bracketed(head: str, inside: Sequence[str], tail: str, indent: str) -> list[str]:
    """Return one line if it fits, otherwise the inside on a line of its own, otherwise a line each."""
    line = head + ", ".join(inside) + tail
    if len(line) <= WIDTH:
        return [line]
    line = indent + INDENT + ", ".join(inside)
    if len(line) <= WIDTH:
        return [head, line, indent + tail]
    return [head, *[f"{indent}{INDENT}{each}," for each in inside], indent + tail]


def listed(variables: Sequence[str], unpacked: bool) -> str:
    """Return tensors as an argument: Keras takes several as a list, a function of the file as separate arguments."""
    if len(variables) < 2:
        return "".join(variables)
    return ", ".join(variables) if unpacked else f"[{', '.join(variables)}]"


def function_lines(function: Function, docstring: str) -> list[str]:
    """Return the definition of a function."""
    given: dict[str | int, str] = {
        number: "x" if number == 0 else f"x{number + 1}" for number in range(function.externals)
    }
    flow = [
        (part.key, [*part.inputs, *_refs(part)], bool(part.condition) or part.values.get(REPEATS, ("1",)) != ("1",))
        for part in function.parts
    ]
    taken = {param.name for param in function.params} | RESERVED - {"x", "y"}
    variables = Variables[str | int](flow, given, [function.output], taken, _word)
    parameters = [
        *given.values(),
        *[param.name for param in function.params if not param.default],
        "name",
        *[f"{param.name}={literal(param.default[0])}" for param in function.params if param.default],
    ]
    lines = [*bracketed(f"def {function.name}(", parameters, "):", ""), f'{INDENT}"""{docstring}"""']
    condition = ""
    for place, part in enumerate(function.parts):
        wanted = _written(part.condition, variables)
        if part.key in variables.copied:
            lines.append(f"{INDENT}{variables[part.key]} = {variables[part.inputs[0]]}")
            condition = ""
        if wanted and wanted != condition:
            lines.append(f"{INDENT}if {wanted}:")
        condition = wanted
        last = place == len(function.parts) - 1 and function.output == part.key and not wanted
        lines += _part(part, variables, INDENT * (2 if wanted else 1), last)
    if not any(line.startswith(f"{INDENT}return ") for line in lines):
        lines.append(f"{INDENT}return {variables[function.output]}")
    return lines


def _word(key: str | int) -> str:
    """Return the name of a branch: ``double3x3_2`` is part of ``double3x3``."""
    return re.sub(r"_\d+[a-z]?$", "", str(key))


def _refs(part: Part) -> list[str | int]:
    return [each.place for expression in part.values.values() for each in expression if isinstance(each, Ref)]


def _written(expression: Expression, variables: Variables[str | int]) -> str:
    return "".join(
        each.name if isinstance(each, Param) else variables[each.place] if isinstance(each, Ref) else each
        for each in expression
    )


def _part(part: Part, variables: Variables[str | int], indent: str, last: bool) -> list[str]:
    values = {arg: _written(expression, variables) for arg, expression in part.values.items()}
    key, target = part.key, variables[part.key]
    taken = [variables[ref] for ref in part.inputs]
    loops = values.get(REPEATS, "1") != "1"
    lines = []
    end = ""
    if key.endswith(NUMBER):
        end = "{number}" if loops else "1"
    elif key.endswith(FUNCTION):
        known = values["activation"]
        end = f"{{{known}}}" if isinstance(part.values["activation"][0], Param) else json.loads(known)
    name = f'f"{{name}}{braced(key.rstrip(NUMBER + FUNCTION))}{end}"' if key else "name"
    if loops:
        lines.append(f"{indent}for number in range(1, {plus_one(values[REPEATS])}):")
        indent += INDENT
        taken[0] = target
    arrived = listed(taken, not isinstance(part.callee, Callee))
    return lines + call(part.callee, values, name, arrived, indent, "return " if last and not loops else f"{target} = ")


def plus_one(text: str) -> str:
    """Return the text of a number that is larger by one."""
    return str(int(text) + 1) if text.isdigit() else f"{text} + 1"


def literals(step: Step) -> dict[str, str]:
    """Return the values of a step as source text."""
    return {arg: literal(value) for arg, value in step.values.items()}


def docstring(root: Node, title: str, *notes: str) -> str:
    """Return the text at the head of a file: what network it is, and a paragraph for each note."""
    nodes = named(root).values()
    name = " ".join(title.replace("\\", "/").replace('"', "'").split())
    text = (
        f"{name}: {full(sum(sum(node.params) for node in nodes))} parameters, {full(sum(node.macs for node in nodes))} "
        "multiply-accumulates for one image."
    )
    # The quotes before the first line are part of it.
    paragraphs = [textwrap.fill(text, WIDTH - 3), *(textwrap.fill(note, WIDTH) for note in notes)]
    return '"""' + "\n\n".join(paragraphs) + '\n"""'
