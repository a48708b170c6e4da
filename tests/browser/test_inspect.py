"""Inspect in a browser: URL, clicks in the diagram, downloads, keyboard, and a phone."""

import csv
import io
import json
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect
from profiles import first_with_each_push

from cnnlab import costs, zoo
from cnnlab.backends.source import keras_source, torch_source

NUMBERS = ".cnnlab-number .value"


def params(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def wait_for_params(page: Page, **wanted: str) -> None:
    page.wait_for_function(
        "wanted => { const now = new URLSearchParams(location.search);"
        "return Object.entries(wanted).every(([name, value]) => now.get(name) === value) }",
        arg=wanted,
    )


def choose_network(page: Page, title: str) -> None:
    box = page.get_by_role("combobox", name=re.compile("network"))
    box.click()
    box.fill(title)
    page.get_by_role("option", name=title, exact=True).click()


def box(page: Page, name: str):
    return page.locator(f'[data-choose="{name}"]')


def test_a_visit_from_choosing_a_network_to_its_downloads(page: Page, tmp_path: Path) -> None:
    page.goto("/inspect")
    expect(page.locator(NUMBERS).first).to_have_text("138,357,544")
    choose_network(page, "ResNet-50")
    expect(page.locator(NUMBERS).first).to_have_text("25,636,712")
    expect(page.locator(NUMBERS).nth(1)).to_have_text("3,857,973,248")

    page.get_by_role("textbox", name="input size").fill("160")
    page.keyboard.press("Enter")
    root = zoo.build("resnet50", input_size=160)
    total = costs.totals(root)
    expect(page.locator(NUMBERS).nth(1)).to_have_text(f"{total.macs:,}")

    box(page, "stage2.block1").click()
    expect(page.locator(".cnnlab-card h4")).to_have_text("stage2.block1")
    box(page, "stage2.block1.conv").click()
    expect(page.locator(".cnnlab-card h4")).to_have_text("stage2.block1.conv")
    card = page.locator(".cnnlab-card")
    expect(card).to_be_in_viewport()
    expect(card).to_contain_text("(3 × 3 × 64 + 1) × 64 = 36,928")
    expect(card).to_contain_text("40 × 40 × 64 × (3 × 3 × 64) = 58,982,400")

    wait_for_params(page, network="resnet50", input_size="160", layer="stage2.block1.conv")
    address = page.url
    page.reload()
    expect(page.locator(NUMBERS).nth(1)).to_have_text(f"{total.macs:,}")
    expect(page.locator(".cnnlab-card h4")).to_have_text("stage2.block1.conv")
    expect(page.get_by_role("textbox", name="input size")).to_have_value("160")
    assert page.url == address

    page.get_by_role("button", name="Close").click()
    expect(page.locator(".cnnlab-card")).to_have_count(0)
    assert "layer" not in params(page)

    page.get_by_text("Files: CSV, JSON").click()
    files = {}
    for label in ("Layers as CSV", "Graph as JSON", "Keras source", "PyTorch source", "Diagram as SVG"):
        with page.expect_download() as download:
            page.get_by_role("button", name=label).click()
        files[label] = tmp_path / download.value.suggested_filename
        download.value.save_as(files[label])
    rows = list(csv.DictReader(io.StringIO(files["Layers as CSV"].read_text(encoding="utf-8"))))
    assert len(rows) == total.layers
    assert sum(int(row["macs"]) for row in rows) == total.macs
    document = json.loads(files["Graph as JSON"].read_text(encoding="utf-8"))
    assert sum(layer["macs"] for layer in document["layers"]) == total.macs
    assert "var(" not in files["Diagram as SVG"].read_text(encoding="utf-8")
    source = files["Keras source"].read_text(encoding="utf-8")
    assert source == keras_source(root, "ResNet-50 (resnet50?input_size=160)"), "tests/backends/test_source.py runs it"
    source = files["PyTorch source"].read_text(encoding="utf-8")
    assert source == torch_source(root, "ResNet-50 (resnet50?input_size=160)"), "tests/backends/test_torch_source.py"
    assert files["PyTorch source"].name != files["Keras source"].name


@pytest.mark.thorough
def test_repeated_blocks_unfold_and_fold(page: Page) -> None:
    page.goto("/inspect?network=resnet50")
    expect(box(page, "stage3.block2")).to_be_visible()
    expect(box(page, "stage3.block3")).to_have_count(0)
    page.locator('[data-fold="stage3.block2"]').click()
    expect(box(page, "stage3.block4")).to_be_visible()
    wait_for_params(page, unfold="stage3.block2")
    page.reload()
    expect(box(page, "stage3.block3")).to_be_visible()
    page.locator('[data-fold="stage3.block2"]').press("Enter")
    expect(box(page, "stage3.block3")).to_have_count(0)


@pytest.mark.thorough
def test_the_keyboard_reaches_the_diagram(page: Page) -> None:
    page.goto("/inspect?network=lenet5")
    box(page, "conv2").press("Enter")
    expect(page.locator(".cnnlab-card h4")).to_have_text("conv2")
    expect(box(page, "conv2")).to_be_focused()
    box(page, "conv2.conv").press(" ")
    expect(page.locator(".cnnlab-card")).to_contain_text("(5 × 5 × 6 + 1) × 16 = 2,416")
    box(page, "conv2.conv").press("Escape")
    expect(page.locator(".cnnlab-card")).to_have_count(0)


@pytest.mark.thorough
def test_a_row_of_a_table_a_bar_and_a_box_choose(page: Page) -> None:
    page.goto("/inspect?network=lenet5")
    table = page.get_by_test_id("stDataFrame").first
    table.scroll_into_view_if_needed()
    expect(table.locator("canvas").first).to_be_visible()
    page.wait_for_timeout(500)
    table.click(position={"x": 18, "y": 38 + 35 * 2 + 17})  # the box of the third row
    expect(page.locator(".cnnlab-card h4")).to_have_text("conv2")
    page.get_by_role("button", name="Close").click()
    expect(page.locator(".cnnlab-card")).to_have_count(0)
    bar = page.locator(".js-plotly-plot .barlayer .point path").nth(2)
    bar.scroll_into_view_if_needed()
    bar.click(force=True)
    expect(page.locator(".cnnlab-card h4")).to_have_text("fc3")
    ticked = table.locator('[role="row"][aria-selected="true"]')
    expect(ticked).to_have_count(1)
    expect(ticked).to_contain_text("fc3")
    box(page, "fc4").click()
    expect(ticked).to_contain_text("fc4")


@pytest.mark.thorough
def test_a_bar_of_folded_blocks_chooses(page: Page) -> None:
    page.goto("/inspect?network=resnet101")
    bars = page.locator(".js-plotly-plot").first
    bars.scroll_into_view_if_needed()
    expect(bars).to_contain_text("stage4.block2 × 22")
    row = bars.locator(".barlayer .trace").nth(1).locator(".point path").nth(6)
    row.click(force=True)
    expect(page.locator(".cnnlab-card h4")).to_have_text("stage4.block2")
    expect(page.get_by_test_id("stAlert")).to_have_count(0)


@pytest.mark.thorough
def test_the_inside_of_a_clicked_block_scrolls_into_view(page: Page) -> None:
    page.goto("/inspect?network=resnet50")
    box(page, "stage4.block1").click()
    expect(page.locator(".cnnlab-card h4")).to_have_text("stage4.block1")
    layer = box(page, "stage4.block1.reduce")
    expect(layer).to_be_in_viewport()
    page.wait_for_function(
        "() => { const host = document.querySelector('.st-key-inside'), card = document.querySelector('.st-key-card');"
        "return host.getBoundingClientRect().top + 60 < card.getBoundingClientRect().top }"
    )


@pytest.mark.thorough
def test_going_back_restores_the_page(page: Page) -> None:
    page.goto("/inspect?network=lenet5")
    expect(page.locator(NUMBERS).first).to_have_text("61,706")
    choose_network(page, "AlexNet")
    expect(page.locator(NUMBERS).first).to_have_text("60,965,224")
    wait_for_params(page, network="alexnet")
    page.go_back()
    expect(page.locator(NUMBERS).first).to_have_text("61,706")
    page.go_forward()
    expect(page.locator(NUMBERS).first).to_have_text("60,965,224")


@pytest.mark.thorough
def test_leaving_the_page_keeps_the_network(page: Page) -> None:
    page.goto("/")
    page.locator(".cnnlab-card-link", has_text="Network in Network").click()
    expect(page.locator(NUMBERS).first).to_have_text("7,595,176")
    page.get_by_role("link", name="Gallery").click()
    expect(page.get_by_role("heading", name="CNN Lab")).to_be_visible()
    page.get_by_role("link", name="Inspect").click()
    expect(page.locator(NUMBERS).first).to_have_text("7,595,176")


@pytest.mark.thorough
def test_a_slider_moves_the_numbers(page: Page) -> None:
    page.goto("/inspect?network=mobilenet_v1")
    slider = page.locator('[data-testid="stSlider"] input[type="range"]').first
    slider.focus()
    slider.press("ArrowRight")
    expected = costs.totals(zoo.build("mobilenet_v1", width=1.05)).params
    expect(page.locator(NUMBERS).first).to_have_text(f"{expected:,}")


@pytest.mark.thorough
def test_an_invalid_link_warns_and_the_page_goes_on(page: Page) -> None:
    page.goto("/inspect?network=inception_v3&input_size=60")
    expect(page.get_by_test_id("stAlert")).to_contain_text("mixed8.conv3x3_2")
    page.get_by_role("button", name="An input size that works: 75").click()
    expect(page.locator(NUMBERS).first).to_have_text("23,851,784")
    expect(page.get_by_test_id("stAlert")).to_have_count(0)
    wait_for_params(page, input_size="75")


@pytest.mark.parametrize("name", first_with_each_push("googlenet", "resnet152", "efficientnet_b7"))
def test_everything_fits_a_phone(page: Page, name: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"/inspect?network={name}")
    expect(page.locator(NUMBERS).first).to_be_visible()
    expect(page.locator(".cnnlab-diagram").first).to_be_visible()
    widths = page.evaluate(
        "() => [...document.querySelectorAll('.cnnlab-number, .cnnlab-notice, .cnnlab-story, .cnnlab-table')]"
        ".map(part => part.parentElement.getBoundingClientRect().right)"
    )
    assert max(widths) <= 390
    page.locator(".cnnlab-term").nth(1).focus()
    expect(page.locator(".cnnlab-meaning").nth(1)).to_be_in_viewport(ratio=1)


@pytest.mark.thorough
def test_a_meaning_stays_within_the_window(page: Page) -> None:
    page.goto("/inspect?network=lenet5&count_as=fvcore")
    expect(page.locator(".cnnlab-table").nth(1)).to_be_visible()
    words = page.locator(".cnnlab-term")
    for number in range(words.count()):
        words.nth(number).focus()
        expect(words.nth(number).locator(".cnnlab-meaning")).to_be_in_viewport(ratio=0.99)
