"""Data sets in a browser: an archive with broken images, the files that were left out, and a reload."""

import re
from pathlib import Path

from image_archives import classes, png, zipped
from playwright.sync_api import Page, expect


def test_an_archive_with_broken_images(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "pets.zip"
    file.write_bytes(
        zipped({**classes("pets/", 15), "pets/cats/cut.png": png(size=(80, 60))[:300], "pets/dogs/empty.jpg": b""})
    )
    page.goto("/data")
    expect(page.locator(".cnnlab-classes li")).to_have_count(8)
    page.get_by_role("button", name="Upload a data set").click()
    page.locator("input[type=file]").set_input_files(file)
    for _ in range(2):
        expect(page).to_have_url(re.compile(r"data=upload(:|%3A)[0-9a-f]{16}"))
        expect(page.locator(".cnnlab-notice")).to_contain_text("2 classes, 24 training images and 6 test images")
        expect(page.locator(".cnnlab-table")).to_contain_text("pets/cats/cut.png")
        expect(page.locator(".cnnlab-table")).to_contain_text("pets/dogs/empty.jpg")
        expect(page.get_by_text("2 files were left out")).to_be_visible()
        shown = page.locator(".cnnlab-classes img").evaluate_all("all => all.map((each) => each.naturalWidth)")
        assert shown == [8 * 67 - 3] * 2
        page.reload()

    one = tmp_path / "one.zip"
    one.write_bytes(zipped(classes("", 3, ("cats",))))
    page.get_by_role("button", name="Upload a data set").click()
    page.locator("input[type=file]").set_input_files(one)
    expect(page.get_by_text("all images are of one class")).to_be_visible()
    expect(page.get_by_text("“pets” is shown instead")).to_be_visible()
    expect(page.locator(".cnnlab-classes li")).to_have_count(2)
