"""Loops in place of consecutive calls of one function: a table of their differences, and a loop over it."""

import re
import textwrap
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from cnnlab.backends.source.fitting import Function
from cnnlab.backends.source.steps import Step, same
from cnnlab.backends.source.text import INDENT, WIDTH, braced, bracketed, call, literal
from cnnlab.graph import Node

SHORTEST = 3
"""The fewest calls that become a loop; two are as readable without one."""
FIRST = "block == 1"


def run_at(steps: Sequence[Step], start: int, users: Mapping[Node, int]) -> int:
    """Return how many steps from ``start`` call one function, each on the last one's result, used nowhere else.

    ``users`` counts the steps that take a tensor.
    """
    first = steps[start]
    if not isinstance(first.callee, Function) or len(first.inputs) != 1:
        return 1
    end = start + 1
    while (
        end < len(steps)
        and steps[end].callee is first.callee
        and steps[end].inputs == (steps[end - 1].output,)
        and users[steps[end - 1].output] == 1
    ):
        end += 1
    return end - start


def loop_lines(run: Sequence[Step], variable: str) -> list[str]:
    """Return the lines of the loop, indented as in ``build``."""
    return _staged(run, variable) or _numbered(run, variable) or _listed(run, variable)


def _staged(run: Sequence[Step], variable: str) -> list[str]:
    """Return the loop of ``stage2.block1``, ``stage2.block2``, ``stage3.block1`` …: a row a stage, blocks inside."""
    matches = [re.fullmatch(r"(.*?)(\d+)(\D+)(\d+)", step.name) for step in run]
    if not all(matches):
        return []
    parts = [match.groups() for match in matches if match]
    stages = [list(rows) for _, rows in groupby(zip(parts, run, strict=True), key=lambda pair: pair[0][:3])]
    start = int(parts[0][1])
    if len(stages) < 2:
        return []
    for number, rows in enumerate(stages, start):
        for block, (part, _) in enumerate(rows, 1):
            if part != (parts[0][0], str(number), parts[0][2], str(block)):
                return []
    columns: dict[str, list[Any]] = {}
    repeats = [len(rows) for rows in stages]
    if len(set(repeats)) > 1:
        columns["blocks"] = repeats
    values: dict[str, str] = {}
    for param in run[0].callee.params:
        text = _stage_value(param.name, [[step.values[param.name] for _, step in rows] for rows in stages], columns)
        if text is None:
            return []
        values[param.name] = text
    name = f'f"{braced(parts[0][0])}{{stage}}{braced(parts[0][2])}{{block}}"'
    counted = any("number" in value for value in values.values())
    indent = INDENT * 3
    return [
        *([f"{INDENT}number = 0"] if counted else []),
        *_head("stage", start, columns, len(stages)),
        f"{INDENT * 2}for block in range(1, {'blocks + 1' if 'blocks' in columns else repeats[0] + 1}):",
        *call(run[0].callee, values, name, variable, indent, f"{variable} = "),
        *([f"{indent}number += 1"] if counted else []),
    ]


def _stage_value(name: str, stages: list[list[Any]], columns: dict[str, list[Any]]) -> str | None:
    """Return the text of a parameter, adding the columns it needs; None if the stages are not regular enough."""
    firsts = [rows[0] for rows in stages]
    if _equal([value for rows in stages for value in rows]):
        return literal(firsts[0])
    rests = [rows[1:] for rows in stages]
    if all(_equal(rows) for rows in stages):
        columns[name] = firsts
        return name
    if all(_equal(rest) for rest in rests):
        later = [rest[0] for rest in rests if rest]
        if not _equal(later):
            columns[name] = firsts
            columns[f"{name}_after"] = [rows[1] if len(rows) > 1 else rows[0] for rows in stages]
            return f"{name} if {FIRST} else {name}_after"
        if not _equal(firsts):
            columns[name] = firsts
            return f"{name} if {FIRST} else {literal(later[0])}"
        if (firsts[0], later[0]) in ((True, False), (False, True)) and type(firsts[0]) is bool:
            return FIRST if firsts[0] else "block > 1"
        return f"{literal(firsts[0])} if {FIRST} else {literal(later[0])}"
    flat = [value for rows in stages for value in rows]
    if not _equal(firsts):
        return _progress(flat, len(flat))
    missing = [None if place == 0 else value for rows in stages for place, value in enumerate(rows)]
    growing = _progress(missing, len(flat))
    return growing and f"{growing} if block > 1 else {literal(firsts[0])}"


def _progress(values: Sequence[Any], count: int) -> str | None:
    """Return the formula of numbers that grow with every block, as rates of stochastic depth; None stands for any."""
    known = [(number, value) for number, value in enumerate(values) if value is not None]
    if not all(isinstance(value, float) for _, value in known) or not known or not known[-1][0]:
        return None
    last = round(known[-1][1] * count / known[-1][0], 6)
    if any(last * number / count != value for number, value in known):
        return None
    return f"{last} * number / {count}"


def _numbered(run: Sequence[Step], variable: str) -> list[str]:
    """Return the loop of ``block1``, ``block2`` …: a row each, and the number counted."""
    matches = [re.fullmatch(r"(.*\D)(\d+)", step.name) for step in run]
    if not all(matches):
        return []
    parts = [match.groups() for match in matches if match]
    start = int(parts[0][1])
    if parts != [(parts[0][0], str(number)) for number in range(start, start + len(run))]:
        return []
    columns, values = _columns(run)
    name = f'f"{braced(parts[0][0])}{{number}}"'
    return [
        *_head("number", start, columns, len(run)),
        *call(run[0].callee, values, name, variable, INDENT * 2, f"{variable} = "),
    ]


def _listed(run: Sequence[Step], variable: str) -> list[str]:
    """Return the loop of any names, which are the table's first column."""
    names = [step.name for step in run]
    front = _shared(names)
    back = _shared([name[len(front) :][::-1] for name in names])[::-1]
    back = back[back.index(".") :] if "." in back else ""
    columns, values = _columns(run)
    inner = [name[len(front) : len(name) - len(back)] for name in names]
    if front and all(each.isdigit() for each in inner) and front[-1].isdigit():
        front = front.rstrip("0123456789")
        inner = [name[len(front) : len(name) - len(back)] for name in names]
    written = f'f"{braced(front)}{{name}}{braced(back)}"' if front or back else "name"
    return [
        *_head("", 0, {"name": inner} | columns, len(run)),
        *call(run[0].callee, values, written, variable, INDENT * 2, f"{variable} = "),
    ]


def _shared(texts: Sequence[str]) -> str:
    """Return the longest common beginning."""
    low, high = min(texts), max(texts)
    length = next((at for at, (one, other) in enumerate(zip(low, high, strict=False)) if one != other), len(low))
    return low[:length]


def _columns(run: Sequence[Step]) -> tuple[dict[str, list[Any]], dict[str, str]]:
    columns: dict[str, list[Any]] = {}
    values = {}
    for param in run[0].callee.params:
        column = [step.values[param.name] for step in run]
        if _equal(column):
            values[param.name] = literal(column[0])
        else:
            values[param.name] = param.name
            columns[param.name] = column
    return columns, values


def _head(counter: str, start: int, columns: Mapping[str, Sequence[Any]], count: int) -> list[str]:
    """Return the table and the line ``for … in …:``."""
    if not columns:
        return [f"{INDENT}for {counter} in range({start}, {start + count}):"]
    one = len(columns) == 1
    rows = [literal(row[0] if one else row) for row in zip(*columns.values(), strict=True)]
    names = ", ".join(columns)
    line = f"{INDENT}rows = ({', '.join(rows)})"
    if one and len(line) <= WIDTH:
        lines = [line]
    else:
        comment = textwrap.wrap(names, WIDTH - 10) if not one else []
        lines = [f"{INDENT}rows = (", *[f"{INDENT * 2}# {each}" for each in comment]]
        for row, values in zip(rows, zip(*columns.values(), strict=True), strict=True):
            long = not one and len(row) > WIDTH - 9
            inside = bracketed(f"{INDENT * 2}(", list(map(literal, values)), "),", INDENT * 2)
            lines += inside if long else [f"{INDENT * 2}{row},"]
        lines.append(f"{INDENT})")
    rest = f"enumerate(rows{f', {start}' if start else ''})" if counter else "rows"
    head = f"{INDENT}for {names} in {rest}:"
    if counter:
        head = f"{INDENT}for {counter}, {names if one else f'({names})'} in {rest}:"
    if len(head) <= WIDTH:
        return [*lines, head]
    head = f"{INDENT}for {counter}, row in {rest}:" if counter else f"{INDENT}for row in {rest}:"
    line = f"{INDENT * 2}{names} = row"
    return [
        *lines,
        head,
        *([line] if len(line) <= WIDTH else bracketed(f"{INDENT * 2}(", list(columns), ") = row", INDENT * 2)),
    ]


def _equal(values: Sequence[Any]) -> bool:
    return all(same(value, values[0]) for value in values)
