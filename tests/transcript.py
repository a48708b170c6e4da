"""The words of a page from top to bottom, as golden files hold them."""

import json
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block, Node

ALERTS = ("error", "warning", "info", "success")
# Tooltips repeat the glossary; symbols are no words, numbers inside images no sentences.
LEFT_OUT = re.compile(
    r"<(style|script)\b.*?</\1>"
    r'|<span (class="cnnlab-meaning"|translate="no").*?</span>'
    r"|(?<=>)[^<]*</(text|tspan)>",
    re.DOTALL,
)
TAG = re.compile(r"<(/?)(\w+)(.*?)>", re.DOTALL)
INLINE = {"a", "abbr", "b", "code", "em", "i", "label", "span", "strong", "sub", "sup", "td", "text", "th", "tspan"}
FOR_EVERYBODY = re.compile(r'\b(alt|aria-label|title)="(.+?)"', re.DOTALL)
MOST_OPTIONS = 12  # longer lists are names of networks


def transcript(at: AppTest) -> str:
    """Return every word of a page, an element or a paragraph a line.

    That is texts; labels, values, options and help of widgets; alternative texts of images and charts; columns of
    data frames. An expander's, popover's or tab's content is indented.
    """
    return "\n".join(_lines(at.main)) + "\n"


def html_transcript(html: str) -> str:
    """Return every word of an HTML text in the same way."""
    return "\n".join(_folded(_text(html))) + "\n"


def timeless(words: str) -> str:
    """Return a transcript without what differs each time: dates, names of runs, seconds of a live run."""
    words = re.sub(r"\d{8}-\d{6}-\w{8}-\w{6}", "RUN", words)
    words = re.sub(r"\d{1,2} \w{3,9}( \d{4})?, \d\d:\d\d", "DATE", words)
    return re.sub(r"(running epoch \d+ of \d+) \d+ s", r"\1 SECONDS", words)


def _lines(block: Block) -> list[str]:
    found: list[str] = []
    for child in block.children.values():
        if isinstance(child, Block):
            label = _label(child)
            found += [f"{child.type} “{label}”", *(f"    {line}" for line in _lines(child))] if label else _lines(child)
        else:
            found += _folded("\n".join(_element(child)))
    return found


def _folded(text: str) -> list[str]:
    """Return the lines of a text that hold words, each with single spaces."""
    lines = text.replace("\N{NO-BREAK SPACE}", " ").splitlines()
    return [" ".join(line.split()) for line in lines if line.strip()]


def _label(block: Block) -> str:
    """Return the words on an expander, a tab, a popover or a dialog."""
    proto: Any = block.proto
    inner = getattr(proto, block.type, proto)
    return str(getattr(inner, "label", "") or getattr(inner, "title", ""))


def _element(node: Node) -> Iterator[str]:
    proto: Any = node.proto
    if node.type == "html":
        yield _text(proto.body)
    elif node.type == "bidi_component":
        data = json.loads(proto.json or "null")
        if isinstance(data, dict):
            yield _text(str(data.get("html") or ""))
            yield _text("<p>".join([str(data.get("label") or ""), *data.get("texts", ())[:2]]))
    elif node.type == "dataframe":
        yield f"[table {' | '.join(map(str, node.value.columns))}]"
    elif node.type == "code":
        yield "[code]"
    elif node.type in ALERTS:
        yield f"[{node.type}] {_plain(proto.body)}"
    elif hasattr(proto, "label"):
        yield _widget(node)
    elif getattr(proto, "alt", ""):
        yield f"[{node.type}] {proto.alt}"
    else:
        yield _plain(getattr(proto, "body", "") or getattr(proto, "text", ""))


def _plain(markdown: str) -> str:
    """Return Markdown without its escapes."""
    return re.sub(r"\\(.)", r"\1", markdown)


def _text(html: str) -> str:
    """Return HTML as lines: a block element ends a line, an image is its alternative text."""

    def tag(found: re.Match[str]) -> str:
        closing, name, attributes = found.groups()
        words = "".join(f" [{words}] " for _, words in FOR_EVERYBODY.findall(attributes)) if not closing else ""
        return words + (" | " if name in ("td", "th") and closing else "" if name in INLINE else "\n")

    apart = re.sub(r"(</\w+>)(?=<\w)", r"\1 ", LEFT_OUT.sub("", html))
    return unescape(TAG.sub(tag, apart))


def _widget(node: Node) -> str:
    proto: Any = node.proto
    value = getattr(node, "value", None) if node.type not in ("button", "download_button", "file_uploader") else None
    options = [getattr(each, "content", each) for each in getattr(proto, "options", ())]
    parts = [f"[{node.type}] {proto.label}"]
    if value not in (None, "", []):
        parts.append(f"= {value}")
    if options:
        parts.append("of " + ", ".join(map(str, options)) if len(options) <= MOST_OPTIONS else f"of {len(options)}")
    if getattr(proto, "help", ""):
        parts.append(f"({proto.help})")
    return " ".join(parts)
