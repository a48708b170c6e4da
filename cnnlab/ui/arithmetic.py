"""Arithmetic as HTML: what, the formula, the numbers put in, the result, and a note."""

from collections.abc import Iterable
from html import escape

from cnnlab import costs
from cnnlab.costs import Step
from cnnlab.ui import html


def card(title: str, below: str, steps: tuple[Step, ...]) -> str:
    """A card with a title, a line below it, the steps, and what the letters mean."""
    return (
        f'<div class="cnnlab-card"><h4>{escape(title)}</h4><p>{escape(below)}</p>{lines(steps)}'
        f'<p class="letters">{escape(letters(steps))}</p></div>'
    )


def lines(steps: Iterable[Step]) -> str:
    """The steps as a list, their words explained once."""
    told: set[str] = set()
    rows = "".join(
        f"<div><dt>{html.explained(step.what, told)}</dt><dd>{_line(step, told)}</dd></div>" for step in steps
    )
    return f'<dl class="cnnlab-steps">{rows}</dl>'


def letters(steps: Iterable[Step]) -> str:
    """What the letters in these formulas mean."""
    return " · ".join(f"{letter}: {meaning}" for letter, meaning in costs.symbols(steps).items())


def _line(step: Step, told: set[str]) -> str:
    """formula = numbers = result, leaving out what says nothing new, and the note below."""
    line = []
    if step.formula:
        line.append(f'<span class="formula">{escape(step.formula)}</span>')
    if step.numbers and step.numbers != step.result:
        line.append(f"{escape(step.numbers)}")
    if step.result != "0" or step.numbers:
        line.append(f'<span class="result">{escape(step.result)}</span>')
    return " = ".join(line) + (f'<span class="note">{html.explained(step.note, told)}</span>' if step.note else "")
