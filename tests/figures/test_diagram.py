"""The diagram: to scale, well formed, escaped, and with every box where a click can find it."""

from itertools import pairwise
from xml.etree import ElementTree

from cnnlab.figures.diagram import TALLEST, WIDEST, Box, Link, diagram

SVG = "{http://www.w3.org/2000/svg}"


def box(name: str, shape: tuple[int, ...], column: int, **more: object) -> Box:
    return Box(name, name, "×".join(map(str, shape)), f"{name}: tip", "convolution", shape, column, **more)  # type: ignore[arg-type]


def maps(svg: str) -> dict[str, tuple[float, float]]:
    """Width and height of each box by the name a click chooses."""
    root = ElementTree.fromstring(svg)
    found = {}
    for group in root.iter(f"{SVG}g"):
        if "data-choose" in group.attrib:
            rect = next(rect for rect in group.iter(f"{SVG}rect") if rect.get("class") == "map")
            found[group.attrib["data-choose"]] = float(rect.attrib["width"]), float(rect.attrib["height"])
    return found


def test_height_is_channels_and_width_is_the_side() -> None:
    svg = diagram([box("a", (64, 64, 32), 0), box("b", (32, 32, 128), 1)], [Link(0, 1)], "two maps")
    sizes = maps(svg)
    assert sizes["a"] == (WIDEST, TALLEST / 4)
    assert sizes["b"] == (WIDEST / 2, TALLEST)


def test_names_are_escaped() -> None:
    svg = diagram([box('<script>"x"', (4, 4, 1), 0)], [], "<b>title</b>")
    assert "<script>" not in svg
    assert list(maps(svg)) == ['<script>"x"']


def test_folds_skips_groups_and_cut_vectors_are_drawn() -> None:
    boxes = [
        box("one", (8, 8, 16), 0, count=3, group="stage1", chosen=True),
        box("two", (8, 8, 16), 1, folds="two", group="stage1"),
        box("three", (100,), 2),
    ]
    svg = diagram(boxes, [Link(0, 0, "projection"), Link(0, 1), Link(0, 2, "skip"), Link(1, 2)], "all")
    root = ElementTree.fromstring(svg)
    classes = [path.get("class") for path in root.iter(f"{SVG}path")]
    assert classes.count("projection") == 1
    assert classes.count("skip") == 1
    assert classes.count("cut") == 1
    assert classes.count("bracket") == 1
    assert [group.attrib["data-fold"] for group in root.iter(f"{SVG}g") if "data-fold" in group.attrib] == [
        "one",
        "two",
    ]
    assert 'aria-pressed="true"' in svg


def test_boxes_of_one_lane_do_not_overlap() -> None:
    boxes = [box(f"a_rather_long_name_{number}", (7 * number, 7 * number, 8), number - 1) for number in range(1, 9)]
    root = ElementTree.fromstring(diagram(boxes, [], "row"))
    hits = [rect for rect in root.iter(f"{SVG}rect") if rect.get("class") == "hit"]
    edges = [(float(rect.attrib["x"]), float(rect.attrib["x"]) + float(rect.attrib["width"])) for rect in hits]
    assert all(left[1] < right[0] for left, right in pairwise(edges))
    width = float(root.attrib["width"])
    assert all(left >= 0 and right <= width for left, right in edges)
