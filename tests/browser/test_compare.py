"""Compare as an engineer uses it: networks in the address, time really measured, a cell of a sweep opened."""

import re

import pytest
from playwright.sync_api import Page, expect

NOTICE = ".cnnlab-notice"


def test_networks_are_kept_in_the_address(page: Page) -> None:
    page.goto("/compare?network=vgg16&network=resnet18+drop_skips")
    expect(page.locator(NOTICE)).to_contain_text("ResNet-18 + no skips")
    page.get_by_role("button", name="Add a network").click()
    expect(page).to_have_url(re.compile("network=efficientnet_b0$"))
    expect(page.locator(".cnnlab-bars .bar")).to_have_count(12)
    page.get_by_text("Along the depth").click()
    expect(page.locator(".js-plotly-plot .legend")).to_contain_text("EfficientNet-B0")
    page.reload()
    expect(page.locator(".js-plotly-plot .legend")).to_contain_text("ResNet-18 + no skips")
    page.locator(".st-key-slot1").get_by_role("button", name="knobs").click()
    size = page.get_by_role("textbox", name="input size")
    size.fill("64")
    size.press("Enter")
    expect(page).to_have_url(re.compile("network=vgg16%3Finput_size%3D64"))
    expect(page.locator(NOTICE)).to_contain_text("VGG-16 (input size 64)")


@pytest.mark.thorough
def test_time_is_measured_here_and_can_be_stopped(page: Page) -> None:
    page.goto("/compare?network=efficientnet_b7&network=lenet5&show=time")
    page.get_by_role("button", name="Measure here").click()
    expect(page.get_by_test_id("stProgress").first).to_contain_text("EfficientNet-B7")
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("button", name="Measure here")).to_be_visible()
    expect(page.get_by_test_id("stProgress")).to_have_count(0)
    page.goto("/compare?network=lenet5&network=resnet20_cifar%3Fdepth%3D8&show=time")
    page.get_by_role("button", name="Measure here").click()
    expect(page.get_by_test_id("stProgress").first).to_be_visible()
    page.reload()  # the measurement continues
    expect(page.get_by_role("button", name="Measure again")).to_be_visible(timeout=90_000)
    table = page.get_by_role("table", name="Measured time of one inference")
    expect(table).to_contain_text("ms")
    expect(table.locator("tbody tr")).to_have_count(2)
    expect(page.locator("body")).to_contain_text(re.compile(r"Measured on .+, \d+ threads"))
    page.get_by_role("button", name="Time every layer").click()
    expect(page.get_by_role("table", name=re.compile("slowest layers"))).to_contain_text("conv2.conv", timeout=90_000)


def test_a_cell_of_a_sweep_opens_its_network(page: Page) -> None:
    page.goto("/compare?show=scaling&max_macs=300M")
    expect(page.locator(NOTICE).last).to_contain_text("31 of 54 networks fit")
    plot = page.locator(".js-plotly-plot .nsewdrag").first
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box
    page.mouse.move(box["x"] + 0.42 * box["width"], box["y"] + 0.07 * box["height"])
    page.wait_for_timeout(300)
    page.mouse.click(box["x"] + 0.42 * box["width"], box["y"] + 0.07 * box["height"])
    expect(page).to_have_url(re.compile("/inspect.*width=0.75"))
    expect(page.locator(".cnnlab-number .value").first).to_be_visible()


@pytest.mark.thorough
def test_everything_fits_a_phone(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    for view in ("stages", "accuracy", "time", "scaling"):
        page.goto(f"/compare?network=inception_v3&network=mobilenet_v1+standard_conv&show={view}")
        expect(page.locator(NOTICE).first).to_be_visible()
        page.wait_for_timeout(1500)
        assert page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollWidth") <= 390, view
