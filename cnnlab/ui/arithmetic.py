"""Arithmetic as HTML: name, formula, numbers, result and a note on each step."""

from collections.abc import Iterable
from html import escape

from cnnlab import costs
from cnnlab.costs import Equation
from cnnlab.ui import html


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


def letters(equations: Iterable[Equation]) -> str:
    """Return the meanings of the letters in these formulas."""
    return " · ".join(f"{letter}: {meaning}" for letter, meaning in costs.symbols(equations).items())


def _line(equation: Equation, explained: set[str]) -> str:
    """Return «formula = numbers = result» without repetition, and the note below."""
    line = []
    if equation.formula:
        line.append(f'<span class="formula">{escape(equation.formula)}</span>')
    if equation.numbers and equation.numbers != equation.result:
        line.append(f"{escape(equation.numbers)}")
    if equation.result != "0" or equation.numbers:
        line.append(f'<span class="result">{escape(equation.result)}</span>')
    note = f'<span class="note">{html.explained(equation.note, explained)}</span>' if equation.note else ""
    return " = ".join(line) + note
