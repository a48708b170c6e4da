"""Augment in a browser, with the real worker process."""

import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Error, Page, expect

GRID = ".cnnlab-draws"


def drawn(page: Page, count: int = 13) -> list[str]:
    """Return the URLs of all images, once they are drawn."""
    expect(page.locator(f"{GRID} img")).to_have_count(count, timeout=90_000)
    expect(page.locator(".cnnlab-waits")).to_have_count(0, timeout=90_000)
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    return page.locator(f"{GRID} img").evaluate_all("all => all.map((each) => each.src)")


def choose(page: Page, label: str, option: str) -> None:
    """Choose in a list; once more where a rerun of the page closed the list meanwhile."""
    box = page.get_by_role("combobox", name=label)
    for patience in (3_000, 3_000, 30_000):
        box.click()
        box.fill(option)
        try:
            page.get_by_role("option", name=option, exact=True).first.click(timeout=patience)
        except Error:
            box.press("Escape")
        else:
            return


@pytest.mark.thorough
def test_a_link_shows_the_same_images_after_a_reload_and_to_another_user(
    page: Page, browser: Browser, server: str, tmp_path: Path
) -> None:
    file = tmp_path / "mine.png"
    Image.effect_noise((90, 120), 90).convert("RGB").save(file)
    page.goto("/augment?steps=none")
    first = drawn(page)
    choose(page, "image", "my own image")
    page.locator("input[type=file]").first.set_input_files(file)
    expect(page).to_have_url(re.compile("image=own"))
    drawn(page)
    for number, kind in enumerate(("Mirroring", "Rotation", "Gaussian noise"), 1):
        choose(page, "add a step", kind)
        expect(page.locator(".cnnlab-step-head")).to_have_count(number)
        drawn(page)  # the page runs once more then, and a list that is open would close
    page.get_by_role("button", name="Re-roll").click()
    expect(page.get_by_role("button", name="seed 1")).to_be_visible()
    expect(page).to_have_url(re.compile("seed=1"))
    mine = drawn(page)
    assert not set(mine) & set(first)
    assert len(set(mine)) == 13

    page.reload()
    assert drawn(page) == mine
    other = browser.new_context(base_url=server).new_page()
    other.goto(page.url)
    assert drawn(other) == mine
    other.context.close()

    # Moved, the step keeps its settings; switched off, it changes nothing any more.
    page.get_by_role("button", name="move up step 2, Rotation").click()
    expect(page).to_have_url(re.compile("steps=rotation"))
    for name in ("Rotation", "Mirroring", "Gaussian noise"):
        page.get_by_role("switch", name=re.compile(name)).click()
        expect(page.get_by_role("switch", name=re.compile(name))).to_have_attribute("aria-checked", "false")
    expect(page.locator(".cnnlab-notice")).to_contain_text("No step changes the image")
    assert len(set(drawn(page)[1:])) == 1


@pytest.mark.slow
def test_a_slider_answers_and_a_batch_shows_labels(page: Page) -> None:
    page.goto("/augment?image=digits:6&size=32&steps=rotation;mixup")
    before = drawn(page)
    slider = page.get_by_role("slider").first
    slider.focus()
    slider.press("ArrowRight")
    expect(page).to_have_url(re.compile(r"degrees(=|%3D)20"))
    assert drawn(page)[1:] != before[1:]
    page.get_by_text("A batch", exact=True).click()
    drawn(page, 12)
    expect(page.locator(f"{GRID} figcaption").first).to_contain_text("6")
    expect(page.locator(f"{GRID}.batch")).to_contain_text(" + ")
    page.get_by_text("Does it still look like its class?").click()
    expect(page.get_by_text("after half a turn, a 6 is a 9")).to_be_visible(timeout=60_000)
