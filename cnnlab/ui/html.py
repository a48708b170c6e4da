"""Small pieces of HTML that several pages share. Whatever comes from outside is escaped here."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from cnnlab.ui.glossary import EXPLAINED, FORMS, meaning

STILL = {"displayModeBar": False}
"""Settings of a plotly chart that is read and clicked, not worked on."""


@dataclass(frozen=True, slots=True)
class Number:
    """A headline number: the word, the number in full, and a line below."""

    word: str
    value: str
    below: str


class Html(str):
    """A table's cell that is HTML already."""

    __slots__ = ()


def plain(text: str) -> str:
    """Text as it is, where Streamlit would read Markdown: links and pictures in an address must stay letters."""
    return re.sub(r"([\\`*_{}\[\]()<>#+\-.!|~:$])", r"\\\1", text)


def sentence(text: str) -> str:
    """Return the text with a capital in front and a full stop behind."""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?")) else ".")


def unbroken(text: str) -> str:
    """The text with numbers and their units kept on one line."""
    return re.sub(r"(?<=\d) (?=(?:%|[kMG]B?|B)(?:\W|$))", "\N{NO-BREAK SPACE}", text)


def term(word: str) -> str:
    """The word, with its meaning on hover, on focus and on tap."""
    return (
        f'<span class="cnnlab-term" tabindex="0">{escape(word)}'
        f'<span class="cnnlab-meaning" role="tooltip">{escape(meaning(word))}</span></span>'
    )


def explained(text: str, told: set[str] | None = None) -> str:
    """A sentence as HTML: each word that has a meaning carries it where it stands first; ``**…**`` is bold.

    ``told`` holds the words that sentences before this one explained already, and takes up those of this one.
    """
    told = set() if told is None else told

    def mark(match: re.Match[str]) -> str:
        word = match[0]
        entry = FORMS[word.lower()]
        if entry in told:
            return escape(word)
        told.add(entry)
        return term(word)

    text = unbroken(text)
    pieces, end = [], 0
    for match in EXPLAINED.finditer(text):
        pieces += [escape(text[end : match.start()]), mark(match)]
        end = match.end()
    return re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", "".join(pieces) + escape(text[end:]))


def heading(text: str) -> str:
    """HTML of a section's heading, its words explained."""
    return f"<h5>{explained(text)}</h5>"


def prose(text: str, style: str = "cnnlab-prose") -> str:
    """HTML of a paragraph, its words explained."""
    return f'<p class="{style}">{explained(text)}</p>'


def numbers(items: Iterable[Number]) -> str:
    """HTML of headline numbers side by side, as many in a row as fit."""
    cells = "".join(
        f'<div class="cnnlab-number"><div class="word">{term(item.word)}</div>'
        f'<div class="value">{escape(item.value)}</div><div class="below">{escape(item.below)}</div></div>'
        for item in items
    )
    return f'<div class="cnnlab-numbers">{cells}</div>'


def table(head: Iterable[str], rows: Iterable[Iterable[str]], label: str, marked: int | None = None) -> str:
    """HTML of a small table of text that can be read and copied; on a phone each row becomes a list.

    The words in it are explained once; ``marked`` is the row that stands out.
    """
    heads, told = list(head), set[str]()
    top = "".join(f"<th>{explained(cell, told)}</th>" for cell in heads)
    body, mark = "", ' class="marked"'
    for number, row in enumerate(rows):
        named = zip(heads, row, strict=True)
        cells = "".join(
            f'<td data-head="{escape(name)}">{cell if isinstance(cell, Html) else explained(cell, told)}</td>'
            for name, cell in named
        )
        body += f"<tr{mark if number == marked else ''}>{cells}</tr>"
    return (
        f'<div class="cnnlab-scroll"><table class="cnnlab-table" aria-label="{escape(label)}">'
        f"<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"
    )
