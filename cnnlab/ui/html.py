"""Small pieces of HTML that several pages share. Text from outside is escaped here."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from cnnlab.ui.glossary import EXPLAINED, FORMS, meaning
from cnnlab.units import capitalised

STILL = {"displayModeBar": False}
"""Settings of a plotly chart for reading and clicking, without plotly's toolbar."""


@dataclass(frozen=True, slots=True)
class Number:
    """A headline number: the term, the number in full, and a line below."""

    word: str
    value: str
    below: str


class Html(str):
    """A table's cell that is HTML already."""

    __slots__ = ()


def plain(text: str) -> str:
    """Return Markdown that shows the text unchanged: links and images in a URL must stay letters."""
    return re.sub(r"([\\`*_{}\[\]()<>#+\-.!|~:$])", r"\\\1", text)


def sentence(text: str) -> str:
    """Return the text with a capital in front and a full stop behind."""
    return capitalised(text) + ("" if text.endswith((".", "?")) else ".")


def unbroken(text: str) -> str:
    """Return the text with each number and its unit kept on one line."""
    return re.sub(r"(?<=\d) (?=(?:%|[kMG]B?|B)(?:\W|$))", "\N{NO-BREAK SPACE}", text)


def term(word: str) -> str:
    """Return the term, with its meaning on hover, on focus and on tap."""
    return (
        f'<span class="cnnlab-term" tabindex="0">{escape(word)}'
        f'<span class="cnnlab-meaning" role="tooltip">{escape(meaning(word))}</span></span>'
    )


def explained(text: str, before: set[str] | None = None) -> str:
    """Return a sentence as HTML: each term carries its meaning where it stands first; ``**…**`` is bold.

    ``before`` holds the terms that earlier sentences explained; those of this one are added.
    """
    before = set() if before is None else before

    def mark(match: re.Match[str]) -> str:
        word = match[0]
        entry = FORMS[word.lower()]
        if entry in before:
            return escape(word)
        before.add(entry)
        return term(word)

    text = unbroken(text)
    pieces, end = [], 0
    for match in EXPLAINED.finditer(text):
        pieces += [escape(text[end : match.start()]), mark(match)]
        end = match.end()
    return re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", "".join(pieces) + escape(text[end:]))


def heading(text: str) -> str:
    """Return HTML of a section's heading, its terms explained."""
    return f"<h5>{explained(text)}</h5>"


def prose(text: str, style: str = "cnnlab-prose") -> str:
    """Return HTML of a paragraph, its terms explained."""
    return f'<p class="{style}">{explained(text)}</p>'


def notice(lead: str, *more: str) -> str:
    """Return HTML of a notice: the first sentence, and the others folded."""
    before: set[str] = set()
    head, rest = explained(lead, before), explained(" ".join(more), before)
    folded = f"<details><summary>Details</summary>{rest}</details>" if more else ""
    return f'<div class="cnnlab-notice">{head}{folded}</div>'


def numbers(items: Iterable[Number]) -> str:
    """Return HTML of headline numbers side by side, as many in a row as fit."""
    cells = "".join(
        f'<div class="cnnlab-number"><div class="word">{term(item.word)}</div>'
        f'<div class="value">{escape(item.value)}</div><div class="below">{escape(item.below)}</div></div>'
        for item in items
    )
    return f'<div class="cnnlab-numbers">{cells}</div>'


def table(head: Iterable[str], rows: Iterable[Iterable[str]], label: str, marked: int | None = None) -> str:
    """Return HTML of a small table of text that can be copied; on a phone each row becomes a list.

    Its terms are explained once; ``marked`` is the row that is highlighted.
    """
    heads, before = list(head), set[str]()
    top = "".join(f"<th>{explained(cell, before)}</th>" for cell in heads)
    body, mark = "", ' class="marked"'
    for number, row in enumerate(rows):
        named = zip(heads, row, strict=True)
        cells = "".join(
            f'<td data-head="{escape(name)}">{cell if isinstance(cell, Html) else explained(cell, before)}</td>'
            for name, cell in named
        )
        body += f"<tr{mark if number == marked else ''}>{cells}</tr>"
    return (
        f'<div class="cnnlab-scroll"><table class="cnnlab-table" aria-label="{escape(label)}">'
        f"<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"
    )
