"""What a notebook shows of a network."""

import re
from html import unescape
from xml.etree import ElementTree

import pytest

from cnnlab import costs, zoo
from cnnlab.diagrams.architecture import file
from cnnlab.network import Network
from cnnlab.ui.study import study

LARGEST = 60_000  # characters; EfficientNet-B7 has 17,000


@pytest.mark.parametrize("text", [*zoo.names(), "mobilenet_v1?width=0.5+standard_conv"])
def test_a_notebook_shows_notice_totals_and_the_diagram_of_the_download(text: str) -> None:
    network = Network.parse(text)
    found, totals = network._repr_html_(), costs.totals(network)
    ElementTree.fromstring(f"<div>{found}</div>")  # well formed
    words = unescape(re.sub(r"<svg.*</svg>", "", found, flags=re.DOTALL))
    assert costs.notice(network.graph(), network.subject) in words
    assert f"{totals.params:,} parameter" in words
    assert f"{totals.macs:,} MAC" in words
    assert file(study(network), network.label) in found
    assert len(found) < LARGEST


def test_nothing_in_it_runs_or_has_a_colour_of_one_theme() -> None:
    found = Network.parse("resnet50")._repr_html_()
    assert not re.search(r"<script|\bon\w+=|javascript:|https?://(?!www\.w3\.org/2000/svg)", found)
    assert "color:" not in re.sub(r"<svg.*</svg>", "", found, flags=re.DOTALL)
    assert '<rect width="100%" height="100%" fill="#ffffff"/>' in found
    style = re.search(r"<style>(.*?)</style>", found)
    assert style
    rules = [rule.partition("{")[0] for rule in style[1].split("}") if rule]
    assert all(name.strip().startswith(".cnnlab-diagram") for rule in rules for name in rule.split(","))


def test_a_network_that_cannot_be_built_says_why() -> None:
    found = Network.parse("lenet5?input_size=9")._repr_html_()
    assert "cannot be built" in found
    assert "<svg" not in found
