"""Arithmetic as HTML: name, formula, numbers, result and a note on each step."""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from html import escape
from types import MappingProxyType

from cnnlab import costs
from cnnlab.costs import Equation
from cnnlab.ui import html
from cnnlab.units import full


def card(title: str, below: str, equations: tuple[Equation, ...]) -> str:
    """Return a card with a title, a line below it, the equations, and the meaning of their letters."""
    return (
        f'<div class="cnnlab-card"><h4>{escape(title)}</h4><p>{escape(below)}</p>{lines(equations)}'
        f'<p class="letters">{escape(letters(equations))}</p></div>'
    )


def lines(equations: Iterable[Equation]) -> str:
    """Return the equations as a list; each term is explained once."""
    explained: set[str] = set()
    rows = "".join(
        f"<div><dt>{html.explained(each.what, explained)}</dt><dd>{_line(each, explained)}</dd></div>"
        for each in equations
    )
    return f'<dl class="cnnlab-steps">{rows}</dl>'


def letters(equations: Iterable[Equation], where: Mapping[str, str] = MappingProxyType({})) -> str:
    """Return the meanings of the letters in these formulas, each once; ``where`` has those that mean more here."""
    meanings = {**costs.symbols(equations), **where}
    return " · ".join(f"{letter}: {meaning}" for letter, meaning in meanings.items())


def chain(*steps: str) -> str:
    """Return the steps joined by «=», without one that repeats the step before: 1 / 4 and 1/4 are the same.

    >>> chain("1 / g", "1 / 4", "1/4"), chain("2 / f", "2 / 8", "1/4")
    ('1 / g = 1 / 4', '2 / f = 2 / 8 = 1/4')
    """
    kept: list[str] = []
    for step in steps:
        if not kept or step.replace(" ", "") != kept[-1].replace(" ", ""):
            kept.append(step)
    return " = ".join(kept)


def decimal(value: Fraction) -> str:
    """Return « = **0.25**», or « ≈ **0.333**» where three digits are not all; nothing for a whole number.

    >>> decimal(Fraction(1, 4)), decimal(Fraction(1, 3)), decimal(Fraction(1, 30000)), decimal(Fraction(2))
    (' = **0.25**', ' ≈ **0.333**', ' ≈ **0.0000333**', '')
    """
    if value.denominator == 1:
        return ""
    digits = Decimal(f"{float(value):.3g}")
    return f" {'=' if Fraction(digits) == value else '≈'} **{digits:f}**"


def _line(equation: Equation, explained: set[str]) -> str:
    """Return «formula = numbers = result» without repetition, and the note below."""
    line = []
    if equation.formula:
        line.append(f'<span class="formula">{escape(equation.formula)}</span>')
    if equation.formula == equation.result:
        line.clear()  # «none» once
    if equation.numbers and equation.numbers != equation.result:
        line.append(escape(re.sub(r"\d{4,}", lambda digits: full(int(digits[0])), equation.numbers)))
    if equation.result != "0" or equation.numbers:
        line.append(f'<span class="result">{escape(equation.result)}</span>')
    note = f'<span class="note">{html.explained(equation.note, explained)}</span>' if equation.note else ""
    return " = ".join(line) + note
