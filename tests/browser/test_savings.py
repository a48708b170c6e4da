"""Savings in a browser: the course's numbers, sliders, guesses, and a rewritten network."""

import re

import pytest
from playwright.sync_api import Page, expect

NOTICE = ".cnnlab-notice"
RESULTS = ".cnnlab-sides .result"


@pytest.mark.thorough
def test_the_courses_numbers_are_on_screen(page: Page) -> None:
    page.goto("/savings")
    expect(page.locator(RESULTS)).to_have_text(["120,422,400", "2,408,448", "10,035,200", "12,443,648"])
    expect(page.locator(".cnnlab-sides")).to_contain_text("2,408,448 + 10,035,200 = 12,443,648")
    expect(page.locator(".js-plotly-plot").first).to_contain_text("break-even: 154.8")
    page.locator(".cnnlab-link", has_text="Depthwise-separable").click()
    expect(page.locator(RESULTS)).to_have_text(["2,160", "432", "240", "672"])
    expect(page.locator("body")).to_contain_text("1 / 5 + 1 / 3² = 14/45 ≈ 0.311, exactly the counted ratio")
    expect(page).to_have_url(re.compile(r"\?trick=depthwise_separable$"))


@pytest.mark.thorough
def test_a_slider_moves_everything(page: Page) -> None:
    page.goto("/savings")
    expect(page.locator(NOTICE).first).to_contain_text("9.7 times fewer")
    slider = page.get_by_role("slider", name="bottleneck width")
    slider.focus()
    slider.press("ArrowRight")
    expect(page.locator(RESULTS).nth(1)).to_have_text("2,558,976")
    expect(page).to_have_url(re.compile("bottleneck_width=17"))
    page.reload()
    expect(page.locator(RESULTS).nth(1)).to_have_text("2,558,976")


def test_a_whole_network_rewritten_and_sent_on(page: Page) -> None:
    page.goto("/savings")
    notice = page.locator(NOTICE).last
    expect(notice).to_contain_text("8.6 times as many MACs")
    expect(page.locator("body")).to_contain_text("4,867,293,184")
    expect(page.locator("body")).to_contain_text("568,740,352")
    expect(page.locator("body")).to_contain_text("29.3 M")
    page.locator(".cnnlab-link", has_text="Open the rewritten network").click()
    expect(page).to_have_url(re.compile(r"/inspect\?network=mobilenet_v1\+standard_conv$"))
    expect(page.locator(".cnnlab-number .value").first).to_have_text("29,306,056")
    page.go_back()
    page.locator(".cnnlab-link", has_text="Compare the two").click()
    expect(page.locator(NOTICE, has_text="8.6 times as many MACs")).to_be_visible()
    page.reload()
    expect(page.locator(NOTICE, has_text="8.6 times as many MACs")).to_be_visible()


@pytest.mark.thorough
def test_a_guess_is_marked(page: Page) -> None:
    page.goto("/savings?predict=on")
    box = page.locator(".st-key-predict_trick")
    expect(box).to_contain_text("The other way is “through a 1×1 bottleneck”: how many MACs does it need")
    expect(page.locator(RESULTS)).to_have_count(0)
    box.get_by_role("textbox").fill("12 M")
    box.get_by_role("button", name="Check").click()
    expect(box).to_contain_text("Right: it is 4 % off. The answer is 12,443,648.")
    expect(page.locator(RESULTS).last).to_have_text("12,443,648")


@pytest.mark.thorough
def test_everything_fits_a_phone(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/savings?trick=inception")
    expect(page.locator(".js-plotly-plot").last).to_be_visible()
    assert page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
