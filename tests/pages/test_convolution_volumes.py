"""Benches "Over volumes", "Layer after layer", "1×1", "Depthwise and pointwise" and "Skip" without a browser."""

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import apptest
import pytest
from apptest import html, said, text
from streamlit.testing.v1 import AppTest

from cnnlab.network import Network
from cnnlab.ui.build import history as build_address
from cnnlab.ui.convolution import bench_state, chains

PAGE = "convolution"


def opened(bench: str, **params: str) -> AppTest:
    """Return a bench as a link opens it."""
    return apptest.opened(PAGE, bench=bench, **params)


@pytest.mark.parametrize(
    ("bench", "numbers"),
    [
        ("volumes", ("4×4×10", "280 parameters", "(3 × 3 × 3 + 1) × 10", "4,320")),
        ("chains", ("37×37×10", "17×17×20", "7×7×40", "1,960", "25,340 parameters", "⌊(17 + 0 − 5) / 2⌋ + 1 = 7")),
        ("pointwise", ("18,432 MACs", "460,800", "25 times as many", "(1 × 1 × 32 + 1) × 16")),
        ("depthwise", ("2,160 MACs", "432 + 240 = 672", "0.311", "1 / 5 + 1 / 3²", "135 weights")),
        ("skip", ("unlikely to be caused by vanishing gradients", "after 100 layers", "8,192", "6,422,528")),
    ],
)
def test_the_bench_opens_on_the_courses_numbers(bench: str, numbers: tuple[str, ...]) -> None:
    at = opened(bench)
    assert not at.exception
    assert said(at) == []
    for number in numbers:
        assert number in text(at), number
    assert dict(at.query_params) == {"bench": bench}


def test_wrong_printed_counts_stand_beside_the_right_ones() -> None:
    shown = text(opened("chains", chain="like LeNet-5"))
    for right, wrong in (("608", "208"), ("3,216", "416"), ("48,120", "48,001"), ("10,164", "10,081"), ("850", "841")):
        assert right in shown
        assert wrong in shown


@pytest.mark.parametrize("name", chains.CHAINS)
def test_a_link_opens_the_same_network_in_build(name: str) -> None:
    at = opened("chains", chain=name)
    found = re.search(r'href="(build\?[^"]+)"', html(at))
    assert found
    params = parse_qs(urlsplit(unescape(found[1])).query)
    recipe = chains.CHAINS[name].recipe
    assert Network.parse(params["network"][0]).recipe == recipe
    there = apptest.opened("build", network=params["network"][0])
    assert not there.exception
    assert there.session_state[build_address.STATE] == recipe


def test_knobs_move_the_numbers_and_the_address() -> None:
    at = opened("volumes")
    at.slider(key=bench_state.key("volumes", "filters")).set_value(5).run()
    assert "140 parameters" in text(at)
    assert dict(at.query_params) == {"bench": "volumes", "filters": "5"}
    at = opened("skip", scale="0.0")
    assert "returns x itself" in text(at)
    assert "times 0 in the plain network, 0 with batch norm, 1 with skips" in text(at)
    at.slider(key=bench_state.key("skip", "scale")).set_value(0.5).run()
    assert "The gradient at the input vanishes in the plain network" in text(at)
    assert dict(at.query_params) == {"bench": "skip", "scale": "0.5"}


def test_a_window_that_does_not_fit_gets_a_warning() -> None:
    at = opened("volumes", size="3", window="5")
    assert not at.exception
    assert said(at) == [
        "That cannot be: a 5×5 window does not fit a 3×3 volume; choose a smaller window or a larger size."
    ]


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"bench": "volumes", "filters": "0"}, "Filters must be a whole number from 1 to 64, not 0; the default"),
        ({"bench": "volumes", "filter": "[x](http://y)"}, "Filter must be one of"),
        ({"bench": "chains", "chain": "vgg"}, "Chain must be one of"),
        ({"bench": "pointwise", "size": "nan"}, "Size must be a whole number"),
        ({"bench": "depthwise", "output": "6"}, "Output must be a whole number from 1 to 5"),
        ({"bench": "skip", "seed": "-1"}, "Seed must be a whole number from 0 to 999"),
        ({"bench": "skip", "scale": "inf"}, "Scale must be a number from 0 to 2"),
        ({"bench": "skip", "foo": "1"}, "This page has no setting 'foo', so it is ignored."),
    ],
)
def test_invalid_values_in_the_url(params: dict[str, str], sentence: str) -> None:
    at = apptest.opened(PAGE, **params)
    assert not at.exception
    assert any(one.startswith(sentence) for one in said(at)), said(at)
    assert "".join(said(at)).count("usual") <= 1


@pytest.mark.parametrize(
    "params",
    [
        {"bench": "volumes", "size": "3", "channels": "1", "window": "1", "filters": "1", "stride": "4"},
        {"bench": "volumes", "size": "32", "channels": "32", "window": "7", "filters": "64", "step": "63"},
        {"bench": "pointwise", "size": "1", "channels": "1", "filters": "1", "step": "8"},
        {"bench": "pointwise", "size": "56", "channels": "256", "filters": "256", "mix": "average"},
        {"bench": "depthwise", "filters": "64", "output": "5", "standard": "63", "step": "63"},
        {"bench": "skip", "scale": "2.0", "layers": "1", "seed": "999"},
        {"bench": "skip", "scale": "0.05", "layers": "99"},
    ],
)
def test_the_ends_of_every_range(params: dict[str, str]) -> None:
    at = apptest.opened(PAGE, **params)
    assert not at.exception
    assert said(at) == []
    assert dict(at.query_params) == params


def test_the_output_map_is_one_of_the_filters() -> None:
    at = opened("depthwise", output="5")
    at.slider(key=bench_state.key("depthwise", "filters")).set_value(3).run()
    assert not at.exception
    assert at.slider(key=bench_state.key("depthwise", "output")).max == 3
    assert dict(at.query_params) == {"bench": "depthwise", "filters": "3", "output": "3"}
    at.slider(key=bench_state.key("depthwise", "filters")).set_value(1).run()
    assert not at.exception
    assert dict(at.query_params) == {"bench": "depthwise", "filters": "1"}
    assert "With one map each filter can be split" in text(at)


@pytest.mark.parametrize(
    ("bench", "field", "rows", "columns"),
    [
        ("volumes", "image", 18, 6), ("volumes", "kernel", 9, 3), ("pointwise", "image", 12, 3),
        ("pointwise", "weights", 1, 4), ("depthwise", "image", 18, 6), ("depthwise", "kernel", 9, 3),
        ("depthwise", "weights", 5, 3),
    ],
)  # fmt: skip
def test_the_readers_numbers_are_in_the_link(bench: str, field: str, rows: int, columns: int) -> None:
    own = {"volumes": {"filter": "own numbers"}, "pointwise": {"mix": "own numbers"}}.get(bench, {})
    if field == "image":
        own = {}
    params = {"bench": bench, **own, field: ".".join(["_".join(["1p5"] * columns)] * rows)}
    at = apptest.opened(PAGE, **params)
    assert not at.exception
    assert said(at) == []
    assert dict(at.query_params) == params
    assert "1.5" in player_data(at)
    at.session_state[f"{bench}.numbers"] = True
    at.run()
    assert not at.exception
    assert dict(at.query_params) == params
    assert len(at.dataframe) >= 4
    wrong = apptest.opened(PAGE, **(params | {field: "1_2.3_4"}))
    assert said(wrong)[0].startswith(f"{field.capitalize()} must have {rows} rows of {columns} numbers")


def player_data(at: AppTest) -> str:
    """Return the data of all players."""
    return "".join(element.proto.json for element in at.get("bidi_component"))


def test_own_numbers_begin_as_a_copy_of_the_named_ones() -> None:
    at = opened("volumes", filter="horizontal edges")
    at.segmented_control(key=bench_state.key("volumes", "filter")).set_value("own numbers").run()
    assert not at.exception
    assert at.query_params["kernel"] == ".".join(["1_1_1", "0_0_0", "-1_-1_-1"] * 3)
    at.segmented_control(key=bench_state.key("volumes", "filter")).set_value("vertical edges").run()
    assert dict(at.query_params) == {"bench": "volumes"}
