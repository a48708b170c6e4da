"""A diagram as a file of its own: with a title and a legend, in any viewer and any font, on paper and on a slide."""

import re
from collections.abc import Sequence
from html import escape
from typing import Literal, NamedTuple
from xml.etree import ElementTree

from cnnlab.figures.diagram import SIZES
from cnnlab.figures.text_width import BOLD, text_width

SVG = "http://www.w3.org/2000/svg"
FONT = "Arial,Helvetica,'Liberation Sans',sans-serif"
INK = "#1f2933"
ROOM = 1.2
"""How much wider than Helvetica's letters those of a viewer's font may be; a diagram for a file leaves so much room."""
MARGIN, GAP = 12.0, 16.0
TITLE, BELOW, SMALL = 15.0, 12.0, 11.0  # type sizes of the title, of the line below it, and of the legend
NARROWEST = 420.0  # a legend in a narrower column would be a list of words
MARK = 14.0  # width of a mark in front of its text
Shape = Literal["box", "arc", "dashed arc"]


class Mark(NamedTuple):
    """An entry of a legend: a box or an arc in its colour, and its meaning."""

    shape: Shape
    colour: str
    text: str


def diagram_file(svg: str, title: str, below: str, marks: Sequence[Mark]) -> str:
    """Return a diagram's SVG as a file: title and a line below it, the drawing, and the marks with a note on scale.

    Each text has a fixed length, so that another font cannot run into its neighbour. ``svg`` is a diagram that leaves
    ``ROOM``, for viewers that do not keep to such lengths.
    """
    ElementTree.register_namespace("", SVG)
    drawing = ElementTree.fromstring(_with_light_colours(svg))
    width, height = (float(drawing.attrib[side]) for side in ("width", "height"))
    for element in drawing.findall(f"{{{SVG}}}title") + drawing.findall(f"{{{SVG}}}style"):
        drawing.remove(element)
    _leave_out_buttons(drawing)
    _fix_lengths(drawing)
    inner = "".join(ElementTree.tostring(element, encoding="unicode") for element in drawing)
    inner = inner.replace(f' xmlns="{SVG}"', "")
    wide = max(width, NARROWEST)
    head, y = _prose(title, TITLE, wide, MARGIN + TITLE, bold=True)
    under, y = _prose(below, BELOW, wide, y)
    top = y - BELOW
    note = _note(svg)
    legend, y = _legend(marks, wide, top + height + GAP)
    scale, y = _prose(note, SMALL, wide, y)
    full_width, full_height = wide + 2 * MARGIN, y - SMALL + MARGIN
    return (
        f'<svg xmlns="{SVG}" class="cnnlab-diagram" viewBox="0 0 {full_width:.0f} {full_height:.0f}" '
        f'width="{full_width:.0f}" height="{full_height:.0f}" role="img" aria-label="{escape(title)}">'
        f"<title>{escape(title)}</title><desc>{escape(f'{below} {note}')}</desc><style>{_style(svg)}</style>"
        f'<rect width="100%" height="100%" fill="#ffffff"/>{head}{under}'
        f'<g transform="translate({MARGIN + (wide - width) / 2:.1f} {top:.1f})">{inner}</g>{legend}{scale}</svg>'
    )


def _with_light_colours(svg: str) -> str:
    """Return the SVG with the light values of theme variables."""
    return re.sub(r"var\(--[\w-]+,((?:[^()]|\([^()]*\))*)\)", r"\1", svg)


def _style(svg: str) -> str:
    """Return the diagram's own style, with a font that a file can count on, and that of the texts around it."""
    own = re.search(r"<style>(.*?)</style>", _with_light_colours(svg))
    style = re.sub(r"font-family:[^;]+;", f"font-family:{FONT};", own[1] if own else "")
    return f"{style}.cnnlab-diagram .around{{text-anchor:start;fill:{INK}}}"


def _leave_out_buttons(drawing: ElementTree.Element) -> None:
    """Take away what only a click needs: buttons that fold, and the attributes of all others."""
    for parent in list(drawing.iter()):
        for child in list(parent):
            if child.get("data-fold") and child.get("aria-label", "").startswith("fold"):
                parent.remove(child)
        for name in ("role", "tabindex", "data-choose", "data-fold", "aria-pressed"):
            parent.attrib.pop(name, None)


def _fix_lengths(drawing: ElementTree.Element) -> None:
    for text in drawing.iter(f"{{{SVG}}}text"):
        if text.text:
            length = text_width(text.text, SIZES.get(text.get("class", ""), SIZES[""]))
            text.set("textLength", f"{length:g}")
            text.set("lengthAdjust", "spacingAndGlyphs")


def _prose(text: str, size: float, width: float, y: float, bold: bool = False) -> tuple[str, float]:
    """Return a text in as many lines as it needs, and the height of the line after them."""
    weight, wider = (' font-weight="700"', BOLD) if bold else ("", 1.0)
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and ROOM * wider * text_width(longer, size) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    parts = []
    for line in lines:
        parts.append(_around(line, MARGIN, y, size, wider * text_width(line, size), weight))
        y += 1.3 * size
    return "".join(parts), y


def _legend(marks: Sequence[Mark], width: float, y: float) -> tuple[str, float]:
    """Return the marks with their texts in as many lines as they need, and the height of the line after them."""
    parts, x = [], 0.0
    for mark in marks:
        length = text_width(mark.text, SMALL)
        if x and x + MARK + ROOM * length > width:
            x, y = 0.0, y + 1.5 * SMALL
        left = MARGIN + x
        parts += [_sign(mark, left, y), _around(mark.text, left + MARK, y, SMALL, length)]
        x += MARK + ROOM * length + GAP / 2
    return "".join(parts), y + 1.5 * SMALL


def _sign(mark: Mark, x: float, y: float) -> str:
    if mark.shape == "box":
        return f'<rect x="{x:.1f}" y="{y - 9:.1f}" width="9" height="9" rx="1.5" fill="{mark.colour}"/>'
    dashes = ' stroke-dasharray="5 3"' if mark.shape == "dashed arc" else ""
    curve = f"M{x:.1f} {y:.1f}c2 -12 9 -12 11 0"
    return f'<path d="{curve}" fill="none" stroke="{mark.colour}" stroke-width="2.2"{dashes}/>'


def _around(text: str, x: float, y: float, size: float, length: float, weight: str = "") -> str:
    return (
        f'<text class="around" x="{x:.1f}" y="{y:.1f}" font-size="{size:g}"{weight} textLength="{length:.1f}" '
        f'lengthAdjust="spacingAndGlyphs">{escape(text)}</text>'
    )


def _note(svg: str) -> str:
    """Return how to read the drawing, with what occurs in it."""
    note = "Height: channels. Width: width of the map. A block has the colour of its layer with most MACs."
    if 'class="cut"' in svg:
        note += " A cut bar is a vector longer than the drawing is high."
    if re.search(r">× \d+<", svg):
        note += " × n: n equal blocks in a row."
    return note
