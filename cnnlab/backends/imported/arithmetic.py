"""Works out the formulas of layers that are only counted.

>>> total("(window × c + 1) × k", window=9, c=3, k=8)
Sum(formula='(window × c + 1) × k', numbers='(9 × 3 + 1) × 8', value=224)
"""

import ast
import operator
import re
from collections.abc import Callable

from cnnlab.graph import Sum

_OPERATIONS: dict[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.FloorDiv: operator.floordiv,
}  # fmt: skip


def total(formula: str, **letters: int) -> Sum:
    """Return the formula with numbers in place of its letters, and its value. Quotients must be whole."""
    numbers = re.sub(r"[a-z]\w*", lambda match: str(letters[match[0]]), formula)
    text = numbers.replace("×", "*").replace("−", "-").replace("/", "//")
    return Sum(formula, numbers, _value(ast.parse(text, mode="eval").body))


def _value(tree: ast.expr) -> int:
    match tree:
        case ast.Constant(int() as number):
            return number
        case ast.BinOp(left, operation, right):
            return _OPERATIONS[type(operation)](_value(left), _value(right))
    raise TypeError(f"a formula has numbers, +, −, ×, / and brackets alone, not {ast.dump(tree)}")
