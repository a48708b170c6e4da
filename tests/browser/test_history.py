"""Browser history: a URL that a page writes by itself is no step. ``assets/components/history.js`` has the reason."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect


def steps(page: Page) -> int:
    """Go to a page that writes its URL by itself, and return by how many steps the browser's history has grown."""
    page.goto("/savings")
    expect(page.locator(".js-plotly-plot").first).to_be_visible()
    page.wait_for_function("history.keepsSteps")
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    before = page.evaluate("history.length")
    page.get_by_role("link", name="Convolution", exact=True).click()
    expect(page).to_have_url(re.compile("bench=slide$"))
    expect(page.locator(".player .count")).to_have_text("1 of 16")
    return int(page.evaluate("history.length")) - int(before)


@pytest.mark.thorough
def test_history_js_is_still_needed(page: Page, browser: Browser, server: str) -> None:
    context = browser.new_context(base_url=server)
    context.add_init_script("history.keepsSteps = true")  # history.js takes itself for installed
    assert steps(context.new_page()) == 2, "Streamlit adds no step for what a page writes any more: take history.js out"
    context.close()
    assert steps(page) == 1
