"""Diagrams of every case study: well formed, every layer in reach, no boxes on top of each other."""

import re
from xml.etree import ElementTree

import pytest

from cnnlab import zoo
from cnnlab.diagrams.architecture import file, inside, overview
from cnnlab.graph import named
from cnnlab.network import Network
from cnnlab.ui.study import Study, study

SVG = "{http://www.w3.org/2000/svg}"
Rectangle = tuple[float, float, float, float]


def maps(svg: str) -> dict[str, Rectangle]:
    """Left, top, right and bottom of each box, by name."""
    found = {}
    for number, group in enumerate(ElementTree.fromstring(svg).iter(f"{SVG}g")):
        for rect in group.iter(f"{SVG}rect"):
            if rect.get("class", "").startswith("map"):
                x, y, width, height = (float(rect.attrib[name]) for name in ("x", "y", "width", "height"))
                found[group.get("data-choose", f"ghost {number}")] = (x, y, x + width, y + height)
    return found


def overlap(one: Rectangle, two: Rectangle) -> bool:
    return one[0] < two[2] and two[0] < one[2] and one[1] < two[3] and two[1] < one[3]


@pytest.fixture(params=[*zoo.names(), "googlenet?auxiliary_heads=true", "resnet34?shortcut=A", "vgg16?classes=20000"])
def shown(request: pytest.FixtureRequest) -> Study:
    return study(Network.parse(request.param))


def test_overview_and_insides(shown: Study) -> None:
    everything = frozenset(block.name for block in shown.blocks)
    apart = maps(overview(shown, None, everything))
    assert set(apart) == {block.name for block in shown.blocks}
    folded = maps(overview(shown, None, frozenset()))
    assert set(folded) <= set(apart)
    layers = set()
    for block in shown.blocks:
        boxes = maps(inside(shown, block, block.layers[0][0]))
        layers |= set(boxes)
        places = list(boxes.values())
        assert not any(overlap(one, two) for number, one in enumerate(places) for two in places[:number]), (
            f"boxes overlap inside {block.name}"
        )
    assert set(named(shown.root)) <= layers


def test_skips_are_arcs() -> None:
    svg = overview(study(Network.of("resnet50")), None, frozenset())
    assert svg.count('class="projection"') == 4
    assert svg.count('class="skip"') == 4
    plain = overview(study(Network.of("resnet50", residual=False)), None, frozenset())
    assert 'class="skip"' not in plain
    within = study(Network.of("resnet50"))
    block = next(block for block in within.blocks if block.name == "stage2.block2")
    assert 'class="skip"' in inside(within, block, None)


def test_a_gate_is_drawn_beside_the_main_path() -> None:
    shown = study(Network.of("efficientnet_b0"))
    block = next(block for block in shown.blocks if block.name == "stage2.block2")
    boxes = maps(inside(shown, block, None))
    middle = {name.rpartition(".")[2]: (top + bottom) / 2 for name, (_, top, _, bottom) in boxes.items()}
    assert middle["depthwise_swish"] == middle["se_excite"] == middle["project"]
    assert middle["se_squeeze"] == middle["se_expand"] > middle["se_excite"]


FILES = ("lenet5", "vgg16", "resnet50", "resnet34?shortcut=A", "googlenet?auxiliary_heads=true", "inception_v3")


@pytest.mark.parametrize("reference", FILES)
@pytest.mark.parametrize("unfolded", [False, True])
def test_a_file_stands_alone(reference: str, unfolded: bool) -> None:
    shown = study(Network.parse(reference))
    svg = file(shown, "A “title” <of> it", frozenset(block.name for block in shown.blocks) if unfolded else frozenset())
    root = ElementTree.fromstring(svg)
    assert "var(" not in svg
    words = " ".join("".join(text.itertext()) for text in root.iter(f"{SVG}text"))
    for part in ("A “title” <of> it", f"{shown.totals.params:,} parameters", f"{shown.totals.macs:,} MACs"):
        assert part in words
    for kind in {block.drawn_as for block in shown.blocks}:
        assert kind in words
    assert ("skip" in words) == ("resnet" in reference)
    assert ("× n: n equal blocks" in words) == bool(re.search(r"× \d", words))
    assert "fold" not in words, "nothing folds in a file"
    assert not any(name in element.attrib for element in root.iter() for name in ("tabindex", "data-choose"))


def texts(svg: str) -> list[tuple[str, Rectangle]]:
    """Return each text of an SVG with its rectangle, from its fixed length; transforms are added up."""
    found = []

    def walk(element: ElementTree.Element, x: float, y: float) -> None:
        moved = re.match(r"translate\(([-\d.]+) ([-\d.]+)\)", element.get("transform", ""))
        if moved:
            x, y = x + float(moved[1]), y + float(moved[2])
        if element.tag == f"{SVG}text" and element.text:
            length, size = float(element.attrib["textLength"]), float(element.get("font-size", "11"))
            left = x + float(element.get("x", "0")) - (0 if element.get("class") == "around" else length / 2)
            base = y + float(element.get("y", "0"))
            found.append((element.text, (left, base - 0.8 * size, left + length, base + 0.2 * size)))
        for child in element:
            walk(child, x, y)

    walk(ElementTree.fromstring(svg), 0, 0)
    return found


def test_texts_of_a_file_do_not_touch_in_any_font(shown: Study) -> None:
    everything = frozenset(block.name for block in shown.blocks)
    for unfolded in (frozenset[str](), everything):
        svg = file(shown, shown.network.label, unfolded)
        placed = texts(svg)
        assert [
            (one, two)
            for number, (one, here) in enumerate(placed)
            for two, there in placed[:number]
            if overlap((here[0] - 1, *here[1:]), there)
        ] == []
        width = float(ElementTree.fromstring(svg).attrib["width"])
        assert all(left >= 0 and right <= width for _, (left, _, right, _) in placed)
