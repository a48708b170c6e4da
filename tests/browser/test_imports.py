"""A file of each kind, dropped on Build: its totals, the pages that take the network, and its link after a restart."""

import base64
import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import app_server
import onnx_files
import pytest
from playwright.sync_api import Browser, Page, expect

from cnnlab import zoo

# LeNet-5's parameters as Keras counts them; the rewrites that have nothing to do in it.
PAGES = {
    "Inspect it layer by layer": "61,706",
    "Compare it": "61.7 k",
    "Rewrite it": "there is no depthwise convolution",
}


def lenet5() -> Any:
    from cnnlab.backends.keras import to_keras

    return to_keras(zoo.build("lenet5"))


def zipped(**files: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, data in files.items():
            archive.writestr(name.replace("__", "/").replace("_json", ".json"), data)
    return made.getvalue()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder, model = tmp_path_factory.mktemp("models"), lenet5()
    for name in ("lenet.keras", "lenet.h5"):
        model.save(folder / name)
    topology = json.dumps({"format": "layers-model", "modelTopology": json.loads(model.to_json())}).encode()
    return {
        "lenet.keras": (folder / "lenet.keras").read_bytes(),
        "lenet.h5": (folder / "lenet.h5").read_bytes(),
        "lenet.json": model.to_json().encode(),
        "model.json": topology,
        "teachable.zip": zipped(my__model_json=topology, my__metadata_json=b"{}"),
        "lenet.onnx": onnx_files.exported(zoo.build("lenet5")),
    }


def drop(page: Page, name: str, data: bytes) -> None:
    """Drop a file as a hand does."""
    transfer = page.evaluate_handle(
        """([name, text]) => {
            const moved = new DataTransfer();
            const bytes = Uint8Array.from(atob(text), each => each.charCodeAt(0));
            moved.items.add(new File([bytes], name));
            return moved;
        }""",
        [name, base64.b64encode(data).decode()],
    )
    page.get_by_test_id("stFileUploaderDropzone").dispatch_event("drop", {"dataTransfer": transfer})


def choose(page: Page) -> None:
    page.goto("/build")
    page.get_by_role("button", name="Files").click()
    expect(page.get_by_test_id("stFileUploaderDropzone")).to_be_visible()


@pytest.mark.parametrize("name", ["lenet.keras", "lenet.h5", "lenet.json", "model.json", "teachable.zip", "lenet.onnx"])
@pytest.mark.thorough
def test_a_dropped_file_opens_on_every_page_and_after_a_restart(
    name: str, files: dict[str, bytes], page: Page, browser: Browser, tmp_path: Path
) -> None:
    choose(page)
    drop(page, name, files[name])
    imported = page.locator(".st-key-build_imported")
    expect(imported).to_contain_text(re.compile("61,706.*416,520"))
    page.keyboard.press("Escape")
    links = {name: imported.get_by_role("link", name=name).get_attribute("href") for name in PAGES}
    for link, where in links.items():
        page.goto(str(where))
        expect(page.locator("body")).to_contain_text(PAGES[link])
    with app_server.server(tmp_path / "log") as again:
        other = browser.new_context(base_url=again).new_page()
        for link, where in links.items():
            other.goto(str(where))
            expect(other.locator("body")).to_contain_text(PAGES[link])
        other.context.close()
    assert "Traceback" not in (tmp_path / "log").read_text()


REFUSED = {
    "model.pt": (b"\x80\x02}q\x00.", "this is a PyTorch file"),
    "saved_model.pb": (b"\x08\x01", "this is a TensorFlow graph"),
    "model.tflite": (b"\x1c\0\0\0TFL3", "this is a TFLite file"),
    "empty.h5": (b"", "this file is empty"),
    "cut.h5": (b"\x89HDF\r\n\x1a\n" + b"\0" * 5000, "this file is damaged or incomplete"),
    "notes.txt": (b"Dear diary", "this is no network that can be read"),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.thorough
def test_a_refused_file_gets_a_sentence(name: str, page: Page) -> None:
    data, sentence = REFUSED[name]
    choose(page)
    drop(page, name, data)
    expect(page.locator("body")).to_contain_text(f"“{name}” was not opened: {sentence}")


@pytest.fixture(autouse=True)
def _no_traceback(page: Page) -> Iterator[None]:
    yield
    expect(page.get_by_test_id("stException")).to_have_count(0)
