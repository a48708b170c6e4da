"""A folder of images for each class: what is cleaned away, what is told, and the data set that comes of it."""

import os
from pathlib import Path

import numpy as np
import pytest
from image_archives import classes, laid, png
from PIL import Image

from cnnlab.data import shared_folders
from cnnlab.data.folders import Folder, read

NOISE = {"cats/.DS_Store": b"x", "Thumbs.db": b"x", "__MACOSX/cats/._1.png": b"x", ".git/HEAD": b"x"}


def reasons(folder: Folder) -> dict[str, str]:
    return {each.path: each.reason for each in folder.left_out}


def test_files_that_are_no_images_are_left_out_with_the_reason(tmp_path: Path) -> None:
    whole, copied = png("JPEG", (64, 48)), png()
    files = {
        **classes(number=12),
        **NOISE,
        "cats/empty.jpg": b"",
        "cats/half.jpg": whole[: len(whole) // 2],
        "cats/notes.txt": b"remember the milk",
        "dogs/more.zip": b"PK\x03\x04" + b"x" * 30,
        "dogs/phone.heic": b"\0\0\0\x18ftypheic" + b"\0" * 30,
        "dogs/a.png": copied,
        "dogs/b.png": copied,
        "dogs/named.jpg": png("WEBP"),
        "cover.png": png(),
    }
    files["dogs/no-dog.png"] = files["cats/0.png"]
    told: list[float] = []
    found = read(laid(tmp_path, files), told.append)
    said = reasons(found)
    assert found.counts == {"cats": 12, "dogs": 14}
    assert "two folders give it different labels" in said["dogs/no-dog.png"]
    assert set(said) == set(files) - set(classes(number=12)) - set(NOISE) - {"dogs/a.png", "dogs/named.jpg"}
    assert said["cats/empty.jpg"].startswith("this file is empty")
    assert "damaged or incomplete" in said["cats/half.jpg"]
    assert said["cats/notes.txt"].startswith("this is not an image that can be read")
    assert said["dogs/more.zip"].startswith("this is an archive within the archive")
    assert "HEIC" in said["dogs/phone.heic"]
    assert said["dogs/b.png"] == (
        "this is an exact copy of dogs/a.png; in the test set it would be an image that was trained on"
    )
    assert said["cover.png"].startswith("this image is not in the folder of a class")
    assert told == sorted(told)
    assert told[-1] == 1
    assert all(path.is_file() for group in found.train for path in group), "thumbnails are drawn from these"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has neither")
def test_links_and_pipes_are_not_followed(tmp_path: Path) -> None:
    outside = laid(tmp_path / "outside", classes())
    root = laid(tmp_path / "pets", classes())
    (root / "cats" / "link.png").symlink_to(outside / "cats" / "0.png")
    (root / "mice").symlink_to(outside / "cats")
    os.mkfifo(root / "cats" / "pipe.png")
    found = read(root)
    assert found.classes == ("cats", "dogs")
    said = reasons(found)
    assert set(said) == {"cats/link.png", "mice", "cats/pipe.png"}
    assert said["mice"].startswith("this is a link")


def test_a_folder_without_a_data_set_raises_with_the_files_left_out(tmp_path: Path) -> None:
    laid(tmp_path, {"cats/1.png": png(), "dogs/1.heic": b"\0\0\0\x18ftypheic", "dogs/2.jpg": b""})
    with pytest.raises(ValueError, match=r"one class, “cats”.* \(2 files were left out; dogs/1.heic: this is a HEIC"):
        read(tmp_path)


def test_too_many_files_are_refused_before_one_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnnlab.data.folders.MOST_FILES", 5)
    with pytest.raises(ValueError, match="more than 5 files; choose one with fewer images"):
        read(laid(tmp_path, classes()))


def test_progress_can_end_the_work(tmp_path: Path) -> None:
    def stop(done: float) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        read(laid(tmp_path, classes()), stop)


def test_images_that_take_too_long_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnnlab.data.folders.MOST_SECONDS", -1)
    with pytest.raises(ValueError, match="takes more than"):
        read(laid(tmp_path, classes()))


def test_the_data_set_holds_the_pixels_of_the_files(tmp_path: Path) -> None:
    for number in range(10):
        for name, color in (("blue", (0, 0, 200)), ("red", (200, number, 0))):
            path = tmp_path / name / f"{number}.png"
            path.parent.mkdir(exist_ok=True)
            Image.new("RGB", (40, 20), (*color[:2], color[2] + number)).save(path)
    found = read(tmp_path).dataset("colours", size=32)
    assert found.classes == ("blue", "red")
    assert found.train.images.shape == (16, 32, 32, 3)
    assert found.test.images.shape == (4, 32, 32, 3)
    for split in (found.train, found.test):
        reddish = split.images[..., 0].mean(axis=(1, 2)) > 100
        assert np.array_equal(reddish.astype(int), split.labels)


def test_a_sample_keeps_the_test_and_contains_the_smaller_sample(tmp_path: Path) -> None:
    folder = read(laid(tmp_path, classes(number=20)))

    def images(seed: int, per_class: int) -> tuple[set[bytes], set[bytes]]:
        found = folder.dataset("pets", 16, per_class, seed)
        assert np.bincount(found.train.labels).tolist() == [per_class] * 2
        return {each.tobytes() for each in found.train.images}, {each.tobytes() for each in found.test.images}

    few, test = images(0, 5)
    more, same = images(0, 10)
    other, still = images(1, 10)
    assert test == same == still
    assert len(test) == 8
    assert few < more != other
    assert not test & (more | other)


def test_folders_for_the_test_are_kept_apart(tmp_path: Path) -> None:
    laid(tmp_path, {**classes("pets/train/", 6), **classes("pets/validation/", 4)})
    folder = read(tmp_path)
    assert folder.counts == {"cats": 10, "dogs": 10}
    assert folder.places == (tmp_path / "pets" / "train", tmp_path / "pets" / "validation")
    found = folder.dataset("pets", 16)
    assert (len(found.train), len(found.test)) == (12, 8)


def test_too_little_memory_and_lost_files_raise_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = read(laid(tmp_path, classes()))
    with pytest.raises(ValueError, match="6 images of 9000×9000 pixels take more than 1 GB of memory; take fewer"):
        folder.dataset("pets", 9000)
    folder.train[0][0].unlink()
    with pytest.raises(ValueError, match="can no longer be read; scan the folder again"):
        folder.dataset("pets", 16)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    laid(tmp_path / "root" / "pets", classes())
    laid(tmp_path / "secret", classes())
    monkeypatch.setenv("CNNLAB_DATA", str(tmp_path / "root"))
    return tmp_path / "root"


def test_a_folder_below_the_root_is_looked_at_once(root: Path) -> None:
    assert shared_folders.names() == ("pets",)
    found = shared_folders.get("pets")
    assert found.title == "pets"
    assert shared_folders.get("pets") is found
    laid(root / "pets", {"cats/new.png": png()})
    assert shared_folders.get("pets").counts == {"cats": 4, "dogs": 3}


@pytest.mark.parametrize("name", ["../secret", "/", "", ".", "pets/../../secret", "none", "link"])
def test_nothing_outside_of_the_root_is_read(root: Path, name: str) -> None:
    (root / "link").symlink_to(root.parent / "secret")
    with pytest.raises(ValueError, match=r"there is no folder of data sets '.*'; (choose|the nearest is) "):
        shared_folders.get(name)
    with pytest.raises(ValueError, match="there is no folder of data sets"):
        shared_folders.get(str(root.parent / "secret"))


def test_without_a_root_a_sentence_says_how_to_name_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CNNLAB_DATA", raising=False)
    assert shared_folders.names() == ()
    with pytest.raises(ValueError, match="start the dashboard with CNNLAB_DATA="):
        shared_folders.get("pets")
