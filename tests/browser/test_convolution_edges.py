"""Bench "Edges" in a browser: the reader's image, a broken one, typing, and learning to the end."""

import io
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

NOTICE = ".cnnlab-notice"


def image() -> bytes:
    """Dark on the left, bright on the right, and some noise."""
    noise = np.random.default_rng(0).integers(0, 60, (300, 400))
    noise[:, 200:] += 190
    made = io.BytesIO()
    Image.fromarray(noise.astype(np.uint8)).save(made, "PNG")
    return made.getvalue()


def test_the_readers_image_and_a_broken_one(page: Page) -> None:
    page.goto("/convolution?bench=edges&filter=Sobel")
    expect(page.locator(NOTICE)).to_contain_text("0 40 40 0")
    page.get_by_role("radio", name="my own").click()
    # The name of the machine is local here, so that the camera is offered as well.
    expect(page.get_by_role("radio", name="the camera")).to_be_visible()
    data = image()
    field = page.locator("[data-testid=stFileUploader] input[type=file]")
    field.set_input_files({"name": "mine.png", "mimeType": "image/png", "buffer": data})
    expect(page.locator("[data-testid=stImage] img")).to_have_count(2)
    expect(page.get_by_text("your image: 400×300 pixels, in grey")).to_be_visible()
    expect(page.locator(NOTICE)).to_contain_text("The strongest is −")
    strongest = page.locator(NOTICE).inner_text()
    field.set_input_files({"name": "broken.png", "mimeType": "image/png", "buffer": data[:500]})
    expect(page.get_by_text("is damaged or incomplete; copy or save it again")).to_be_visible()
    expect(page.locator(NOTICE)).to_have_text(strongest)
    page.wait_for_function(
        "() => [...document.querySelectorAll('[data-testid=stImage] img')].filter(i => i.naturalWidth).length === 2"
    )
    expect(page).to_have_url(re.compile(r"bench=edges&image=my(\+|%20)own&filter=Sobel$"))
    page.get_by_role("radio", name="cat").click()
    expect(page.get_by_text("cat: 420×279 pixels, in grey")).to_be_visible()
    page.get_by_role("radio", name="my own").click()
    expect(page.locator(NOTICE)).to_have_text(strongest)


@pytest.mark.thorough
def test_learning_plays_to_its_end(page: Page) -> None:
    page.goto("/convolution?bench=edges&image=coins&filter=Sobel")
    page.get_by_text("learn", exact=True).click()
    expect(page.locator(NOTICE).nth(1)).to_contain_text("find all 9 numbers of the kernel")
    count, drawn = page.locator(".player .count"), page.locator(".player .drawing")
    expect(drawn).to_be_in_viewport(ratio=0.8)  # the press of the switch brings it there
    expect(count).to_have_text(re.compile(r"^(\d+) of \1$"))
    frames = int(count.inner_text().split()[-1])
    expect(page.locator(".player .text")).to_contain_text("differ by less than 0.0001")
    shown = page.locator(f'.player g[data-at="{frames - 1}"]')
    expect(shown).to_be_visible()
    assert " ".join(shown.locator("text").all_text_contents()) == "1.00 0.00 −1.00 2.00 0.00 −2.00 1.00 0.00 −1.00"
    expect(page).to_have_url(re.compile(f"learn=true&step={frames - 1}$"))
    page.reload()  # a link to the end shows the end
    expect(count).to_have_text(f"{frames} of {frames}")
    expect(page.locator(".player [data-go=play]")).to_have_text("▶ play")
    page.get_by_role("button", name="first step").click()
    expect(page.locator(".player .text")).to_contain_text("Step 0:")
    page.get_by_role(
        "radio", name="horizontal"
    ).click()  # another kernel to learn plays from the start once it is in view
    expect(page.locator(".player .text")).to_contain_text("Step 0:")
    expect(page).to_have_url(re.compile("learn=true$"))
    expect(drawn).not_to_be_in_viewport(ratio=0.8)
    page.wait_for_timeout(300)
    expect(count).to_have_text(f"1 of {frames}")
    page.locator(".player .text").scroll_into_view_if_needed()
    expect(count).to_have_text(re.compile(r"^(\d+) of \1$"))
    expect(page.locator(".player [data-at]:visible text").last).to_have_text("−1.00")


def test_reduced_motion_shows_the_last_frame_at_once(page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto("/convolution?bench=edges&image=coins&filter=Sobel&learn=true")
    player = page.get_by_role("group", name="The filter that is learned")
    expect(player.locator(".count")).to_have_text(re.compile(r"^(\d+) of \1$"), timeout=10_000)
    expect(player.locator("[data-go=play]")).to_have_text("▶ play")
    expect(page).to_have_url(re.compile(r"step=\d+$"))
    player.get_by_role("button", name="play").click()  # asked for, it plays
    expect(player.locator("[data-go=play]")).to_have_text("■ stop")


@pytest.mark.thorough
def test_a_typed_number_makes_the_kernel_the_users_own(page: Page) -> None:
    page.goto("/convolution?bench=edges")
    table = page.locator("[data-testid=stDataFrame]")
    expect(table).to_be_visible()
    page.wait_for_timeout(1000)
    box = table.bounding_box()
    assert box
    page.mouse.dblclick(box["x"] + 30, box["y"] + 52)  # the first cell, below the names of the columns
    cell = page.locator("#portal textarea")
    expect(cell).to_be_focused()
    cell.fill("4")
    expect(cell).to_have_value("4")
    page.wait_for_timeout(300)  # the table hears of it a little later
    page.keyboard.press("Enter")
    expect(page.get_by_role("radio", name="own numbers")).to_be_checked()
    expect(page).to_have_url(re.compile("kernel=4_0_-1"))
    expect(page.locator(NOTICE)).to_contain_text("add up to 3")
    page.get_by_role("radio", name="vertical", exact=True).click()
    expect(page.locator(NOTICE)).to_contain_text("0 30 30 0")
    expect(page).to_have_url(re.compile("bench=edges$"))


@pytest.mark.thorough
def test_the_page_fits_a_phone(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/convolution?bench=edges&image=moon&filter=Gaussian blur&learn=true")
    page.locator(".player .text").scroll_into_view_if_needed()
    expect(page.locator(".player .count")).to_have_text(re.compile(r"^(\d+) of \1$"))
    assert page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
    assert page.locator(".player svg").bounding_box()["width"] <= 360  # type: ignore[index]
