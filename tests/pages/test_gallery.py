"""The landing page without a browser: cards, the course map, and the dots."""

import json
import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pandas as pd
import pytest
from apptest import ROOT, html, opened, said, text

from cnnlab import costs, zoo
from cnnlab.graph import blocks, named
from cnnlab.network import Network
from cnnlab.ui.gallery import scatter
from cnnlab.ui.gallery.course import COURSE, course_map
from cnnlab.ui.pages import PAGES
from cnnlab.units import short
from cnnlab.zoo import published


def links(at) -> list[str]:
    return [unescape(address) for address in re.findall(r'<a class="[\w-]+" data-within="true" href="(.*?)"', html(at))]


def test_a_card_for_each_case_study() -> None:
    at = opened()
    assert not at.exception
    shown = links(at)[len(COURSE) :]
    assert sorted(shown) == sorted(f"inspect?network={name}" for name in zoo.names())
    for name, case in zoo.CASES.items():
        totals = costs.totals(zoo.build(name))
        assert f"{case.title}{case.paper.year}" in text(at)
        assert case.idea in text(at)
        assert f"{short(totals.params)} params{short(totals.macs)} MACs" in text(at)
    assert html(at).count('<img class="cnnlab-thumbnail"') == len(zoo.names())


def test_families_are_in_the_order_of_the_course() -> None:
    at = opened()
    places = [html(at).index(f"<h5>{family}</h5>") for family in zoo.FAMILIES]
    assert places == sorted(places)


def test_accuracies_other_than_one_crop_on_imagenet_are_marked() -> None:
    shown = text(opened())
    assert "71.3 % top-1" in shown
    assert "72.06 % top-1 (10-crop)" in shown
    assert "56.5 % top-1 (torchvision's form)" in shown
    assert "91.25 % top-1 (CIFAR-10)" in shown
    assert "89.59 %" not in shown, "printed for a network of 32×32 images, and the one on the card takes 227×227"


@pytest.mark.parametrize("step", COURSE, ids=lambda step: step.title)
def test_each_step_of_the_course_opens_its_page(step) -> None:
    if step.page == "inspect":
        network, problems = Network.read(step.params["network"])
        assert problems == []
        knobs = {
            name: knob.parse(step.params[name]) for name, knob in network.case.knobs.items() if name in step.params
        }
        root, chosen = network.replace(**knobs).graph(), step.params.get("layer")
        assert not chosen or chosen in {*named(root), *(block.name for block in blocks(root))}
    at = opened(step.page, **step.params)
    assert not at.exception
    assert said(at) == []


def test_the_map_follows_the_course() -> None:
    titles = re.findall(r"<b>(.*?)</b>", course_map())
    assert titles == [
        "Foundations", "Classic networks", "ResNets", "1×1 and Inception", "MobileNet", "EfficientNet",
        "Transfer learning", "Augmentation",
    ]  # fmt: skip
    first, *others, transfer, last = re.findall(r'href="(.*?)"', course_map())
    assert first == "convolution?bench=slide"
    assert transfer == "transfer?"
    assert last == "augment?steps=random_crop%3Bmirror%3Bpca_colour"
    assert "2,048 images of each" in course_map()  # as the paper says
    for address in others:
        assert parse_qs(urlsplit(unescape(address)).query)["network"][0] in zoo.CASES
    assert "A kernel slides over an edge: 0 30 30 0".replace("0 ", "0\N{NO-BREAK SPACE}") in course_map()
    assert "0 30 30 0" in text(opened("convolution", bench="edges"))
    # The transfer step trains the head first: 128 features and a bias for each of eight classes.
    assert f"{129 * 8:,} parameters" in course_map()


def test_axes_are_chosen_and_named() -> None:
    at = opened(x="params", log="false")
    assert not at.exception
    assert said(at) == []
    assert at.selectbox(key="gallery.x").value == "params"
    assert "5.33 M parameters" in text(at) or "3.54 M parameters" in text(at)
    assert not at.toggle(key="gallery.log").value
    at.selectbox(key="gallery.y").select("activations").run()
    assert dict(at.query_params) == {"x": "params", "y": "activations", "log": "false"}
    assert not at.exception
    assert "times as many parameters" in text(at)
    for value in ("year", "top1", "macs"):
        at.selectbox(key="gallery.y").select(value).run()
        at.selectbox(key="gallery.x").select(value).run()
        assert not at.exception
    assert "choose another for one of them" in text(at)


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        (
            {"x": "price"},
            "X must be one of params, macs, activations, year, top1, not 'price'; the default is macs, which",
        ),
        (
            {"y": "<b>1</b>"},
            "Y must be one of params, macs, activations, year, top1, not '<b>1</b>'; the default is top1, which is",
        ),
        ({"log": "maybe"}, "Log must be true or false, not 'maybe'; the default is true, which is shown instead."),
        ({"x": "9" * 4000}, "X must be one of params"),
    ],
)
def test_an_invalid_link_warns_and_shows_the_default(params: dict[str, str], sentence: str) -> None:
    at = opened(**params)
    assert not at.exception
    assert any(one.startswith(sentence) for one in said(at)), said(at)
    assert (at.selectbox(key="gallery.x").value, at.selectbox(key="gallery.y").value) == ("macs", "top1")


def test_the_sentence_on_the_scatter_plot_is_true() -> None:
    at = opened()
    match = re.search(
        r"^(.*) reaches ([\d.]+) % top-1 with [\d.]+ [kMG] MACs, (.*?) ([\d.]+) % with", text(at), re.MULTILINE
    )
    assert match
    by_title = {case.title: name for name, case in zoo.CASES.items()}
    small, big = by_title[match[1]], by_title[match[3]]
    assert float(match[2]) >= float(match[4])
    assert costs.totals(zoo.build(small)).macs < costs.totals(zoo.build(big)).macs


def test_every_script_is_a_page_of_the_menu() -> None:
    scripts = {file.relative_to(ROOT).as_posix() for file in (ROOT / "pages").rglob("*.py")}
    assert scripts == {page.script for page in PAGES.values()}


def test_costs_and_accuracy_of_a_dot_belong_to_the_same_network() -> None:
    rows = scatter.catalogue().set_index("name")
    assert pd.isna(rows.loc["nin", "top1"])  # printed for 32×32 images, drawn here at 227×227
    for name, value in rows["top1"].dropna().items():
        printed = published.top1(str(name), zoo.case(str(name)).default_size)
        assert printed is not None
        assert printed.number == value


def test_one_crop_on_imagenet_is_preferred(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = published._rows()[::-1]
    monkeypatch.setattr(published, "_rows", lambda: rows)
    for name in ("vgg16", "resnet50", "resnet34"):
        printed = [row for row in rows if row.network == name and row.quantity == "top1"]
        one_crop = [row for row in printed if (row.dataset, row.protocol) == published.ONE_CROP]
        assert published.top1(name, 224) == (one_crop or printed)[0]


def test_networks_of_one_year_are_spread_side_by_side() -> None:
    at = opened(x="year")
    figure = json.loads(at.get("plotly_chart")[0].proto.spec)
    places = [place for trace in figure["data"] for place in trace["x"]]
    assert len(set(places)) == len(places)
    assert {round(place) for place in places} <= {case.paper.year for case in zoo.CASES.values()}


def test_coming_back_restores_the_axes_and_their_url() -> None:
    at = opened(x="year", y="params")
    at.switch_page(PAGES["inspect"].script).run()
    at.query_params.clear()
    at.switch_page(PAGES["gallery"].script).run()
    assert dict(at.query_params) == {"x": "year", "y": "params"}


@pytest.mark.parametrize(
    ("params", "sentence"),
    [({"abc": "1"}, "This page has no setting 'abc', so it is ignored"), ({"x": "foo"}, "'foo'")],
)
def test_what_is_wrong_in_the_address_is_said(params: dict[str, str], sentence: str) -> None:
    at = opened(**params)
    assert any(sentence in warning.value for warning in at.warning)
