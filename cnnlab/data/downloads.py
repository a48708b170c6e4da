"""Data sets of the course that are downloaded once."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from cnnlab.data import bundled, uploaded
from cnnlab.data.download_file import DownloadError, OfflineError, digest, fetch
from cnnlab.data.folders import Folder, Inspection, Progress
from cnnlab.data.labelling import Parts, wrapping
from cnnlab.knobs import lookup
from cnnlab.storage import cache
from cnnlab.uploads.archives import ArchiveError

_STORE = "https://storage.googleapis.com/"
_MORONEY = "by Laurence Moroney (laurencemoroney.com/datasets), rendered by a computer"


@dataclass(frozen=True)
class Archive:
    """A file to download: its size in bytes, its SHA-256 if one was published, and the split of its images."""

    url: str
    size: int
    sha256: str | None = None
    part: str = ""

    @property
    def file(self) -> str:
        """The file's name on disk."""
        return self.url.rsplit("/", 1)[1]


@dataclass(frozen=True)
class Download:
    """A data set in one or two archives."""

    title: str
    about: str
    archives: tuple[Archive, ...]


# Sizes and SHA-256 are those of TensorFlow Datasets, tensorflow_datasets/url_checksums/{horses_or_humans,
# rock_paper_scissors,tf_flowers}.txt. Of Cats and Dogs (filtered) none was published; the size is what Keras prints.
DOWNLOADS: Mapping[str, Download] = MappingProxyType(
    {
        "cats_and_dogs": Download(
            "Cats and Dogs (filtered)",
            "3,000 photographs from Kaggle's Dogs vs. Cats, selected by Google for its exercises.",
            (Archive(f"{_STORE}mledu-datasets/cats_and_dogs_filtered.zip", 68_606_236),),
        ),
        "horses_or_humans": Download(
            "Horses or Humans",
            f"1,283 images of 300×300 pixels {_MORONEY}.",
            (
                Archive(
                    f"{_STORE}download.tensorflow.org/data/horse-or-human.zip",
                    149_574_867,
                    "e2e6f70d3d549c5dd10a57165e55af253ee66ad750403f95c0fb76bb943633a9",
                    "train",
                ),
                Archive(
                    f"{_STORE}download.tensorflow.org/data/validation-horse-or-human.zip",
                    11_480_187,
                    "ae5fff2f4f5554791f05358108e2e05d9801b191f1896ea101402f0e7f6c32c0",
                    "test",
                ),
            ),
        ),
        "rock_paper_scissors": Download(
            "Rock Paper Scissors",
            f"2,892 images of hands, 300×300 pixels, {_MORONEY}.",
            (
                Archive(
                    f"{_STORE}download.tensorflow.org/data/rps.zip",
                    200_682_221,
                    "c2403444395842ad04c53612bad54b574443eae17a0723117a2ff87b9d72194f",
                    "train",
                ),
                Archive(
                    f"{_STORE}download.tensorflow.org/data/rps-test-set.zip",
                    29_516_758,
                    "c27ab9fa43ce40b2e453de711365b477f4424586edf0388116674fd320f07503",
                    "test",
                ),
            ),
        ),
        "flowers": Download(
            "Flowers",
            "3,670 photographs of five kinds of flowers, collected by the TensorFlow team; LICENSE.txt names the "
            "authors.",
            (
                Archive(
                    f"{_STORE}download.tensorflow.org/example_images/flower_photos.tgz",
                    228_813_984,
                    "4c54ace7911aaffe13a365c34f650e71dd5bf1be0a58b464e5a7183e3e595d9c",
                ),
            ),
        ),
    }
)
FETCHED = 0.6  # share of the work that is downloading; the rest is checking the images


def names() -> tuple[str, ...]:
    """Return the names of all data sets to download.

    >>> names()
    ('cats_and_dogs', 'horses_or_humans', 'rock_paper_scissors', 'flowers')
    """
    return tuple(DOWNLOADS)


def home() -> Path:
    """Return the folder of archives, also of those that somebody put there by hand."""
    return cache.folder("downloads")


def is_here(name: str) -> bool:
    """Return whether ``get`` needs no network."""
    wanted = DOWNLOADS[name]
    return uploaded.has(_key(wanted)) or all(_place(archive).exists() for archive in wanted.archives)


def get(name: str, progress: Progress | None = None) -> Folder:
    """Return one of ``DOWNLOADS``, downloaded and checked the first time.

    Raises ``DownloadError`` with what happened and what to do without it, ``ValueError`` for another name or if the
    disk is full, and what ``progress`` raises.
    """
    wanted = lookup(DOWNLOADS, name, "data set to download")
    report = progress or (lambda done: None)
    if not uploaded.has(_key(wanted)):
        _fetch(wanted, lambda done: report(FETCHED * done))

    def collect(work: Path, seen: Inspection) -> dict[Parts, Path]:
        return _images(wanted, work, seen, lambda done: report(FETCHED + (1 - FETCHED) * done))

    return uploaded.keep(_key(wanted), wanted.title, collect)


def _key(wanted: Download) -> str:
    """Return the archive's name in the cache: another file at the same URL is another data set."""
    text = " ".join(f"{archive.url} {archive.sha256}" for archive in wanted.archives)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _place(archive: Archive) -> Path:
    """Return the path of an archive in the cache, now or later: Keras may have downloaded it, by either name."""
    keras = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras") / "datasets"
    own = home() / archive.file
    if own.exists():
        return own
    for path in (keras / archive.file, keras / f"{archive.file}_archive"):
        # An unfinished download of Keras has the same name.
        if path.is_file() and path.stat().st_size == archive.size:
            return path
    return own


def _fetch(wanted: Download, report: Progress) -> None:
    total = sum(archive.size for archive in wanted.archives)
    before = 0
    for archive in wanted.archives:

        def report_part(done: int, of: int, before: int = before, size: int = archive.size) -> None:
            report(min(1.0, (before + done * size / max(of, size)) / total))

        try:
            fetch(archive.url, _place(archive), archive.sha256, report_part, archive.size)
        except OfflineError as error:
            raise OfflineError(
                f"{error}; these data sets are included and need no download: {', '.join(bundled.names())} (or copy "
                f"{archive.file} to {home()})"
            ) from None
        before += archive.size


def _images(wanted: Download, work: Path, seen: Inspection, report: Progress) -> dict[Parts, Path]:
    found: dict[Parts, Path] = {}
    for number, archive in enumerate(wanted.archives):
        path = _place(archive)
        if wrong := _wrong(archive, path):
            _discard(path)
            raise DownloadError(f"{archive.file} is not the published file ({wrong}); try again")

        def report_part(done: float, number: int = number) -> None:
            report((number + done) / len(wanted.archives))

        try:
            with path.open("rb") as file:
                part = uploaded.unpack(file, work, seen, report_part)
        except ArchiveError as error:
            _discard(path)
            raise DownloadError(f"{archive.file} cannot be used: {error} (it is downloaded again next time)") from None
        depth = wrapping(part) if archive.part else 0
        top = (archive.part,) if archive.part else ()
        found |= {top + parts[depth:]: place for parts, place in part.items()}
    return found


def _wrong(archive: Archive, path: Path) -> str:
    """Return how a file differs from the published one, empty if it does not: anybody may have put it there."""
    if path.stat().st_size != archive.size:
        return f"it has {path.stat().st_size:,} bytes, not {archive.size:,}"
    return "its SHA-256 differs" if archive.sha256 and digest(path) != archive.sha256 else ""


def _discard(path: Path) -> None:
    if path.is_relative_to(home()):  # Keras' own file stays
        path.unlink(missing_ok=True)
