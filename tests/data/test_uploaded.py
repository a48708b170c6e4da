"""Uploaded archives: cleaned and kept once, found after a restart, and nothing left of those that are refused."""

import errno
import io
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from image_archives import classes, laid, linked, png, tarred, zipped

from cnnlab.data import uploaded


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CNNLAB_CACHE", str(tmp_path))
    return tmp_path / "datasets"


def put(data: bytes, title: str = "pets") -> str:
    return uploaded.put(io.BytesIO(data), title)


@pytest.mark.parametrize("pack", [zipped, tarred, lambda files: tarred(files, "w:gz")], ids=["zip", "tar", "tar.gz"])
def test_an_archive_becomes_a_folder_for_each_class(pack: object, own_folder: Path) -> None:
    files = {
        **classes("pets/train/", 12),
        **classes("pets/validation/", 4),
        "pets/README.md": b"# Pets",
        "pets/train/cats/cut.jpg": png("JPEG", (64, 48))[:400],
        "pets/train/dogs/web.webp": png("WEBP"),
        "__MACOSX/pets/train/._cats": b"x",
        "pets/train/.DS_Store": b"x",
    }
    name = put(pack(files))  # type: ignore[operator]
    found = uploaded.get(name)
    assert found.title == "pets"
    assert found.counts == {"cats": 16, "dogs": 17}
    assert sorted(each.path for each in found.left_out) == ["pets/README.md", "pets/train/cats/cut.jpg"]
    assert found.places == (own_folder / name / "train", own_folder / name / "test")
    assert sorted(path.name for path in found.places[0].iterdir()) == ["cats", "dogs"]
    on_disk = {path for path in (own_folder / name).rglob("*.*") if path.name != "folder.json"}
    assert on_disk == {path for groups in (found.train, found.test) for group in groups for path in group}
    assert {path.suffix for path in on_disk} == {".png"}, "Keras reads no WebP"
    data = found.dataset(name, 12)
    assert (len(data.train), len(data.test)) == (25, 8)


def test_the_same_archive_is_kept_once(own_folder: Path) -> None:
    data = zipped(classes())
    name = put(data)
    begin = (own_folder / name).stat().st_ino
    assert put(data) == name
    assert (own_folder / name).stat().st_ino == begin
    code = f"from cnnlab.data import uploaded; print(uploaded.get({name!r}).counts)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "{'cats': 3, 'dogs': 3}", "another process finds it"
    uploaded.get(name).train[0][0].unlink()
    assert put(data) == name
    assert uploaded.get(name).train[0][0].exists(), "what was damaged is unpacked again"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "this file is empty"),
        (b"hello", "this is not an archive"),
        (zipped(classes())[:-40], "damaged or incomplete"),
        (zipped({"cats/../../../evil.png": png()}), "outside itself"),
        (zipped({"/cats/1.png": png()}), "outside itself"),
        (tarred({"cats/../../../evil.png": png()}), "outside itself"),
        (zipped({"notes.txt": b"x"}), r"it has no readable image.* \(1 file was left out; notes.txt: this is not "),
        (zipped(classes(names=("cats",))), "all images are of one class, “cats”"),
        (zipped(classes(names=("Cat", "cat"))), "differ in capital letters or blanks only, “Cat” and “cat”"),
        (zipped({"all.zip": zipped(classes())}), r"\(1 file was left out; all.zip: this is an archive within the "
        "archive"),
        (tarred({"cats/1.png": linked("cats/1.png", "/etc/passwd")}), "cats/1.png: this is a link"),
        (zipped({f"cats/{number}.png": b"\x89" for number in range(101)}), "more than 20,000 files"),
    ],
)  # fmt: skip
def test_a_refused_archive_leaves_nothing(
    data: bytes, said: str, own_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cnnlab.uploads.archives.MOST_FILES", 100)
    with pytest.raises(ValueError, match=said):
        put(data)
    assert list(own_folder.iterdir()) == []
    assert not list(own_folder.parent.parent.rglob("evil*"))


def test_links_noise_and_other_files_are_no_reason_to_refuse_the_rest() -> None:
    found = uploaded.get(
        put(tarred({**classes(), "cats/x.png": linked("cats/x.png", "0.png"), "dogs/inner.zip": zipped({})}))
    )
    assert found.counts == {"cats": 3, "dogs": 3}
    assert [each.path for each in found.left_out] == ["cats/x.png", "dogs/inner.zip"]


def test_names_of_classes_never_name_a_file(own_folder: Path) -> None:
    names = ("con", "a:b", "a?b", "x" * 300, "Äpfel", "..cats")
    found = uploaded.get(put(zipped(classes(names=names))))
    assert set(found.classes) == set(names) - {"..cats"}, "hidden folders are noise"
    folders = [group[0].parent.name for group in found.train]
    assert len(set(folders)) == 5
    assert all(len(name) < 70 and not set(name) & set(':?"') and name.lower() != "con" for name in folders)


def test_a_second_file_of_one_name_is_left_out() -> None:
    files = zipped({**classes(), "cats/A.png": png(), "cats/B.png": png()}).replace(b"cats/B.png", b"cats/A.png")
    found = uploaded.get(put(files))
    assert found.counts == {"cats": 4, "dogs": 3}
    assert found.left_out[0].reason.startswith("another file of the archive has the same name")


def test_progress_rises_and_can_end_the_work(own_folder: Path) -> None:
    told: list[float] = []
    for data in (zipped(classes()), tarred(classes())):
        told.clear()
        uploaded.put(io.BytesIO(data), "pets", told.append)
        assert told == sorted(told)

    def stop(done: float) -> None:
        raise InterruptedError

    before = sorted(own_folder.iterdir())
    with pytest.raises(InterruptedError):
        uploaded.put(io.BytesIO(zipped(classes())), "pets", stop)
    assert sorted(own_folder.iterdir()) == before


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "is full; free some space and try again"),
        (errno.EROFS, r"nothing can be written to .*; name another folder in CNNLAB_CACHE"),
    ],
)
def test_a_full_disk_raises_a_sentence_and_leaves_nothing(
    number: int, said: str, own_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, data: bytes) -> None:
        raise OSError(number, "told by the system")

    data = zipped(classes())
    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(ValueError, match=said):
        put(data)
    assert list(own_folder.iterdir()) == []


@pytest.mark.parametrize("name", ["0" * 16, "../../etc", "", "not a name"])
def test_a_deleted_data_set_raises_a_sentence(name: str) -> None:
    with pytest.raises(ValueError, match="this data set is no longer on this server; upload its archive again"):
        uploaded.get(name)


def test_a_damaged_record_raises_until_the_next_upload(own_folder: Path) -> None:
    data = zipped(classes())
    name = put(data)
    for text in ("", "{}", "[]", json.dumps({"title": 1, "train": [1], "test": 2})):
        (own_folder / name / "folder.json").write_text(text)
        with pytest.raises(ValueError, match="no longer on this server"):
            uploaded.get(name)
    assert uploaded.get(put(data)).classes == ("cats", "dogs")


def test_the_least_recently_used_features_are_deleted(own_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploaded, "KEPT", 3)
    stale, busy = laid(own_folder, {"a.part/1": b"", "b.part/1": b""}) / "a.part", own_folder / "b.part"
    os.utime(stale, (0, 0))
    made = []
    for number in range(4):
        made.append(put(zipped(classes())))
        os.utime(own_folder / made[-1], (time.time() - 100 + number,) * 2)
        uploaded.get(made[0])  # which is used
    assert {path.name for path in own_folder.iterdir()} == {made[0], made[2], made[3], busy.name}


MEMORY = """
import io, resource, sys
from cnnlab.data import uploaded
data = io.BytesIO(sys.stdin.buffer.read())
from PIL import Image; Image.init()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(uploaded.get(uploaded.put(data, "pets")).counts)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10)
"""


def test_images_are_held_one_at_a_time() -> None:
    noise = np.random.default_rng(0).integers(0, 256, 1 << 20, dtype=np.uint8).tobytes()  # after its end, in every file
    files = {name: data + noise for name, data in classes(number=40).items()}
    done = subprocess.run([sys.executable, "-c", MEMORY], input=tarred(files), capture_output=True, check=True)
    counts, size = done.stdout.decode().splitlines()
    assert counts == "{'cats': 40, 'dogs': 40}"
    assert int(size) < 40, "megabytes, of 80 in the archive"
