"""Runs in a browser: chosen in the list, overlaid, opened by a link, deleted after a question."""

import hashlib
import re
from collections.abc import Iterator

import pytest
import runs_on_disk
from playwright.sync_api import Browser, Page, expect

from cnnlab.training import runs
from cnnlab.training.run_folder import Run
from cnnlab.training.spec import Spec
from cnnlab.ui.runs.owner import COOKIE


@pytest.fixture
def three() -> Iterator[list[Run]]:
    """Yield ended runs in the server's folder."""
    made = [runs_on_disk.made(Spec(seed=seed)) for seed in (1, 2)]
    made.append(runs_on_disk.made(Spec(seed=3), phase="cancelled", upto=12))
    yield made
    for run in made:
        runs.delete(run)


def test_a_link_reproduces_the_view_and_deleting_asks(
    page: Page, browser: Browser, server: str, three: list[Run]
) -> None:
    page.goto("/runs?words=textures")
    rows = page.locator(".cnnlab-runs .run")
    expect(rows).to_have_count(3)
    for run in three[:2]:
        page.locator(f'[data-act="{run.name}"]').click()
        expect(page.locator(f'[data-act="{run.name}"]')).to_have_attribute("aria-pressed", "true")
        # A click while the page still runs may be lost.
        expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    expect(page.locator(".js-plotly-plot")).to_have_count(2)
    expect(page.locator(".cnnlab-table tbody tr")).to_have_count(2)
    expect(page).to_have_url(re.compile(f"run={three[0].name}&run={three[1].name}"))
    notice = page.locator(".cnnlab-notice").inner_text()

    other = browser.new_context(base_url=server).new_page()
    other.goto(page.url)
    expect(other.locator(".cnnlab-notice")).to_have_text(notice, use_inner_text=True)
    expect(other.locator('.cnnlab-runs [aria-pressed="true"]')).to_have_count(2)
    expect(other.get_by_role("textbox", name="find")).to_have_value("textures")
    other.context.close()

    # With one run left, it is shown in full, with its files.
    page.locator(f'[data-act="{three[0].name}"]').click()
    expect(page.get_by_text("The worst mistakes")).to_be_visible()
    expect(page.locator(".cnnlab-draws.wrong img").first).to_have_js_property("naturalWidth", 48)
    with page.expect_download() as saved:
        page.get_by_role("button", name="History as CSV").click()
    assert saved.value.path().read_text() == three[1].history_csv()

    page.get_by_role("button", name="Delete…").click()
    expect(page.get_by_text("for good, with model, history and report?")).to_be_visible()
    assert three[1].folder.is_dir()
    page.get_by_role("button", name="Delete for good").click()
    expect(rows).to_have_count(2)
    expect(page).not_to_have_url(re.compile("run="))
    assert not three[1].folder.exists()
    page.go_back()
    expect(page.get_by_text(re.compile("A chosen run is not on this server"))).to_be_visible()


def test_a_browser_finds_its_own_runs_after_a_reload(
    page: Page, browser: Browser, server: str, three: list[Run]
) -> None:
    page.goto("/runs")
    cookie = next(each for each in page.context.cookies() if each["name"] == COOKIE)
    assert (cookie["httpOnly"], cookie["expires"]) == (True, -1), "it ends with the browser"
    three[2].note(owner=hashlib.sha256(cookie["value"].encode()).hexdigest()[:16])
    for _ in range(2):
        page.goto("/runs?mine=true")
        expect(page.locator(".cnnlab-runs .run")).to_have_count(1)
        expect(page.locator(f'[data-act="{three[2].name}"]')).to_be_visible()
    other = browser.new_context(base_url=server).new_page()
    other.goto("/runs?mine=true")
    expect(other.get_by_text("No run matches.")).to_be_visible()
    other.context.close()
