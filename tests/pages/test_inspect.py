"""Inspect without a browser: every case study, knobs, choices, and valid, invalid and partly valid links."""

import subprocess
import sys
from typing import Any

import apptest
import pyarrow as pa
import pytest
from apptest import ROOT, html, said, text
from case_studies import CASE_STUDIES
from hypothesis import given
from hypothesis import strategies as st
from profiles import few, first_with_each_push, thorough
from random_graphs import networks
from streamlit.testing.v1 import AppTest

from cnnlab import costs, zoo
from cnnlab.graph import named
from cnnlab.network import Network
from cnnlab.ui.inspect import selection
from cnnlab.ui.widgets import network_picker

PAGE = "inspect"


def opened(**params: str) -> AppTest:
    """Return Inspect as a link opens it."""
    return apptest.opened(PAGE, **params)


def knob(at: AppTest, kind: str, network: str, name: str):
    return getattr(at, kind)(key=network_picker.knob_key(selection.PICKER, network, zoo.case(network).knobs[name]))


def size(at: AppTest, network: str) -> Any:
    """Return the field of the input size."""
    return at.text_input(key=f"{place(network)}.typed")


def press(at: AppTest, label: str) -> None:
    next(button for button in at.button if button.label == label).click().run()


def place(network: str) -> str:
    return network_picker.knob_key(selection.PICKER, network, zoo.case(network).knobs["input_size"])


def test_first_visit_shows_a_network() -> None:
    at = opened()
    assert not at.exception
    assert said(at) == []
    assert "138,357,544" in html(at)
    assert "89 % of VGG-16's parameters" in text(at)


@pytest.mark.parametrize("name", CASE_STUDIES)
def test_every_case_study(name: str) -> None:
    at = opened(network=name)
    assert not at.exception
    assert said(at) == []
    total = costs.totals(zoo.build(name))
    assert f"{total.params:,}" in html(at)
    assert f"{total.macs:,}" in html(at)
    assert f"{total.flops:,}" in html(at)
    assert zoo.case(name).story.introduced in text(at)


def test_knobs_change_the_numbers_and_the_url() -> None:
    at = opened(network="resnet50")
    size(at, "resnet50").set_value("160").run()
    knob(at, "toggle", "resnet50", "bias").set_value(False).run()
    assert not at.exception
    total = costs.totals(zoo.build("resnet50", input_size=160, bias=False))
    assert f"{total.macs:,}" in html(at)
    assert f"{total.params:,}" in html(at)
    assert at.query_params["input_size"] == "160"
    assert at.query_params["bias"] == "false"
    assert "classes" not in at.query_params


def test_a_new_network_takes_its_own_defaults() -> None:
    at = opened(network="efficientnet_b0", input_size="64")
    at.selectbox(key=f"{selection.PICKER}.name").select("efficientnet_b3").run()
    assert not at.exception
    assert size(at, "efficientnet_b3").value == "300"
    assert f"{costs.totals(zoo.build('efficientnet_b3')).macs:,}" in html(at)


def test_a_link_reproduces_the_screen() -> None:
    at = opened(network="mobilenet_v2", width="0.5", layer="stage3.block2.depthwise", unfold="stage3.block2")
    assert said(at) == []
    assert f"{costs.totals(zoo.build('mobilenet_v2', width=0.5)).params:,}" in html(at)
    assert "<h4>stage3.block2.depthwise</h4>" in html(at)
    assert knob(at, "slider", "mobilenet_v2", "width").value == 0.5
    assert at.session_state[selection.UNFOLDED] == {"stage3.block2"}


def test_choosing_a_block_and_closing_its_card() -> None:
    at = opened(network="googlenet", layer="inception3a")
    assert "<h4>inception3a</h4>" in html(at)
    assert "128,049,152" in html(at)
    at.button(key="card_close").click().run()
    assert "<h4>" not in html(at)
    assert "layer" not in at.query_params


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"network": "resnet51"}, "There is no network 'resnet51'; the nearest are resnet50"),
        ({"network": "<script>alert(1)</script>"}, "There is no network"),
        (
            {"network": "resnet50", "input_size": "huge"},
            "Input size must be a whole number from 8 to 1,024, or height x width such as 224x320, not 'huge'",
        ),
        ({"network": "mobilenet_v1", "width": "0"}, "Width must be a number from 0.1 to 4, not 0.0"),
        ({"network": "resnet50", "width": "2"}, "This page has no setting 'width', so it is ignored."),
        ({"network": "resnet50", "layer": "stage9.conv"}, "This network has no layer “stage9.conv”"),
        ({"network": "resnet50", "input_size": "9" * 400}, "Input size must be"),
        ({"network": "![x](http://example.org/x.png)"}, "There is no network '![x](http://example.org/x.png)'"),
        ({"network": "lenet5", "unfold": "nope"}, "This network has no block “nope” to unfold."),
        (
            {"network": "lenet5", "count_as": "thop"},
            "There is no counting convention 'thop'; choose one of macs, flops",
        ),
        ({"network": "lenet5", "layer": "x" * 5000}, "Layer must be a text of at most 200 characters"),
    ],
)
def test_an_invalid_link_warns_and_shows_the_default(params: dict[str, str], sentence: str) -> None:
    at = opened(**params)
    assert not at.exception
    assert len(at.error) == 0
    assert any(one.startswith(sentence) for one in said(at)), said(at)
    assert "Parameters" in html(at), "the rest of the page is drawn"
    at.selectbox(key=f"{selection.PICKER}.name").select("lenet5").run()
    assert said(at) == []
    assert "61,706" in html(at)


def test_a_too_small_input_is_explained_and_can_be_repaired() -> None:
    at = opened(network="vgg16", input_size="16")
    assert not at.exception
    assert "block5.pool: a 2×2 window" in said(at)[0]
    assert "larger input image" in said(at)[0]
    size(at, "vgg16").set_value("32").run()
    assert said(at) == []
    at = opened(network="vgg16", input_size="16", classes="10")
    press(at, "An input size that works: 32")
    assert said(at) == []
    assert f"{costs.totals(zoo.build('vgg16', input_size=32, classes=10)).params:,}" in html(at)
    at = opened(network="vgg16", input_size="16", foo="1")
    assert len(said(at)) == 2, "warnings on the URL appear at once, not after the repair"
    press(at, "Reset to the defaults")
    assert said(at) == []
    assert "138,357,544" in html(at)


def test_another_network_forgets_the_chosen_layer_without_a_warning() -> None:
    at = opened(network="resnet50", layer="stage4.block3.conv")
    at.selectbox(key=f"{selection.PICKER}.name").select("lenet5").run()
    assert said(at) == []
    assert "<h4>" not in html(at)


def test_text_from_a_url_is_not_markdown() -> None:
    at = opened(network="![x](http://example.org/x.png)")
    assert r"\!\[x\]\(http" in at.warning[0].value


def test_a_field_takes_height_and_width() -> None:
    at = opened(network="resnet50")
    size(at, "resnet50").set_value("224 × 320").run()
    assert said(at) == []
    assert (size(at, "resnet50").value, at.query_params["input_size"]) == ("224x320", "224x320")
    assert f"{costs.totals(zoo.build('resnet50', input_size='224x320')).macs:,}" in html(at)
    at.button(key=f"{place('resnet50')}.larger").click().run()
    assert at.query_params["input_size"] == size(at, "resnet50").value == "256x352"
    size(at, "resnet50").set_value("224x224").run()
    assert "input_size" not in at.query_params
    assert size(at, "resnet50").value == "224"


def test_a_wrong_size_is_explained_and_changes_nothing() -> None:
    at = opened(network="resnet50", input_size="160x96")
    assert said(at) == []
    before = html(at)
    size(at, "resnet50").set_value("160x").run()
    assert html(at) == before
    assert said(at) == [
        "Input size must be a whole number from 8 to 1,024, or height x width such as 224x320, not '160x'; the default "
        "is 224. It stays 160x96."
    ]
    assert (size(at, "resnet50").value, at.query_params["input_size"]) == ("160x", "160x96")
    at.button(key=f"{place('resnet50')}.smaller").click().run()
    assert said(at) == []
    assert at.query_params["input_size"] == size(at, "resnet50").value == "128x64"
    size(at, "resnet50").set_value("8x20").run()
    at.button(key=f"{place('resnet50')}.smaller").click().run()
    assert at.query_params["input_size"] == "8"
    assert at.button(key=f"{place('resnet50')}.smaller").disabled


def test_too_small_a_side_is_repaired_alone() -> None:
    at = opened(network="vgg16", input_size="16x320")
    assert said(at)[0].endswith("with a width of 320, a height of 32 works.")
    press(at, "An input size that works: 32×320")
    assert said(at) == []
    assert at.query_params["input_size"] == "32x320"


def test_an_emptied_field_gets_its_value_back() -> None:
    at = opened(network="lenet5", input_size="64")
    before = html(at)
    size(at, "lenet5").set_value("").run()
    assert not at.exception
    assert size(at, "lenet5").value == "64"
    assert html(at) == before


def test_published_values_and_reasons() -> None:
    at = opened(network="inception_v3")
    assert "4.8 G" in text(at)
    assert "those of the paper's Table 1 6,000,335,456" in text(at)


def test_folded_sections_are_computed_when_opened() -> None:
    at = opened(network="resnet20_cifar")
    assert "Memory by precision" not in html(at)
    assert at.code.len == 0
    assert len(at.dataframe) == 1
    for key in ("more.memory", "more.code", "every_layer"):
        at.session_state[key] = True
    at.run()
    assert not at.exception
    assert "Memory by precision" in html(at)
    assert [len(frame.value) for frame in at.dataframe] == [12, 74]
    assert any("def residual_basic" in block.value for block in at.code)
    assert "One training step at batch 32" in text(at)


@pytest.mark.parametrize("convention", costs.CONVENTIONS)
@pytest.mark.parametrize("name", first_with_each_push("resnet50", "alexnet", "lenet5"))
def test_every_counting_convention(name: str, convention: str) -> None:
    at = opened(network=name, count_as=convention, layer=named_layer(name))
    assert not at.exception
    assert said(at) == []
    root = zoo.build(name)
    counted = costs.count(costs.quantity_table(root), costs.convention(convention))
    noun = costs.convention(convention).noun
    assert f"{counted.sum():,} {noun} in all" in text(at)
    assert at.dataframe[0].value[noun].sum() == counted.sum()
    assert at.query_params.get("count_as", "macs") == convention
    for other in costs.CONVENTIONS.values():
        assert f"{costs.count(costs.quantity_table(root), other).sum():,}" in text(at), (
            "the table of tools has them all"
        )
    if convention not in ("macs", "flops"):
        assert f">{noun}<" in html(at), "the card has its line"


def named_layer(name: str) -> str:
    return next(layer for layer, node in named(zoo.build(name)).items() if node.macs)


def test_another_network_keeps_the_counting_convention() -> None:
    at = opened(network="resnet50")
    at.selectbox(key=selection.COUNT_PICKER).select("fvcore").run()
    at.selectbox(key=f"{selection.PICKER}.name").select("resnet18").run()
    assert at.query_params["count_as"] == "fvcore"
    assert "1,819,065,856" in text(at)
    at.selectbox(key=selection.COUNT_PICKER).select("macs").run()
    assert "count_as" not in at.query_params


@few
@given(networks(highest=200), st.sampled_from(list(costs.CONVENTIONS)))
def test_any_knobs_and_any_counting_convention_show_a_page(network: Network, convention: str) -> None:
    at = opened(network=network.name, count_as=convention, **network.params)
    assert not at.exception
    try:
        root = network.graph()
    except ValueError:
        assert len(at.error) == 1
    else:
        assert said(at) == []
        counted = costs.count(costs.quantity_table(root), costs.convention(convention)).sum()
        assert f"{counted:,} {costs.convention(convention).noun} in all" in text(at)


def test_a_form_that_cannot_be_built_is_not_offered() -> None:
    at = opened(network="vgg16", input_size="32")  # torchvision's pool has nothing to average in a 1×1 map
    assert not at.exception
    assert said(at) == []
    assert "Why does my tool print another number?" in text(at)
    assert "torchvision" not in text(at).partition("Why does my tool")[2]


def test_torchvisions_form_is_one_click_away() -> None:
    at = opened(network="resnet50", count_as="fvcore")
    assert "which does 4.09 G MACs instead of 3.86 G" in text(at)
    assert "4,111,512,576" in text(at)
    next(button for button in at.button if "torchvision" in button.label).click().run()
    assert at.query_params["stride_on"] == "v1.5"
    assert "4,111,512,576 fvcore flops in all" in text(at)
    assert "the form that torchvision builds" in text(at)
    assert "torchvision's form" not in text(opened(network="lenet5"))


def test_pages_load_no_tensorflow() -> None:
    code = (
        "import sys; from streamlit.testing.v1 import AppTest\n"
        "at = AppTest.from_file('app.py', default_timeout=60).run()\n"
        "at.switch_page('pages/networks/inspect.py').run()\n"
        "assert not at.exception, at.exception\n"
        "print([m for m in ('tensorflow', 'keras', 'torch') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_references_open_as_links() -> None:
    network = Network.parse("resnet18?shortcut=A&input_size=96")
    at = opened(network=network.name, **network.params)
    assert at.session_state[selection.NETWORK] == network


@pytest.mark.parametrize(
    ("reference", "is_form"),
    [
        thorough("resnet18", True),
        ("resnet18?input_size=97&classes=3", True),
        ("resnet18?shortcut=A", None),
        thorough("resnet18?residual=false", None),
        ("resnet50?residual=false", None),
        thorough("resnet18?bias=true", False),
        thorough("resnet50", False),
        ("resnet50?stride_on=v1.5&bias=false", True),
        ("resnet50?stride_on=v1.5&bias=false&residual=false", None),
        thorough("efficientnet_b2", True),
        thorough("efficientnet_b2?depth=2.0", None),
        ("efficientnet_b0?width=2.0", None),
        ("efficientnet_b1?phi=1", None),
        thorough("mobilenet_v2?width=0.5", True),
        ("googlenet?form=torchvision", True),
        ("googlenet", False),
        ("resnet18+drop_skips", None),
    ],
)
def test_torchvisions_form_is_recognised(reference: str, is_form: bool | None) -> None:
    """``is_form`` is None where torchvision has no such network: nothing is said of it then."""
    network = Network.parse(reference)
    at = opened(network=" ".join([network.name, *map(str, network.rewrites)]), **network.params)
    assert ("the form that torchvision builds" in text(at)) == bool(is_form)
    offered = [button for button in at.button if button.label.startswith("Show torchvision's form")]
    assert bool(offered) == (is_form is False)
    assert ("torchvision's form" in text(at)) == bool(offered)
    if offered:
        offered[0].click().run()
        assert "the form that torchvision builds" in text(at)


def test_pytorchs_parameters_are_shown() -> None:
    at = opened(network="resnet50", stride_on="v1.5", bias="false")
    assert "25,557,032" in text(at)  # what torchvision's model has


def test_table_cells_show_short_numbers() -> None:
    at = opened(network="vgg16")
    data = at.dataframe[0].proto.arrow_data
    shown = pa.ipc.open_stream(data.styler.display_values).read_pandas()
    assert {"103 M", "16.8 M"} <= set(shown["params"])


def test_a_rewrite_is_shown_and_can_be_removed() -> None:
    at = opened(network="mobilenet_v1 standard_conv")
    assert not at.exception
    assert "4,867,293,184" in text(at)
    assert "29,306,056" in text(at)
    assert "4,866 M" in text(at), "the paper's own table"
    button = next(button for button in at.button if button.label == "standard convolutions")
    button.click().run()
    assert "568,740,352" in text(at)
    assert dict(at.query_params) == {"network": "mobilenet_v1"}


def test_a_rewrite_that_does_not_apply_is_explained() -> None:
    at = opened(network="vgg16 drop_skips")
    assert any("there is no skip connection" in one for one in said(at))
    next(button for button in at.button if button.label == "Without the rewrites").click().run()
    assert "138,357,544" in text(at)
