"""Silhouettes, read by their parts."""

import re
from urllib.parse import unquote
from xml.etree import ElementTree

from cnnlab.figures.thumbnail import LONGEST, TALL, Bar, thumbnail


def image(bars: list[Bar]) -> ElementTree.Element:
    html = thumbnail(bars, 'A "quoted" <title>')
    assert 'alt="A &quot;quoted&quot; &lt;title&gt;"' in html
    source = re.search(r'src="data:image/svg\+xml,([^"]*)"', html)
    assert source
    return ElementTree.fromstring(unquote(source[1]))


def heights(svg: ElementTree.Element, fill: str) -> list[float]:
    path = next(part for part in svg if part.get("fill") == fill).get("d") or ""
    return [float(value) for value in re.findall(r"v([\d.]+)", path)]


def test_bars_grow_with_channels_and_vectors_are_cut() -> None:
    svg = image(
        [Bar("convolution", (8, 8, 16), False), Bar("convolution", (4, 4, 64), True), Bar("dense", (4096,), False)]
    )
    assert heights(svg, "#0072B2") == [TALL / 2, TALL]
    assert heights(svg, "#D55E00") == [TALL]
    assert len(svg) == 3, "two kinds and the line of skips"


def test_the_deepest_network_stays_on_its_card() -> None:
    svg = image([Bar("convolution", (32, 32, 16), True)] * 600)
    assert float(svg.get("width") or 0) <= LONGEST + 1
    assert float(image([Bar("dense", (10,), False)]).get("width") or 0) > 1
