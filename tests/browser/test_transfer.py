"""Transfer in a browser: a real training from the click to the confusion matrix, and through a reload; one stopped."""

import re
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import running
from playwright.sync_api import Browser, Page, expect
from waiting import family, gone, until

from cnnlab.training import runs

LONG = 120_000  # milliseconds; fifteen seconds on two idle cores


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of runs of its own; what works for it ends with the test."""
    monkeypatch.setenv("CNNLAB_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("CNNLAB_CACHE", str(tmp_path / "cache"))
    yield tmp_path / "runs"
    working = family(tmp_path)
    for pid in working:
        if not gone(pid):
            psutil.Process(pid).kill()
    until(lambda: all(gone(pid) for pid in working))


@pytest.fixture
def opened(home: Path, browser: Browser, tmp_path: Path) -> Iterator[Page]:
    log = tmp_path / "log.txt"
    with running.server(log) as address:
        context = browser.new_context(base_url=address, viewport={"width": 1440, "height": 900})
        yield context.new_page()
        context.close()
    assert "Traceback" not in log.read_text(), log.read_text()


def test_from_the_click_to_the_confusion_matrix_through_a_reload(opened: Page, home: Path) -> None:
    page, train = opened, opened.get_by_role("button", name="Train", exact=True)
    bar = page.get_by_test_id("stProgress")
    page.goto("/transfer")
    train.click()
    expect(page).to_have_url(re.compile("run="))
    expect(bar).to_contain_text(re.compile(r"Epoch \d+ of 30"), timeout=LONG)
    expect(page.locator(".js-plotly-plot")).to_have_count(2)
    name = page.url.partition("run=")[2]
    page.reload()
    expect(bar.or_(page.get_by_text("What came of it")).first).to_be_visible()
    expect(page.get_by_text("Which class is taken for which")).to_be_visible(timeout=LONG)
    expect(page.get_by_role("button", name="The same from scratch, to compare")).to_be_visible()
    run = runs.get(name, home)
    assert page.url.endswith(name)
    assert run.status().phase == "done"
    assert [row["epoch"] for row in run.history()] == list(range(1, 31))
    assert sum(event["event"] == "start" for event in run.events()[0]) == 1, "the reload did not start it anew"

    # Settings stay open while they are changed, and what they say is trained.
    page.get_by_text("All settings", exact=True).click()
    dropout = page.get_by_role("spinbutton", name="dropout")
    dropout.fill("0.3")
    dropout.press("Enter")
    expect(page).to_have_url(re.compile(r"dropout=0\.3"))
    expect(dropout).to_have_value("0.3")
    page.get_by_role("spinbutton", name="tuning epochs").fill("500")
    page.get_by_role("spinbutton", name="tuning epochs").press("Enter")
    expect(page.get_by_text("Set otherwise than usual: dropout 0.3, tuning epochs 500.")).to_be_visible()
    train.click()
    expect(page).not_to_have_url(re.compile(name))
    expect(bar).to_contain_text(re.compile(r"Epoch \d+ of 520"), timeout=LONG)
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_text(re.compile("It was stopped after"))).to_be_visible(timeout=LONG)
    second = runs.get(page.url.partition("run=")[2], home)
    assert second.status().phase == "cancelled"
    assert page.locator(".cnnlab-earlier a").count() == 1, "the first one is listed"
