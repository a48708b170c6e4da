"""Arithmetic as HTML: name, formula, numbers, result and a note on each step."""

from collections.abc import Iterable
from html import escape

from cnnlab import costs
from cnnlab.costs import Step
from cnnlab.ui import html


def card(title: str, below: str, steps: tuple[Step, ...]) -> str:
    """Return a card with a title, a line below it, the steps, and the meaning of their letters."""
    return (
        f'<div class="cnnlab-card"><h4>{escape(title)}</h4><p>{escape(below)}</p>{lines(steps)}'
        f'<p class="letters">{escape(letters(steps))}</p></div>'
    )


def lines(steps: Iterable[Step]) -> str:
    """Return the steps as a list; each term is explained once."""
    explained: set[str] = set()
    rows = "".join(
        f"<div><dt>{html.explained(step.what, explained)}</dt><dd>{_line(step, explained)}</dd></div>" for step in steps
    )
    return f'<dl class="cnnlab-steps">{rows}</dl>'


def letters(steps: Iterable[Step]) -> str:
    """Return the meanings of the letters in these formulas."""
    return " · ".join(f"{letter}: {meaning}" for letter, meaning in costs.symbols(steps).items())


def _line(step: Step, explained: set[str]) -> str:
    """Return «formula = numbers = result» without repetition, and the note below."""
    line = []
    if step.formula:
        line.append(f'<span class="formula">{escape(step.formula)}</span>')
    if step.numbers and step.numbers != step.result:
        line.append(f"{escape(step.numbers)}")
    if step.result != "0" or step.numbers:
        line.append(f'<span class="result">{escape(step.result)}</span>')
    return " = ".join(line) + (f'<span class="note">{html.explained(step.note, explained)}</span>' if step.note else "")
