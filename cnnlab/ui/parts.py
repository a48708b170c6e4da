"""Small pieces of HTML that several pages share. Whatever comes from outside is escaped here."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

import streamlit as st

from cnnlab.ui.words import MEANINGS

STILL = {"displayModeBar": False}
"""Settings of a plotly chart that is read and clicked, not worked on."""


@dataclass(frozen=True, slots=True)
class Number:
    """A headline number: the word, the number in full, and a line below."""

    word: str
    value: str
    below: str


def plain(text: str) -> str:
    """Text as it is, where Streamlit would read Markdown: links and pictures in an address must stay letters."""
    return re.sub(r"([\\`*_{}\[\]()<>#+\-.!|~:$])", r"\\\1", text)


def term(word: str) -> str:
    """The word, with its meaning on hover, on focus and on tap."""
    return (
        f'<span class="cnnlab-term" tabindex="0">{escape(word)}'
        f'<span class="cnnlab-meaning" role="tooltip">{escape(MEANINGS[word])}</span></span>'
    )


def numbers(items: Iterable[Number]) -> None:
    """Headline numbers side by side, as many in a row as fit."""
    cells = "".join(
        f'<div class="cnnlab-number"><div class="word">{term(item.word)}</div>'
        f'<div class="value">{escape(item.value)}</div><div class="below">{escape(item.below)}</div></div>'
        for item in items
    )
    st.html(f'<div class="cnnlab-numbers">{cells}</div>')


def table(head: Iterable[str], rows: Iterable[Iterable[str]], label: str) -> None:
    """A small table of text that can be read and copied; on a phone each row becomes a list."""
    heads = list(head)
    body = "".join(
        "<tr>"
        + "".join(f'<td data-head="{escape(name)}">{escape(cell)}</td>' for name, cell in zip(heads, row, strict=True))
        + "</tr>"
        for row in rows
    )
    top = "".join(f"<th>{escape(cell)}</th>" for cell in heads)
    st.html(
        f'<div class="cnnlab-scroll"><table class="cnnlab-table" aria-label="{escape(label)}">'
        f"<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"
    )
