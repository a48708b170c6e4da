"""Uploads that mean harm, or are just not what they should be: a sentence each, soon, and in little memory."""

import io
import json
import struct
import time
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from profiles import thorough

from cnnlab.backends.imported.formats import configuration
from cnnlab.uploads import documents
from cnnlab.uploads.documents import DEEPEST, MOST_JSON, MOST_VALUES, document, member

MODEL = {"class_name": "Sequential", "config": {"layers": []}}


def archive(*files: tuple[str, bytes], packed: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", packed) as target:
        for name, data in files:
            target.writestr(name, data)
    return made.getvalue()


SAVED = archive(
    ("metadata.json", b"{}"), ("config.json", json.dumps(MODEL).encode()), ("model.weights.h5", b"\0" * 5000)
)


@pytest.fixture
def soon_and_small() -> Iterator[None]:
    """Fail if a file takes more than a few seconds, or more memory than 20 times the largest document."""
    tracemalloc.start()
    begin = time.process_time()
    yield
    assert time.process_time() - begin < 20  # several times what it takes unobserved
    assert tracemalloc.get_traced_memory()[1] < 20 * MOST_JSON
    tracemalloc.stop()


READ = MODEL | {"format": "keras", "notes": [], "channels_first": False}


def test_keras_files_are_read() -> None:
    assert configuration(SAVED) == READ
    assert configuration(json.dumps(MODEL).encode()) == READ
    assert configuration(b"\xef\xbb\xbf\n" + json.dumps(MODEL).encode()) == READ


def encrypted() -> bytes:
    data = bytearray(SAVED)
    for begin, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = -1
        while (at := data.find(begin, at + 1)) >= 0:
            data[at + place] |= 1
    return bytes(data)


def lying(size: int) -> bytes:
    """An archive whose table of contents claims another size than what comes out."""
    data = bytearray(archive(("config.json", b" " * (MOST_JSON * 2))))
    at = data.find(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", size)
    return bytes(data)


def endless() -> bytes:
    """A table of contents that claims to be as long as the file."""
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 60 << 20, 30, 0)
    return b"PK\x03\x04" + b"\0" * 26 + b"PK\x01\x02" * (15 << 20) + end


def crowded() -> bytes:
    """A table of contents of 30,000 files, each of them the same empty one."""
    data = archive(("000000000", b""))
    begin, end = data.index(b"PK\x01\x02"), data.index(b"PK\x05\x06")
    entry, many = data[begin:end], 30_000
    return (
        data[:begin]
        + entry * many
        + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, many, many, len(entry) * many, begin, 0)
    )


@pytest.mark.usefixtures("soon_and_small")
@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "this file is empty"),
        (b"hello", "no network that can be read"),
        (b"\x89HDF\r\n\x1a\n" + b"\0" * 100, "this file is damaged or incomplete"),
        (b"PK", "cut or damaged"),
        (SAVED[:200], "cut or damaged"),
        (SAVED[:-30], "cut or damaged"),
        (SAVED[40:], "no network that can be read"),
        (archive(("saved_model.pb", b"x")), "this SavedModel is damaged"),
        (archive(("config.json", b"")), "this file is empty"),
        (archive(("config.json", b"[]")), "describes no Keras model"),
        (archive(("config.json", b" " * (MOST_JSON + 1))), "unpacks to more than 16 MB"),
        (archive(("config.json", b" " * (MOST_JSON * 4))), "unpacks to more than 16 MB"),
        (lying(100), "damaged or incomplete"),
        (lying(0xFFFFFFF0), "unpacks to more than 16 MB"),
        (archive(("config.json", b"{}"), packed=zipfile.ZIP_LZMA), "compressed in an unsupported way"),
        (archive(("config.json", b"{}"), packed=zipfile.ZIP_BZIP2), "compressed in an unsupported way"),
        (encrypted(), "this archive is encrypted"),
        (endless, "lists far too many files"),
        (crowded, "lists far too many files"),
        (b"{", "is incomplete"),
        (json.dumps(MODEL).encode()[:-9], "is incomplete"),
        (b"{}", "describes no Keras model"),
        (b'{"class_name": "Sequential", "config": 3}', "describes no Keras model"),
        (archive(("archive/data.pkl", b"x")), "torch.onnx.export"),
        (b"\x80\x02}q\x00.", "torch.onnx.export"),
        (b"\x1c\0\0\0TFL3", "this is a TFLite file"),
        (archive(("notes.txt", b"x")), "neither config.json nor model.json"),
        (
            b'{"format": "graph-model", "modelTopology": {"node": []}}',
            "this graph model of TensorFlow.js has no output",
        ),
        (b'{"format": "layers-model", "weightsManifest": []}', "has no topology"),
        (b'{"class_name": 1, "config": \xff}', "byte 28 of this file is not UTF-8"),
        (json.dumps(MODEL).encode("utf-16"), "no network that can be read"),
    ],
)
def test_a_file_that_is_no_model_raises(data: bytes | Callable[[], bytes], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        configuration(data if isinstance(data, bytes) else data())


@pytest.mark.usefixtures("soon_and_small")
@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"[" * MOST_JSON, f"more than {DEEPEST} levels deep"),
        (b'{"a":' * 1_000_000, f"more than {DEEPEST} levels deep"),
        thorough(b"[" + b"0," * MOST_VALUES + b"0]", "more than 2,000,000 values"),
        thorough(b"[]" * (MOST_JSON // 2), "more than 2,000,000 values"),
        (b" " * (MOST_JSON + 1), "more than 16 MB"),
        (b'"' + b'\\"' * (MOST_JSON // 2 - 1), "is incomplete"),
        (b"[" + b"9" * 5000 + b"]", "a number with thousands of digits"),
        (b"  \n", "this file is empty"),
        (b"[1, 2\n,, 3]", "line 2, column 2 cannot be read"),
        (b"{} {}", "line 1, column 4 cannot be read"),
    ],
    ids=lambda value: value[:12] if isinstance(value, bytes) else "",
)
def test_invalid_json_raises(data: bytes, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        document(data)


def test_the_number_of_values_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MOST_VALUES", 1000)
    assert document(json.dumps([0] * 999).encode()) == [0] * 999
    for data in (b"[" + b"0," * 1000 + b"0]", b"[]" * 1001):
        with pytest.raises(ValueError, match="more than 1,000 values"):
            document(data)


def test_depth_counts_brackets_outside_of_text_only() -> None:
    deep = "[" * DEEPEST + "]" * DEEPEST
    text = json.dumps({"text": '[[{"' * 1000 + "\\"})
    assert document(deep.encode()) == json.loads(deep)
    assert document(text.encode()) == json.loads(text)
    with pytest.raises(ValueError, match="levels deep"):
        document(f"[{deep}]".encode())


@given(st.data())
def test_a_damaged_archive_is_read_or_refused(data: st.DataObject) -> None:
    spoiled = bytearray(SAVED)
    for _ in range(data.draw(st.integers(1, 4))):
        # Most of the archive is weights, which nobody looks at.
        place = data.draw(st.one_of(st.integers(0, 200), st.integers(len(SAVED) - 260, len(SAVED) - 1)))
        spoiled[place] = data.draw(st.integers(0, 255))
    told = ""
    try:
        member(bytes(spoiled), "config.json")
    except ValueError as error:
        told = str(error)
    assert told.startswith(("this ", "config.json")) or not told


@given(st.binary(max_size=300))
def test_any_other_bytes_are_refused(data: bytes) -> None:
    for begin in (b"", b"PK\x03\x04", b"{", b"["):
        with pytest.raises(ValueError, match=r"^(this|byte|config\.json) "):
            configuration(begin + data)
