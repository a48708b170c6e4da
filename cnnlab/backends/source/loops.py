"""Loops in place of consecutive calls of one function: a table of their differences, and a loop over it."""

import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from cnnlab.backends.source.functions import WIDTHS, Function, scaled
from cnnlab.backends.source.steps import CHANNELS, Step, same
from cnnlab.backends.source.text import INDENT, WIDTH, braced, bracketed, literal
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


Write = Callable[[Mapping[str, str], str, str], list[str]]
"""Returns the lines of a call, from the texts of its values, that of its name, and the indentation."""


def loop_lines(run: Sequence[Step], write: Write, indent: str = INDENT) -> list[str]:
    """Return the lines of the loop; ``write`` writes the call inside."""
    return _staged(run, write, indent) or _numbered(run, write, indent) or _listed(run, write, indent)


@dataclass(frozen=True)
class Running:
    """A variable for the channels that arrive: those that the last call made."""

    first: int
    source: str
    after: str

    def around(self, lines: list[str], indent: str, inner: str) -> list[str]:
        """Return a loop with the lines that keep this variable: before it, and last in it."""
        return [f"{indent}{CHANNELS} = {self.first}", *lines, f"{inner}{CHANNELS} = {self.after}"]


def _running(run: Sequence[Step]) -> Running | None:
    """Return that variable if the channels of each call follow from a width of the call before."""
    if CHANNELS not in run[0].values:
        return None
    arriving = [step.values[CHANNELS] for step in run]
    if _equal(arriving):
        return None
    for param in run[0].callee.params:
        widths = [step.values[param.name] for step in run]
        if param.name != CHANNELS and param.origin[1] in WIDTHS and not _equal(widths):
            text = scaled(list(zip(widths[:-1], arriving[1:], strict=True)))
            if text:
                return Running(arriving[0], param.name, f"{text[0]}{param.name}{text[1]}")
    return None


def _staged(run: Sequence[Step], write: Write, indent: str) -> list[str]:
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
    running = _running(run)
    for param in run[0].callee.params:
        if running and param.name == CHANNELS:
            values[CHANNELS] = CHANNELS
            continue
        text = _stage_value(param.name, [[step.values[param.name] for _, step in rows] for rows in stages], columns)
        if text is None:
            return []
        values[param.name] = text
    name = f'f"{braced(parts[0][0])}{{stage}}{braced(parts[0][2])}{{block}}"'
    counted = any("number" in value for value in values.values())
    if running and values[running.source] != running.source:
        return []
    inner = indent + INDENT * 2
    lines = [
        *([f"{indent}number = 0"] if counted else []),
        *_head("stage", start, columns, len(stages), indent),
        f"{indent}{INDENT}for block in range(1, {'blocks + 1' if 'blocks' in columns else repeats[0] + 1}):",
        *write(values, name, inner),
        *([f"{inner}number += 1"] if counted else []),
    ]
    return running.around(lines, indent, inner) if running else lines


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


def _numbered(run: Sequence[Step], write: Write, indent: str) -> list[str]:
    """Return the loop of ``block1``, ``block2`` …: a row each, and the number counted."""
    matches = [re.fullmatch(r"(.*\D)(\d+)", step.name) for step in run]
    if not all(matches):
        return []
    parts = [match.groups() for match in matches if match]
    start = int(parts[0][1])
    if parts != [(parts[0][0], str(number)) for number in range(start, start + len(run))]:
        return []
    columns, values, running = _columns(run)
    name = f'f"{braced(parts[0][0])}{{number}}"'
    inner = indent + INDENT
    lines = [*_head("number", start, columns, len(run), indent), *write(values, name, inner)]
    return running.around(lines, indent, inner) if running else lines


def _listed(run: Sequence[Step], write: Write, indent: str) -> list[str]:
    """Return the loop of any names, which are the table's first column."""
    names = [step.name for step in run]
    front = _shared(names)
    back = _shared([name[len(front) :][::-1] for name in names])[::-1]
    back = back[back.index(".") :] if "." in back else ""
    columns, values, running = _columns(run)
    inner = [name[len(front) : len(name) - len(back)] for name in names]
    if front and all(each.isdigit() for each in inner) and front[-1].isdigit():
        front = front.rstrip("0123456789")
        inner = [name[len(front) : len(name) - len(back)] for name in names]
    written = f'f"{braced(front)}{{name}}{braced(back)}"' if front or back else "name"
    within = indent + INDENT
    lines = [*_head("", 0, {"name": inner} | columns, len(run), indent), *write(values, written, within)]
    return running.around(lines, indent, within) if running else lines


def _shared(texts: Sequence[str]) -> str:
    """Return the longest common beginning."""
    low, high = min(texts), max(texts)
    length = next((at for at, (one, other) in enumerate(zip(low, high, strict=False)) if one != other), len(low))
    return low[:length]


def _columns(run: Sequence[Step]) -> tuple[dict[str, list[Any]], dict[str, str], Running | None]:
    columns: dict[str, list[Any]] = {}
    values = {}
    running = _running(run)
    for param in run[0].callee.params:
        column = [step.values[param.name] for step in run]
        if running and param.name == CHANNELS:
            values[CHANNELS] = CHANNELS
        elif _equal(column):
            values[param.name] = literal(column[0])
        else:
            values[param.name] = param.name
            columns[param.name] = column
    return columns, values, running


def _head(counter: str, start: int, columns: Mapping[str, Sequence[Any]], count: int, indent: str) -> list[str]:
    """Return the table and the line ``for … in …:``."""
    if not columns:
        return [f"{indent}for {counter} in range({start}, {start + count}):"]
    one = len(columns) == 1
    rows = [literal(row[0] if one else row) for row in zip(*columns.values(), strict=True)]
    names = ", ".join(columns)
    inner = indent + INDENT
    line = f"{indent}rows = ({', '.join(rows)})"
    if one and len(line) <= WIDTH:
        lines = [line]
    else:
        comment = textwrap.wrap(names, WIDTH - len(inner) - 2) if not one else []
        lines = [f"{indent}rows = (", *[f"{inner}# {each}" for each in comment]]
        for row, values in zip(rows, zip(*columns.values(), strict=True), strict=True):
            long = not one and len(row) > WIDTH - len(inner) - 1
            inside = bracketed(f"{inner}(", list(map(literal, values)), "),", inner)
            lines += inside if long else [f"{inner}{row},"]
        lines.append(f"{indent})")
    rest = f"enumerate(rows{f', {start}' if start else ''})" if counter else "rows"
    head = f"{indent}for {names} in {rest}:"
    if counter:
        head = f"{indent}for {counter}, {names if one else f'({names})'} in {rest}:"
    if len(head) <= WIDTH:
        return [*lines, head]
    head = f"{indent}for {counter}, row in {rest}:" if counter else f"{indent}for row in {rest}:"
    line = f"{inner}{names} = row"
    return [
        *lines,
        head,
        *([line] if len(line) <= WIDTH else bracketed(f"{inner}(", list(columns), ") = row", inner)),
    ]


def _equal(values: Sequence[Any]) -> bool:
    return all(same(value, values[0]) for value in values)
