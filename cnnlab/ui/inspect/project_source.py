"""The project's own source of a case study: its function and everything it uses of the catalogue and the blocks."""

import ast
import inspect
import sys
from collections.abc import Callable, Iterator
from functools import cache, partial
from types import CodeType, FunctionType, ModuleType
from typing import Any

OWN = ("cnnlab.blocks", "cnnlab.zoo", "cnnlab.rewrites")


def source_of(function: Callable[..., Any]) -> list[str]:
    """Return the source of a function, of the project's functions that it calls, and of their tables; callers first."""
    while isinstance(function, partial):
        function = function.func
    waiting: list[tuple[ModuleType, str]] = [(sys.modules[function.__module__], function.__name__)]
    found: dict[tuple[str, str], str] = {}
    while waiting:
        module, name = waiting.pop(0)
        value = getattr(module, name)
        home = sys.modules[value.__module__] if isinstance(value, FunctionType) else module
        text = _definitions(home).get(name)
        if text is None or (home.__name__, name) in found:
            continue
        found[home.__name__, name] = text
        waiting += [(home, used) for used in _names(value) if hasattr(home, used) and _is_own(home, used)]
    return list(found.values())


def _is_own(module: ModuleType, name: str) -> bool:
    """Return whether a value is a function of the catalogue or the blocks, or a constant of the module itself."""
    value = getattr(module, name)
    if isinstance(value, FunctionType):
        return value.__module__.startswith(OWN)
    return name in _definitions(module)


def _names(value: object) -> Iterator[str]:
    """Return the names of globals that a function uses, also in comprehensions, or of the functions in a table."""
    if isinstance(value, FunctionType):
        yield from _names(value.__code__)
    elif isinstance(value, CodeType):
        yield from value.co_names
        for constant in value.co_consts:
            yield from _names(constant)
    elif isinstance(value, partial):
        yield value.func.__name__
    elif isinstance(value, tuple):
        for part in value:
            if isinstance(part, FunctionType):
                yield part.__name__
            elif isinstance(part, tuple | partial | CodeType):
                yield from _names(part)


@cache
def _definitions(module: ModuleType) -> dict[str, str]:
    """Return the source of a module's functions and constants by name, with the comments above them."""
    text = inspect.getsource(module)
    lines, found, end = text.splitlines(), {}, 0
    for node in ast.parse(text).body:
        start = node.lineno - 1
        while start > end and lines[start - 1].startswith("#"):
            start -= 1
        if isinstance(node, ast.FunctionDef):
            found[node.name] = "\n".join(lines[start : node.end_lineno])
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Name):
                    found[target.id] = "\n".join(lines[start : node.end_lineno])
        end = node.end_lineno or end
    return found
