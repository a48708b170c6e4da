"""Data sets without a browser: summaries, uploads, refusals, downloads, and links to missing data sets."""

import base64
import io
import re
import shutil
import socket
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import apptest
import numpy as np
import pytest
from apptest import html, said, text
from golden import Golden
from image_archives import classes, laid, png, zipped
from PIL import Image
from profiles import thorough
from streamlit.testing.v1 import AppTest
from transcript import transcript
from waiting import until

from cnnlab import data
from cnnlab.data import download_file, downloads, uploaded
from cnnlab.data.downloads import Archive, Download
from cnnlab.ui import queue
from cnnlab.ui.data import references, section
from cnnlab.units import size

PAGE = "data"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("CNNLAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("CNNLAB_DATA", raising=False)
    monkeypatch.setattr(section, "PATIENCE", 30.0)
    queue.queue.clear()
    references._check_here.cache_clear()
    yield tmp_path / "cache"
    queue.queue.clear()


def settled(at: AppTest) -> AppTest:
    """Return the page once no job runs any more."""
    until(lambda: not any(each.key == "data.stop" for each in at.run().button))
    assert not at.exception
    return at


def opened(**params: str) -> AppTest:
    return settled(apptest.opened(PAGE, **params))


def upload(at: AppTest, files: dict[str, bytes], name: str = "pets.zip") -> AppTest:
    at.file_uploader[0].set_value((name, zipped(files), "application/zip")).run()
    return settled(at)


def strips(at: AppTest) -> list[np.ndarray]:
    """Return the rows of images, height × width × 4 each."""
    found = re.findall(r'<img src="data:image/webp;base64,([^"]+)"', html(at))
    return [np.asarray(Image.open(io.BytesIO(base64.b64decode(each))).convert("RGBA")) for each in found]


@pytest.mark.parametrize("name", [thorough(name) if name == "drawings" else name for name in data.names()])
def test_bundled_data_sets_are_counted_and_shown(name: str, golden: Golden) -> None:
    at = opened(data=name)
    found = data.load(name)
    assert said(at) == []
    shown = text(at)
    assert f"{len(found.classes)} classes, {len(found.train):,} training images and {len(found.test):,}" in shown
    assert found.about in shown
    rows = strips(at)
    assert len(rows) == len(found.classes)
    for number, (label, row) in enumerate(zip(found.classes, rows, strict=True)):
        train, test = (int((split.labels == number).sum()) for split in (found.train, found.test))
        assert f"<b>{label}</b>" in html(at)
        assert f"{train} training images, {test} test images" in html(at)
        # The first image of the row is one of that class, as WebP keeps it.
        own = found.train.images[found.train.labels == number].astype(np.int16)
        assert np.abs(own - row[:, :48, :3]).mean(axis=(1, 2, 3)).min() < 12
    assert f'href="transfer?data={name}&amp;keep=true"' in html(at)
    golden.check(f"pages/data-{name}", transcript(at))


def test_the_seed_draws_the_images() -> None:
    at = opened(data="digits")
    first = html(at)
    at.button(key="data.reroll").click().run()
    settled(at)
    assert at.query_params["seed"] == "1"
    assert html(at) != first
    assert html(opened(data="digits", seed="1")) == html(at)


PETS = {
    **classes("pets/", 12),
    **{f"pets/cats/more{at}.png": png() for at in range(20)},
    "pets/cats/empty.png": b"",
    "pets/dogs/cut.jpg": png("JPEG", (64, 48))[:400],
    "pets/<b>README</b>.md": b"# Pets",
}


def test_an_upload_is_cleaned_and_its_link_opens_it() -> None:
    at = upload(opened(), PETS)
    assert said(at) == []
    reference = at.query_params["data"]
    assert uploaded.get(reference.removeprefix("upload:")).counts == {"cats": 32, "dogs": 12}
    shown = text(at)
    assert "2 classes, 36 training images and 8 test images, held out of each class" in shown
    assert "3 files were left out; the reasons are below." in shown
    assert "pets/cats/empty.png" in shown
    assert "pets/dogs/cut.jpg" in shown
    assert "<b>README</b>.md" in shown, "as letters"
    assert "“cats” has 32 images and “dogs” 12" in shown
    assert f'href="transfer?data={reference.replace(":", "%3A")}&amp;keep=true"' in html(at)
    again = opened(data=reference)
    assert html(again) == html(at)
    assert again.selectbox[0].value == reference
    assert "uploaded: pets" in again.selectbox[0].options


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (
            classes("", 1, ("cat", "cow", "dog")),
            "3 classes, 3 training images. There are no test images: each class has a single image",
        ),
        (
            classes("", 5) | {"mice/1.png": png()},
            "9 training images and 2 test images, held out of each class with more than one image.",
        ),
        (
            classes("train/", 6) | classes("validation/", 3),
            "Note: the test images come from the folder “validation”: there is no folder “test”.",
        ),
        (classes("train/", 6) | classes("Test/", 3), "12 training images and 6 test images. A random guess"),
    ],
)
def test_where_the_test_images_come_from(files: dict[str, bytes], words: str) -> None:
    assert words in text(upload(opened(), files))


def test_a_folder_that_is_not_used_is_named() -> None:
    at = upload(opened(), classes("train/", 12) | classes("valid/", 1, ("cats",)) | classes("test/", 12))
    shown = text(at)
    assert "1 file was left out; the reason is below." in shown
    assert (
        "“valid” is not used: the test images come from “test”, and validation images are drawn from “train”" in shown
    )
    assert "would stop a training" not in shown


def test_many_files_left_out_are_listed_in_part() -> None:
    at = upload(
        opened(), {**classes("", 12), **{f"cats/broken{at:03}.jpg": b"\xff\xd8\xff" + bytes([at]) for at in range(132)}}
    )
    assert "132 files were left out" in text(at)
    assert text(at).count("damaged or incomplete") == 12
    assert "and 120 more" in text(at)
    whole = section._all_left_out(at.query_params["data"])
    assert len(whole.splitlines()) == 133


@pytest.mark.parametrize(
    ("files", "told"),
    [
        (classes("", 3, ("cats",)), "“pets” could not be used: all images are of one class, “cats”"),
        (classes("", 3, ("cats", "Cats")), "two classes differ in capital letters or blanks only"),
        ({**classes(), "../../evil.png": png()}, "has a path outside itself"),
        ({"a/1.txt": b"x"}, "it has no readable image"),
    ],
    ids=["one class", "case", "slip", "no images"],
)
def test_a_refused_upload_is_explained_and_the_data_set_before_stays(
    files: dict[str, bytes], told: str, cache: Path
) -> None:
    at = upload(opened(data="digits"), files)
    assert any(told in each for each in said(at))
    assert "“Handwritten digits” is shown instead." in said(at)[0]
    assert at.selectbox[0].value == "digits"
    assert at.query_params["data"] == "digits"
    assert "10 classes" in text(at)
    assert list((cache / "datasets").iterdir()) == []
    upload(at, PETS)
    assert said(at) == []
    assert "36 training images" in text(at)


def test_an_evicted_upload_can_be_uploaded_again(cache: Path) -> None:
    at = upload(opened(), PETS)
    reference = at.query_params["data"]
    shutil.rmtree(cache / "datasets")
    assert said(settled(at))[0].startswith("This data set is no longer on this server")
    assert said(opened(data=reference))[0].startswith("This data set is no longer on this server")
    upload(at, PETS)
    assert said(at) == []
    assert at.query_params["data"] == reference
    assert "36 training images" in text(at)
    assert len(list((cache / "datasets").iterdir())) == 1


def test_a_file_that_is_no_archive() -> None:
    at = opened()
    at.file_uploader[0].set_value(("pets.zip", b"hello", "application/zip")).run()
    assert any("this is not an archive" in each for each in said(settled(at)))


@pytest.mark.parametrize(
    ("reference", "told"),
    [
        ("upload:0123456789abcdef", "This data set is no longer on this server; upload its archive again."),
        ("upload:../../etc", "This data set is no longer on this server"),
        ("folder:secret", "There is no folder of data sets 'secret' on this server"),
        ("folder:../..", "There is no folder of data sets '../..' on this server"),
        ("download:imagenet", "There is no data set 'download:imagenet'"),
        ("nonsense" * 30, "There is no data set 'nonsense"),
    ],
)
def test_a_link_to_a_missing_data_set(reference: str, told: str) -> None:
    at = opened(data=reference)
    assert len(said(at)) == 1
    assert said(at)[0].startswith(told)
    assert "“Textures” is shown instead" in said(at)[0]
    assert "8 classes" in text(at)
    at.selectbox[0].set_value("digits_3_8").run()
    settled(at)
    assert said(at) == []
    assert "2 classes, 260 training images" in text(at)


def test_folders_of_the_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at = opened()
    assert not any("server" in each for each in at.selectbox[0].options)
    assert "CNNLAB_DATA" in at.selectbox[0].help
    laid(tmp_path / "root", {**classes("leaves/", 14, ("ash", "oak")), "leaves/oak/notes.txt": b"x"})
    monkeypatch.setenv("CNNLAB_DATA", str(tmp_path / "root"))
    at = opened(data="folder:leaves")
    assert "on this server: leaves" in at.selectbox[0].options
    assert "train a network" in at.selectbox[0].help
    assert "2 classes, 22 training images and 6 test images" in text(at)
    assert "1 file was left out" in text(at)
    laid(tmp_path / "root", classes("leaves/", 20, ("elm",)))
    at.button(key="data.look").click().run()
    assert "3 classes, 38 training images" in text(settled(at))


def test_the_name_of_an_upload_is_not_markdown() -> None:
    def page():
        from cnnlab.ui import queue
        from cnnlab.workers import State

        queue.progress("[pets](http://a.b)", State("running", "looking at `x`", 0.5))

    at = AppTest.from_function(page).run()
    assert at.get("progress")[0].proto.text == r"\[pets\]\(http\:\/\/a\.b\)\: looking at \`x\`".replace(r"\/", "/")


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ThreadingHTTPServer]:
    """Serve one data set to download, from this computer."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setattr(download_file, "PAUSES", (0.0,))
    monkeypatch.setattr(SimpleHTTPRequestHandler, "log_message", lambda *_: None)
    data = zipped(PETS)
    laid(tmp_path / "web", {"pets.zip": data})
    found = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=tmp_path / "web"))
    archive = Archive(f"http://127.0.0.1:{found.server_address[1]}/pets.zip", len(data))
    monkeypatch.setattr(downloads, "DOWNLOADS", {"pets": Download("Pets", "Told.", (archive,))})
    threading.Thread(target=found.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield found
    found.shutdown()
    found.server_close()


def test_a_download_shows_its_size_and_then_its_classes(server: ThreadingHTTPServer) -> None:
    at = opened(data="download:pets")
    assert "transfer?data" not in html(at), "nothing to train on yet"
    told = size(downloads.DOWNLOADS["pets"].archives[0].size)
    assert f"to download: Pets, {told}" in at.selectbox[0].options
    assert at.button(key="data.download").label == f"Download, {told}"
    at.button(key="data.download").click().run()
    settled(at)
    assert "2 classes, 36 training images" in text(at)
    assert any("without a network\\: Pets" in each.value for each in at.caption)
    assert "transfer?data=download%3Apets" in html(at)


def test_without_a_network_the_error_names_the_bundled_data_sets(
    server: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        archive = Archive(f"http://127.0.0.1:{free.getsockname()[1]}/pets.zip", 1000)
    working = downloads.DOWNLOADS
    monkeypatch.setattr(downloads, "DOWNLOADS", {"pets": Download("Pets", "Told.", (archive,))})
    at = opened(data="download:pets")
    at.button(key="data.download").click().run()
    settled(at)
    assert said(at)[0].startswith(
        "There is no connection to 127.0.0.1; these data sets are included and need no download: textur"
    )
    assert "transfer?data" not in html(at)
    monkeypatch.setattr(downloads, "DOWNLOADS", working)
    assert at.button(key="data.download").label.startswith("Try again")
    at.button(key="data.download").click().run()
    assert "36 training images" in text(settled(at))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["digits_3_8", "pets"])
def test_the_code_loads_the_zip(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at = upload(opened(), PETS) if name == "pets" else opened(data=name)
    at.session_state["data.code"] = True
    at.run()
    at.button(key="data.make.zip").click().run()
    until(lambda: any("zip" in each.proto.label for each in at.run().get("download_button")))
    path = next((tmp_path / "cache" / "zips").glob("*.zip"))
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path / "home")
    monkeypatch.chdir(tmp_path / "home")
    found: dict[str, object] = {}
    exec(at.code[0].value, found)  # as a student would
    train, test = (found[each] for each in ("train", "test"))
    counts = [sum(len(labels) for _, labels in each) for each in (train, test)]  # type: ignore[attr-defined]
    assert train.class_names == (["3", "8"] if name != "pets" else ["cats", "dogs"])  # type: ignore[attr-defined]
    assert sum(counts) == (260 + 97 if name != "pets" else 44)
    if name != "pets":
        assert counts == [260, 97]
