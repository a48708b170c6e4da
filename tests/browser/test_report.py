"""The HTML report of a run, opened from a file, with no network."""

from pathlib import Path

import pytest
import runs_on_disk
from playwright.sync_api import Browser, expect
from profiles import first_with_each_push

from cnnlab.training.export.report import page as written
from cnnlab.training.spec import Spec

WIDTHS = (390, 1440)


@pytest.mark.parametrize("width", first_with_each_push(*WIDTHS))
def test_the_report_opens_offline_and_draws_everything(width: int, browser: Browser, tmp_path: Path) -> None:
    run = runs_on_disk.made(Spec(data="textures_grass_gravel"), classes=("<b>grass</b>", "gravel"), within=tmp_path)
    file = tmp_path / "report.html"
    file.write_text(written(run), encoding="utf-8")
    context = browser.new_context(offline=True, color_scheme="dark", viewport={"width": width, "height": 900})
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(file.as_uri())
    expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    # Two curves, two of classes, ROC, and gradients as they are and by the size of the weights.
    expect(page.locator(".js-plotly-plot")).to_have_count(7)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    expect(page.locator("figcaption").first).to_contain_text("<b>grass</b>")
    assert page.locator("figcaption b").count() == 0
    assert said == []
    context.close()
