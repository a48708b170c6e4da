"""Downloads from a server of the tests' own: cut, slow, wrong, missing, or not there at all."""

import hashlib
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from image_archives import classes, tarred, zipped

from cnnlab.data import download_file, downloads, uploaded
from cnnlab.data.download_file import DownloadError, OfflineError, fetch
from cnnlab.data.downloads import Archive, Download

DATA = bytes(range(256)) * 4000  # a megabyte


class Server(ThreadingHTTPServer):
    """What it answers is changed by the tests; every request is remembered."""

    files: dict[str, bytes]
    etag: str | None = '"one"'
    cut: list[int]  # bytes after which each of the next answers breaks off
    pause: Callable[[int], float] = staticmethod(lambda sent: 0.0)
    status = 0
    ranges: list[str | None]
    length: bool | str = True


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        server = self.server
        server.ranges.append(self.headers.get("Range"))
        data = server.files.get(self.path)
        self.close_connection = True
        if server.status or data is None:
            self.send_error(server.status or 404)
            return
        begin = 0
        if self.headers.get("Range") and self.headers.get("If-Range") == server.etag:
            begin = int(self.headers["Range"].removeprefix("bytes=").rstrip("-"))
        if begin >= len(data):
            self.send_error(416)
            return
        self.send_response(206 if begin else 200)
        if begin:
            self.send_header("Content-Range", f"bytes {begin}-{len(data) - 1}/{len(data)}")
        if server.etag:
            self.send_header("ETag", server.etag)
        if server.length:
            told = server.length if isinstance(server.length, str) else str(len(data) - begin)
            self.send_header("Content-Length", told)
        self.end_headers()
        end = min(len(data), begin + server.cut.pop(0)) if server.cut else len(data)
        for at in range(begin, end, 50_000):
            time.sleep(server.pause(at))
            try:
                self.wfile.write(data[at : min(end, at + 50_000)])
            except OSError:
                return

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(download_file, "PAUSES", (0.0, 0.0, 0.0))
    monkeypatch.setattr(download_file, "SILENCE", 0.5)
    found = Server(("127.0.0.1", 0), Handler)
    found.files, found.cut, found.ranges = {"/data.zip": DATA}, [], []
    thread = threading.Thread(target=found.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield found
    found.shutdown()
    found.server_close()


def url(server: Server, path: str = "/data.zip") -> str:
    return f"http://127.0.0.1:{server.server_address[1]}{path}"


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_a_file_arrives_whole_and_once(server: Server, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    target = tmp_path / "new" / "data.zip"
    fetch(url(server), target, sha256(DATA), lambda *each: told.append(each))
    assert target.read_bytes() == DATA
    assert [path.name for path in target.parent.iterdir()] == ["data.zip"]
    assert told == sorted(told)
    assert len(told) > 10
    assert told[-1] == (len(DATA), len(DATA))
    fetch(url(server), target)
    assert server.ranges == [None], "it is here"


def test_a_cut_download_resumes(server: Server, tmp_path: Path) -> None:
    server.cut = [300_000, 0, 200_000]
    fetch(url(server), tmp_path / "data.zip", sha256(DATA))
    assert (tmp_path / "data.zip").read_bytes() == DATA
    assert server.ranges == [None, "bytes=300000-", "bytes=300000-", "bytes=500000-"]


def test_a_lasting_cut_raises_a_sentence_and_the_next_try_resumes(server: Server, tmp_path: Path) -> None:
    server.cut = [100_000] * 4
    with pytest.raises(DownloadError, match=r"127.0.0.1 was lost after 0.4 of 1.0 MB; try again, and it goes on from"):
        fetch(url(server), tmp_path / "data.zip")
    assert not (tmp_path / "data.zip").exists()
    fetch(url(server), tmp_path / "data.zip")
    assert server.ranges[-1] == "bytes=400000-"
    assert (tmp_path / "data.zip").read_bytes() == DATA


@pytest.mark.parametrize("after", ['"two"', 'W/"one"', None])
def test_another_version_is_downloaded_from_its_beginning(server: Server, tmp_path: Path, after: str | None) -> None:
    server.cut = [200_000] * 4
    with pytest.raises(DownloadError):
        fetch(url(server), tmp_path / "data.zip")
    server.etag, server.files = after, {"/data.zip": DATA[::-1]}
    fetch(url(server), tmp_path / "data.zip")
    assert (tmp_path / "data.zip").read_bytes() == DATA[::-1]


def test_without_an_etag_a_cut_download_starts_over(server: Server, tmp_path: Path) -> None:
    server.etag, server.cut = None, [300_000] * 4
    with pytest.raises(DownloadError, match="try again, and it begins again"):
        fetch(url(server), tmp_path / "data.zip")
    server.cut = [300_000]
    fetch(url(server), tmp_path / "data.zip")
    assert server.ranges == [None] * 6
    assert (tmp_path / "data.zip").read_bytes() == DATA


def test_a_damaged_part_is_downloaded_again(server: Server, tmp_path: Path) -> None:
    for size, refused in ((2_000_000, False), (5_000, True)):
        (tmp_path / "data.zip.part").write_bytes(b"x" * size)
        (tmp_path / "data.zip.part.etag").write_text('"one"')
        if refused:
            with pytest.raises(DownloadError, match="SHA-256 differs"):
                fetch(url(server), tmp_path / "data.zip", sha256(DATA))
        fetch(url(server), tmp_path / "data.zip", sha256(DATA))
        assert (tmp_path / "data.zip").read_bytes() == DATA
        (tmp_path / "data.zip").unlink()


def test_a_wrong_checksum_leaves_nothing(server: Server, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match=r"did not send the published file.*SHA-256 differs"):
        fetch(url(server), tmp_path / "data.zip", sha256(b"another"))
    assert list(tmp_path.iterdir()) == []


def test_a_missing_file_and_a_failing_server(server: Server, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match=r"no longer has this file.*404 Not Found.*choose another"):
        fetch(url(server, "/gone.zip"), tmp_path / "gone.zip")
    assert len(server.ranges) == 1, "it would be asked in vain"
    server.status = 503
    with pytest.raises(DownloadError, match=r"HTTP 503"):
        fetch(url(server), tmp_path / "data.zip")
    assert len(server.ranges) == 5
    assert list(tmp_path.iterdir()) == []


def test_a_slow_server_is_waited_for_and_a_silent_one_is_not(server: Server, tmp_path: Path) -> None:
    server.pause = lambda sent: 0.05
    fetch(url(server), tmp_path / "slow.zip")
    assert (tmp_path / "slow.zip").read_bytes() == DATA
    server.pause = lambda sent: 1.0 if sent >= 200_000 else 0.0
    with pytest.raises(DownloadError, match=r"silent for 0.5 seconds after 0.2 of 1.0 MB; try again"):
        fetch(url(server), tmp_path / "silent.zip")


def test_a_missing_length_is_allowed(server: Server, tmp_path: Path) -> None:
    server.length = False
    told: list[tuple[int, int]] = []
    fetch(url(server), tmp_path / "data.zip", sha256(DATA), lambda *each: told.append(each))
    assert told[-1] == (len(DATA), 0)


def test_endless_files_are_refused(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download_file, "MOST_BYTES", 500_000)
    for server.length in (True, False):
        with pytest.raises(DownloadError, match="this file has more than"):
            fetch(url(server), tmp_path / "data.zip")


def test_progress_can_end_the_download(server: Server, tmp_path: Path) -> None:
    def stop(done: int, total: int) -> None:
        if done > 400_000:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        fetch(url(server), tmp_path / "data.zip", progress=stop)
    fetch(url(server), tmp_path / "data.zip")
    assert server.ranges[-1] not in (None, "bytes=0-")


def test_two_threads_share_one_download(server: Server, tmp_path: Path) -> None:
    server.pause = lambda sent: 0.01
    threads = [threading.Thread(target=fetch, args=(url(server), tmp_path / "data.zip")) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert server.ranges == [None]


@pytest.mark.parametrize("told", ["many", "-5", "5, 5", "1e3"])
def test_a_length_that_is_no_number_raises_a_sentence(server: Server, tmp_path: Path, told: str) -> None:
    server.length = told
    with pytest.raises(
        DownloadError, match=f"127.0.0.1 gives “{told}” as the length of this file, which is not a number"
    ):
        fetch(url(server), tmp_path / "data.zip")
    assert list(tmp_path.iterdir()) == []


def test_two_processes_share_one_download(server: Server, tmp_path: Path) -> None:
    server.pause = lambda sent: 0.05  # a second for all of it
    code = (
        "import sys; from pathlib import Path; from cnnlab.data.download_file import fetch;"
        "told = []; fetch(sys.argv[1], Path(sys.argv[2]), progress=lambda *each: told.append(each)); print(told[-1][0])"
    )
    command = [sys.executable, "-c", code, url(server), str(tmp_path / "data.zip")]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate(timeout=30)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert (tmp_path / "data.zip").read_bytes() == DATA
    assert server.ranges == [None], "one download"
    assert all(int(each) > 100_000 for each in said), "the one that waits is told how far the other is"
    assert [path.name for path in tmp_path.iterdir()] == ["data.zip"]


def test_a_waiting_process_can_stop_and_a_killed_one_holds_no_lock(server: Server, tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from cnnlab.storage.locks import Lock;"
        "lock = Lock(Path(sys.argv[1])); print(lock.acquire(), flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "data.zip.lock")], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout
    with holder.stdout:
        assert holder.stdout.readline() == "True\n"

    def stop(done: int, total: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        fetch(url(server), tmp_path / "data.zip", progress=stop)
    assert server.ranges == []
    holder.kill()
    holder.wait()
    fetch(url(server), tmp_path / "data.zip")
    assert (tmp_path / "data.zip").read_bytes() == DATA


@pytest.mark.parametrize("length", [True, False])
def test_another_size_than_the_published_is_refused(server: Server, tmp_path: Path, length: bool) -> None:
    server.length = length
    with pytest.raises(
        DownloadError,
        match=r"did not send the published file \(it has 1,024,000 bytes, not 68,606,236\)",
    ):
        fetch(url(server), tmp_path / "data.zip", size=68_606_236)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def pets(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Server:
    """Data sets like the published ones, in little: one archive, and one for training and another for the test."""
    monkeypatch.setenv("CNNLAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    server.files = {
        "/pets.zip": zipped({**classes("pets/train/", 4), **classes("pets/validation/", 2), "pets/vectorize.py": b"x"}),
        "/rps.zip": zipped(classes("rps/", 4, ("paper", "rock", "scissors"))),
        "/rps-test-set.zip": zipped(classes("rps-test-set/", 2, ("paper", "rock", "scissors"))),
        "/flowers.tgz": tarred({**classes("flower_photos/", 5), "flower_photos/LICENSE.txt": b"CC BY"}, "w:gz"),
    }

    def archive(path: str, part: str = "") -> Archive:
        data = server.files[path]
        return Archive(url(server, path), len(data), sha256(data), part)

    found = {
        "pets": Download("Pets", "Told.", (Archive(url(server, "/pets.zip"), len(server.files["/pets.zip"])),)),
        "rps": Download("Hands", "Told.", (archive("/rps.zip", "train"), archive("/rps-test-set.zip", "test"))),
        "flowers": Download("Flowers", "Told.", (archive("/flowers.tgz"),)),
    }
    monkeypatch.setattr(downloads, "DOWNLOADS", found)
    return server


def test_every_kind_of_archive_becomes_classes(pets: Server) -> None:
    told: list[float] = []
    for name, classes_, train, test in (
        ("pets", ("cats", "dogs"), 4, 2),
        ("rps", ("paper", "rock", "scissors"), 4, 2),
        ("flowers", ("cats", "dogs"), 5, 0),
    ):
        assert not downloads.is_here(name)
        found = downloads.get(name, told.append)
        assert found.classes == classes_
        assert [len(group) for group in found.train] == [train] * len(classes_)
        assert [len(group) for group in found.test] == ([test] * len(classes_) if test else [])
        assert downloads.is_here(name)
        assert told == sorted(told)
        told.clear()
    assert len(pets.ranges) == 4


def test_a_downloaded_data_set_needs_no_network(pets: Server) -> None:
    first = downloads.get("rps")
    pets.status = 500
    assert downloads.get("rps") == first
    for path in uploaded.STORE.home.iterdir():  # let go, as uploads may make it
        (path / "folder.json").unlink()
    assert downloads.get("rps") == first, "the archives are kept"


def test_files_that_keras_or_a_teacher_put_there_are_used(pets: Server, tmp_path: Path) -> None:
    (tmp_path / "keras" / "datasets").mkdir(parents=True)
    (tmp_path / "keras" / "datasets" / "flowers.tgz_archive").write_bytes(pets.files["/flowers.tgz"])
    downloads.home().mkdir(parents=True)
    (downloads.home() / "pets.zip").write_bytes(pets.files["/pets.zip"])
    pets.status = 500
    assert downloads.is_here("flowers")
    assert downloads.get("flowers").classes == downloads.get("pets").classes


def test_offline_the_error_names_the_bundled_data_sets(pets: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for host in (f"127.0.0.1:{port}", "nowhere.invalid"):
        lost = Download("Pets", "Told.", (Archive(f"http://{host}/pets.zip", 1000),))
        monkeypatch.setattr(downloads, "DOWNLOADS", {"pets": lost})
        with pytest.raises(OfflineError) as error:
            downloads.get("pets")
        assert str(error.value).startswith(
            f"there is no connection to {host.split(':')[0]}; these data sets are included"
        )
        assert "textures, digits" in str(error.value)
        assert f"copy pets.zip to {downloads.home()}" in str(error.value)


def test_a_page_instead_of_an_archive_is_not_kept(pets: Server) -> None:
    whole = pets.files["/pets.zip"]
    page = b"<html>Please log in to this hotel's network.</html>"
    pets.files["/pets.zip"] = page
    with pytest.raises(DownloadError, match=r"did not send the published file \(it has 51 bytes, not [\d,]+\)"):
        downloads.get("pets")
    pets.files["/pets.zip"] = page + b" " * (len(whole) - len(page))
    with pytest.raises(
        DownloadError,
        match=r"pets.zip cannot be used: this is not an archive.*downloaded again next time",
    ):
        downloads.get("pets")
    pets.files["/pets.zip"] = whole
    assert downloads.get("pets").classes == ("cats", "dogs")


def test_a_file_put_there_by_hand_is_checked(pets: Server) -> None:
    downloads.home().mkdir(parents=True)
    (downloads.home() / "flowers.tgz").write_bytes(pets.files["/rps.zip"])
    with pytest.raises(DownloadError, match=r"flowers.tgz is not the published file"):
        downloads.get("flowers")
    assert downloads.get("flowers").classes == ("cats", "dogs")


def test_an_unknown_name_raises() -> None:
    with pytest.raises(ValueError, match="choose cats_and_dogs, horses_or_humans, rock_paper_scissors or flowers"):
        downloads.get("imagenet")


def test_checksums_are_whole() -> None:
    for each in downloads.DOWNLOADS.values():
        for archive in each.archives:
            assert archive.url.startswith("https://")
            assert archive.sha256 is None or len(bytes.fromhex(archive.sha256)) == 32
