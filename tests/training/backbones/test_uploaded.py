"""Uploaded weights: found by their content, and deleted when many newer ones came."""

import io
import os
from pathlib import Path

import pytest

from cnnlab.training.backbones import WeightsError, uploaded


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CNNLAB_CACHE", str(tmp_path))
    return tmp_path / "weights"


def test_a_file_is_found_by_its_name() -> None:
    name = uploaded.put(io.BytesIO(b"weights"))
    assert uploaded.get(name).read_bytes() == b"weights"
    assert uploaded.put(io.BytesIO(b"weights")) == name


def test_an_endless_file_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploaded, "LARGEST", 1000)
    with pytest.raises(WeightsError, match="this file has more than"):
        uploaded.put(io.BytesIO(bytes(1001)))
    assert list(home.iterdir()) == []


def test_the_oldest_file_is_deleted_and_asking_for_it_raises_a_sentence(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploaded, "KEPT_BYTES", 250)
    names = []
    for number in range(3):
        names.append(uploaded.put(io.BytesIO(bytes([number]) * 100)))
        os.utime(home / names[-1], (number, number))
    assert uploaded.get(names[2])
    for name in (names[0], "../../etc/passwd", ""):
        with pytest.raises(WeightsError, match="no longer on this server; upload their file again"):
            uploaded.get(name)
