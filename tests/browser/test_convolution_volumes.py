"""Benches over volumes in a browser: frames step without the server, and links lead on."""

import re

import pytest
from playwright.sync_api import Page, expect


def test_a_filter_steps_through_the_channels(page: Page) -> None:
    page.goto("/convolution?bench=volumes")
    text = page.locator(".player .text")
    expect(text).to_contain_text("red: 10 × 1 + 10 × 0")
    on = page.get_by_role("button", name="one step on")
    for _ in range(3):
        on.click()
    expect(text).to_have_text("All 3 channels: 0 + 0 + 2 = 2")
    expect(page).to_have_url(re.compile("step=3"))
    page.reload()
    expect(text).to_have_text("All 3 channels: 0 + 0 + 2 = 2")


@pytest.mark.thorough
def test_a_typed_number_makes_the_filter_the_users_own(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/convolution?bench=volumes")
    page.get_by_text("Change the numbers").click()
    cells = page.locator("[data-testid=stDataFrame]")
    expect(cells).to_have_count(6)
    cells.nth(3).scroll_into_view_if_needed()
    cells.nth(3).click(position={"x": 30, "y": 52})
    page.keyboard.press("Enter")
    editor = page.locator("#portal textarea")
    editor.fill("5")
    editor.press("Enter")
    expect(page.get_by_role("radio", name="own numbers")).to_be_checked()
    expect(page.locator(".player .text")).to_contain_text("red: 10 × 5 + 10 × 0")
    expect(page).to_have_url(re.compile("kernel=5_0_-1"))
    box = page.get_by_role("radio", name="own numbers").locator("..").bounding_box()
    assert box
    assert box["x"] + box["width"] <= 390
    page.get_by_role("radio", name="in red alone").click()
    expect(page.locator(".player .text")).to_contain_text("red: 10 × 1 + 10 × 0")
    expect(page).to_have_url(re.compile("filter=in(\\+|%20)red(\\+|%20)alone$"))


def test_both_forms_end_in_the_same_number(page: Page) -> None:
    page.goto("/convolution?bench=depthwise&output=2")
    for name in ("The standard convolution", "Depthwise, then pointwise"):
        player = page.get_by_role("group", name=name)
        for _ in range(3):
            player.get_by_role("button", name="one step on").click()
        expect(player.locator(".text")).to_contain_text("= 15")
    expect(page).to_have_url(re.compile("standard=3.*step=3|step=3.*standard=3"))


@pytest.mark.thorough
def test_a_chain_opens_in_build(page: Page) -> None:
    page.goto("/convolution?bench=chains")
    page.get_by_role("link", name="Open it in Build").click()
    expect(page).to_have_url(re.compile(r"/build\?network=recipe"))
    expect(page.locator("body")).to_contain_text("25,340")


@pytest.mark.thorough
def test_the_scale_towards_zero_leaves_the_identity(page: Page) -> None:
    page.goto("/convolution?bench=skip")
    expect(page.locator(".js-plotly-plot")).to_have_count(2)
    slider = page.get_by_role("slider", name="scale")
    slider.focus()
    slider.press("Home")
    expect(page.locator("body")).to_contain_text("the block returns x itself")
    expect(page).to_have_url(re.compile(r"scale=0\.0"))
