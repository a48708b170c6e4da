"""Archives that mean harm or are just broken: a sentence each, soon, and in little memory."""

import gzip
import io
import struct
import tarfile
import time
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st
from image_archives import linked, tarred, zipped

from cnnlab.uploads.archives import ArchiveError, inside, members

MOST = 64 << 20  # bytes that an archive may unpack to in these tests
FEW = 2_000  # files in it
FILES = {"pets/cats/1.png": b"cat" * 100, "pets/dogs/1.png": b"dog" * 100, "pets/empty": b""}


@contextmanager
def soon_and_small() -> Iterator[None]:
    tracemalloc.start()
    begin = time.process_time()
    try:
        yield
        took, memory = time.process_time() - begin, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert took < 10
    assert memory < 30 << 20


def everything(data: bytes) -> dict[str, bytes | str]:
    """Of each member its bytes, or why it cannot be taken."""
    found: dict[str, bytes | str] = {}
    last = 0.0
    for member in members(io.BytesIO(data)):
        assert last <= member.done <= 1
        last = member.done
        try:
            got = piece = b"" if member.fault else member.read(1000)
            while piece:
                piece = member.read(10_000)
                got = (got + piece)[:2000]
        except ArchiveError:
            raise
        except ValueError as error:
            got = str(error)  # type: ignore[assignment]
        found["/".join(member.path)] = member.fault or got
    return found


def pax(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.PAX_FORMAT) as target:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.pax_headers = len(data), {"comment": "x" * 300}
            target.addfile(info, io.BytesIO(data))
    return made.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        zipped(FILES),
        zipped(FILES, zipfile.ZIP_STORED),
        tarred(FILES),
        tarred(FILES, "w:gz"),
        pax(FILES),
        zipped({"pets/": b"", **FILES}),
        zipped({name.replace("/", "\\"): data for name, data in FILES.items()}),
        tarred({f"./{name}": data for name, data in FILES.items()}),
    ],
    ids=["zip", "stored", "tar", "tar.gz", "pax", "folders", "windows", "dot"],
)
def test_every_kind_of_archive_is_read(data: bytes) -> None:
    assert everything(data) == FILES


def test_long_names_in_both_tar_formats_are_read() -> None:
    name = "/".join(["pets", "ä" * 90, "x" * 120, "1.png"])
    for kind in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT):
        made = io.BytesIO()
        with tarfile.open(fileobj=made, mode="w", format=kind) as target:
            for each in (name, "cats/1.png"):
                info = tarfile.TarInfo(each)
                info.size = 700
                target.addfile(info, io.BytesIO(b"x" * 700))
        assert everything(made.getvalue()) == {name: b"x" * 700, "cats/1.png": b"x" * 700}


def test_names_are_read_as_they_were_written() -> None:
    name = "Äpfel und Birnen/ü.png"
    assert list(everything(zipped({name: b"x"}))) == [name]
    unmarked = zipped({"Äpfel/1.png": b"x"}).replace(b"\x00\x08", b"\x00\x00")  # as macOS packs it
    assert list(everything(unmarked)) == ["Äpfel/1.png"]
    assert list(everything(tarred({"A\u0308pfel/1.png": b"x"}))) == ["Äpfel/1.png"]
    assert inside("caf\udce9/1.png") == ("caf?", "1.png"), "bytes that are no text"


def encrypted() -> bytes:
    data = bytearray(zipped(FILES))
    for begin, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = -1
        while (at := data.find(begin, at + 1)) >= 0:
            data[at + place] |= 1
    return bytes(data)


def endless() -> bytes:
    """A zip whose table of contents claims to be as long as the file."""
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 30 << 20, 30, 0)
    return b"PK\x03\x04" + b"\0" * 26 + b"PK\x01\x02" * (15 << 19) + end


def claimed(size: int, kind: bytes) -> bytes:
    """A tar whose header claims a size, in a kilobyte."""
    info = tarfile.TarInfo("pets/cats/1.png")
    info.size, info.type = size, kind
    return info.tobuf(tarfile.GNU_FORMAT) + b"\0" * 512


def bomb_of_one_file() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target, target.open("cats/1.png", "w") as file:
        file.write(b"\0" * (MOST + 1))
    return made.getvalue()


def overlapping() -> bytes:
    """Many names for the same packed bytes: the bomb that does not need an archive inside."""
    whole = zipped({"a": b"\0" * (40 << 20)})
    begin = whole.index(b"PK\x01\x02")
    entry, end = whole[begin : whole.index(b"PK\x05\x06")], whole[whole.index(b"PK\x05\x06") :]
    return whole[:begin] + entry * 50 + end[:8] + struct.pack("<2H2L", 50, 50, len(entry) * 50, begin) + end[20:]


def noted(data: bytes) -> bytes:
    info = tarfile.TarInfo("note")
    info.type, info.size = tarfile.XHDTYPE, len(data)
    return info.tobuf(tarfile.USTAR_FORMAT) + data + b"\0" * (-len(data) % 512)


def endless_headers() -> bytes:
    """A tar of nothing but notes on a next file that never comes, and more of them than there may be files."""
    return noted(b"20 comment=xxxxxxxx\n") * (3 * FEW + 1)


def digits_for_a_header() -> bytes:
    """What takes ``tarfile`` minutes, see CVE-2024-6232."""
    return noted(b"1" * 60_000) * 20


def zeros_gz() -> bytes:
    made = io.BytesIO()
    with gzip.GzipFile(fileobj=made, mode="wb", compresslevel=1) as file:
        file.write(b"\0" * (MOST + 1))
    return made.getvalue()


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: b"", "this file is empty"),
        (lambda: b"hello", "this is not an archive; pack a folder"),
        (lambda: b"\0" * 2000, "this is not an archive"),
        (lambda: b"Rar!\x1a\x07\0" + b"\0" * 90, "a RAR archive; pack the folder as .zip or .tar.gz"),
        (lambda: b"7z\xbc\xaf\x27\x1c" + b"\0" * 90, "a 7z archive"),
        (lambda: tarred(FILES, "w:xz"), "an? xz archive"),
        (lambda: tarred(FILES, "w:bz2"), "a bzip2 archive"),
        (lambda: gzip.compress(b"hello" * 500), "this is not an archive|damaged"),
        (lambda: zipped(FILES)[:-30], "damaged or incomplete"),
        (lambda: zipped(FILES)[:100], "damaged or incomplete"),
        (lambda: tarred(FILES)[:700], "damaged or incomplete"),
        (lambda: tarred(FILES)[:1100], "damaged or incomplete"),
        (lambda: tarred(FILES, "w:gz")[:-20], "damaged or incomplete"),
        (lambda: tarred(FILES)[:1024] + b"x" * 1024, "damaged or incomplete"),
        (encrypted, "this archive is encrypted; pack it without a password"),
        (lambda: zipped({"../../etc/passwd": b""}), r"outside itself \(../../etc/passwd\); pack the folder again"),
        (lambda: zipped({"cats\\..\\..\\evil.png": b""}), "outside itself"),
        (lambda: zipped({"/etc/cron.d/x": b""}), "outside itself"),
        (lambda: zipped({"C:\\Windows\\x.png": b""}), "outside itself"),
        (lambda: tarred({"../x.png": b""}), "outside itself"),
        (lambda: tarred({"/x.png": b""}), "outside itself"),
        (lambda: zipped({f"cats/{number}.png": b"" for number in range(FEW + 1)}), "more than 20,000 files"),
        (lambda: tarred({f"cats/{number}": b"" for number in range(FEW + 1)}), "more than 20,000 files"),
        (endless, "more than 20,000 files"),
        (lambda: claimed(1 << 33, tarfile.REGTYPE), "damaged or incomplete"),
        (lambda: claimed(1 << 33, tarfile.GNUTYPE_LONGNAME), "no archive|damaged or incomplete"),
        (endless_headers, "more than 20,000 files"),
        (digits_for_a_header, "damaged or incomplete"),
        (bomb_of_one_file, "unpacks to more than .* take fewer images"),
        (overlapping, "unpacks to more than"),
        (zeros_gz, "unpacks to more than"),
    ],
)  # fmt: skip
def test_unsafe_archives_are_refused(make: Callable[[], bytes], said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnnlab.uploads.archives.MOST_UNPACKED", MOST)
    monkeypatch.setattr("cnnlab.uploads.archives.MOST_FILES", FEW)
    data = make()
    with soon_and_small(), pytest.raises(ArchiveError, match=said):
        everything(data)


def test_links_and_devices_are_named_and_not_followed() -> None:
    found = everything(
        tarred(
            {
                "cats/1.png": b"cat",
                "cats/soft.png": linked("cats/soft.png", "/etc/passwd"),
                "cats/hard.png": linked("cats/hard.png", "../../etc/passwd", tarfile.LNKTYPE),
                "cats/pipe": linked("cats/pipe", "", tarfile.FIFOTYPE),
            }
        )
    )
    assert found["cats/1.png"] == b"cat"
    assert str(found["cats/soft.png"]).startswith("this is a link")
    assert str(found["cats/hard.png"]).startswith("this is a link")
    assert str(found["cats/pipe"]).startswith("this is not a regular file")
    info = zipfile.ZipInfo("cats/soft.png")
    info.external_attr = 0o120777 << 16
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as target:
        target.writestr(info, "/etc/passwd")
    assert str(everything(made.getvalue())["cats/soft.png"]).startswith("this is a link")


def test_one_damaged_file_does_not_spoil_a_zip() -> None:
    data = zipped(FILES, zipfile.ZIP_STORED).replace(b"catcat", b"cowcow", 1)
    found = everything(data)
    assert found["pets/cats/1.png"] == "this file is damaged in the archive; pack it again"
    assert found["pets/dogs/1.png"] == FILES["pets/dogs/1.png"]


def test_unusual_packing_is_named() -> None:
    for packed in (zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2):
        assert "compressed in an unsupported way" in str(everything(zipped(FILES, packed))["pets/cats/1.png"])


@given(st.sampled_from([zipped(FILES), tarred(FILES), tarred(FILES, "w:gz"), pax(FILES)]), st.data())
def test_a_damaged_archive_is_read_or_refused(whole: bytes, data: st.DataObject) -> None:
    spoiled = bytearray(whole[: data.draw(st.integers(len(whole) // 2, len(whole)))])
    for _ in range(data.draw(st.integers(0, 4))):
        spoiled[data.draw(st.integers(0, len(spoiled) - 1))] = data.draw(st.integers(0, 255))
    try:
        everything(bytes(spoiled))
    except ArchiveError as error:
        assert str(error).startswith("this ")  # noqa: PT017, most are read


@given(st.binary(max_size=600))
def test_any_other_bytes_are_refused(data: bytes) -> None:
    for begin in (b"PK\x03\x04", b"\x1f\x8b\x08"):
        with pytest.raises(ArchiveError, match=r"^this "):
            everything(begin + data)
