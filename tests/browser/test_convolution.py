"""The benches as a class sees them: the window steps and plays in the browser, and every state is a link."""

import re

import pytest
from playwright.sync_api import Page, expect

COUNT, SUM = ".player .count", ".player .text b"


def test_the_window_steps_plays_and_is_a_link(page: Page) -> None:
    sent = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    page.goto("/convolution")
    expect(page.locator(COUNT)).to_have_text("1 of 16")
    expect(page.locator(SUM)).to_have_text("0")
    history = page.evaluate("history.length")
    on = page.get_by_role("button", name="one step on")
    on.click()
    expect(page.locator(COUNT)).to_have_text("2 of 16")
    expect(page.locator(SUM)).to_have_text("30")
    expect(page.locator(".player .text")).to_contain_text("10 × 1 + 10 × 0 + 0 × (−1)")
    expect(page.locator("[data-from='1']")).to_be_visible()
    expect(page.locator("[data-from='2']")).to_be_hidden()
    expect(page).to_have_url(re.compile(r"bench=slide&step=1$"))
    assert page.evaluate("history.length") == history, "a step of the window is no step back"

    page.get_by_role("button", name="first step").click()
    expect(page).to_have_url(re.compile(r"bench=slide$"))
    before = len(sent)
    page.get_by_role("button", name="play").click()
    expect(page.locator(COUNT)).to_have_text("6 of 16")
    assert len(sent) == before, "frames are played by the browser alone"
    page.get_by_role("button", name="stop").click()
    shown = page.locator(COUNT).inner_text()
    step = int(shown.split()[0]) - 1
    expect(page).to_have_url(re.compile(rf"bench=slide&step={step}$"))

    page.reload()
    expect(page.locator(COUNT)).to_have_text(shown)
    page.get_by_role("slider", name="stride").press("ArrowRight")
    expect(page.locator(COUNT)).to_have_text(re.compile("of 4$"))
    expect(page.locator("[data-from]")).to_have_count(4)
    page.go_back()
    expect(page.locator(COUNT)).to_have_text(shown)

    page.get_by_role("button", name="play").click()  # and on to another bench while it plays
    expect(page.locator(COUNT)).to_have_text(f"{step + 3} of 16")
    page.get_by_text("Edges", exact=True).click()
    expect(page).to_have_url(re.compile("bench=edges$"))
    page.get_by_text("Slide the window", exact=True).click()
    expect(page).to_have_url(re.compile(rf"bench=slide&step=({step + 2}|{step + 3})$"))
    expect(page.locator(COUNT)).to_have_text(re.compile(rf"^({step + 3}|{step + 4}) of 16$"))


def test_a_screen_reader_hears_where_the_image_rests(page: Page) -> None:
    page.goto("/convolution")
    text, slider = page.locator(".player .text"), page.get_by_role("slider", name="step")
    expect(page.get_by_role("group", name="The window, step by step")).to_be_visible()
    expect(slider).to_have_attribute("aria-valuetext", "step 1 of 16")
    expect(text).to_have_attribute("aria-live", "polite")
    page.get_by_role("button", name="play").click()
    expect(text).to_have_attribute("aria-live", "off")
    page.get_by_role("button", name="stop").click()
    expect(text).to_have_attribute("aria-live", "polite")
    box = slider.bounding_box()
    assert box
    page.mouse.move(box["x"] + 20, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(text).to_have_attribute("aria-live", "off")
    page.mouse.up()
    expect(text).to_have_attribute("aria-live", "polite")
    expect(slider).to_have_attribute("aria-valuetext", re.compile(r"^step [89] of 16$"))
    expect(page).to_have_url(re.compile(r"step=[78]$"))


def test_numbers_are_typed_and_benches_remember_them(page: Page) -> None:
    page.goto("/convolution")
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    page.get_by_text("Change the numbers").click()

    def put(text: str) -> None:
        cells = page.locator("[data-testid=stDataFrame]").first
        editor = page.locator("#portal textarea")
        for _ in range(20):
            expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
            cells.scroll_into_view_if_needed()
            cells.click(position={"x": 30, "y": 52})
            page.keyboard.press("Enter")
            page.wait_for_timeout(300)
            if editor.is_visible():  # a table drawn again at this moment closes its editor
                break
        editor.fill(text)
        editor.press("Enter")

    put("2,5")
    expect(page.locator(SUM)).to_have_text("−7.5")
    put("1000")
    expect(page.get_by_text("The numbers of image must be between -999 and 999. The previous number")).to_be_visible()
    put("7")
    expect(page.locator(SUM)).to_have_text("−3")
    expect(page).to_have_url(re.compile("image=7_10_10_0_0_0"))
    expect(page.get_by_role("combobox", name="image")).to_have_value("own numbers")
    page.get_by_text("Pooling", exact=True).click()
    expect(page.locator("[data-move=winner]")).to_be_visible()
    expect(page.locator(COUNT)).to_have_count(1)
    expect(page.locator(SUM)).to_have_text("9")
    page.get_by_text("Slide the window", exact=True).click()
    expect(page.locator("[data-move=winner]")).to_have_count(0)
    expect(page.locator(COUNT)).to_have_count(1)
    expect(page.locator(SUM)).to_have_text("−3")
    page.get_by_test_id("stSelectbox").first.click()
    page.get_by_role("option", name="bright, then dark").click()
    expect(page.locator(SUM)).to_have_text("0")
    expect(page).to_have_url(re.compile("bench=slide$"))


@pytest.mark.thorough
def test_everything_fits_a_phone(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    for bench, seen in (("slide", ".player"), ("pooling", "figure img"), ("why", "figure img")):
        page.goto(f"/convolution?bench={bench}")
        expect(page.locator(seen).last).to_be_visible()
        assert page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
