"""Data sets by the text that URLs and run specs hold."""

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from image_archives import classes, laid, zipped

from cnnlab import data
from cnnlab.data import downloads, uploaded


def test_every_kind_of_reference_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNNLAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("CNNLAB_DATA", str(tmp_path / "data"))
    laid(tmp_path / "data" / "pets", classes(number=10))
    name = uploaded.put(io.BytesIO(zipped(classes(number=10))), "uploaded")
    data_of_it = zipped(classes("c/train/", 8) | classes("c/validation/", 2))
    laid(downloads.home(), {"cats_and_dogs_filtered.zip": data_of_it})
    published = downloads.DOWNLOADS["cats_and_dogs"]
    archives = (replace(published.archives[0], size=len(data_of_it)),)
    monkeypatch.setattr(downloads, "DOWNLOADS", {"cats_and_dogs": replace(published, archives=archives)})
    told_of = "3,000 photographs from Kaggle's Dogs vs. Cats"
    for reference in ("folder:pets", f"upload:{name}", "download:cats_and_dogs"):
        told: list[float] = []
        found = data.dataset(reference, 20, per_class=5, progress=told.append)
        assert found.name == reference
        assert found.about.startswith(told_of if reference.startswith("download") else "14 images of 2 classes from")
        assert found.train.images.shape == (10, 20, 20, 3)
        assert np.bincount(found.test.labels).tolist() == [2, 2]
        assert told == sorted(told)
        assert told[-1] == 1
        assert data.folder(reference).counts == {"cats": 10, "dogs": 10}


def test_bundled_data_sets_are_drawn_by_the_seed() -> None:
    assert data.dataset("digits") is data.load("digits")
    few, others = (data.dataset("digits", per_class=10, seed=seed) for seed in (0, 1))
    assert len(few.train) == 100
    assert not np.array_equal(few.train.images, others.train.images)
    assert few.test is data.load("digits").test


@pytest.mark.parametrize(
    ("reference", "hint"),
    [
        ("imagenet", "choose textures, .*download:cats_and_dogs"),
        ("", "choose textures, .*download:cats_and_dogs"),
        ("download:imagenet", "the nearest is download:flowers"),
        ("cats_and_dogs", "the nearest is download:cats_and_dogs"),
        ("upload", "choose textures, .*download:cats_and_dogs"),
        ("Textures", "the nearest is textures"),
    ],
)
def test_an_unknown_reference_raises(reference: str, hint: str) -> None:
    with pytest.raises(ValueError, match=f"there is no data set '{reference}'; {hint}"):
        data.dataset(reference)


@pytest.mark.parametrize("reference", ["upload:../../etc", "folder:../secret", "upload:", "folder:"])
def test_a_reference_cannot_leave_its_folder(reference: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNNLAB_DATA", str(tmp_path))
    with pytest.raises(ValueError, match=r"no longer on this server|there is no folder of data sets"):
        data.dataset(reference)
