"""From the landing page into the application, as a teacher's first visit goes."""

import re
from pathlib import Path

import app_server
import pytest
from playwright.sync_api import Browser, Page, expect

from cnnlab import costs, zoo

NUMBERS = ".cnnlab-number .value"


def test_from_the_course_map_to_a_tools_total(page: Page) -> None:
    page.goto("/")
    expect(page.locator(".cnnlab-card-link")).to_have_count(len(zoo.names()))
    page.locator(".cnnlab-step", has_text="MobileNet").click()
    expect(page).to_have_url(re.compile("/inspect.*network=mobilenet_v1.*layer=block1"))
    expect(page.locator(".cnnlab-card h4")).to_have_text("block1")
    page.get_by_role("combobox", name=re.compile("count as")).click()
    page.get_by_role("option", name="fvcore", exact=True).click()
    root = zoo.build("mobilenet_v1")
    total = int(costs.count(costs.quantity_table(root), costs.convention("fvcore")).sum())
    expect(page.locator(".cnnlab-number", has_text="fvcore flops").locator(".value")).to_have_text(f"{total:,}")
    expect(page.locator(".cnnlab-table tr.marked")).to_contain_text(f"{total:,}")
    expect(page).to_have_url(re.compile("count_as=fvcore"))
    page.reload()
    expect(page.locator(NUMBERS).nth(1)).to_have_text(f"{total:,}")


@pytest.mark.thorough
def test_a_link_stays_within_the_session(page: Page) -> None:
    page.goto("/")
    expect(page.locator(".js-plotly-plot .points path").first).to_be_visible()  # the whole page is loaded
    page.evaluate("() => { window.stayed = true }")
    page.locator(".cnnlab-card-link", has_text="GoogLeNet").click()
    expect(page.locator(NUMBERS).first).to_have_text("6,998,552")
    assert page.evaluate("() => window.stayed")
    page.go_back()
    expect(page.locator(".cnnlab-card-link").first).to_be_visible()

    # Each is a plain link, too.
    card = page.locator(".cnnlab-card-link", has_text="VGG-19")
    with page.context.expect_page() as opened:
        card.click(modifiers=["ControlOrMeta"])
    expect(opened.value.locator(NUMBERS).first).to_have_text("143,667,240")
    expect(page.locator(".cnnlab-card-link").first).to_be_visible()


@pytest.mark.thorough
def test_a_dot_opens_its_network(page: Page) -> None:
    page.goto("/")
    dot = page.locator(".js-plotly-plot .points path").first
    dot.scroll_into_view_if_needed()
    dot.click(force=True)
    expect(page).to_have_url(re.compile("/inspect.*network="))
    expect(page.locator(NUMBERS).first).to_be_visible()
    page.go_back()  # one step, to exactly the URL before
    expect(page).to_have_url(re.compile(r"/$"))
    expect(page.locator(".cnnlab-card-link").first).to_be_visible()
    page.wait_for_timeout(1000)
    expect(page).not_to_have_url(re.compile("inspect"))  # the dot is not clicked once more


@pytest.mark.thorough
def test_axes_are_kept_in_the_url(page: Page) -> None:
    page.goto("/?x=year")
    expect(page.locator(".js-plotly-plot")).to_contain_text("year")
    axis = page.get_by_role("combobox", name=re.compile("horizontal axis"))
    axis.scroll_into_view_if_needed()
    page.wait_for_timeout(500)  # a list closes when the page scrolls under it
    axis.click()
    page.get_by_role("option", name="parameters").click()
    expect(page).to_have_url(re.compile(r"\?x=params$"))
    page.reload()
    expect(page.locator(".js-plotly-plot .xtitle")).to_have_text("parameters")


@pytest.mark.thorough
def test_everything_fits_a_phone(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/")
    expect(page.locator(".js-plotly-plot .points path").first).to_be_visible()
    widest = page.evaluate(
        "() => Math.max(...[...document.querySelectorAll('.cnnlab-card-link, .cnnlab-step, .js-plotly-plot')]"
        ".map(part => part.getBoundingClientRect().right))"
    )
    assert widest <= 390
    assert page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollWidth") <= 390


def test_the_first_session_of_a_server_may_open_any_page(browser: Browser, tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    with app_server.server(log) as address:
        page = browser.new_page()
        page.goto(f"{address}/inspect")
        expect(page.locator(NUMBERS).first).to_be_visible()
        expect(page.get_by_text("Page not found")).to_have_count(0)
        page.close()
    assert "Script" not in log.read_text(), "no message is sent to a session that does not exist yet"
