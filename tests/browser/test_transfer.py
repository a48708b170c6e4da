"""Transfer in a browser: real trainings through a reload, one stopped, one on an upload whose model is taken home."""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import app_server
import numpy as np
import psutil
import pytest
from image_archives import png, zipped
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from waiting import family, gone, until

from cnnlab import data
from cnnlab.training import runs
from cnnlab.training.dataset import prepare_images
from cnnlab.training.run_folder import Run

LONG = 120_000  # milliseconds; fifteen seconds on two idle cores


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder of runs of its own; what works for it ends with the tests."""
    place = tmp_path_factory.mktemp("transfer")
    with pytest.MonkeyPatch.context() as changed:
        changed.setenv("CNNLAB_RUNS", str(place / "runs"))
        changed.setenv("CNNLAB_CACHE", str(place / "cache"))
        yield place / "runs"
    working = family(place)
    for pid in working:
        if not gone(pid):
            psutil.Process(pid).kill()
    until(lambda: all(gone(pid) for pid in working))


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    log = home.parent / "log.txt"
    with app_server.server(log) as address:
        yield address
    assert "Traceback" not in log.read_text(), log.read_text()


@pytest.fixture
def opened(address: str, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(base_url=address, accept_downloads=True, viewport={"width": 1440, "height": 900})
    yield context.new_page()
    context.close()


def shown_run(page: Page) -> str:
    """Return the name of the run in the URL."""
    return parse_qs(urlsplit(page.url).query)["run"][0]


def reloaded(page: Page, run: Run) -> None:
    """Reload once an epoch has ended, and see the run that still goes on."""
    bar = page.get_by_test_id("stProgress")
    expect(bar).to_contain_text(re.compile(r"Epoch \d+ of \d+"), timeout=LONG)
    page.reload()
    expect(bar).to_contain_text(re.compile(r"Epoch \d+ of \d+"))
    assert run.status().live, "it was still being trained when the page was there again"
    expect(page.get_by_text("Which classes are confused")).to_be_visible(timeout=LONG)
    assert shown_run(page) == run.name
    assert run.status().phase == "done"
    assert sum(event["event"] == "start" for event in run.events()[0]) == 1, "the reload did not start it again"


def test_from_the_click_to_the_confusion_matrix_through_a_reload(opened: Page, home: Path) -> None:
    page, train = opened, opened.get_by_role("button", name="Train", exact=True)
    bar = page.get_by_test_id("stProgress")
    page.goto("/transfer")
    train.click()
    expect(page).to_have_url(re.compile("run="))
    name = shown_run(page)
    run = runs.get(name, home)
    expect(page.locator(".js-plotly-plot")).to_have_count(2, timeout=LONG)
    reloaded(page, run)
    expect(page.get_by_role("button", name="Train the same from scratch")).to_be_visible()
    assert [row["epoch"] for row in run.history()] == list(range(1, 31))

    # Settings stay open while they are changed, and what they say is trained.
    page.get_by_text("All settings", exact=True).click()
    dropout = page.get_by_role("spinbutton", name="dropout")
    dropout.fill("0.3")
    dropout.press("Enter")
    expect(page).to_have_url(re.compile(r"dropout=0\.3"))
    expect(dropout).to_have_value("0.3")
    page.get_by_role("spinbutton", name="tuning epochs").fill("500")
    page.get_by_role("spinbutton", name="tuning epochs").press("Enter")
    expect(page.get_by_text("Not at its default: dropout 0.3, tuning epochs 500.")).to_be_visible()
    train.click()
    expect(page).not_to_have_url(re.compile(name))
    expect(bar).to_contain_text(re.compile(r"Epoch \d+ of 520"), timeout=LONG)
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_text(re.compile("It was stopped after"))).to_be_visible(timeout=LONG)
    second = runs.get(shown_run(page), home)
    assert second.status().phase == "cancelled"
    assert page.locator(".cnnlab-earlier a").count() == 1, "the first one is listed"


def textures(number: int) -> dict[str, bytes]:
    """Real images of three classes in folders, and files that are no whole ones."""
    found = data.load("textures")
    files = {"pets/fur/cut.png": png(size=(80, 60))[:300], "pets/fur/empty.jpg": b"", "pets/rock/notes.png": b"text"}
    for label, name in enumerate(("fur", "rock", "sand")):
        for place in np.flatnonzero(found.train.labels == label)[:number]:
            made = io.BytesIO()
            Image.fromarray(found.train.images[place]).save(made, "PNG")
            files[f"pets/{name}/{place}.png"] = made.getvalue()
    return files


def shares(page: Page) -> list[list[str]]:
    """Of each class its name, and its share as bars say it: of the crop, the whole image, and ten crops."""
    rows = "all => all.map(li => [li.querySelector('b').firstChild.textContent.trim(),"
    found = page.locator(".cnnlab-predictions li:not(.head)").evaluate_all(
        f"{rows} ...[...li.querySelectorAll('.share i')].map(bar => bar.style.width)])"
    )
    return sorted(found)


@pytest.mark.thorough
def test_an_upload_with_broken_images_is_trained_on_and_its_model_taken_home(
    opened: Page, home: Path, tmp_path: Path
) -> None:
    page = opened
    file = tmp_path / "pets.zip"
    file.write_bytes(zipped(textures(60)))
    page.goto("/transfer?head_epochs=3&tuning_epochs=40&per_class=40")
    page.get_by_text("Images", exact=True).click()
    page.get_by_role("button", name="Upload a data set").click()
    page.locator("input[type=file]").set_input_files(file)
    expect(page.get_by_text("3 files were left out")).to_be_visible()
    for name in ("pets/fur/cut.png", "pets/fur/empty.jpg", "pets/rock/notes.png"):
        expect(page.locator(".cnnlab-table")).to_contain_text(name)
    expect(page.get_by_text("3 classes, 144 training images and 36 test images")).to_be_visible()
    expect(page).to_have_url(re.compile("data=upload"))

    page.get_by_text("Trainable and frozen parameters", exact=True).click()
    expect(page.get_by_text(re.compile("First the head alone, 387"))).to_be_visible(timeout=LONG)  # 3 × 128 + 3
    expect(page.get_by_text(re.compile("estimated for 120 images"))).to_be_visible(timeout=LONG)

    page.get_by_role("button", name="Train", exact=True).click()
    expect(page).to_have_url(re.compile("run="))
    run = runs.get(shown_run(page), home)
    reloaded(page, run)

    # What the screen says of the model is what its file says to Keras.
    import keras

    with page.expect_download() as saved:
        page.get_by_role("button", name="Model", exact=True).click()
    saved.value.save_as(tmp_path / "model.keras")
    spec = run.spec()
    test = prepare_images(spec, data.dataset(spec.data, spec.input_size, spec.per_class, spec.seed)).test
    assert (np.load(run.folder / "test.npz")["labels"] == test.labels).all()
    found = keras.saving.load_model(tmp_path / "model.keras").predict(test.images.astype(np.float32), verbose=0)
    right = int((found.argmax(axis=1) == test.labels).sum())
    shown = page.locator(".cnnlab-number", has_text="Test accuracy").locator(".value")
    expect(shown).to_have_text(f"{100 * right / 36:.1f} %")

    page.get_by_text("Try it on an image", exact=True).click()
    box = page.get_by_role("combobox", name="image")
    box.click()
    page.get_by_role("option", name="a test image, by number").click()
    expect(page.get_by_text(re.compile(r"test image 1, 48×48; the crop is 34×34"))).to_be_visible(timeout=LONG)
    before = until(lambda: shares(page))
    assert [row[0] for row in before] == ["fur", "rock", "sand"]
    page.get_by_role("slider", name="size").press("Home")
    expect(page.get_by_text(re.compile(r"test image 1, 48×48; the crop is 5×5"))).to_be_visible()
    after = until(lambda: [row for row in shares(page) if row not in before] and shares(page))
    assert [row[2:] for row in after] == [row[2:] for row in before], "whole image and ten crops say what they said"
    assert [row[1] for row in after] != [row[1] for row in before]
