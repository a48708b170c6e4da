"""Data sets as Keras trains on them, and the code that does the same without this project."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from image_archives import classes, laid, png, zipped

from cnnlab import data
from cnnlab.data import Folder, Split, source, to_tf, uploaded
from cnnlab.data.folders import read, write

pytestmark = pytest.mark.slow


def everything(batches: Any) -> tuple[np.ndarray, np.ndarray]:
    images, labels = zip(*batches.as_numpy_iterator(), strict=True)
    return np.concatenate(images), np.concatenate(labels)


def test_batches_hold_every_image_once() -> None:
    split = data.load("digits").test
    found = to_tf(split, batch=64)
    assert [len(labels) for _, labels in found.as_numpy_iterator()] == [64] * 7 + [52]
    images, labels = everything(found)
    assert (images.dtype, labels.dtype) == (np.float32, np.int32)
    assert np.array_equal(images, split.images)
    assert np.array_equal(labels, split.labels)


def test_shuffling_is_by_seed_and_new_every_epoch() -> None:
    split = data.load("textures").test
    found, again, other = (to_tf(split, shuffle=True, seed=seed) for seed in (3, 3, 4))
    first, second = everything(found), everything(found)
    assert not np.array_equal(first[1], split.labels)
    assert not np.array_equal(first[0], second[0])
    assert not np.array_equal(first[0], everything(other)[0])
    for one, same in zip((first, second), (everything(again), everything(again)), strict=True):
        assert np.array_equal(one[0], same[0])
        assert np.array_equal(one[1], same[1])
    assert sorted(image.tobytes() for image in first[0]) == sorted(
        image.tobytes() for image in split.images.astype(np.float32)
    )


@pytest.mark.parametrize("size", [16, 48, 100])
def test_images_are_stretched(size: int) -> None:
    split = data.load("digits").test.sample(3)
    images, _ = everything(to_tf(split, size))
    assert images.shape == (30, size, size, 3)
    assert images.mean() == pytest.approx(split.images.mean(), rel=0.05)
    assert images.min() >= 0
    assert images.max() <= 255.01


def test_an_empty_split_makes_no_batch() -> None:
    empty = Split(np.zeros((0, 8, 8, 3), np.uint8), np.zeros(0, np.int64))
    assert list(to_tf(empty, 16, shuffle=True)) == []


def run(text: str) -> tuple[Any, Any]:
    found: dict[str, Any] = {}
    exec(compile(text, "shown", "exec"), found)
    return found["train"], found["test"]


def held(folder: Folder) -> int:
    return sum(folder.counts.values())


def test_the_code_shown_reads_a_folder_without_faults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = read(laid(tmp_path / "pets", classes(number=20)))
    monkeypatch.chdir(tmp_path)
    text = source(folder, size=24, batch=8, seed=1)
    train, test = run(text)
    assert "hashlib" not in text
    assert tuple(train.class_names) == folder.classes
    assert (len(everything(train)[1]), len(everything(test)[1])) == (32, 8)
    assert everything(train)[0].shape == (32, 24, 24, 3)
    ours = folder.dataset("pets", 24)
    assert (len(ours.train), len(ours.test)) == (32, 8)


@pytest.mark.parametrize("counts", [(1, 1), (1, 1, 1), (1, 2), (2, 2), (1, 3), (1, 1, 1, 1), (2, 3), (1, 1, 9)])
def test_the_code_shown_runs_on_the_smallest_folders(
    counts: tuple[int, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {f"c{number}/{at}.png": png() for number, many in enumerate(counts) for at in range(many)}
    folder = read(laid(tmp_path / "pets", files))
    monkeypatch.chdir(tmp_path)
    found: dict[str, Any] = {}
    exec(compile(source(folder, size=24), "shown", "exec"), found)
    ours = folder.dataset("pets", 24)
    theirs = [len(everything(found[name])[1]) if name in found else 0 for name in ("train", "test")]
    assert sum(theirs) == len(ours.train) + len(ours.test) == sum(counts)
    assert bool(theirs[1]) == bool(len(ours.test))
    assert theirs[0]


def test_the_code_shown_leaves_out_the_same_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copied = png()
    files = {
        **classes("top/train/", 6),
        **classes("top/validation/", 3),
        "top/train/cats/web.webp": png("WEBP"),
        "top/train/cats/cut.jpg": png("JPEG", (64, 48))[:700],
        "top/train/cats/empty.png": b"",
        "top/train/cats/notes.txt": b"x",
        "top/train/dogs/a.png": copied,
        "top/train/dogs/b.png": copied,
        "top/train/mice/empty.png": b"",
    }
    folder = read(laid(tmp_path / "pets", files))
    assert len(folder.left_out) == 5
    monkeypatch.chdir(tmp_path)
    train, test = run(source(folder, size=24))
    assert tuple(train.class_names) == folder.classes
    assert len(everything(train)[1]) + len(everything(test)[1]) == held(folder) == 20
    labels = everything(test)[1]
    assert labels.tolist() == [0, 0, 0, 1, 1, 1], "the test is not shuffled"


def test_an_uploaded_data_set_needs_no_cleaning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import io

    monkeypatch.setenv("CNNLAB_CACHE", str(tmp_path))
    packed = zipped({**classes("x/train/", 6), **classes("x/test/", 3), "x/train/cats/empty.png": b""})
    folder = uploaded.get(uploaded.put(io.BytesIO(packed), "my: pets"))
    (tmp_path / "my_ pets").symlink_to(folder.root)
    monkeypatch.chdir(tmp_path)
    train, test = run(source(folder, size=24))
    assert (len(everything(train)[1]), len(everything(test)[1])) == (12, 6)


def test_bundled_data_sets_can_be_written_for_keras(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = data.load("digits_3_8")
    folder = write(whole, tmp_path / whole.name)
    monkeypatch.chdir(tmp_path)
    train, test = run(source(folder, size=48))
    assert tuple(train.class_names) == whole.classes
    images, labels = everything(test)
    order = np.argsort(whole.test.labels, kind="stable")
    assert np.array_equal(labels, whole.test.labels[order])
    assert np.array_equal(images, whole.test.images[order])
    assert len(everything(train)[1]) == len(whole.train)
